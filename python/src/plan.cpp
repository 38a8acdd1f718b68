#include <ranvier/plan.h>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <pybind11/stl/filesystem.h>

#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

constexpr const char* kDoc =
    R"(A lowered network as device-neutral bytes: the same on disk, for a driver and in an embedded program.

Made by `net.lower()`, `Plan.load(path)` or `Plan.from_bytes(data)`, which check it; immutable.

>>> plan = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").lower()
>>> plan.save("lif.plan")
>>> bytes(rv.Plan.load("lif.plan")) == bytes(plan)
True
>>> rv.open(plan, "reference").clock
0
)";

Plan plan_of(std::string_view bytes) { return Plan::from_bytes(std::as_bytes(std::span(bytes))); }

py::bytes bytes_of(const Plan& plan) { return {reinterpret_cast<const char*>(plan.bytes().data()), plan.bytes().size()}; }

}  // namespace

void bind_plan(py::module_& module) {
  py::class_<Plan>(module, "Plan", kDoc)
      .def_static("load", &Plan::load, py::arg("path"), NoGil(), "Raises Error not_found, bad_file, incompatible.")
      .def_static(
          "from_bytes", [](const py::bytes& data) { return plan_of(data); }, py::arg("data"),
          "Copies and checks. Raises Error bad_file, incompatible.")
      .def("save", &Plan::save, py::arg("path"), NoGil(), "Writes the bytes to a file. Raises Error bad_file.")
      .def(
          "describe", [](const Plan& self, bool programs) { return text(self.describe(programs)); },
          py::arg("with_programs") = false, "A table of populations, projections and notes; the programs too when asked for.")
      .def("__str__", [](const Plan& self) { return text(self.describe()); })
      .def("__repr__", [](const Plan& self) { return "<Plan of " + std::to_string(self.bytes().size()) + " bytes>"; })
      .def("__bytes__", &bytes_of)
      .def(py::pickle(&bytes_of, [](const py::bytes& data) { return plan_of(data); }));
}

}  // namespace ranvier::python
