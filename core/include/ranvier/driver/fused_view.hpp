/// FusedView: a plan as chips see it, with linear nodes fused into the synapses of what follows them. A chip has synapses and
/// neurons and nothing between; a plan keeps a linear node as a population of its own, since that gives other floats.
/// Part of <ranvier/driver.hpp>.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/driver/report.hpp>
#include <ranvier/driver/session.hpp>
#include <ranvier/plan_view.hpp>

namespace rvd {

/// Weights [source][target]. One-to-one weights stay a diagonal, so that two large populations do not cost their product.
struct FusedWeights {
  std::uint64_t sources = 0, targets = 0;
  bool diagonal = false;
  std::vector<double> values;  // [source * targets + target], or [neuron]

  double at(std::uint64_t source, std::uint64_t target) const {
    if (!diagonal) return values[source * targets + target];
    return source == target ? values[source] : 0.0;
  }
  bool identity() const {
    return diagonal && std::all_of(values.begin(), values.end(), [](double w) { return w == 1.0; });
  }
};

class FusedView {
 public:
  enum class Kind {
    input,
    neuron,    ///< has state: for the chip to run, if it knows the model
    output,    ///< stateless, and an output of the network
    unfusable  ///< stateless, but no linear node: `reason` says why
  };
  struct Node {
    std::uint32_t population;
    Kind kind;
    std::string reason;
    std::vector<double> bias;  ///< of linear nodes before it, one per neuron; empty: none
  };
  struct Synapses {
    std::uint32_t source, target;  ///< populations
    std::uint32_t receptor;        ///< index among the target's
    std::uint64_t delay;           ///< in steps, of the whole path
    std::string path;              ///< "input -> fc1 -> lif1"
    FusedWeights weights;          ///< of all paths between the two with this delay and receptor, summed
  };

  /// Takes memory for the weights as doubles, those of convolutions, pools and sparse projections as matrices too.
  /// @throws Failure where such a matrix has more than 2^26 weights.
  explicit FusedView(PlanView plan) : plan_(plan) {
    for (const rvd_population& population : plan_.populations()) linear_.push_back(linear_of(population));
    for (std::uint32_t index = 0; index < linear_.size(); ++index) add(index);
  }

  const std::vector<Node>& nodes() const { return nodes_; }  ///< in the order of the populations
  const std::vector<Synapses>& synapses() const { return synapses_; }
  /// The largest magnitude among the weights into a population, at least `least`: what a chip scales its range to.
  double largest_weight(std::uint32_t target, double least) const {
    double largest = least;
    for (const Synapses& synapses : synapses_) {
      if (synapses.target != target) continue;
      for (const double weight : synapses.weights.values) largest = std::max(largest, std::fabs(weight));
    }
    return largest;
  }
  /// A parameter of neuron i as the user gave it, or `fallback` when it was not given.
  double parameter(std::uint32_t population, std::string_view parameter_name, std::uint64_t i, double fallback) const {
    const rvd_value* value = plan_.find(plan_.parameters(plan_.populations()[population]), parameter_name);
    return value == nullptr || value->values.count == 0 ? fallback : plan_.number(value->values, i);
  }
  /// A coefficient of neuron i, for chips that know a model's programs by heart. @throws Failure when the model has none such.
  double coefficient(std::uint32_t population, std::string_view coefficient_name, std::uint64_t i) const {
    const rvd_value* value = plan_.find(plan_.coefficients(plan_.populations()[population]), coefficient_name);
    if (value != nullptr) return plan_.number(value->values, i);
    throw Failure(RVD_UNSUPPORTED, name(population) + " has no coefficient \"" + std::string(coefficient_name) + "\"");
  }

 private:
  static constexpr std::uint64_t kMostSpread = std::uint64_t{1} << 26;

  /// y = gain * x + offset of a stateless population, per neuron; `reason` when it is nothing of the kind.
  struct Linear {
    bool fusable = false;
    std::string reason;
    std::vector<double> gain, offset;
  };
  /// A register while a program is followed: gain * sum + offset.
  struct Form {
    std::vector<double> gain, offset;
    bool constant() const {
      return std::all_of(gain.begin(), gain.end(), [](double g) { return g == 0.0; });
    }
  };
  struct Trail {  // back from a target
    std::uint32_t target;
    std::uint32_t receptor;
    std::uint64_t delay;
    std::size_t length;
    std::string path;
  };

  std::string name(std::uint32_t population) const { return std::string(plan_.text(plan_.populations()[population].name)); }

