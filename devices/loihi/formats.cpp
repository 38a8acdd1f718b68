#include "devices/loihi/formats.h"

#include <algorithm>
#include <cmath>

namespace ranvier::loihi {

Format::Format(fixed::Rules rules_given, fixed::Sign sign_given) : rules(rules_given), sign(sign_given) {
  step = 1 << fixed::dropped_bits(sign, kWeightBits);
  high = sign == fixed::Sign::inhibitory ? 0 : sign == fixed::Sign::mixed ? 254 : 255;
  low = sign == fixed::Sign::excitatory ? 0 : sign == fixed::Sign::mixed ? -254 : -255;
}

std::int32_t Format::stored(double wanted) const {
  const double mantissa = std::nearbyint(std::ldexp(wanted, -fixed::kUnit - exponent) / step) * step;
  return fixed::weight_of(rules, static_cast<std::int32_t>(std::clamp(mantissa, low, high)), sign, kWeightBits, exponent);
}

double Format::worth(std::int32_t integer) const {
  return std::ldexp(static_cast<double>(integer), fixed::kUnit + (rules == fixed::Rules::lava ? exponent : 0));
}

void Format::fit(double largest) {
  const double most = std::max(high, -low) + step / 2;
  exponent = fixed::kWeightExponent.low;
  while (exponent < fixed::kWeightExponent.high && std::ldexp(largest, -fixed::kUnit - exponent) >= most) ++exponent;
}

fixed::Sign sign_of(const Layer& layer, const rvd::FusedWeights& weights, fixed::Rules rules) {
  bool positive = false, negative = false;
  each_weight(weights, 1,
              [&](std::uint64_t, std::uint64_t t, double w) { (w * layer.neurons[t].gain > 0 ? positive : negative) = true; });
  if (rules == fixed::Rules::nengo || (positive && negative)) return fixed::Sign::mixed;
  return negative ? fixed::Sign::inhibitory : fixed::Sign::excitatory;
}

std::int32_t threshold_of(const Layer& layer, const Target& target, double scale) {
  // Where the plan fires at the threshold itself the chip, which fires above, gets the unit below.
  const double units = std::nearbyint(target.threshold * scale / kThresholdUnit) - (layer.fires_at_threshold ? 1 : 0);
  return static_cast<std::int32_t>(std::clamp<double>(units, fixed::kThreshold.low, fixed::kThreshold.high));
}

double Bias::value() const { return std::ldexp(mantissa, exponent); }

Bias bias_of(double wanted) {
  Bias bias;
  const auto fits = [&](double m) { return m >= fixed::kBiasMantissa.low && m <= fixed::kBiasMantissa.high; };
  while (bias.exponent < fixed::kBiasExponent.high && !fits(std::nearbyint(std::ldexp(wanted, -bias.exponent))))
    ++bias.exponent;
  bias.mantissa = static_cast<std::int32_t>(std::clamp<double>(std::nearbyint(std::ldexp(wanted, -bias.exponent)),
                                                               fixed::kBiasMantissa.low, fixed::kBiasMantissa.high));
  return bias;
}

std::int32_t current_decay(fixed::Rules rules, double decay) {
  const double du = std::nearbyint((1 - decay) * 4096) - (rules == fixed::Rules::brian2 ? 0 : 1);
  return static_cast<std::int32_t>(
      std::clamp<double>(du, fixed::kDecay.low, fixed::kDecay.high - (rules == fixed::Rules::brian2 ? 0 : 1)));
}

std::int32_t potential_decay(fixed::Rules rules, double decay) {
  const double most = rules == fixed::Rules::brian2 ? fixed::kDecay.high : fixed::kDecay.high - 1;
  return static_cast<std::int32_t>(std::clamp(std::nearbyint((1 - decay) * 4096), 0.0, most));
}

}  // namespace ranvier::loihi
