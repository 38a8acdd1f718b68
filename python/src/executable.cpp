#include <ranvier/executable.h>

#include <filesystem>
#include <memory>
#include <string>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

std::shared_ptr<Executable> compile_plan(const Plan& plan, const std::string& device, const Settings& settings,
                                         const py::dict& calibrate) {
  const CompileOptions options{settings, inputs_of(calibrate)};
  const py::gil_scoped_release nogil;
  return shared(compile(plan, device, options));
}

}  // namespace

void bind_executable(py::module_& module) {
  py::class_<Executable, std::shared_ptr<Executable>>(module, "Executable")
      .def_property_readonly("device", [](const Executable& self) { return text(self.device()); })
      .def_property_readonly("settings", [](const Executable& self) { return text_map(self.settings()); })
      .def_property_readonly("report", &Executable::report)
      .def_property_readonly("plan", &Executable::plan)
      .def_property_readonly("formats", [](const Executable& self) { return text_map(self.formats()); })
      .def(
          "open",
          [](const Executable& self, std::size_t lanes, std::uint64_t first_lane) {
            return shared(self.open(lanes, first_lane));
          },
          py::arg("lanes"), py::arg("first_lane"), NoGil())
      .def("save", &Executable::save, py::arg("path"), NoGil())
      .def("write", &Executable::write, py::arg("path"), py::arg("format"), NoGil());

  module.def("compile", &compile_plan, py::arg("plan"), py::arg("device"), py::arg("settings"), py::arg("calibrate"));
  module.def(
      "load_executable",
      [](const std::filesystem::path& path, const std::string& device) { return shared(Executable::load(path, device)); },
      py::arg("path"), py::arg("device"), NoGil());
}

}  // namespace ranvier::python
