// Pass 3: edges to projections. An edge into a linear node carries that node's weights; any other carries its own, or none.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>
#include <tuple>

#include <ranvier/quantity.h>

#include "core/lower/edges.h"
#include "core/models/record.h"

namespace ranvier::lower {
namespace {

/// Whether a weight has a place in a type, and what it must be.
const char* misfit(double value, DType type) {
  if (type == DType::f32) return std::isfinite(static_cast<float>(value)) ? nullptr : "finite in f32";
  if (type == DType::f64) return std::isfinite(value) ? nullptr : "finite";
  const double limit = type == DType::i32 ? 0x1p31 : 0x1p63;
  return value == std::floor(value) && value >= -limit && value < limit ? nullptr : "whole numbers of the target's type";
}

Tensor transposed(const Tensor& weights, std::size_t rows, std::size_t columns) {
  Tensor result(Shape{columns, rows}, weights.dtype());
  const std::size_t size = size_of(weights.dtype());
  auto* out = static_cast<std::byte*>(result.mutable_data());
  const auto* in = static_cast<const std::byte*>(weights.data());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) std::memcpy(out + (c * rows + r) * size, in + (r * columns + c) * size, size);
  }
  return result;
}

bool linear_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const std::optional<Tensor> weight = own_weight(l, e);
  if (!weight) return false;
  if (weight->shape().size() > 2) return stacked_edge(l, e, *weight, projection);
  if (weight->shape() != Shape{e.to, e.from}) {
    l.problems.add(Code::bad_shape,
                   "The weight of '" + e.target.name + "' has the shape " + to_string(weight->shape()) +
                       ", but the edge needs [" + std::to_string(e.to) + ", " + std::to_string(e.from) + "] (out, in).",
                   e.where);
    return false;
  }
  projection.kind = RVD_PROJECTION_DENSE;
  if (!take_weights(l, e, *weight, projection.weights)) return false;
  projection.weights = transposed(projection.weights, e.to, e.from);
  return true;
}

/// Whether a node takes any shape of as many neurons.
bool reshapes(const net::Node& node) { return node.model == "flatten@1" || node.model == "identity@1"; }

bool identity_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  projection.kind = RVD_PROJECTION_ONE_TO_ONE;
  if (e.source.shape == e.target.shape || (reshapes(e.target) && e.from == e.to)) return true;
  const bool count = reshapes(e.target);
  l.problems.add(Code::bad_shape,
                 "The source has the shape " + to_string(e.source.shape) + ", the target " + to_string(e.target.shape) +
                     (count ? "; both must have as many neurons." : "; without weights both must be equal."),
                 e.where, "Put a linear node between them, or give the edge weights.");
  return false;
}

bool weighted_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const Tensor& weights = *e.edge.weights;
  const bool dense = weights.shape() == Shape{e.from, e.to};
  const bool paired = e.from == e.to && (weights.size() == 1 || weights.shape() == Shape{e.from});
  if (!dense && !paired) {
    l.problems.add(Code::bad_shape,
                   "The weights have the shape " + to_string(weights.shape()) + "; the edge takes [" + std::to_string(e.from) +
                       ", " + std::to_string(e.to) + "] (source, target), or one per neuron where both sides have as many.",
                   e.where);
    return false;
  }
  projection.kind = dense ? RVD_PROJECTION_DENSE : RVD_PROJECTION_ONE_TO_ONE;
  return take_weights(l, e, weights, projection.weights);
}

