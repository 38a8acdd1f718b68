// Loihi's fixed-point neuron and synapse, one value at a time: the definition that the loops of this folder equal.
//
// Three emulators of the chip exist, and they differ at the edges (README.md has the table): `Rules` says whose are meant.
// Sources, each read and run: lava-nc 0.10.0 (lava/proc/lif/models.py PyLifModelBitAcc, lava/proc/dense/models.py,
// lava/utils/weightutils.py), nengo-loihi 1.1.0 (nengo_loihi/emulator/interface.py, builder/discretize.py), brian2-loihi 0.5.2.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/math/hd.h"

namespace ranvier::fixed {

enum class Rules : std::uint8_t { lava, nengo, brian2 };
enum class Sign : std::uint8_t { mixed, excitatory, inhibitory };

inline constexpr std::int32_t kTop = 1 << 23;  // u and v are 23 bits and a sign
inline constexpr std::int32_t kUnit = 6;       // a weight of 1 adds 1 << 6 to u

/// Limits of the parameters, all inclusive.
struct Range {
  std::int32_t low, high;
};
inline constexpr Range kDecay{0, 4096};               // du and dv; the chip's 12 bits hold 4095, brian2-loihi takes 4096
inline constexpr Range kThreshold{0, (1 << 17) - 1};  // mantissa: the test is v > vth << 6
inline constexpr Range kBiasMantissa{-(1 << 12), (1 << 12) - 1};
inline constexpr Range kBiasExponent{0, 7};
inline constexpr Range kRefractory{1, 63};
inline constexpr Range kWeightExponent{-8, 7};
inline constexpr Range kWeightBits{1, 8};
inline constexpr Range kDelay{0, 62};
inline constexpr Range kNoiseExponent{0, 20};
inline constexpr Range kNoiseOffset{-64, 63};

// Nothing bounds what graded events add up to: integers wrap, as in the plan's programs.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
RANVIER_HD RANVIER_INLINE constexpr std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

/// sign(x) (|x| factor >> 12): towards zero.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t toward_zero(std::int64_t x, std::int32_t factor) {
  const auto size = static_cast<std::uint64_t>(x < 0 ? minus(0, x) : x) * static_cast<std::uint64_t>(factor);
  const std::int64_t magnitude = static_cast<std::int64_t>(size) >> 12;
  return x < 0 ? -magnitude : magnitude;
}

/// Two's complement of `bits` bits and a sign.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t wrapped(std::int64_t x, int bits) {
  const std::int64_t half = std::int64_t{1} << bits;
  return (plus(x, half) & (2 * half - 1)) - half;
}

/// Lava wraps u once, and not at -2^23 ... 2^23-1: 2^23 stays, -2^23 becomes 2^23.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t wrapped_once(std::int64_t u) {
  if (u > kTop) return u - 2 * kTop;
  return u <= -kTop ? u + 2 * kTop : u;
}

/// x << by, or x >> -by.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t shifted(std::int64_t x, int by) {
  return by > 0 ? static_cast<std::int64_t>(static_cast<std::uint64_t>(x) << by) : x >> -by;
}

/// Noise of a neuron in a step from 32 random bits: (r + 64 offset) 2^(exponent - 7) towards zero, r uniform in -127 .. 127 (to
/// within 2^-24). It joins the sum of a step's terms (noise of u), or u + bias on its way to v (noise of v).
RANVIER_HD RANVIER_INLINE constexpr std::int64_t noise_of(std::uint32_t word, std::int32_t exponent, std::int32_t offset) {
  const std::int64_t r = static_cast<std::int64_t>(std::uint64_t{word} * 255 >> 32) - 127;
  const std::int64_t x = r + 64 * std::int64_t{offset};
  if (exponent >= 7) return x * (std::int64_t{1} << (exponent - 7));
  const std::int64_t magnitude = (x < 0 ? -x : x) >> (7 - exponent);
  return x < 0 ? -magnitude : magnitude;
}

