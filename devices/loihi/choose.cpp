#include "devices/loihi/choose.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "devices/loihi/formats.h"

namespace ranvier::loihi {
namespace {

constexpr double kRoomBelow = 16;       // thresholds below the reset that v shall reach where more is not needed
constexpr double kRoomOfReadout = 256;  // steps of the largest current for v of what does not fire
constexpr int kOctave = 64;             // candidates of it
constexpr double kLargestMantissa = 254;
constexpr double kLevels = 64;               // that a threshold and the largest weight should have
constexpr std::uint64_t kSampled = 1 << 18;  // weights of a projection that candidates are compared by, at most
constexpr int kThresholds = 16;              // of a core

/// The largest |weight gain| into each neuron of a layer, over one of its inputs.
std::vector<double> largest_into(const Layer& layer, const rvd::FusedWeights& weights) {
  std::vector<double> largest(layer.neurons.size(), 0);
  each_weight(weights, 1, [&](std::uint64_t, std::uint64_t t, double w) {
    largest[t] = std::max(largest[t], std::fabs(w * layer.neurons[t].gain));
  });
  return largest;
}

/// What candidates are compared by, prepared once for a layer.
class Comparison {
 public:
  Comparison(const Layer& layer, const Options& options) : layer_(layer), options_(options) {
    for (const Input& input : layer.inputs) {
      largest_.push_back(largest_into(layer, input.synapses->weights));
      signs_.push_back(sign_of(layer, input.synapses->weights, options.rules));
    }
  }

  /// Gives the inputs the smallest exponents under which these scales clip no weight.
  void fit(Choice& choice) const {
    for (std::size_t g = 0; g < layer_.inputs.size(); ++g) {
      double most = 0;
      for (std::uint64_t t = 0; t < largest_[g].size(); ++t) most = std::max(most, largest_[g][t] * scale_of(choice, t));
      Format format(options_.rules, signs_[g]);
      format.fit(most);
      choice.exponents.push_back(format.exponent);
    }
  }

  std::vector<Format> formats(const Choice& choice) const {
    std::vector<Format> formats;
    for (std::size_t g = 0; g < layer_.inputs.size(); ++g) {
      formats.emplace_back(options_.rules, signs_[g]).exponent = choice.exponents[g];
    }
    return formats;
  }

  /// Scales from above half of `largest` on with which an input's weights are stored as they are, where they lie on a grid as
  /// trained for integers.
  std::vector<double> exact_scales(double largest) const {
    std::vector<double> scales;
    for (std::size_t g = 0; g < layer_.inputs.size(); ++g) {
      const Format format(options_.rules, signs_[g]);
      const double most = std::max(format.high, -format.low) / format.step;
      const auto [unit, units] = grid_of(g, most);
      for (double k = 1; k * units <= most; ++k) {
        const double scale = std::ldexp(k * format.step, fixed::kUnit) / unit;
        scales.push_back(std::ldexp(scale, static_cast<int>(std::floor(std::log2(largest / scale)))));
      }
    }
    return scales;
  }

  /// The error of each neuron, squared and relative to the threshold.
  std::vector<double> errors(const Choice& choice) const {
    const std::vector<Format> formats = this->formats(choice);
    std::vector<double> errors(layer_.neurons.size(), 0);
    for (std::size_t g = 0; g < layer_.inputs.size(); ++g) {
      const rvd::FusedWeights& weights = layer_.inputs[g].synapses->weights;
      const std::uint64_t every = 1 + weights.values.size() / kSampled;
      each_weight(weights, weights.diagonal ? 1 : every, [&](std::uint64_t, std::uint64_t t, double w) {
        const double wanted = w * layer_.neurons[t].gain * scale_of(choice, t);
        const double error = formats[g].worth(formats[g].stored(wanted)) - wanted;
        errors[t] += error * error * static_cast<double>(every);
      });
    }
    for (std::uint64_t t = 0; t < errors.size(); ++t) {
      const Target& target = layer_.neurons[t];
      const double scale = scale_of(choice, t), height = target.threshold * scale;
      const double bias =
          (bias_of(target.drive * scale).value() - target.drive * scale) / std::max(1 - target.v_decay, 1.0 / 4096);
      errors[t] += bias * bias;
      if (layer_.fires) {
        const double error =
            threshold_of(layer_, target, scale * choice.threshold) * kThresholdUnit - height * choice.threshold;
        errors[t] += error * error;
      }
      const double unit = layer_.fires && height > 0 ? height : scale;
      errors[t] /= unit * unit;
    }
    return errors;
  }

 private:
  /// The largest number of which all weights of an input, as they arrive, are multiples, and how many times it is in the
  /// largest of them: at most `most`. (0, infinity) where there is none.
  std::pair<double, double> grid_of(std::size_t g, double most) const {
    constexpr double kNear = 1e-4;  // of a unit
    const double largest = *std::max_element(largest_[g].begin(), largest_[g].end());
    for (double units = 1; units <= most && largest > 0; ++units) {
      bool all = true;
      const double unit = largest / units;
      each_weight_while(layer_.inputs[g].synapses->weights, [&](std::uint64_t t, double w) {
        const double multiple = w * layer_.neurons[t].gain / unit;
        return all = std::fabs(multiple - std::nearbyint(multiple)) < kNear;
      });
      if (all) return {unit, units};
    }
    return {0, std::numeric_limits<double>::infinity()};
  }

