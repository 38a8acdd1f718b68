// Pass 1: the order of update, the delays, and what must hold of the graph as a whole.
#include "core/lower/lowering.h"
#include "core/models/record.h"
#include "core/plan/check.h"

namespace ranvier::lower {
namespace {

void check_ends(Lowering& l, const net::Edge& edge) {
  const net::Node& source = l.graph.nodes[edge.source];
  const net::Node& target = l.graph.nodes[edge.target];
  const std::string where = source.name + " -> " + target.name;
  if (target.model == "input@1") {
    l.problems.add(Code::bad_graph, "The edge ends at the input '" + target.name + "', which only the caller feeds.", where);
  }
  if (edge.delay && *edge.delay > plan::kMaxDelay) {
    l.problems.add(
        Code::out_of_range,
        "The delay is " + std::to_string(*edge.delay) + " steps; it may be 0 to " + std::to_string(plan::kMaxDelay) + ".",
        where, "Take a larger dt, or a shorter delay.");
  }
}

}  // namespace

void pass_order(Lowering& l) {
  if (l.graph.nodes.empty()) {
    l.problems.add(Code::bad_graph, "The network has no nodes.", {}, "Add an input, neurons and an output.");
    return;
  }
  for (const net::Node& node : l.graph.nodes) {
    if (!node.name.empty() && node.name.size() <= plan::kMaxNameBytes) continue;
    l.problems.add(Code::bad_value, "A node's name has " + std::to_string(node.name.size()) + " bytes; it may have 1 to 4096.");
  }
  for (const net::Edge& edge : l.graph.edges) check_ends(l, edge);
  l.problems.raise();
  l.order = net::order_of(l.graph);
  l.population_of.resize(l.graph.nodes.size());
  for (std::size_t k = 0; k < l.order.order.size(); ++k) {
    l.population_of[l.order.order[k]] = static_cast<std::uint32_t>(k);
  }
}

}  // namespace ranvier::lower
