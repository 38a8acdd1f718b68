/// How single numbers become the chip's: weights, thresholds, biases, decays.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/loihi/layer.h"
#include "kernels/fixed/loihi.h"

namespace ranvier::loihi {

inline constexpr double kThresholdUnit = 1 << fixed::kUnit;  ///< of v
inline constexpr int kWeightBits = 8;

/// How a projection's weights are stored.
struct Format {
  fixed::Rules rules;
  fixed::Sign sign;
  int exponent = 0;
  double low = 0, high = 0, step = 1;  ///< of mantissas

  Format(fixed::Rules rules, fixed::Sign sign);
  /// The integer in front of 2^kUnit, or of the sum's shift under lava's rules.
  std::int32_t stored(double wanted) const;
  /// What it adds to u.
  double worth(std::int32_t integer) const;
  /// Takes the smallest exponent under which `largest` (of u) is not clipped, or the largest that there is.
  void fit(double largest);
};

/// The sign that all weights have, as they arrive in u.
fixed::Sign sign_of(const Layer& layer, const rvd::FusedWeights& weights, fixed::Rules rules);

/// The mantissa for a threshold of the plan times `scale`.
std::int32_t threshold_of(const Layer& layer, const Target& target, double scale);

struct Bias {
  std::int32_t mantissa = 0, exponent = 0;
  double value() const;
};
Bias bias_of(double wanted);

/// The decays nearest to what a step keeps of u and v.
std::int32_t current_decay(fixed::Rules rules, double kept);
std::int32_t potential_decay(fixed::Rules rules, double kept);

/// Calls visit(source, target, weight) for each weight that is not zero, of every `every`-th source.
template <class Visit>
void each_weight(const rvd::FusedWeights& weights, std::uint64_t every, Visit visit) {
  for (std::uint64_t s = 0; s < weights.sources; s += every) {
    if (weights.diagonal) {
      if (weights.values[s] != 0) visit(s, s, weights.values[s]);
      continue;
    }
    for (std::uint64_t t = 0; t < weights.targets; ++t) {
      const double w = weights.values[s * weights.targets + t];
      if (w != 0) visit(s, t, w);
    }
  }
}

/// The same for each target and weight, as long as `visit` says so.
template <class Visit>
void each_weight_while(const rvd::FusedWeights& weights, Visit visit) {
  for (std::uint64_t k = 0; k < weights.values.size(); ++k) {
    const std::uint64_t t = weights.diagonal ? k : k % weights.targets;
    if (weights.values[k] != 0 && !visit(t, weights.values[k])) return;
  }
}

}  // namespace ranvier::loihi
