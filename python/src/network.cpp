#include <ranvier/network.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

using Delays = std::map<std::pair<std::string, std::string>, std::uint32_t>;
using Word = std::optional<std::string>;

py::list nodes_of(const Network& network) {
  py::list result;
  for (const NodeInfo& node : network.nodes()) {
    py::dict parameters;
    for (const auto& [name, values] : node.parameters) parameters[text(name)] = read_only(array_of(values));
    result.append(py::make_tuple(text(node.name), text(node.model), shape_of(node.shape), parameters, text_map(node.options)));
  }
  return result;
}

py::list edges_of(const Network& network) {
  py::list result;
  for (const EdgeInfo& edge : network.edges()) {
    result.append(py::make_tuple(text(edge.source), text(edge.target), edge.delay, edge.feedback));
  }
  return result;
}

py::list text_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  py::list result;
  for (const auto& [first, second] : pairs) result.append(py::make_tuple(text(first), text(second)));
  return result;
}

Report check_network(const Network& self, const std::string& device, const Settings& settings, std::size_t lanes,
                     std::uint64_t first_lane, const py::dict& calibrate) {
  const SessionOptions options{lanes, first_lane, settings, inputs_of(calibrate)};
  const py::gil_scoped_release nogil;
  return self.check(device, options);
}

std::shared_ptr<Executable> compile_network(const Network& self, const std::string& device, const Settings& settings,
                                            const py::dict& calibrate) {
  const CompileOptions options{settings, inputs_of(calibrate)};
  const py::gil_scoped_release nogil;
  return shared(self.compile(device, options));
}

std::shared_ptr<Session> open_network(const Network& self, const std::string& device, const Settings& settings,
                                      std::size_t lanes, std::uint64_t first_lane, const py::dict& calibrate) {
  const SessionOptions options{lanes, first_lane, settings, inputs_of(calibrate)};
  const py::gil_scoped_release nogil;
  return shared(self.to(device, options));
}

// Only what was given replaces the header's defaults.
std::shared_ptr<Network> load_file(const std::filesystem::path& path, std::optional<Quantity> dt, Word convention, Word reset,
                                   Word decay, Word input_gain, Word comparator, std::optional<int> hop_delay,
                                   std::optional<int> feedback_bias, Word probe, Delays delays, std::uint64_t seed,
                                   bool strict) {
  LoadOptions options;
  options.dt = dt;
  if (convention) options.convention = *convention;
  options.reset = std::move(reset);
  options.decay = std::move(decay);
  options.input_gain = std::move(input_gain);
  options.comparator = std::move(comparator);
  options.hop_delay = hop_delay;
  options.feedback_bias = feedback_bias;
  options.probe = std::move(probe);
  options.delays = std::move(delays);
  options.seed = seed;
  options.strict = strict;
  return shared(load(path, options));
}

}  // namespace

void bind_network(py::module_& module) {
  py::class_<Network, std::shared_ptr<Network>>(module, "Network")
      .def_property_readonly("dt_seconds", &Network::dt_seconds)
      .def_property_readonly("seed", &Network::seed)
      .def_property_readonly("nodes", &nodes_of)
      .def_property_readonly("edges", &edges_of)
      .def_property_readonly("assumptions", [](const Network& self) { return text_pairs(self.assumptions()); })
      .def("describe", [](const Network& self) { return text(self.describe()); })
      .def("lower", &Network::lower, NoGil())
      .def("check", &check_network, py::arg("device"), py::arg("settings"), py::arg("lanes"), py::arg("first_lane"),
           py::arg("calibrate"))
      .def("compile", &compile_network, py::arg("device"), py::arg("settings"), py::arg("calibrate"))
      .def("to", &open_network, py::arg("device"), py::arg("settings"), py::arg("lanes"), py::arg("first_lane"),
           py::arg("calibrate"))
      .def("save", &Network::save, py::arg("path"), NoGil());

  module.def("load", &load_file, py::arg("path"), py::arg("dt"), py::arg("convention"), py::arg("reset"), py::arg("decay"),
             py::arg("input_gain"), py::arg("comparator"), py::arg("hop_delay"), py::arg("feedback_bias"), py::arg("probe"),
             py::arg("delays"), py::arg("seed"), py::arg("strict"), NoGil());
  module.def("conventions", [] { return text_pairs(conventions()); });
}

}  // namespace ranvier::python
