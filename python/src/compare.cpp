#include <ranvier/compare.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"
#include "python/src/progress.h"

namespace ranvier::python {
namespace {

py::tuple moment_of(const Moment& moment) {
  return py::make_tuple(moment.event, moment.v_before, moment.v, moment.input, moment.threshold);
}

py::object spikes_of(const std::optional<SpikeDifference>& d) {
  if (!d) return py::none();
  return py::make_tuple(d->step, text(d->node), d->neuron, d->lane, moment_of(d->a), moment_of(d->b));
}

py::list settings_of(const Pair& pair) {
  py::list result;
  for (const SettingDifference& s : pair.settings) {
    result.append(py::make_tuple(text(s.where), text(s.what), text(s.a), text(s.b)));
  }
  return result;
}

py::list layers_of(const Pair& pair) {
  py::list result;
  for (const LayerDifference& layer : pair.layers) {
    const DifferenceMap& map = layer.map;
    const py::array_t<std::uint64_t> counts({map.rows, map.bins}, map.counts.data());
    result.append(py::make_tuple(text(layer.node), layer.neurons, layer.a, layer.b, layer.differing, layer.rate_a, layer.rate_b,
                                 layer.rate_difference, layer.rate_neuron, layer.van_rossum, value_difference_of(layer.first),
                                 counts, map.bin_steps));
  }
  return result;
}

py::list argmax_of(const Pair& pair) {
  py::list result;
  for (const ArgmaxAgreement& agreement : pair.argmax) {
    result.append(py::make_tuple(text(agreement.node), agreement.a, agreement.b, agreement.differing(), agreement.fraction()));
  }
  return result;
}

CompareOptions options_of(const Settings& settings, std::size_t lanes, std::uint64_t first_lane, const py::dict& calibrate,
                          std::optional<std::uint64_t> steps, std::optional<double> tau_ms) {
  return {{lanes, first_lane, settings, inputs_of(calibrate)}, steps, tau_ms, {}};
}

template <class Source>
std::shared_ptr<Comparison> compare_devices(const Source& source, const std::vector<std::string>& devices,
                                            const py::dict& arrays, const Settings& settings, std::size_t lanes,
                                            std::uint64_t first_lane, const py::dict& calibrate,
                                            std::optional<std::uint64_t> steps, std::optional<double> tau_ms,
                                            const py::object& progress) {
  const Inputs inputs = inputs_of(arrays);
  CompareOptions options = options_of(settings, lanes, first_lane, calibrate, steps, tau_ms);
  return run_with_progress(progress, [&](const KeepGoing& keep_going) {
    options.keep_going = keep_going;
    return compare(source, devices, inputs, options);
  });
}

std::shared_ptr<Comparison> diff_networks(const Network& a, const std::string& name_a, const Network& b,
                                          const std::string& name_b, const py::dict& arrays, const std::string& device,
                                          const Settings& settings, std::size_t lanes, std::uint64_t first_lane,
                                          const py::dict& calibrate, std::optional<std::uint64_t> steps,
                                          std::optional<double> tau_ms, const py::object& progress) {
  const Inputs inputs = inputs_of(arrays);
  CompareOptions options = options_of(settings, lanes, first_lane, calibrate, steps, tau_ms);
  return run_with_progress(progress, [&](const KeepGoing& keep_going) {
    options.keep_going = keep_going;
    return diff(a, name_a, b, name_b, inputs, options, device);
  });
}

}  // namespace

py::object value_difference_of(const std::optional<ValueDifference>& d) {
  if (!d) return py::none();
  return py::make_tuple(d->step, text(d->node), text(d->variable), d->neuron, d->lane, d->a, d->b);
}

void bind_compare(py::module_& module) {
  py::class_<Pair>(module, "Pair")
      .def_property_readonly("a", [](const Pair& self) { return text(self.a); })
      .def_property_readonly("b", [](const Pair& self) { return text(self.b); })
      .def_readonly("steps", &Pair::steps)
      .def_readonly("lanes", &Pair::lanes)
      .def_readonly("dt_ms", &Pair::dt_ms)
      .def_property_readonly("settings", &settings_of)
      .def_property_readonly("spikes", [](const Pair& self) { return spikes_of(self.spikes); })
      .def_property_readonly("outputs", [](const Pair& self) { return value_difference_of(self.outputs); })
      .def_property_readonly("layers", &layers_of)
      .def_property_readonly("argmax", &argmax_of)
      .def_readonly("tau_ms", &Pair::tau_ms)
      .def_readonly("hash_a", &Pair::hash_a)
      .def_readonly("hash_b", &Pair::hash_b)
      .def("equal", &Pair::equal)
      .def("text", [](const Pair& self) { return text(self.text()); });

  py::class_<Comparison, std::shared_ptr<Comparison>>(module, "Comparison")
      .def_readonly("pairs", &Comparison::pairs)
      .def("equal", &Comparison::equal)
      .def("text", [](const Comparison& self) { return text(self.text()); })
      .def("to_json", [](const Comparison& self) { return text(self.to_json()); });

  const auto def_compare = [&module](auto function) {
    module.def("compare", function, py::arg("source"), py::arg("devices"), py::arg("inputs"), py::arg("settings"),
               py::arg("lanes"), py::arg("first_lane"), py::arg("calibrate"), py::arg("steps"), py::arg("tau_ms"),
               py::arg("progress"));
  };
  def_compare(&compare_devices<Network>);
  def_compare(&compare_devices<Plan>);
  module.def("diff", &diff_networks, py::arg("a"), py::arg("name_a"), py::arg("b"), py::arg("name_b"), py::arg("inputs"),
             py::arg("device"), py::arg("settings"), py::arg("lanes"), py::arg("first_lane"), py::arg("calibrate"),
             py::arg("steps"), py::arg("tau_ms"), py::arg("progress"));
}

}  // namespace ranvier::python
