#include <ranvier/plan.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>

#include <pybind11/stl/filesystem.h>
#include <ranvier/error.h>

#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

constexpr const char* kDoc =
    R"(A lowered network as device-neutral bytes: the same on disk, for a driver and in an embedded program.

Made by `net.lower()`, `Plan.load(path)` or `Plan.from_bytes(data)`, which check it; immutable.

>>> plan = rv.load("lif_norse.nir", dt=0.1 * rv.ms, convention="norse").lower()
>>> plan.save("lif.plan")
>>> rv.Plan.load("lif.plan") == plan == rv.Plan.from_bytes(bytearray(bytes(plan)))
True
>>> rv.open(plan, "reference").clock
0
)";

Plan plan_of(const py::buffer& data) {
  const py::buffer_info info = data.request();
  if (PyBuffer_IsContiguous(info.view(), 'C') == 0) {
    throw Error(Code::bad_value, "The bytes of the plan do not lie one after the other.", "data", "Pass bytes(data).");
  }
  return Plan::from_bytes({static_cast<const std::byte*>(info.ptr), static_cast<std::size_t>(info.size * info.itemsize)});
}

bool equal(const Plan& a, const Plan& b) { return std::ranges::equal(a.bytes(), b.bytes()); }

py::bytes bytes_of(const Plan& plan) { return {reinterpret_cast<const char*>(plan.bytes().data()), plan.bytes().size()}; }

}  // namespace

void bind_plan(py::module_& module) {
  py::class_<Plan>(module, "Plan", kDoc)
      .def_static("load", &Plan::load, py::arg("path"), NoGil(), "Raises Error not_found, bad_file, incompatible.")
      .def_static("from_bytes", &plan_of, py::arg("data"),
                  "Copies and checks bytes, or anything with the buffer protocol. Raises Error bad_file, incompatible.")
      .def_property_readonly("dt_seconds", &Plan::dt_seconds)
      .def("save", &Plan::save, py::arg("path"), NoGil(), "Writes the bytes to a file. Raises Error bad_file.")
      .def(
          "describe", [](const Plan& self, bool programs) { return text(self.describe(programs)); },
          py::arg("with_programs") = false, "A table of populations, projections and notes; the programs too when asked for.")
      .def("__str__", [](const Plan& self) { return text(self.describe()); })
      .def("__repr__", [](const Plan& self) { return "<Plan of " + std::to_string(self.bytes().size()) + " bytes>"; })
      .def("__bytes__", &bytes_of)
      .def("__eq__", &equal, py::is_operator())
      .def("__hash__", [](const Plan& self) { return py::hash(bytes_of(self)); })
      .def(py::pickle(&bytes_of, [](const py::bytes& data) { return plan_of(data); }));
}

}  // namespace ranvier::python