  Linear linear_of(const rvd_population& population) const {
    Linear result;
    if ((population.flags & RVD_POPULATION_STATELESS) == 0) return result;
    if (population.receptors.count != 1) {
      result.reason = "has " + std::to_string(population.receptors.count) + " receptors, a linear node has 1";
      return result;
    }
    std::vector<Form> registers(population.registers);
    for (const rvd_op& op : plan_.ops(population)) {
      if (op.code == RVD_OP_EMIT) {
        result.gain = registers[op.a].gain;
        result.offset = registers[op.a].offset;
      } else if (!follow(population, op, registers)) {
        result.reason = "its program is not linear (operation " + std::to_string(op.code) + ")";
        return result;
      }
    }
    result.fusable = true;
    return result;
  }

  bool follow(const rvd_population& population, const rvd_op& op, std::vector<Form>& registers) const {
    const std::size_t n = static_cast<std::size_t>(population.count);
    Form& dst = registers[op.dst];
    switch (op.code) {
      case RVD_OP_RECEPTOR: dst = {std::vector<double>(n, 1.0), std::vector<double>(n, 0.0)}; return true;
      case RVD_OP_CONST: dst = {std::vector<double>(n, 0.0), std::vector<double>(n, as_double(op.type, op.imm))}; return true;
      case RVD_OP_COEFF: {
        const rvd_array& values = plan_.coefficients(population)[op.a].values;
        dst = {std::vector<double>(n, 0.0), std::vector<double>(n)};
        for (std::size_t i = 0; i < n; ++i) dst.offset[i] = plan_.number(values, i);
        return true;
      }
      case RVD_OP_ADD: dst = sum(registers[op.a], registers[op.b], 1.0); return true;
      case RVD_OP_SUB: dst = sum(registers[op.a], registers[op.b], -1.0); return true;
      case RVD_OP_DIV: {
        if (!registers[op.b].constant()) return false;
        std::vector<double> factor = registers[op.b].offset;
        for (double& f : factor) f = 1.0 / f;
        dst = scaled(registers[op.a], factor);
        return true;
      }
      case RVD_OP_MUL: {
        const bool left = registers[op.a].constant();
        if (!left && !registers[op.b].constant()) return false;
        dst = left ? scaled(registers[op.b], registers[op.a].offset) : scaled(registers[op.a], registers[op.b].offset);
        return true;
      }
      default: return false;
    }
  }

  static Form sum(const Form& a, const Form& b, double sign) {
    Form result = a;
    for (std::size_t i = 0; i < a.gain.size(); ++i) {
      result.gain[i] += sign * b.gain[i];
      result.offset[i] += sign * b.offset[i];
    }
    return result;
  }
  static Form scaled(Form form, const std::vector<double>& factor) {
    for (std::size_t i = 0; i < factor.size(); ++i) {
      form.gain[i] *= factor[i];
      form.offset[i] *= factor[i];
    }
    return form;
  }

  // Linear nodes that are no outputs vanish; all else stays.
  bool vanishes(std::uint32_t population) const {
    return linear_[population].fusable && (plan_.populations()[population].flags & RVD_POPULATION_OUTPUT) == 0;
  }

  void add(std::uint32_t index) {
    if (vanishes(index)) return;
    const rvd_population& population = plan_.populations()[index];
    const Linear& own = linear_[index];
    const bool stateless = (population.flags & RVD_POPULATION_STATELESS) != 0;
    Kind kind = (population.flags & RVD_POPULATION_INPUT) != 0 ? Kind::input : Kind::neuron;
    if (stateless) kind = own.fusable ? Kind::output : Kind::unfusable;
    nodes_.push_back({index, kind, own.reason, own.offset});
    if (std::all_of(own.offset.begin(), own.offset.end(), [](double c) { return c == 0.0; })) nodes_.back().bias.clear();
    const FusedWeights onward{population.count, population.count, true, own.gain};
    for (std::uint32_t receptor = 0; receptor < population.receptors.count; ++receptor) {
      go_back(index, own.fusable ? &onward : nullptr, {index, receptor, 0, 0, name(index)});
    }
  }

  /// Follows the projections into `at` back to what stays; `onward` are the weights from there to the trail's target.
  void go_back(std::uint32_t at, const FusedWeights* onward, const Trail& trail) {
    if (trail.length > linear_.size()) {
      throw Failure(RVD_UNSUPPORTED, "linear nodes in a cycle: " + name(at));
    }
    for (const rvd_projection& projection : plan_.projections()) {
      if (projection.target != at || (trail.length == 0 && projection.receptor != trail.receptor)) continue;
      FusedWeights weights = weights_of(projection);
      if (onward != nullptr) weights = product(weights, *onward);
      Trail longer{trail.target, trail.receptor, trail.delay + projection.delay, trail.length + 1,
                   name(projection.source) + " -> " + trail.path};
      if (!vanishes(projection.source)) {
        keep(projection.source, std::move(weights), std::move(longer));
        continue;
      }
      const Linear& node = linear_[projection.source];
      add_bias(node.offset, weights);
      scale_rows(weights, node.gain);
      go_back(projection.source, &weights, longer);
    }
  }

