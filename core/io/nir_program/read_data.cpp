#include <cmath>
#include <utility>
#include <variant>

#include "core/io/nir_graph.h"
#include "core/io/nir_program/data.h"
#include "core/io/nir_program/members.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

using io::in_quotes;
using Observable = std::variant<TimeGriddedData, EventData, ValuedEventData>;

Handle open_attribute(const Handle& object, const std::string& name, const std::string& place) {
  if (H5Aexists(object.get(), name.c_str()) <= 0) refuse("The attribute " + in_quotes(name) + " of " + place + " is missing.");
  return own(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT),
             "The attribute " + in_quotes(name) + " of " + place + " cannot be opened");
}

std::string text_attribute(const Handle& object, const std::string& name, const std::string& place, Budget& budget) {
  return single_text(
      read_attribute(open_attribute(object, name, place), "the attribute " + in_quotes(name) + " of " + place, budget), name,
      place);
}

double number_attribute(const Handle& object, const std::string& name, const std::string& place, Budget& budget) {
  const Value value =
      read_attribute(open_attribute(object, name, place), "the attribute " + in_quotes(name) + " of " + place, budget);
  const Tensor* tensor = std::get_if<Tensor>(&value);
  if (tensor == nullptr || tensor->size() != 1 || !std::isfinite(tensor->at(0))) {
    refuse("The attribute " + in_quotes(name) + " of " + place + " must be one finite number.");
  }
  return tensor->at(0);
}

Tensor numbers(const Handle& group, const std::string& name, const std::string& place, Budget& budget) {
  Value value = read_member(group, name, place, budget);
  if (Tensor* tensor = std::get_if<Tensor>(&value)) return std::move(*tensor);
  refuse("The dataset " + in_quotes(name) + " of " + place + " holds texts; it must hold numbers.");
}

void read_events(const Handle& group, EventData& events, const std::string& place, Budget& budget) {
  events.idx = numbers(group, "idx", place, budget);
  events.time = numbers(group, "time", place, budget);
  events.t_max = number_attribute(group, "t_max", place, budget);
  const double count = number_attribute(group, "n_neurons", place, budget);
  if (!(count >= 0 && count <= 0x1p62) || count != std::floor(count)) {
    refuse("The attribute 'n_neurons' of " + place + " must be a whole number from 0.");
  }
  events.n_neurons = static_cast<std::int64_t>(count);
}

Observable read_observable(const Handle& group, const std::string& place, Budget& budget) {
  const std::string type = text_attribute(group, "__type__", place, budget);
  Observable observable;
  if (type == "TimeGriddedData") {
    observable = TimeGriddedData{numbers(group, "data", place, budget), number_attribute(group, "dt", place, budget)};
  } else if (type == "EventData") {
    read_events(group, observable.emplace<EventData>(), place, budget);
  } else if (type == "ValuedEventData") {
    auto& events = observable.emplace<ValuedEventData>();
    read_events(group, events, place, budget);
    events.value = numbers(group, "value", place, budget);
  } else {
    refuse("The attribute '__type__' of " + place + " is " + in_quotes(type) +
           "; it must be TimeGriddedData, EventData or ValuedEventData.");
  }
  return observable;
}

NirGraphData read_graph_data(const Handle& group, const std::string& place, std::size_t depth, Budget& budget) {
  if (depth > io::kMaxNirDepth) refuse("In " + place + " graphs are nested too deep, or one lies within itself.");
  NirGraphData graph;
  const std::string list = "the nodes of " + place;
  const Handle nodes = open_group(group, "nodes", place);
  for (const std::string& name : list_members(nodes, list, budget)) {
    const std::string where = "node " + in_quotes(name) + " of " + place;
    const Handle node = open_group(nodes, name, list);
    const std::string type = text_attribute(node, "__type__", where, budget);
    if (type == "NIRGraphData") {
      graph.graphs.emplace(name, read_graph_data(node, where, depth + 1, budget));
      continue;
    }
    if (type != "NIRNodeData")
      refuse("The attribute '__type__' of " + where + " is " + in_quotes(type) + "; it must be NIRNodeData or NIRGraphData.");
    const Handle observables = open_group(node, "observables", where);
    NirNodeData& result = graph.nodes[name];
    for (const std::string& key : list_members(observables, "the observables of " + where, budget)) {
      const std::string observable = "observable " + in_quotes(key) + " of " + where;
      result.observables.emplace(key, read_observable(open_group(observables, key, where), observable, budget));
    }
  }
  return graph;
}

}  // namespace

NirGraphData read_data(const std::string& path, std::uint64_t data_bytes) {
  File file(path, data_bytes);
  const std::vector<std::string> members = list_members(file.root, "the root group", file.budget);
  if (contains(members, "node")) refuse("The file holds a NIR graph, not NIR data (recordings).", "Use load for a NIR graph.");
  if (!contains(members, "nodes"))
    refuse("The HDF5 file has no group '/nodes', so it holds no NIR data.", "Use a file of NIR data.");
  const std::string type = text_attribute(file.root, "__type__", "the root group", file.budget);
  if (type != "NIRGraphData")
    refuse("The attribute '__type__' of the root group is " + in_quotes(type) + "; it must be NIRGraphData.");
  return read_graph_data(file.root, "the file", 0, file.budget);
}

}  // namespace ranvier::nir_program
