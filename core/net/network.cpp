#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <ranvier/network.h>

#include "core/models/record.h"
#include "core/net/graph.h"

namespace ranvier {
namespace {

constexpr std::size_t kMaxNeurons = 0x7FFFFFFF;

std::string known_models() {
  std::string list;
  for (const models::Record& record : models::records()) list += (list.empty() ? "" : ", ") + std::string(record.name);
  return list;
}

std::size_t node_index(const net::Graph& graph, const std::string& name) {
  if (const auto at = graph.find(name)) return *at;
  std::string list;
  for (const net::Node& node : graph.nodes) list += (list.empty() ? "" : ", ") + node.name;
  throw Error(Code::unknown_name, "There is no node '" + name + "'.", name,
              list.empty() ? "Add it first." : "The nodes are: " + list + ".");
}

void check_shape(const std::string& name, const Shape& shape) {
  if (shape.size() > RVD_MAX_RANK) {
    throw Error(Code::bad_shape, "The shape " + to_string(shape) + " has more than " + std::to_string(RVD_MAX_RANK) + " axes.",
                name);
  }
  const std::size_t count = element_count(shape);
  if (count >= 1 && count <= kMaxNeurons) return;
  throw Error(Code::out_of_range,
              "The shape " + to_string(shape) + " has " + std::to_string(count) + " neurons; a node has 1 to 2^31 - 1.", name,
              "Split it into several nodes.");
}

void add_node(net::Graph& graph, net::Node node) {
  if (node.name.empty()) throw Error(Code::bad_value, "A node needs a name.");
  if (graph.find(node.name)) throw Error(Code::bad_value, "The name '" + node.name + "' is taken.", node.name);
  check_shape(node.name, node.shape);
  graph.nodes.push_back(std::move(node));
  graph.nir = nullptr;
}

// The order of update where there is one: a graph that is not whole yet is shown as it was added.
net::Order order_or_as_added(const net::Graph& graph) {
  try {
    return net::order_of(graph);
  } catch (const Error&) {
    net::Order order;
    order.order.resize(graph.nodes.size());
    std::iota(order.order.begin(), order.order.end(), std::size_t{0});
    for (const net::Edge& edge : graph.edges) order.delay.push_back(edge.delay.value_or(edge.hop_delay));
    order.feedback.assign(graph.edges.size(), false);
    return order;
  }
}

std::string summary_of(const Tensor& values) {
  const auto text = [&](double value) {
    return values.dtype() == DType::f32 ? format_number(static_cast<float>(value)) : format_number(value);
  };
  if (values.empty()) return "none";
  double low = values.at(0), high = low;
  for (std::size_t i = 1; i < values.size(); ++i) {
    low = std::min(low, values.at(i));
    high = std::max(high, values.at(i));
  }
  if (low == high) return text(low);
  return text(low) + " .. " + text(high);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string node_line(const NodeInfo& node, std::size_t width) {
  std::string line = "  " + padded(node.name, width) + "  " + padded(node.model, 9) + "  " + padded(to_string(node.shape), 9);
  for (const auto& [name, values] : node.parameters) {
    const std::string extent = values.size() > 1 ? " " + to_string(values.shape()) : "";
    line += "  " + name + extent + " = " + summary_of(values);
  }
  return line;
}

std::string options_line(const NodeInfo& node) {
  std::string line;
  for (const auto& [key, choice] : node.options) line += (line.empty() ? "    " : ", ") + key + " " + choice;
  return line;
}

}  // namespace

Network::Network(Quantity dt, std::uint64_t seed) : graph_(std::make_unique<net::Graph>()) {
  if (dt.unit.dimension != Dimension::time) {
    throw Error(Code::bad_unit, "dt is " + to_string(dt) + ", which is not a time.", "dt", "Write 0.1 * ms.");
  }
  if (!std::isfinite(dt.si()) || dt.si() <= 0) {
    throw Error(Code::out_of_range, "dt is " + to_string(dt) + "; it must be finite and greater than 0.", "dt");
  }
  graph_->dt = dt.si();
  graph_->dt_given = dt;
  graph_->seed = seed;
}

Network::Network(std::unique_ptr<net::Graph> graph) : graph_(std::move(graph)) {}
Network::Network(const Network& other) : graph_(std::make_unique<net::Graph>(*other.graph_)) {}
Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network other) noexcept {
  graph_ = std::move(other.graph_);
  return *this;
}
Network::~Network() = default;

void Network::input(const std::string& name, const Shape& shape) { add_node(*graph_, {name, "input@1", shape, {}, {}}); }

void Network::output(const std::string& name, const Shape& shape) { add_node(*graph_, {name, "output@1", shape, {}, {}}); }

void Network::add(const std::string& name, const std::string& model, const Shape& shape, const Parameters& parameters,
                  const Options& options) {
  const models::Record* record = models::find(model);
  if (record == nullptr) {
    throw Error(Code::unknown_name, "There is no model '" + model + "'.", name, "The models are: " + known_models() + ".");
  }
  add_node(*graph_, {name, std::string(record->name), shape, parameters, options});
}

void Network::connect(const std::string& source, const std::string& target, const Connection& connection) {
  net::Edge edge;
  edge.source = node_index(*graph_, source);
  edge.target = node_index(*graph_, target);
  edge.receptor = connection.receptor;
  edge.weights = connection.weights;
  edge.delay = connection.delay;
  graph_->edges.push_back(std::move(edge));
  graph_->nir = nullptr;
}

double Network::dt_seconds() const { return graph_->dt; }
std::uint64_t Network::seed() const { return graph_->seed; }

std::vector<NodeInfo> Network::nodes() const {
  std::vector<NodeInfo> list;
  for (const std::size_t i : order_or_as_added(*graph_).order) {
    const net::Node& node = graph_->nodes[i];
    list.push_back({node.name, node.model, node.shape, node.parameters, node.options});
  }
  return list;
}

std::vector<EdgeInfo> Network::edges() const {
  const net::Order order = order_or_as_added(*graph_);
  std::vector<std::size_t> rank(graph_->nodes.size());
  for (std::size_t k = 0; k < order.order.size(); ++k) rank[order.order[k]] = k;
  std::vector<std::size_t> sorted(graph_->edges.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
    const net::Edge &x = graph_->edges[a], &y = graph_->edges[b];
    return std::pair(rank[x.source], rank[x.target]) < std::pair(rank[y.source], rank[y.target]);
  });
  std::vector<EdgeInfo> list;
  for (const std::size_t e : sorted) {
    const net::Edge& edge = graph_->edges[e];
    list.push_back({graph_->nodes[edge.source].name, graph_->nodes[edge.target].name, order.delay[e], bool{order.feedback[e]}});
  }
  return list;
}

