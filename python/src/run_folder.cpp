#include <ranvier/run_folder.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/progress.h"

namespace ranvier::python {
namespace {

template <class Source>
std::string save(const std::filesystem::path& folder, const Source& source, const py::dict& arrays, const Result& result) {
  const Inputs inputs = inputs_of(arrays);
  const py::gil_scoped_release nogil;
  return save_run(folder, source, inputs, result);
}

std::shared_ptr<Rerun> run_again(const std::filesystem::path& folder, const std::optional<std::string>& device,
                                 const Settings& settings, const py::object& progress) {
  return run_with_progress(progress, [&](const KeepGoing& keep_going) {
    return rerun(folder, {device, settings, keep_going});
  });
}

// As value_difference_of has it.
py::object spikes_of(const Rerun& self) {
  if (!self.spikes) return py::none();
  const SpikeDifference& d = *self.spikes;
  return py::make_tuple(d.step, text(d.node), "spikes", d.neuron, d.lane, d.a.event, d.b.event);
}

}  // namespace

void bind_run_folder(py::module_& module) {
  py::class_<Rerun, std::shared_ptr<Rerun>>(module, "Rerun")
      .def_readonly("id", &Rerun::id)
      .def_property_readonly("device_a", [](const Rerun& self) { return text(self.device_a); })
      .def_property_readonly("device_b", [](const Rerun& self) { return text(self.device_b); })
      .def_readonly("steps", &Rerun::steps)
      .def_readonly("same_plan", &Rerun::same_plan)
      .def_property_readonly("spikes", &spikes_of)
      .def_property_readonly("outputs", [](const Rerun& self) { return value_difference_of(self.outputs); })
      .def_property_readonly("states", [](const Rerun& self) { return value_difference_of(self.states); })
      .def_readonly("hash_a", &Rerun::hash_a)
      .def_readonly("hash_b", &Rerun::hash_b)
      .def("equal", &Rerun::equal)
      .def("text", [](const Rerun& self) { return text(self.text()); })
      .def("to_json", [](const Rerun& self) { return text(self.to_json()); });

  module.def("save_run", &save<Network>, py::arg("folder"), py::arg("source"), py::arg("inputs"), py::arg("result"));
  module.def("save_run", &save<Plan>, py::arg("folder"), py::arg("source"), py::arg("inputs"), py::arg("result"));
  module.def("verify_run", &verify_run, py::arg("folder"), NoGil());
  module.def("rerun", &run_again, py::arg("folder"), py::arg("device"), py::arg("settings"), py::arg("progress"));
}

}  // namespace ranvier::python
