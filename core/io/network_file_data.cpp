// graph.json of kind "nir-data": the recordings of a NIR data file, between ranvier-nir and the library.
#include <set>
#include <string>
#include <utility>
#include <variant>

#include <ranvier/error.h>

#include "core/io/network_file.h"
#include "core/io/nir_graph.h"
#include "core/io/text.h"

namespace ranvier::io {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

using Observable = std::variant<TimeGriddedData, EventData, ValuedEventData>;

void read_events(Fields& fields, EventData& events) {
  events.idx = fields.tensor("idx");
  events.time = fields.tensor("time");
  events.n_neurons = static_cast<std::int64_t>(fields.integer("n_neurons", std::uint64_t{1} << 62));
  events.t_max = fields.number("t_max");
}

Observable read_observable(const json& value, const std::string& path, FileContext& context) {
  Fields fields(value, path, context);
  const std::string type = fields.text("type");
  Observable observable;
  if (type == "TimeGriddedData") {
    observable = TimeGriddedData{fields.tensor("data"), fields.number("dt")};
  } else if (type == "EventData") {
    read_events(fields, observable.emplace<EventData>());
  } else if (type == "ValuedEventData") {
    auto& events = observable.emplace<ValuedEventData>();
    read_events(fields, events);
    events.value = fields.tensor("value");
  } else {
    fields.refuse("type", "is " + in_quotes(type) + "; it must be 'TimeGriddedData', 'EventData' or 'ValuedEventData'.");
  }
  fields.done();
  return observable;
}

NirGraphData read_graph(Fields& fields, FileContext& context, std::size_t depth) {
  if (depth > kMaxNirDepth) fields.refuse("graphs", "is nested deeper than " + std::to_string(kMaxNirDepth) + " levels.");
  NirGraphData graph;
  fields.each_member("nodes", [&](const std::string& name, const json& value, const std::string& path) {
    Fields observables(value, path, context);
    NirNodeData& node = graph.nodes[name];
    observables.each_member("observables", [&](const std::string& key, const json& one, const std::string& place) {
      node.observables.emplace(key, read_observable(one, place, context));
    });
    observables.done();
  });
  fields.each_member("graphs", [&](const std::string& name, const json& value, const std::string& path) {
    if (graph.nodes.contains(name)) context.refuse(path, "has the name of a node.");
    Fields inner(value, path, context);
    graph.graphs.emplace(name, read_graph(inner, context, depth + 1));
    inner.done();
  });
  return graph;
}

class Writer {
 public:
  Tensors tensors;

  ordered_json graph(const NirGraphData& graph, std::size_t depth) {
    if (depth > kMaxNirDepth) {
      throw Error(Code::unsupported, "The NIR data are nested deeper than " + std::to_string(kMaxNirDepth) + " levels.");
    }
    ordered_json nodes = ordered_json::object();
    for (const auto& [name, node] : graph.nodes) {
      ordered_json observables = ordered_json::object();
      for (const auto& [key, observable] : node.observables) {
        observables[key] = std::visit([&](const auto& one) { return written(one); }, observable);
      }
      nodes[name] = {{"observables", observables}};
    }
    ordered_json graphs = ordered_json::object();
    for (const auto& [name, inner] : graph.graphs) graphs[name] = this->graph(inner, depth + 1);
    return {{"nodes", nodes}, {"graphs", graphs}};
  }

 private:
  ordered_json written(const TimeGriddedData& grid) {
    return {{"type", "TimeGriddedData"}, {"data", add(grid.data)}, {"dt", grid.dt}};
  }
  ordered_json written(const EventData& events) {
    return {{"type", "EventData"},
            {"idx", add(events.idx)},
            {"time", add(events.time)},
            {"n_neurons", events.n_neurons},
            {"t_max", events.t_max}};
  }
  ordered_json written(const ValuedEventData& events) {
    ordered_json value = written(static_cast<const EventData&>(events));
    value["type"] = "ValuedEventData";
    value["value"] = add(events.value);
    return value;
  }
  std::string add(const Tensor& tensor) {
    return tensors.emplace("arrays/" + std::to_string(tensors.size()), tensor).first->first;
  }
};

}  // namespace

NirGraphData read_nir_data(Fields& fields, FileContext& context) { return read_graph(fields, context, 0); }

std::vector<std::byte> write_network_file(const NirGraphData& data) {
  Writer writer;
  ordered_json document = graph_document("nir-data");
  document.update(writer.graph(data, 0));
  return write_document(document, std::move(writer.tensors));
}

}  // namespace ranvier::io
