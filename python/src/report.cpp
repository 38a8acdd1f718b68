#include <ranvier/report.h>

#include <pybind11/stl.h>

#include "python/src/bindings.h"

namespace ranvier::python {

void bind_report(py::module_& module) {
  py::class_<ReportEntry>(module, "ReportEntry")
      .def_property_readonly("node", [](const ReportEntry& self) { return text(self.node); })
      .def_property_readonly("quantity", [](const ReportEntry& self) { return text(self.quantity); })
      .def_property_readonly("asked", [](const ReportEntry& self) { return text(self.asked); })
      .def_property_readonly("limit", [](const ReportEntry& self) { return text(self.limit); })
      .def_property_readonly("unit", [](const ReportEntry& self) { return text(self.unit); })
      .def_property_readonly("verdict", [](const ReportEntry& self) { return text(name_of(self.verdict)); })
      .def_property_readonly("remedy", [](const ReportEntry& self) { return text(self.remedy); })
      .def_readonly("figures", &ReportEntry::figures);

  py::class_<Report>(module, "Report")
      .def_property_readonly("device", [](const Report& self) { return text(self.device); })
      .def_readonly("ok", &Report::ok)
      .def_readonly("entries", &Report::entries)
      .def("summary", &Report::summary)
      .def("text", [](const Report& self) { return text(self.text()); });
}

}  // namespace ranvier::python