const std::vector<std::pair<std::string, std::string>>& Network::assumptions() const { return graph_->assumptions; }

std::string Network::describe() const {
  const std::vector<NodeInfo> list = nodes();
  std::size_t width = 0;
  for (const NodeInfo& node : list) width = std::max(width, node.name.size());
  std::string text = "Network" + (graph_->name.empty() ? std::string() : " '" + graph_->name + "'") + ", dt " +
                     to_string(graph_->dt_given) + ", seed " + std::to_string(graph_->seed) +
                     "\nnodes, in the order of update\n";
  std::set<std::string> shown;  // options that several nodes share are said once
  for (const NodeInfo& node : list) {
    text += node_line(node, width) + "\n";
    const std::string options = options_line(node);
    if (!options.empty() && shown.insert(options).second) text += options + "\n";
  }
  text += "edges\n";
  for (const EdgeInfo& edge : edges()) {
    text += "  " + edge.source + " -> " + edge.target;
    if (edge.delay > 0) text += "  delay " + std::to_string(edge.delay) + (edge.delay == 1 ? " step" : " steps");
    text += edge.feedback ? " (feedback)\n" : "\n";
  }
  if (!graph_->assumptions.empty()) text += "assumptions\n";
  for (const auto& [topic, sentence] : graph_->assumptions) text += "  " + topic + ": " + sentence + "\n";
  return text;
}

}  // namespace ranvier