/// The current of a step. `arriving` is the sum of the step's terms, in units of u.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t current_of(Rules rules, std::int64_t u, std::int32_t du,
                                                            std::int64_t arriving) {
  if (rules == Rules::brian2) return plus(toward_zero(u, 4096 - du), arriving);
  const std::int64_t decayed = toward_zero(u, 4096 - du - 1);  // ds_offset adds one to du
  if (rules == Rules::nengo) return wrapped(decayed + wrapped(arriving, 21), 23);
  return wrapped_once(plus(decayed, arriving));
}

/// v before threshold and refractory period. `vmin`, `vmax` bound it but for brian2.
RANVIER_HD RANVIER_INLINE constexpr std::int64_t potential_of(Rules rules, std::int64_t v, std::int32_t dv, std::int64_t u,
                                                              std::int64_t bias, std::int64_t vmin, std::int64_t vmax) {
  const std::int64_t drive = rules == Rules::nengo ? wrapped(plus(u, bias), 23) : plus(u, bias);
  const std::int64_t sum = plus(toward_zero(v, 4096 - dv), drive);
  if (rules == Rules::brian2) return sum;
  return sum < vmin ? vmin : sum > vmax ? vmax : sum;
}

// ---------------------------------------------------------------- weights: what becomes of the number that was asked for

/// How many low bits a synapse does not have.
RANVIER_HD RANVIER_INLINE constexpr int dropped_bits(Sign sign, int bits) { return 8 - bits + (sign == Sign::mixed ? 1 : 0); }

/// A weight as stored: what arrives in u is ((sum of weight * value) >> right) << left, with `sum_shift`.
struct SumShift {
  int right, left;
};

/// Lava applies the exponent to the sum; the others to each weight.
RANVIER_HD RANVIER_INLINE constexpr SumShift sum_shift(Rules rules, int exponent) {
  if (rules != Rules::lava) return {0, kUnit};
  return exponent > 0 ? SumShift{0, exponent + kUnit} : SumShift{-exponent, kUnit};
}

/// Clips, then cuts the low bits (towards minus infinity of the magnitude's side that the sign gives).
RANVIER_HD RANVIER_INLINE constexpr std::int32_t weight_lava(std::int32_t w, Sign sign, int bits) {
  const std::int32_t side = sign == Sign::inhibitory ? -1 : 1;
  const std::int32_t low = sign == Sign::mixed ? -256 : 0;
  std::int32_t x = side * w;
  x = x < low ? low : x > 255 ? 255 : x;
  const int drop = dropped_bits(sign, bits);
  return side * ((x >> drop) * (1 << drop));
}

/// Always the mixed format; halves to even; bits that a negative exponent would lose are rounded first.
inline std::int32_t weight_nengo(std::int32_t w, int bits, int exponent) {
  const int drop = dropped_bits(Sign::mixed, bits);
  const double limit = (1 << (8 - drop)) - 1;
  const auto clipped = [&](double x) { return x < -limit ? -limit : x > limit ? limit : x; };
  double q = clipped(std::nearbyint(std::ldexp(static_cast<double>(w), -drop)));
  const int total = drop + exponent;
  if (total < 0) q = clipped(std::ldexp(std::nearbyint(std::ldexp(q, total)), -total));
  return static_cast<std::int32_t>(shifted(static_cast<std::int64_t>(q), total));
}

/// Towards zero to what the bits hold, then down after the exponent; at most 2^21 - 64 in u.
inline std::int32_t weight_brian2(std::int32_t w, Sign sign, int bits, int exponent) {
  const std::int32_t step = 1 << dropped_bits(sign, bits);
  const double kept = std::floor(std::ldexp(static_cast<double>(w / step * step), exponent));
  const double limit = (1 << 15) - 1;
  return static_cast<std::int32_t>(kept < -limit ? -limit : kept > limit ? limit : kept);
}

inline std::int32_t weight_of(Rules rules, std::int32_t w, Sign sign, int bits, int exponent) {
  switch (rules) {
    case Rules::lava: return weight_lava(w, sign, bits);
    case Rules::nengo: return weight_nengo(w, bits, exponent);
    default: return weight_brian2(w, sign, bits, exponent);
  }
}

}  // namespace ranvier::fixed
