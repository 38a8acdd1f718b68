// Pass 3: one projection an edge. An edge into a linear node carries that node's weights; any other carries its own, or none.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include <ranvier/quantity.h>

#include "core/lower/lowering.h"
#include "core/models/record.h"

namespace ranvier::lower {
namespace {

struct Ends {
  const net::Edge& edge;
  const net::Node& source;
  const net::Node& target;
  std::string where;
  std::size_t from, to;  ///< neurons
};

void check_finite(Lowering& l, const Tensor& weights, const std::string& where) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double value = weights.at(i);
    if (std::isfinite(static_cast<float>(value))) continue;
    l.problems.add(
        Code::out_of_range,
        "The weight at flat index " + std::to_string(i) + " is " + format_number(value) + "; weights must be finite in f32.",
        where);
    return;
  }
}

Tensor transposed(const Tensor& weights, std::size_t rows, std::size_t columns) {
  Tensor result(Shape{columns, rows}, DType::f32);
  float* out = result.mutable_data<float>();
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) out[c * rows + r] = static_cast<float>(weights.at(r * columns + c));
  }
  return result;
}

void linear_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const auto at = e.target.parameters.find("weight");
  if (at == e.target.parameters.end()) {
    l.problems.add(Code::bad_value, e.target.model + " needs the parameter 'weight'.", e.target.name);
    return;
  }
  if (e.edge.weights) {
    l.problems.add(Code::bad_value, "The edge brings weights, but its target has its own.", e.where,
                   "Leave the edge's weights out.");
    return;
  }
  const Tensor& weight = at->second;
  if (weight.shape() != Shape{e.to, e.from}) {
    l.problems.add(Code::bad_shape,
                   "The weight of '" + e.target.name + "' has the shape " + to_string(weight.shape()) +
                       ", but the edge needs [" + std::to_string(e.to) + ", " + std::to_string(e.from) + "] (out, in).",
                   e.where);
    return;
  }
  projection.kind = RVD_PROJECTION_DENSE;
  projection.weights = transposed(weight, e.to, e.from);
  check_finite(l, weight, e.where);
}

void identity_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  projection.kind = RVD_PROJECTION_ONE_TO_ONE;
  if (e.source.shape == e.target.shape) return;
  l.problems.add(Code::bad_shape,
                 "The source has the shape " + to_string(e.source.shape) + ", the target " + to_string(e.target.shape) +
                     "; without weights both must be equal.",
                 e.where, "Put a linear node between them, or give the edge weights.");
}

void weighted_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const Tensor& weights = *e.edge.weights;
  const bool dense = weights.shape() == Shape{e.from, e.to};
  const bool paired = e.from == e.to && (weights.size() == 1 || weights.shape() == Shape{e.from});
  if (!dense && !paired) {
    l.problems.add(Code::bad_shape,
                   "The weights have the shape " + to_string(weights.shape()) + "; the edge takes [" + std::to_string(e.from) +
                       ", " + std::to_string(e.to) + "] (source, target), or one per neuron where both sides have as many.",
                   e.where);
    return;
  }
  projection.kind = dense ? RVD_PROJECTION_DENSE : RVD_PROJECTION_ONE_TO_ONE;
  check_finite(l, weights, e.where);
  projection.weights = weights.cast(DType::f32);
}

void lower_edge(Lowering& l, std::size_t index) {
  const net::Edge& edge = l.graph.edges[index];
  const net::Node& source = l.graph.nodes[edge.source];
  const net::Node& target = l.graph.nodes[edge.target];
  const Ends e{
      edge, source, target, source.name + " -> " + target.name, element_count(source.shape), element_count(target.shape)};

  plan::Projection projection;
  projection.source = l.population_of[edge.source];
  projection.target = l.population_of[edge.target];
  projection.delay = l.order.delay[index];
  if (l.order.feedback[index]) projection.flags |= RVD_PROJECTION_FEEDBACK;

  const auto& receptors = l.out.populations[projection.target].receptors;
  const auto at = std::find_if(receptors.begin(), receptors.end(), [&](const auto& r) { return r.name == edge.receptor; });
  if (!edge.receptor.empty() && at == receptors.end()) {
    l.problems.add(Code::unknown_name, target.model + " has no receptor '" + edge.receptor + "'.", e.where);
    return;
  }
  projection.receptor = edge.receptor.empty() ? 0 : static_cast<std::uint32_t>(at - receptors.begin());

  const models::Record* record = models::find(target.model);
  if (record != nullptr && record->linear) {
    linear_edge(l, e, projection);
  } else if (edge.weights) {
    weighted_edge(l, e, projection);
  } else {
    identity_edge(l, e, projection);
  }
  l.out.projections.push_back(std::move(projection));
}

}  // namespace

void pass_projections(Lowering& l) {
  for (std::size_t e = 0; e < l.graph.edges.size(); ++e) lower_edge(l, e);
  if (!l.problems.empty()) return;
  std::vector<plan::Projection> as_connected = std::move(l.out.projections);
  l.edge_of.resize(as_connected.size());
  std::iota(l.edge_of.begin(), l.edge_of.end(), std::size_t{0});
  std::stable_sort(l.edge_of.begin(), l.edge_of.end(), [&](std::size_t x, std::size_t y) {
    const auto &a = as_connected[x], &b = as_connected[y];
    return std::tie(a.source, a.target, a.receptor) < std::tie(b.source, b.target, b.receptor);
  });
  l.out.projections.clear();
  for (const std::size_t e : l.edge_of) l.out.projections.push_back(std::move(as_connected[e]));
}

}  // namespace ranvier::lower
