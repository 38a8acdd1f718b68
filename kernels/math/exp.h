// exp and expm1 with the same bits on every device: IEEE + - * and integer operations only, each rounded once, never fused.
// Lowering, CPU kernels and GPUs all use this file. Compile with -ffp-contract=off (nvcc: --fmad=false).
#pragma once

#include <cstdint>

#include "kernels/math/hd.h"

#if defined(__FAST_MATH__)
#error "kernels/math needs IEEE arithmetic: compile without -ffast-math"
#endif

namespace ranvier::math {

namespace detail {

// Numbers as fit_exp.py prints them. kLn2High has so few bits that n * kLn2High is exact for every n that occurs.
template <typename Float>
struct ExpConstants;

template <>
struct ExpConstants<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissaBits = 23;
  static constexpr Bits kBias = 127;
  static constexpr float kRounder = 0x1.8p23F;  // adding it rounds to an integer, which the low bits then hold
  static constexpr float kLog2E = 0x1.715476p0F;
  static constexpr float kLn2High = 0x1.62e4p-1F;
  static constexpr float kLn2Low = 0x1.7f7d1cp-20F;
  static constexpr float kHighest = 89.0F;         // exp overflows below it
  static constexpr float kExpLowest = -104.0F;     // exp rounds to 0 above it
  static constexpr float kExpm1Lowest = -20.0F;    // expm1 rounds to -1 above it
  static constexpr float kExpm1Linear = 0x1p-25F;  // below it, expm1(x) rounds to x
};

template <>
struct ExpConstants<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissaBits = 52;
  static constexpr Bits kBias = 1023;
  static constexpr double kRounder = 0x1.8p52;
  static constexpr double kLog2E = 0x1.71547652b82fep0;
  static constexpr double kLn2High = 0x1.62e42fefa38p-1;
  static constexpr double kLn2Low = 0x1.ef35793c7673p-45;
  static constexpr double kHighest = 710.0;
  static constexpr double kExpLowest = -746.0;
  static constexpr double kExpm1Lowest = -40.0;
  static constexpr double kExpm1Linear = 0x1p-54;
};

/// x = n * ln 2 + r + tail with |r| <= ln(2)/2; `tail` is what rounding r lost.
template <typename Float>
struct Reduced {
  Float r;
  Float tail;
  typename ExpConstants<Float>::Bits n;  // two's complement
};

template <typename Float>
RANVIER_HD RANVIER_INLINE Reduced<Float> reduce(Float x) {
  using K = ExpConstants<Float>;
  using Bits = typename K::Bits;
  const Float shifted = x * K::kLog2E + K::kRounder;
  const Float n = shifted - K::kRounder;
  const Float high = x - n * K::kLn2High;  // exact
  const Float low = n * K::kLn2Low;
  const Float r = high - low;
  return {r, (high - r) - low, __builtin_bit_cast(Bits, shifted) - __builtin_bit_cast(Bits, K::kRounder)};
}

/// exp(r) - 1 - r for |r| <= ln(2)/2. Coefficients in pairs rather than one chain: half the latency.
RANVIER_HD RANVIER_INLINE float beyond_linear(float r) {
  const float r2 = r * r;
  const float cubic =
      (0x1.555554p-3F + 0x1.5554f2p-5F * r) + r2 * ((0x1.1111cap-7F + 0x1.6d406ep-10F * r) + r2 * 0x1.9fbdfap-13F);
  return 0.5F * r2 + (r * r2) * cubic;
}

RANVIER_HD RANVIER_INLINE double beyond_linear(double r) {
  const double r2 = r * r;
  const double r4 = r2 * r2;
  const double lower =
      (0x1.5555555555559p-3 + 0x1.5555555555549p-5 * r) + r2 * (0x1.111111110f7ebp-7 + 0x1.6c16c16c1cce8p-10 * r);
  const double upper =
      ((0x1.a01a01af76038p-13 + 0x1.a01a0183051cfp-16 * r) + r2 * (0x1.71ddf952ad252p-19 + 0x1.27e52b2d6c2b0p-22 * r)) +
      r4 * (0x1.af5d2296b59cap-26 + 0x1.1ef5234fc6f9cp-29 * r);
  return 0.5 * r2 + (r * r2) * (lower + r4 * upper);
}