/// The receptor's index, once there is such a one and it sums what the source emits.
std::optional<std::uint32_t> receptor_of(Lowering& l, const net::Edge& edge, const net::Node& target,
                                         const std::string& where) {
  const plan::Population& from = l.out.populations[l.population_of[edge.source]];
  const auto& receptors = l.out.populations[l.population_of[edge.target]].receptors;
  const bool refused = receptors.empty() || (from.ops.empty() && (from.flags & RVD_POPULATION_INPUT) == 0);
  if (refused) return 0;  // a model that has been told of already
  const auto at = std::find_if(receptors.begin(), receptors.end(), [&](const auto& r) { return r.name == edge.receptor; });
  if (!edge.receptor.empty() && at == receptors.end()) {
    l.problems.add(Code::unknown_name, target.model + " has no receptor '" + edge.receptor + "'.", where);
    return std::nullopt;
  }
  const std::size_t index = edge.receptor.empty() ? 0 : static_cast<std::size_t>(at - receptors.begin());
  const DType emitted = from.value_type;
  if (emitted != receptors[index].type) {
    l.problems.add(Code::bad_type,
                   "The source emits " + std::string(name_of(emitted)) + ", but the target sums " +
                       std::string(name_of(receptors[index].type)) + ".",
                   where, "Give both the same precision.");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(index);
}

bool take_edge(Lowering& l, const Ends& e, plan::Projection& projection) {
  const bool pool = e.target.model == "sumpool@1" || e.target.model == "avgpool@1";
  if ((pool || e.target.model == "delay@1") && e.edge.weights) {
    l.problems.add(Code::bad_value, "The edge brings weights, but " + e.target.model + " takes none.", e.where,
                   "Put a linear node between them.");
    return false;
  }
  if (pool) return pool_edge(l, e, projection);
  if (e.target.model == "conv@1" || e.target.model == "loihi_conv@1") return convolution_edge(l, e, projection);
  const models::Record* record = models::find(e.target.model);
  if (record != nullptr && record->linear) return linear_edge(l, e, projection);
  return e.edge.weights ? weighted_edge(l, e, projection) : identity_edge(l, e, projection);
}

/// What the target's model makes of its weights, with a note where that is not what was asked for.
std::optional<Tensor> stored_weight(Lowering& l, const Ends& e, const models::Record& record, const Tensor& weight) {
  Problems found;
  const models::Setting setting =
      models::resolve(record, e.target.name, l.graph.dt, e.target.shape, e.target.parameters, e.target.options, found);
  if (found.empty() && record.check != nullptr) record.check(setting, e.target.name, found);
  if (!found.empty()) return std::nullopt;  // the pass over populations has said so
  const models::StoredWeight stored = record.stored_weight(setting, weight, e.target.name, l.problems);
  if (stored.values.size() != weight.size()) return std::nullopt;
  if (stored.changed > 0) {
    l.out.notes.push_back({e.where, std::to_string(stored.changed) + " of " + std::to_string(weight.size()) +
                                        " weights are stored as other numbers: the chip has no place for those asked for."});
  }
  return stored.values;
}

void lower_edge(Lowering& l, std::size_t index) {
  const net::Edge& edge = l.graph.edges[index];
  const net::Node& source = l.graph.nodes[edge.source];
  const net::Node& target = l.graph.nodes[edge.target];
  const std::string where = source.name + " -> " + target.name;

  plan::Projection projection;
  projection.source = l.population_of[edge.source];
  projection.target = l.population_of[edge.target];
  projection.delay = l.order.delay[index];
  if (l.order.feedback[index]) projection.flags |= RVD_PROJECTION_FEEDBACK;
  const std::optional<std::uint32_t> receptor = receptor_of(l, edge, target, where);
  if (!receptor) return;
  projection.receptor = *receptor;

  const auto& receptors = l.out.populations[projection.target].receptors;
  const DType type = receptors.empty() ? DType::f32 : receptors[*receptor].type;
  const Ends e{edge, source, target, where, element_count(source.shape), element_count(target.shape), type};
  if (!take_edge(l, e, projection)) return;
  std::vector<plan::Projection> made;
  if (target.model == "delay@1") delay_edge(l, e, projection, made);
  else made.push_back(std::move(projection));
  for (plan::Projection& one : made) {
    l.out.projections.push_back(std::move(one));
    l.edge_of.push_back(index);
  }
}

}  // namespace

bool take_weights(Lowering& l, const Ends& e, const Tensor& weights, Tensor& taken) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double value = weights.at(i);
    const char* must = misfit(value, e.type);
    if (must == nullptr) continue;
    l.problems.add(
        Code::out_of_range,
        "The weight at flat index " + std::to_string(i) + " is " + format_number(value) + "; weights must be " + must + ".",
        e.where);
    return false;
  }
  taken = weights.cast(e.type);
  return true;
}

std::optional<Tensor> own_weight(Lowering& l, const Ends& e) {
  const auto at = e.target.parameters.find("weight");
  if (at == e.target.parameters.end()) {
    l.problems.add(Code::bad_value, e.target.model + " needs the parameter 'weight'.", e.target.name);
    return std::nullopt;
  }
  if (e.edge.weights) {
    l.problems.add(Code::bad_value, "The edge brings weights, but its target has its own.", e.where,
                   "Leave the edge's weights out.");
    return std::nullopt;
  }
  const models::Record& record = *models::find(e.target.model);
  return record.stored_weight == nullptr ? at->second : stored_weight(l, e, record, at->second);
}

void pass_projections(Lowering& l) {
  for (std::size_t e = 0; e < l.graph.edges.size(); ++e) lower_edge(l, e);
  if (!l.problems.empty()) return;
  std::vector<plan::Projection> as_connected = std::move(l.out.projections);
  const std::vector<std::size_t> edges = std::move(l.edge_of);
  std::vector<std::size_t> order(as_connected.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    const auto &a = as_connected[x], &b = as_connected[y];
    return std::tie(a.source, a.target, a.receptor) < std::tie(b.source, b.target, b.receptor);
  });
  l.out.projections.clear();
  l.edge_of.clear();
  for (const std::size_t k : order) {
    l.out.projections.push_back(std::move(as_connected[k]));
    l.edge_of.push_back(edges[k]);
  }
}

}  // namespace ranvier::lower
