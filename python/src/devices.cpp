#include <ranvier/devices.h>

#include <cstdint>
#include <memory>
#include <string>

#include <pybind11/stl.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

Report check_plan(const Plan& plan, const std::string& device, const Settings& settings, std::size_t lanes,
                  std::uint64_t first_lane, const py::dict& calibrate) {
  const SessionOptions options{lanes, first_lane, settings, inputs_of(calibrate)};
  const py::gil_scoped_release nogil;
  return check(plan, device, options);
}

std::shared_ptr<Session> open_plan(const Plan& plan, const std::string& device, const Settings& settings, std::size_t lanes,
                                   std::uint64_t first_lane, const py::dict& calibrate) {
  const SessionOptions options{lanes, first_lane, settings, inputs_of(calibrate)};
  const py::gil_scoped_release nogil;
  return shared(open(plan, device, options));
}

}  // namespace

void bind_devices(py::module_& module) {
  py::class_<DeviceInfo>(module, "DeviceInfo")
      .def_property_readonly("name", [](const DeviceInfo& self) { return text(self.name); })
      .def_readonly("usable", &DeviceInfo::usable)
      .def_property_readonly("reason", [](const DeviceInfo& self) { return text(self.reason); })
      .def_property_readonly("path", [](const DeviceInfo& self) { return text(self.path); })
      .def_property_readonly("version", [](const DeviceInfo& self) { return text(self.version); })
      .def_property_readonly("vendor", [](const DeviceInfo& self) { return text(self.vendor); })
      .def_property_readonly("facts", [](const DeviceInfo& self) { return text_map(self.facts); });

  module.def("devices", &devices, NoGil());
  module.def("driver_folders", [] {
    py::list folders;
    for (const std::string& folder : driver_folders()) folders.append(text(folder));
    return folders;
  });
  module.def(
      "inputs_of", [](const Plan& plan) { return ports_of(inputs_of(plan)); }, py::arg("plan"));
  module.def("check", &check_plan, py::arg("plan"), py::arg("device"), py::arg("settings"), py::arg("lanes"),
             py::arg("first_lane"), py::arg("calibrate"));
  module.def("open", &open_plan, py::arg("plan"), py::arg("device"), py::arg("settings"), py::arg("lanes"),
             py::arg("first_lane"), py::arg("calibrate"));
}

}  // namespace ranvier::python
