#include <ranvier/nir_data.h>

#include <filesystem>
#include <string>
#include <utility>
#include <variant>

#include <pybind11/stl/filesystem.h>

#include "python/src/arrays.h"
#include "python/src/bindings.h"

namespace ranvier::python {
namespace {

// On the Python side an observable is the tuple of its members, a graph the pair (nodes, graphs) of dicts.
py::tuple tuple_of(const TimeGriddedData& grid) { return py::make_tuple(array_of(grid.data), grid.dt); }

py::tuple tuple_of(const EventData& events) {
  return py::make_tuple(array_of(events.idx), array_of(events.time), events.n_neurons, events.t_max);
}

py::tuple tuple_of(const ValuedEventData& events) {
  return tuple_of(static_cast<const EventData&>(events)) + py::make_tuple(array_of(events.value));
}

py::tuple graph_of(const NirGraphData& data) {
  py::dict nodes, graphs;
  for (const auto& [name, node] : data.nodes) {
    py::dict observables;
    for (const auto& [key, observable] : node.observables) {
      observables[text(key)] = std::visit([](const auto& values) { return tuple_of(values); }, observable);
    }
    nodes[text(name)] = observables;
  }
  for (const auto& [name, graph] : data.graphs) graphs[text(name)] = graph_of(graph);
  return py::make_tuple(nodes, graphs);
}

TimeGriddedData grid_from(const py::tuple& members, const std::string& where) {
  return {tensor_of(members[0].cast<py::array>(), where + ".data"), members[1].cast<double>()};
}

void take_events(EventData& events, const py::tuple& members, const std::string& where) {
  events.idx = tensor_of(members[0].cast<py::array>(), where + ".idx");
  events.time = tensor_of(members[1].cast<py::array>(), where + ".time");
  events.n_neurons = members[2].cast<std::int64_t>();
  events.t_max = members[3].cast<double>();
}

std::variant<TimeGriddedData, EventData, ValuedEventData> observable_from(const py::tuple& members, const std::string& where) {
  if (members.size() == 2) return grid_from(members, where);
  ValuedEventData events;
  take_events(events, members, where);
  if (members.size() == 4) return static_cast<EventData&>(events);
  events.value = tensor_of(members[4].cast<py::array>(), where + ".value");
  return events;
}

NirGraphData graph_from(const py::tuple& graph, const std::string& prefix) {
  NirGraphData data;
  for (const auto& [name, node] : graph[0].cast<py::dict>()) {
    const std::string path = prefix + name.cast<std::string>();
    auto& observables = data.nodes[name.cast<std::string>()].observables;
    for (const auto& [key, members] : node.cast<py::dict>()) {
      const auto observable = key.cast<std::string>();
      observables.emplace(observable, observable_from(members.cast<py::tuple>(), path + "." + observable));
    }
  }
  for (const auto& [name, inner] : graph[1].cast<py::dict>()) {
    const auto key = name.cast<std::string>();
    data.graphs.emplace(key, graph_from(inner.cast<py::tuple>(), prefix + key + "/"));
  }
  return data;
}

py::tuple read(const std::filesystem::path& path) {
  const NirGraphData data = [&] {
    const py::gil_scoped_release nogil;
    return read_nir_data(path);
  }();
  return graph_of(data);
}

void write(const std::filesystem::path& path, const py::tuple& graph) {
  const NirGraphData data = graph_from(graph, "");
  const py::gil_scoped_release nogil;
  write_nir_data(path, data);
}

py::tuple on_grid(const py::tuple& members, double dt) {
  const auto observable = observable_from(members, "events");
  if (const auto* valued = std::get_if<ValuedEventData>(&observable)) return tuple_of(to_time_gridded(*valued, dt));
  return tuple_of(to_time_gridded(std::get<EventData>(observable), dt));
}

}  // namespace

void bind_nir_data(py::module_& module) {
  module.def("read_nir_data", &read, py::arg("path"));
  module.def("write_nir_data", &write, py::arg("path"), py::arg("graph"));
  module.def("to_time_gridded", &on_grid, py::arg("events"), py::arg("dt"));
  module.def(
      "to_events", [](const py::tuple& grid) { return tuple_of(to_events(grid_from(grid, "grid"))); }, py::arg("grid"));
}

}  // namespace ranvier::python
