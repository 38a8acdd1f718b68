#include "devices/loihi/prepared.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ranvier::loihi {
namespace {

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

std::vector<devices::Fan> fans_of(const Network& network) {
  std::vector<devices::Fan> fans;
  for (const Group& group : network.groups) {
    const std::uint64_t sources = network.populations[group.source].count;
    devices::Fan fan{group.source, static_cast<std::uint32_t>(group.delay), group.message_bits == 0, group.weights.size(),
                     std::vector<std::uint32_t>(sources)};
    const std::uint64_t targets = network.populations[group.target].count;
    for (std::uint64_t s = 0; s < sources; ++s) {
      const auto begin = group.dense ? s * targets : static_cast<std::uint64_t>(group.rows[s]);
      const auto end = group.dense ? begin + targets : static_cast<std::uint64_t>(group.rows[s + 1]);
      for (std::uint64_t k = begin; k < end; ++k) fan.operations[s] += group.weights[k] != 0 ? 1 : 0;
    }
    fans.push_back(std::move(fan));
  }
  return fans;
}

std::uint64_t neurons_of(const Network& network) {
  std::uint64_t neurons = 0;
  for (const Population& p : network.populations) neurons += p.kind == Population::Kind::neuron ? p.count : 0;
  return neurons;
}

/// Whether the plan itself counts any event of a population as one, wherever it goes.
bool counts_events(rvd::PlanView plan, std::uint32_t population) {
  for (const rvd_projection& projection : plan.projections()) {
    if (projection.source != population) continue;
    const std::string_view model = plan.text(plan.populations()[projection.target].model);
    if (model == "binarize@1" || model == "output@1") continue;
    const bool hands_on = model == "flatten@1" || model == "identity@1";
    if (!hands_on || !counts_events(plan, projection.target)) return false;
  }
  return true;
}

Parameter parameter(const Population& p, const Values& values) {
  return {p.count, values.size() != 1, [&](std::size_t i) { return values[i]; }};
}

}  // namespace

Prepared::Prepared(rvd::PlanView plan, const Network& network, simd::Isa isa)
    : network_(network),
      isa_(isa),
      fan_outs_(network.populations.size(), neurons_of(network), fans_of(network)),
      populations_(network.populations.size()),
      joints_(network.populations.size()),
      input_ranges_(network.populations.size(), {-kMost - 1, kMost}) {
  for (std::uint32_t p = 0; p < populations_.size(); ++p) prepare(plan, p);
  for (const Group& group : network.groups) connect(group);
  for (const Wire& wire : network.wires) {
    std::uint64_t& longest = populations_[wire.source].longest_delay;
    longest = std::max(longest, wire.delay);
  }
  find_input_ranges(plan);
  find_bounds();
}

void Prepared::prepare(rvd::PlanView plan, std::uint32_t population) {
  const Population& p = network_.populations[population];
  Neurons& made = populations_[population];
  made.padded = Parameter::padded(p.count);
  const bool plans = p.kind == Population::Kind::output || (p.kind == Population::Kind::neuron && !p.fires);
  made.type = plans ? plan.populations()[population].value_type : RVD_I32;
  if (p.kind == Population::Kind::graded) made.threshold = parameter(p, p.vth);
  if (p.kind != Population::Kind::neuron) return;
  made.du = parameter(p, p.du);
  made.dv = parameter(p, p.dv);
  made.vmin = parameter(p, p.vmin);
  made.vmax = parameter(p, p.vmax);
  made.refractory = parameter(p, p.refractory);
  made.bias = {p.count, p.bias_mant.size() != 1 || p.bias_exp.size() != 1,
               [&](std::size_t i) { return at(p.bias_mant, i) * (1 << at(p.bias_exp, i)); }};
  made.threshold = {p.count, p.vth.size() != 1, [&](std::size_t i) { return p.fires ? p.vth[i] << fixed::kUnit : kMost; }};
  made.waits = std::any_of(p.refractory.begin(), p.refractory.end(), [](std::int32_t steps) { return steps > 1; });
}

std::size_t Prepared::sum_of(const Group& group) {
  std::vector<std::uint32_t>& joints = joints_[group.target];
  const auto known = std::find(joints.begin(), joints.end(), group.joint);
  if (group.joint != 0 && known != joints.end()) return static_cast<std::size_t>(known - joints.begin());
  joints.push_back(group.joint);
  populations_[group.target].sums.push_back({group.shift, group.clamped});
  return joints.size() - 1;
}