  FusedWeights weights_of(const rvd_projection& projection) const {
    const auto populations = plan_.populations();
    FusedWeights weights{populations[projection.source].count, populations[projection.target].count, false, {}};
    weights.diagonal = projection.kind == RVD_PROJECTION_ONE_TO_ONE;
    const bool grows = !weights.diagonal && projection.kind != RVD_PROJECTION_DENSE;
    if (grows && weights.sources > kMostSpread / weights.targets) {
      throw Failure(RVD_UNSUPPORTED, name(projection.source) + " -> " + name(projection.target) + ": as a matrix it has " +
                                         std::to_string(weights.sources) + " x " + std::to_string(weights.targets) +
                                         " weights");
    }
    weights.values.assign(static_cast<std::size_t>(weights.sources * (weights.diagonal ? 1 : weights.targets)), 0.0);
    for (std::uint64_t source = 0; source < weights.sources; ++source) {
      plan_.each_synapse(projection, source, [&](std::uint64_t target, std::uint64_t weight) {
        const std::uint64_t at = weights.diagonal ? source : source * weights.targets + target;
        weights.values[static_cast<std::size_t>(at)] += plan_.weight(projection, weight);
      });
    }
    return weights;
  }

  static FusedWeights product(const FusedWeights& a, const FusedWeights& b) {
    FusedWeights result{a.sources, b.targets, a.diagonal && b.diagonal, {}};
    if (result.diagonal) {
      result.values = a.values;
      for (std::size_t i = 0; i < a.values.size(); ++i) result.values[i] *= b.values[i];
      return result;
    }
    result.values.assign(static_cast<std::size_t>(a.sources * b.targets), 0.0);
    for (std::uint64_t i = 0; i < a.sources; ++i) {
      double* row = result.values.data() + i * b.targets;
      const std::uint64_t first = a.diagonal ? i : 0, last = a.diagonal ? i + 1 : a.targets;
      for (std::uint64_t k = first; k < last; ++k) add_row(row, a.at(i, k), b, k);
    }
    return result;
  }

  static void add_row(double* row, double factor, const FusedWeights& b, std::uint64_t k) {
    if (b.diagonal) {
      row[k] += factor * b.values[k];
      return;
    }
    for (std::uint64_t j = 0; j < b.targets; ++j) row[j] += factor * b.values[k * b.targets + j];
  }

  static void scale_rows(FusedWeights& weights, const std::vector<double>& gain) {
    const std::uint64_t row = weights.diagonal ? 1 : weights.targets;
    for (std::size_t k = 0; k < weights.values.size(); ++k) weights.values[k] *= gain[k / row];
  }

  void add_bias(const std::vector<double>& offset, const FusedWeights& weights) {
    if (std::all_of(offset.begin(), offset.end(), [](double c) { return c == 0.0; })) return;
    std::vector<double>& bias = nodes_.back().bias;
    bias.resize(static_cast<std::size_t>(weights.targets), 0.0);
    for (std::uint64_t i = 0; i < weights.sources; ++i) add_row(bias.data(), offset[i], weights, i);
  }

  void keep(std::uint32_t source, FusedWeights weights, Trail trail) {
    for (Synapses& known : synapses_) {
      const bool same = known.source == source && known.target == trail.target && known.receptor == trail.receptor &&
                        known.delay == trail.delay;
      if (!same) continue;
      known.weights = sum(known.weights, weights);
      known.path += ", " + trail.path;
      return;
    }
    synapses_.push_back({source, trail.target, trail.receptor, trail.delay, std::move(trail.path), std::move(weights)});
  }

  static FusedWeights sum(const FusedWeights& a, const FusedWeights& b) {
    FusedWeights result = a;
    result.diagonal = a.diagonal && b.diagonal;
    if (result.diagonal) {
      for (std::size_t k = 0; k < b.values.size(); ++k) result.values[k] += b.values[k];
      return result;
    }
    result.values.assign(static_cast<std::size_t>(a.sources * a.targets), 0.0);
    for (std::uint64_t k = 0; k < result.values.size(); ++k) {
      const std::uint64_t i = k / a.targets, j = k % a.targets;
      result.values[k] = a.at(i, j) + b.at(i, j);
    }
    return result;
  }

  PlanView plan_;
  std::vector<Linear> linear_;  // by population
  std::vector<Node> nodes_;
  std::vector<Synapses> synapses_;
};

}  // namespace rvd