  const Layer& layer_;
  const Options& options_;
  std::vector<std::vector<double>> largest_;
  std::vector<fixed::Sign> signs_;
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// The smallest of the limits on a scale.
class Limit {
 public:
  void keep_below(double limit, double value) {
    if (value > 0) scale_ = std::min(scale_, limit / value);
  }
  double scale() const { return scale_; }

 private:
  double scale_ = std::numeric_limits<double>::infinity();
};

/// With which all parameters of a neuron have their place.
Limit parameter_limit(const Layer& layer, std::uint64_t neuron, const Ranges& ranges) {
  const Target& n = layer.neurons[neuron];
  Limit limit;
  limit.keep_below(std::ldexp(kLargestMantissa, fixed::kUnit + fixed::kWeightExponent.high), ranges.weight[neuron]);
  limit.keep_below(kLargestCurrent, std::max(std::fabs(n.u_first), std::fabs(n.v_first)));
  limit.keep_below(std::ldexp(fixed::kBiasMantissa.high, fixed::kBiasExponent.high), std::fabs(n.drive));
  if (layer.fires) limit.keep_below(fixed::kThreshold.high * kThresholdUnit, n.threshold);
  return limit;
}

/// With which also nothing wraps, and v has its range.
Limit safe_limit(const Layer& layer, std::uint64_t neuron, const Ranges& ranges, const Options& options) {
  const Target& n = layer.neurons[neuron];
  Limit limit = parameter_limit(layer, neuron, ranges);
  const double with_bias = ranges.u[neuron] + std::fabs(n.drive);
  limit.keep_below(kLargestCurrent, options.rules == fixed::Rules::nengo ? with_bias : ranges.u[neuron]);
  if (options.rules == fixed::Rules::nengo) limit.keep_below(kLargestInput, ranges.u[neuron] * (1 - n.u_decay));
  const double readout = std::min(std::max(ranges.low[neuron], ranges.high[neuron]), kRoomOfReadout * with_bias);
  const double room = (can_floor(layer, options) ? 1 : kRoomBelow) * n.threshold;
  limit.keep_below(kLargestCurrent, layer.fires ? std::min(ranges.low[neuron], room) : readout);
  return limit;
}

/// With which the highest threshold and the largest weight still have levels.
double useful_scale(const Layer& layer, const Ranges& ranges, const Options& options) {
  double highest = 0, largest = 0, scale = 0;
  for (std::uint64_t t = 0; t < layer.neurons.size(); ++t) {
    if (layer.fires) highest = std::max(highest, layer.neurons[t].threshold);
    largest = std::max(largest, ranges.weight[t]);
  }
  // Lava keeps what a negative exponent takes from a weight until all are summed; the others lose it.
  const int exponent = options.rules == fixed::Rules::lava ? fixed::kWeightExponent.low : 0;
  if (highest > 0) scale = kLevels * kThresholdUnit / highest;
  if (largest > 0) scale = std::max(scale, std::ldexp(kLevels, fixed::kUnit + exponent) / largest);
  return scale;
}

/// The scale with which a threshold becomes `units`, a whole number.
double scale_for(double threshold, double units) { return units * kThresholdUnit / threshold; }

/// The scales of the octave below `largest`, those that make the highest threshold a whole number where there is one.
std::vector<double> scales_below(double largest, double highest_threshold) {
  std::vector<double> scales;
  const double units = highest_threshold * largest / kThresholdUnit;
  for (int k = 0; k < kOctave; ++k) {
    const double part = std::exp2(-static_cast<double>(k) / kOctave);
    const double whole = std::floor(units * part);
    scales.push_back(whole >= 1 ? scale_for(highest_threshold, whole) : largest * part);
  }
  return scales;
}

std::vector<Choice> population_choices(const Layer& layer, const Ranges& ranges, const Options& options) {
  double safe = std::numeric_limits<double>::infinity(), possible = safe, highest = 0;
  for (std::uint64_t t = 0; t < layer.neurons.size(); ++t) {
    safe = std::min(safe, safe_limit(layer, t, ranges, options).scale());
    possible = std::min(possible, parameter_limit(layer, t, ranges).scale());
    if (layer.fires) highest = std::max(highest, layer.neurons[t].threshold);
  }
  const double largest =
      std::isfinite(safe) ? std::max(safe, std::min(possible, useful_scale(layer, ranges, options))) : kThresholdUnit;
  std::vector<Choice> found;
  const Comparison comparison(layer, options);
  std::vector<double> scales = comparison.exact_scales(largest);
  for (const double scale : scales_below(largest, highest)) scales.push_back(scale);
  if (const double units = highest * largest / kThresholdUnit; can_floor(layer, options) && units >= 1) {
    scales = {scale_for(highest, std::exp2(std::floor(std::log2(units))))};
  }
  for (const double scale : scales) {
    Choice choice;
    choice.scale = {scale};
    choice.may_wrap = largest > safe;
    comparison.fit(choice);
    choice.error = mean(comparison.errors(choice));
    found.push_back(std::move(choice));
  }
  std::stable_sort(found.begin(), found.end(), [](const Choice& a, const Choice& b) { return a.error < b.error; });
  return found;
}

/// Each neuron takes the best of those thresholds that the layer may have, and with it the scale that makes it its own.
std::vector<Choice> neuron_choices(const Layer& layer, const Ranges& ranges, const Options& options) {
  constexpr double kSteps = 5;  // to the octave: 16 thresholds reach over three
  const std::uint64_t count = layer.neurons.size();
  double lowest = std::numeric_limits<double>::infinity();
  std::vector<double> most(count);
  const double useful = useful_scale(layer, ranges, options);
  bool may_wrap = false;
  for (std::uint64_t t = 0; t < count; ++t) {
    const double safe = safe_limit(layer, t, ranges, options).scale();
    const double scale = std::max(safe, std::min(parameter_limit(layer, t, ranges).scale(), useful));
    may_wrap = may_wrap || scale > safe;
    most[t] = scale * layer.neurons[t].threshold / kThresholdUnit;
    lowest = std::min(lowest, most[t]);
  }
  // All may have the lowest; the weights' exponents are those with which nobody's are clipped there.
  const Comparison comparison(layer, options);
  const auto with = [&](double units) {
    Choice choice;
    for (std::uint64_t t = 0; t < count; ++t) choice.scale.push_back(scale_for(layer.neurons[t].threshold, units));
    return choice;
  };
  const double base = std::max(1.0, std::floor(lowest * std::exp2(-(kThresholds - 1) / kSteps)));
  Choice best = with(base);
  comparison.fit(best);
  std::vector<double> least = comparison.errors(best);
  for (int k = 1; k < kThresholds; ++k) {
    const double units = std::floor(base * std::exp2(k / kSteps));
    Choice next = with(units);
    next.exponents = best.exponents;
    const std::vector<double> errors = comparison.errors(next);
    for (std::uint64_t t = 0; t < count; ++t) {
      if (units > most[t] || errors[t] >= least[t]) continue;
      least[t] = errors[t];
      best.scale[t] = next.scale[t];
    }
  }
  best.error = mean(least);
  best.may_wrap = may_wrap;
  return {best};
}

}  // namespace

bool can_floor(const Layer& layer, const Options& options) {
  const auto& all = layer.neurons;
  const bool same = std::all_of(all.begin(), all.end(), [&](const Target& n) { return n.threshold == all[0].threshold; });
  return layer.floored && same && !layer.fires_at_threshold && options.rules != fixed::Rules::brian2;
}

Ranges worst_ranges(const Layer& layer) {
  const std::size_t count = layer.neurons.size();
  std::vector<double> up(count, 0), down(count, 0), largest(count, 0);
  for (std::size_t g = 0; g < layer.inputs.size(); ++g) {
    each_weight(layer.inputs[g].synapses->weights, 1, [&](std::uint64_t, std::uint64_t t, double w) {
      const double arriving = w * layer.neurons[t].gain * layer.inputs[g].largest_event;
      (arriving > 0 ? up[t] : down[t]) += std::fabs(arriving);
      largest[t] = std::max(largest[t], std::fabs(w * layer.neurons[t].gain));
    });
  }
  Ranges ranges{std::vector<double>(count), std::vector<double>(count), std::vector<double>(count), std::move(largest)};
  for (std::size_t t = 0; t < count; ++t) {
    const Target& n = layer.neurons[t];
    const double kept = 1 - n.u_decay, first = std::fabs(n.u_first);
    ranges.u[t] = std::max(up[t], down[t]) / kept + first;
    const double falls = down[t] / kept + first + std::max(-n.drive, 0.0);
    const double rises = up[t] / kept + first + std::max(n.drive, 0.0);
    const auto bound = [&](double per_step) {  // infinite where v does not decay
      return std::fabs(n.v_first) + (per_step == 0 ? 0 : per_step / (1 - n.v_decay));
    };
    ranges.low[t] = bound(falls);
    ranges.high[t] = layer.fires ? n.threshold + rises : bound(rises);
  }
  return ranges;
}

std::vector<Choice> choices(const Layer& layer, const Ranges& ranges, const Options& options) {
  const bool positive =
      std::all_of(layer.neurons.begin(), layer.neurons.end(), [](const Target& n) { return n.threshold > 0; });
  return options.scale_per_neuron && layer.fires && positive && !can_floor(layer, options)
             ? neuron_choices(layer, ranges, options)
             : population_choices(layer, ranges, options);
}

}  // namespace ranvier::loihi
