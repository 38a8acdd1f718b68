// log and log1p with the same bits on every device, by the rules of exp.h: IEEE + - * / and integer operations only, each rounded
// once, never fused. Compile with -ffp-contract=off (nvcc: --fmad=false).
#pragma once

#include <cstdint>

#include "kernels/math/exp.h"
#include "kernels/math/hd.h"

namespace ranvier::math {

namespace detail {

// Numbers as fit_log.py prints them; ln 2 in the parts that exp.h has.
template <typename Float>
struct LogConstants;

template <>
struct LogConstants<float> {
  using Bits = std::uint32_t;
  static constexpr Bits kRootHalf = 0x3F3504F3U;  // the bits of sqrt(1/2)
  static constexpr Bits kOne = 0x3F800000U;
  static constexpr Bits kInfinity = 0x7F800000U;
  static constexpr Bits kNan = 0x7FC00000U;
  static constexpr float kSmallestNormal = 0x1p-126F;
  static constexpr float kRaise = 0x1p25F;  // lifts a subnormal into the normal range
  static constexpr std::int32_t kRaised = 25;
};

template <>
struct LogConstants<double> {
  using Bits = std::uint64_t;
  static constexpr Bits kRootHalf = 0x3FE6A09E667F3BCDU;
  static constexpr Bits kOne = 0x3FF0000000000000U;
  static constexpr Bits kInfinity = 0x7FF0000000000000U;
  static constexpr Bits kNan = 0x7FF8000000000000U;
  static constexpr double kSmallestNormal = 0x1p-1022;
  static constexpr double kRaise = 0x1p54;
  static constexpr std::int32_t kRaised = 54;
};

/// (log((1 + s) / (1 - s)) - 2 s) / s in z = s^2, for significands between sqrt(1/2) and sqrt(2).
RANVIER_HD RANVIER_INLINE float beyond_two_s(float z) {
  const float w = z * z;
  return z * (0x1.555554p-1F + w * 0x1.2438ecp-2F) + w * (0x1.999a7ap-2F + w * 0x1.e2f392p-3F);
}

RANVIER_HD RANVIER_INLINE double beyond_two_s(double z) {
  const double w = z * z;
  const double odd = 0x1.5555555555592p-1 + w * (0x1.24924941e4964p-2 + w * (0x1.74663d0cd99ccp-3 + w * 0x1.2f03b67046720p-3));
  const double even = 0x1.999999997fea9p-2 + w * (0x1.c71c5212f9733p-3 + w * 0x1.39a1e7e460513p-3);
  return z * odd + w * even;
}

/// A normal number as 2^n * (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2).
template <typename Float>
struct Split {
  Float f;
  std::int32_t n;
};

template <typename Float>
RANVIER_HD RANVIER_INLINE Split<Float> split(Float x) {
  using L = LogConstants<Float>;
  using E = ExpConstants<Float>;
  using Bits = typename L::Bits;
  constexpr Bits kFraction = (Bits(1) << E::kMantissaBits) - 1;
  const Bits shifted = __builtin_bit_cast(Bits, x) + (L::kOne - L::kRootHalf);
  const Bits significand = (shifted & kFraction) + L::kRootHalf;
  const auto biased = static_cast<std::int32_t>(shifted >> E::kMantissaBits);
  return {__builtin_bit_cast(Float, significand) - Float(1), biased - static_cast<std::int32_t>(E::kBias)};
}

/// n ln 2 + log(1 + f) + low, with `low` far below the sum.
template <typename Float>
RANVIER_HD RANVIER_INLINE Float log_of(Float f, std::int32_t exponent, Float low) {
  using E = ExpConstants<Float>;
  const Float n = static_cast<Float>(exponent);
  const Float s = f / (Float(2) + f);
  const Float half_square = Float(0.5) * f * f;
  const Float tail = s * (half_square + beyond_two_s(s * s)) + (n * E::kLn2Low + low);
  return n * E::kLn2High - ((half_square - tail) - f);
}

/// What both functions are where 1 + x, or x, is no positive number: -infinity at 0, NaN below, `x` where it is infinite or NaN.
template <typename Float>
RANVIER_HD RANVIER_INLINE Float log_edges(Float argument, Float x, Float result) {
  using L = LogConstants<Float>;
  using Bits = typename L::Bits;
  constexpr Bits kSign = Bits(1) << (8 * sizeof(Bits) - 1);
  const Float infinity = __builtin_bit_cast(Float, L::kInfinity);
  result = select(argument == Float(0), __builtin_bit_cast(Float, L::kInfinity | kSign), result);
  result = select(argument < Float(0), __builtin_bit_cast(Float, L::kNan), result);
  return select((x == infinity) | (x != x), x, result);
}

template <typename Float>
RANVIER_HD RANVIER_INLINE Float log(Float x) {
  using L = LogConstants<Float>;
  const bool subnormal = x < L::kSmallestNormal;
  const auto [f, n] = split(select(subnormal, x * L::kRaise, x));
  return log_edges(x, x, log_of(f, n - (subnormal ? L::kRaised : 0), Float(0)));
}

template <typename Float>
RANVIER_HD RANVIER_INLINE Float log1p(Float x) {
  const Float u = Float(1) + x;
  const auto [f, n] = split(u);
  // What rounding u lost. Where u needs no scaling x itself is f, without loss.
  const Float lost = select(n >= 2, Float(1) - (u - x), x - (u - Float(1))) / u;
  const bool plain = n == 0;
  const Float result = log_of(select(plain, x, f), n, select(plain, Float(0), lost));
  const Float tiny = ExpConstants<Float>::kExpm1Linear;  // below it, log1p(x) rounds to x too; also keeps -0
  return log_edges(u, x, select((x < tiny) & (x > -tiny), x, result));
}

}  // namespace detail

/// The natural logarithm, to less than 1 ulp. log(0) is -inf for both zeros, below 0 it is NaN, log(inf) is inf, NaN gives NaN.
RANVIER_HD RANVIER_INLINE float log(float x) { return detail::log(x); }
RANVIER_HD RANVIER_INLINE double log(double x) { return detail::log(x); }

/// log(1 + x), to less than 1 ulp, accurate near 0. log1p(-0) is -0, log1p(-1) is -inf, below -1 it is NaN, NaN gives NaN.
RANVIER_HD RANVIER_INLINE float log1p(float x) { return detail::log1p(x); }
RANVIER_HD RANVIER_INLINE double log1p(double x) { return detail::log1p(x); }

}  // namespace ranvier::math
