// graph.json of kind "network": a Network of ours, whole, so that it comes back equal.
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <ranvier/error.h>
#include <ranvier/quantity.h>

#include "core/io/network_file.h"
#include "core/io/text.h"

namespace ranvier::io {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t kMaxDelay = std::numeric_limits<std::uint32_t>::max();

using Indices = std::map<std::string, std::size_t>;

// dt stands twice, as a number for other programs and as the user wrote it; the two must be one.
void read_dt(Fields& fields, net::Graph& graph) {
  graph.dt = fields.number("dt");
  if (!(graph.dt > 0) || !std::isfinite(graph.dt)) {
    fields.refuse("dt", "is " + format_number(graph.dt) + "; it must be a finite number of seconds above 0.");
  }
  const std::string given = fields.text("dt_given");
  try {
    graph.dt_given = parse_quantity(given);
  } catch (const Error&) {
    fields.refuse("dt_given", "is " + in_quotes(given) + "; it must be a number and a unit of time, like '0.1 ms'.");
  }
  if (graph.dt_given.unit.dimension != Dimension::time || graph.dt_given.si() != graph.dt) {
    fields.refuse("dt_given", "is " + in_quotes(given) + "; it must be the dt of " + format_number(graph.dt) + " s.");
  }
}

net::Node read_node(const json& value, const std::string& path, FileContext& context) {
  Fields fields(value, path, context);
  net::Node node;
  node.name = fields.name("name");
  node.model = fields.name("model");
  node.shape = fields.shape("shape");
  node.parameters = fields.each_tensor("parameters");
  fields.each_text("options", [&](const std::string& name, const std::string& choice) { node.options.emplace(name, choice); });
  fields.done();
  return node;
}

std::size_t read_end(Fields& fields, const char* key, const Indices& indices) {
  const std::string name = fields.name(key);
  const auto found = indices.find(name);
  if (found == indices.end()) fields.refuse(key, "is " + in_quotes(name) + ", but there is no node of that name.");
  return found->second;
}

net::Edge read_edge(const json& value, const std::string& path, const Indices& indices, FileContext& context) {
  Fields fields(value, path, context);
  net::Edge edge;
  edge.source = read_end(fields, "source", indices);
  edge.target = read_end(fields, "target", indices);
  edge.receptor = fields.text("receptor");
  if (fields.has("weights")) edge.weights = fields.tensor("weights");
  if (fields.has("delay")) edge.delay = static_cast<std::uint32_t>(fields.integer("delay", kMaxDelay));
  edge.hop_delay = static_cast<std::uint32_t>(fields.integer("hop_delay", kMaxDelay));
  edge.feedback_bias_from_start = fields.boolean("feedback_bias_from_start");
  fields.done();
  return edge;
}

ordered_json write_node(const net::Node& node, const std::string& prefix, Tensors& tensors) {
  ordered_json parameters = ordered_json::object();
  for (const auto& [name, tensor] : node.parameters) {
    parameters[name] = prefix + name;
    tensors.emplace(prefix + name, tensor);
  }
  ordered_json options = ordered_json::object();
  for (const auto& [name, choice] : node.options) options[name] = choice;
  return {{"name", node.name}, {"model", node.model}, {"shape", node.shape}, {"parameters", parameters}, {"options", options}};
}

ordered_json write_edge(const net::Edge& edge, const net::Graph& graph, const std::string& weights, Tensors& tensors) {
  ordered_json value{
      {"source", graph.nodes[edge.source].name}, {"target", graph.nodes[edge.target].name}, {"receptor", edge.receptor}};
  if (edge.weights) {
    value["weights"] = weights;
    tensors.emplace(weights, *edge.weights);
  }
  if (edge.delay) value["delay"] = *edge.delay;
  value["hop_delay"] = edge.hop_delay;
  value["feedback_bias_from_start"] = edge.feedback_bias_from_start;
  return value;
}

}  // namespace

net::Graph read_network(Fields& fields, FileContext& context) {
  net::Graph graph;
  graph.name = fields.text("name");
  if (fields.has("nir")) {
    context.lending = true;  // before the network takes what both name
    Fields nir = fields.object("nir");
    graph.nir = std::make_shared<NirGraph>(read_nir_graph(nir, context));
    nir.done();
    context.lending = false;
  }
  read_dt(fields, graph);
  graph.seed = fields.integer("seed", std::numeric_limits<std::uint64_t>::max());
  Indices indices;
  fields.each("nodes", [&](const json& value, const std::string& path) {
    net::Node node = read_node(value, path, context);
    if (!indices.emplace(node.name, graph.nodes.size()).second) {
      context.refuse(path, "has the name " + in_quotes(node.name) + " of another node.");
    }
    graph.nodes.push_back(std::move(node));
  });
  fields.each("edges", [&](const json& value, const std::string& path) {
    graph.edges.push_back(read_edge(value, path, indices, context));
  });
  fields.each("assumptions",
              [&](const json& value, const std::string& path) { graph.assumptions.push_back(fields.pair(value, path)); });
  return graph;
}

std::vector<std::byte> write_network_file(const net::Graph& graph) {
  if (!(graph.dt > 0) || !std::isfinite(graph.dt)) {
    throw Error(Code::bad_value,
                "dt is " + format_number(graph.dt) + " s; only a network with a finite dt above 0 can be written.");
  }
  ordered_json document = graph_document("network");
  document["name"] = graph.name;
  document["dt"] = graph.dt;
  document["dt_given"] = to_string(graph.dt_given);
  document["seed"] = graph.seed;
  document["nodes"] = ordered_json::array();
  document["edges"] = ordered_json::array();
  document["assumptions"] = ordered_json::array();
  Tensors tensors;
  for (const net::Node& node : graph.nodes) {
    const std::string prefix = "nodes/" + std::to_string(document["nodes"].size()) + "/";
    document["nodes"].push_back(write_node(node, prefix, tensors));
  }
  for (const net::Edge& edge : graph.edges) {
    const std::string weights = "edges/" + std::to_string(document["edges"].size()) + "/weights";
    document["edges"].push_back(write_edge(edge, graph, weights, tensors));
  }
  for (const auto& [topic, sentence] : graph.assumptions) document["assumptions"].push_back({topic, sentence});
  if (graph.nir) document["nir"] = nir_graph_document(*graph.nir, "nir/", tensors);
  return write_document(document, std::move(tensors));
}

}  // namespace ranvier::io