/// 2^(biased - bias), for a biased exponent of a normal number.
template <typename Float>
RANVIER_HD RANVIER_INLINE Float power_of_two(typename ExpConstants<Float>::Bits biased) {
  return __builtin_bit_cast(Float, biased << ExpConstants<Float>::kMantissaBits);
}

/// condition ? a : b, by masks: for the plain form GCC keeps a branch, and with it no loop over exp is vectorised.
template <typename Float>
RANVIER_HD RANVIER_INLINE Float select(bool condition, Float a, Float b) {
  using Bits = typename ExpConstants<Float>::Bits;
  const Bits mask = Bits(0) - static_cast<Bits>(condition);
  return __builtin_bit_cast(Float, (__builtin_bit_cast(Bits, a) & mask) | (__builtin_bit_cast(Bits, b) & ~mask));
}

template <typename Float>
RANVIER_HD RANVIER_INLINE Float exp(Float x) {
  using K = ExpConstants<Float>;
  using Bits = typename K::Bits;
  // Written so that a NaN passes both comparisons and reaches the result through r.
  x = select(x > K::kHighest, K::kHighest, x);
  x = select(x < K::kExpLowest, K::kExpLowest, x);
  const auto [r, tail, n] = reduce(x);
  const Float significand = Float(1) + (r + (tail + beyond_linear(r)));
  // 2^n in two factors, since n passes the range of normal exponents; only the second product rounds. Adding twice the bias
  // before halving keeps every shift unsigned (AVX2 has no arithmetic one for 64 bits).
  const Bits biased_twice = n + 2 * K::kBias;
  const Bits half = biased_twice >> 1;
  return significand * power_of_two<Float>(half) * power_of_two<Float>(biased_twice - half);
}

template <typename Float>
RANVIER_HD RANVIER_INLINE Float expm1(Float x) {
  using K = ExpConstants<Float>;
  Float clamped = select(x > K::kHighest, K::kHighest, x);
  clamped = select(clamped < K::kExpm1Lowest, K::kExpm1Lowest, clamped);
  const auto [r, tail, n] = reduce(clamped);
  // Half the result, (2^n - 1 + 2^n r + 2^n (tail + ...)) / 2, so that 2^n stays finite at the upper end.
  const Float scale = power_of_two<Float>(n + (K::kBias - 1));
  const Float whole = scale - Float(0.5);
  const Float linear = scale * r;
  const Float sum = whole + linear;
  // What the two roundings lost: it shows where the sum cancels (n = 1), and where whole is a tie (n = the mantissa's bits).
  const Float lost = ((scale - whole) - Float(0.5)) + (linear - (sum - whole));
  const Float result = Float(2) * (sum + (lost + scale * (tail + beyond_linear(r))));
  const bool is_linear = (x < K::kExpm1Linear) & (x > -K::kExpm1Linear);  // also keeps -0 and subnormals
  return select(is_linear, x, result);
}

}  // namespace detail

/// e^x, to less than 1 ulp, subnormal results included. Overflow gives infinity, underflow +0, NaN gives NaN.
RANVIER_HD RANVIER_INLINE float exp(float x) { return detail::exp(x); }
RANVIER_HD RANVIER_INLINE double exp(double x) { return detail::exp(x); }

/// e^x - 1, to less than 1 ulp, accurate near 0. expm1(-0) is -0, expm1(-inf) is -1, NaN gives NaN.
RANVIER_HD RANVIER_INLINE float expm1(float x) { return detail::expm1(x); }
RANVIER_HD RANVIER_INLINE double expm1(double x) { return detail::expm1(x); }

}  // namespace ranvier::math
