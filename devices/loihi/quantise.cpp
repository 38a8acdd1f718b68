#include "devices/loihi/quantise.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "devices/loihi/formats.h"

namespace ranvier::loihi {
namespace {

/// One value where all are the same.
Values compressed(Values values) {
  if (std::all_of(values.begin(), values.end(), [&](std::int32_t v) { return v == values.front(); })) values.resize(1);
  return values;
}
std::vector<double> compressed(std::vector<double> values) {
  if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values.front(); })) values.resize(1);
  return values;
}

std::int32_t state_of(double value) {
  return static_cast<std::int32_t>(std::clamp(std::nearbyint(value), -kLargestCurrent, kLargestCurrent));
}

void take_parameters(const Layer& layer, const Choice& choice, const Options& options, Population& p) {
  const std::size_t count = layer.neurons.size();
  Values du(count), dv(count), vth(count), mant(count), exp(count), u0(count), v0(count);
  std::vector<double> v_scale(count), u_scale(count), input_scale(count), v_shift(count), u_shift(count);
  for (std::size_t t = 0; t < count; ++t) {
    const Target& n = layer.neurons[t];
    const double scale = scale_of(choice, t);
    const Bias bias = bias_of(n.drive * scale);
    du[t] = current_decay(options.rules, n.u_decay);
    dv[t] = potential_decay(options.rules, n.v_decay);
    vth[t] = layer.fires ? threshold_of(layer, n, scale * choice.threshold) : fixed::kThreshold.high;
    mant[t] = bias.mantissa;
    exp[t] = bias.exponent;
    u0[t] = state_of(n.u_first * scale);
    v0[t] = state_of(n.v_first * scale);
    v_scale[t] = scale;
    u_scale[t] = layer.has_current && n.v_per_i != 0 ? scale * n.v_per_i : scale;
    input_scale[t] = scale * n.gain;
    v_shift[t] = n.v_shift;
    u_shift[t] = n.i_shift;
  }
  if (can_floor(layer, options) && (vth[0] & (vth[0] - 1)) == 0) p.vmin = {1 - (vth[0] << fixed::kUnit)};
  p.du = compressed(std::move(du));
  p.dv = compressed(std::move(dv));
  p.vth = compressed(std::move(vth));
  p.bias_mant = compressed(std::move(mant));
  p.bias_exp = compressed(std::move(exp));
  p.u0 = compressed(std::move(u0));
  p.v0 = compressed(std::move(v0));
  p.v_scale = compressed(std::move(v_scale));
  p.u_scale = compressed(std::move(u_scale));
  p.input_scale = compressed(std::move(input_scale));
  p.v_shift = compressed(std::move(v_shift));
  p.u_shift = compressed(std::move(u_shift));
}

Group group_of(const Layer& layer, const Input& input, const Choice& choice, int exponent, fixed::Rules rules) {
  const rvd::FusedView::Synapses& synapses = *input.synapses;
  Format format(rules, sign_of(layer, synapses.weights, rules));
  format.exponent = exponent;
  Group group;
  group.source = synapses.source;
  group.target = synapses.target;
  group.path = synapses.path;
  group.delay = input.delay;
  group.axon_delay = static_cast<std::uint32_t>(input.axon_delay);
  group.message_bits = input.message_bits;
  group.sign = format.sign;
  group.bits = kWeightBits;
  group.exponent = format.exponent;
  group.shift = fixed::sum_shift(format.rules, format.exponent);
  // What is dense and which synapses there are follows from the plan alone, so that no choice takes more memory than another.
  const rvd::FusedWeights& weights = synapses.weights;
  const auto stored = [&](std::uint64_t t, double w) { return format.stored(w * layer.neurons[t].gain * scale_of(choice, t)); };
  const auto present =
      static_cast<std::size_t>(std::count_if(weights.values.begin(), weights.values.end(), [](double w) { return w != 0; }));
  group.dense = !weights.diagonal && present * 2 >= weights.values.size();
  if (group.dense) {
    group.weights.assign(weights.values.size(), 0);
    each_weight(weights, 1,
                [&](std::uint64_t s, std::uint64_t t, double w) { group.weights[s * weights.targets + t] = stored(t, w); });
    return group;
  }
  group.rows.assign(weights.sources + 1, 0);
  each_weight(weights, 1, [&](std::uint64_t s, std::uint64_t t, double w) {
    group.weights.push_back(stored(t, w));
    group.targets.push_back(static_cast<std::int32_t>(t));
    ++group.rows[s + 1];
  });
  std::partial_sum(group.rows.begin(), group.rows.end(), group.rows.begin());
  return group;
}

}  // namespace

Integers integers_of(const Layer& layer, const Choice& choice, const Options& options) {
  Integers made;
  made.population.kind = Population::Kind::neuron;
  made.population.name = layer.name;
  made.population.count = layer.neurons.size();
  made.population.fires = layer.fires;
  take_parameters(layer, choice, options, made.population);
  for (std::size_t g = 0; g < layer.inputs.size(); ++g) {
    made.groups.push_back(group_of(layer, layer.inputs[g], choice, choice.exponents[g], options.rules));
  }
  return made;
}

Reach reach_of(const Layer& layer, const Integers& integers, fixed::Rules rules) {
  const Population& p = integers.population;
  std::vector<double> up(p.count, 0), down(p.count, 0);
  for (std::size_t g = 0; g < integers.groups.size(); ++g) {
    const Group& group = integers.groups[g];
    const double unit = std::ldexp(layer.inputs[g].largest_event, group.shift.left - group.shift.right);
    for (std::size_t k = 0; k < group.weights.size(); ++k) {
      const std::size_t t = group.dense ? k % p.count : static_cast<std::size_t>(group.targets[k]);
      const double arriving = group.weights[k] * unit;
      (arriving > 0 ? up[t] : down[t]) += std::fabs(arriving);
    }
  }
  Reach reach;
  for (std::uint64_t t = 0; t < p.count; ++t) {
    // What a negative exponent's sum loses is rounded down: below 0 it may be a unit more.
    const double arriving = std::max(up[t], down[t] + static_cast<double>(integers.groups.size()) * kThresholdUnit);
    const double lost = at(p.du, t) + (rules == fixed::Rules::brian2 ? 0 : 1);
    reach.arriving = std::max(reach.arriving, arriving);
    reach.u = std::max(reach.u, lost == 0 ? arriving : arriving * 4096 / lost + std::abs(at(p.u0, t)));
  }
  return reach;
}

}  // namespace ranvier::loihi
