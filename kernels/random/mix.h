// splitmix64's finaliser: 64 bits in, 64 well-mixed bits out, one to one. Random keys and spike hashes are built on it.
#pragma once

#include <cstdint>

#include "kernels/math/hd.h"

namespace ranvier {

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014), with Vigna's constants. mix64(0) is 0.
RANVIER_HD RANVIER_INLINE constexpr std::uint64_t mix64(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace ranvier