void Prepared::connect(const Group& group) {
  const synapse::Shape shape{RVD_I32, network_.populations[group.source].count, network_.populations[group.target].count};
  auto delivery = group.dense ? synapse::make_dense(isa_, shape, group.weights.data(), nullptr)
                              : synapse::make_sparse(isa_, shape, group.rows.data(), group.targets.data(), group.weights.data(),
                                                     group.weights.size(), nullptr);
  const std::size_t sum = sum_of(group);
  populations_[group.target].arrivals.push_back({group.source, group.delay, group.message_bits == 0, sum, std::move(delivery)});
  std::uint64_t& longest = populations_[group.source].longest_delay;
  longest = std::max(longest, group.delay);
}

/// Where synapses count any event as 1 and the plan does not, it must be 1.
void Prepared::find_input_ranges(rvd::PlanView plan) {
  for (const Group& group : network_.groups) {
    InputRange& range = input_ranges_[group.source];
    if (network_.populations[group.source].kind != Population::Kind::input) continue;
    if (group.message_bits == 0) {
      if (!counts_events(plan, group.source)) range = {0, 1};
      continue;
    }
    const std::int32_t half = static_cast<std::int32_t>((std::int64_t{1} << (group.message_bits - 1)) - 1);
    range = {std::max(range.low, -half - 1), std::min(range.high, half)};
  }
}

/// Bounds of u, v and of what arrives in a step, from the largest weights; against what the narrow loop can hold.
void Prepared::find_bounds() {
  struct Reach {
    std::vector<double> fixed, by_input;  // of each neuron; the second for an input's event of 1
    bool open = false;                    // graded neurons send anything
  };
  std::vector<Reach> reaches(populations_.size());
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    const Population& population = network_.populations[p];
    if (population.kind != Population::Kind::neuron) continue;
    const Population::Noise& noise = population.noise;
    const double loud = (127.0 + 64.0 * std::abs(noise.offset)) * std::ldexp(1.0, noise.exponent - 7);
    reaches[p].fixed.assign(population.count, noise.on == Population::Noise::On::none ? 0.0 : loud);
    reaches[p].by_input.assign(population.count, 0.0);
  }
  for (const Group& group : network_.groups) {
    Reach& reach = reaches[group.target];
    if (network_.populations[group.target].kind != Population::Kind::neuron) continue;
    const bool multiplied = group.message_bits > 0;
    reach.open = reach.open || (multiplied && network_.populations[group.source].kind != Population::Kind::input);
    std::vector<double>& into = multiplied ? reach.by_input : reach.fixed;
    const double unit = std::ldexp(1.0, group.shift.left - group.shift.right);
    const std::size_t targets = into.size();
    for (std::size_t k = 0; k < group.weights.size(); ++k) {
      const std::size_t t = group.dense ? k % targets : static_cast<std::size_t>(group.targets[k]);
      into[t] += unit * std::abs(group.weights[k]);
    }
    // Rounding down may add one.
    for (double& reached : reach.fixed) reached += group.shift.right > 0 ? std::ldexp(1.0, group.shift.left) : 0.0;
  }
  for (std::uint32_t p = 0; p < populations_.size(); ++p) {
    const Population& population = network_.populations[p];
    if (population.kind != Population::Kind::neuron || reaches[p].open) continue;
    const auto holds = [&](double input) {
      for (std::uint64_t i = 0; i < population.count; ++i) {
        const double arriving = reaches[p].fixed[i] + input * reaches[p].by_input[i];
        double u = std::max<double>(fixed::kTop, std::abs(at(population.u0, i))), v = fixed::kTop;
        const double du = at(population.du, i), dv = at(population.dv, i);
        if (network_.rules == fixed::Rules::brian2) {
          u = std::max(u, arriving * 4096 / du);  // 4096 / 0 is infinity, which the narrow loop does not hold
          v = std::max<double>(std::abs(at(population.v0, i)), (u + arriving) * 4096 / dv);
        } else if (network_.rules == fixed::Rules::lava) {
          u = std::max(u, (arriving - 2.0 * fixed::kTop) * 4096 / (du + 1));
        }
        if (!(u + arriving <= fixed::kNarrow && v <= fixed::kNarrow)) return false;
      }
      return true;
    };
    double most = 0;
    for (double input = 1; input <= 0x1p31 && holds(input); input *= 2) most = input;
    populations_[p].narrow_below = most;
  }
}

fixed::Parameters Prepared::parameters(std::uint32_t population) const {
  const Neurons& n = populations_[population];
  return {network_.rules,       network_.populations[population].fires,
          n.du.column(),        n.dv.column(),
          n.bias.column(),      n.threshold.column(),
          n.vmin.column(),      n.vmax.column(),
          n.refractory.column()};
}

}  // namespace ranvier::loihi
