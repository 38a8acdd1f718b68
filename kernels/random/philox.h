// Philox4x32-10, and which counter belongs to which random number. README.md explains the layout.
// Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (2011).
#pragma once

#include <cstdint>

#include "kernels/math/hd.h"
#include "kernels/random/mix.h"

namespace ranvier {

struct PhiloxKey {
  std::uint32_t word[2];
};

/// A counter, and equally the four random words that come out of one.
struct PhiloxBlock {
  std::uint32_t word[4];
};

/// What has random numbers of its own. The values are part of every seed's meaning: they never change.
enum class RandomObject : std::uint32_t { population = 0, projection = 1 };

/// Numbers of neurons (or of synapses of one source), lanes and draws that the counters can tell apart.
inline constexpr std::uint64_t kMaxRandomNeurons = std::uint64_t{1} << 34;
inline constexpr std::uint64_t kMaxRandomLanes = std::uint64_t{1} << 24;
inline constexpr std::uint64_t kMaxRandomDraws = 256;

/// Whoever builds a network or opens a session refuses it unless this holds; below, out-of-range arguments wrap silently.
/// @param lanes  one past the last lane, first_lane included.
/// @param draws  random words that one neuron or synapse takes in one step.
RANVIER_HD constexpr bool random_counters_suffice(std::uint64_t neurons, std::uint64_t lanes, std::uint64_t draws) {
  return neurons <= kMaxRandomNeurons && lanes <= kMaxRandomLanes && draws <= kMaxRandomDraws;
}

RANVIER_HD RANVIER_INLINE constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, PhiloxKey key) {
  std::uint32_t x0 = counter.word[0];
  std::uint32_t x1 = counter.word[1];
  std::uint32_t x2 = counter.word[2];
  std::uint32_t x3 = counter.word[3];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53U} * x0;
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57U} * x2;
    x0 = static_cast<std::uint32_t>(product1 >> 32) ^ x1 ^ key.word[0];
    x1 = static_cast<std::uint32_t>(product1);
    x2 = static_cast<std::uint32_t>(product0 >> 32) ^ x3 ^ key.word[1];
    x3 = static_cast<std::uint32_t>(product0);
    key.word[0] += 0x9E3779B9U;
    key.word[1] += 0xBB67AE85U;
  }
  return {{x0, x1, x2, x3}};
}

/// The key of one population or projection: the network's seed and the object's number in its Plan.
RANVIER_HD RANVIER_INLINE constexpr PhiloxKey random_key(std::uint64_t seed, RandomObject kind, std::uint32_t index) {
  const std::uint64_t object = std::uint64_t{static_cast<std::uint32_t>(kind)} << 32 | index;
  const std::uint64_t mixed = mix64(seed + 0x9E3779B97F4A7C15U * (object + 1));
  return {{static_cast<std::uint32_t>(mixed), static_cast<std::uint32_t>(mixed >> 32)}};
}

/// The counter of four neighbouring neurons; word neuron % 4 of its block is this neuron's.
/// @param lane  the caller's sample number, first_lane included.
/// @param draw  counts the words that a neuron takes in one step.
RANVIER_HD RANVIER_INLINE constexpr PhiloxBlock neuron_counter(std::uint64_t neuron, std::uint64_t step, std::uint32_t lane,
                                                               std::uint32_t draw) {
  return {{static_cast<std::uint32_t>(neuron / 4), static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32),
           lane << 8 | draw}};
}

/// The counter of synapses k / 4 * 4 ... + 3 of one source neuron; word k % 4 of its block is the k-th synapse's.
RANVIER_HD RANVIER_INLINE constexpr PhiloxBlock synapse_counter(std::uint64_t k, std::uint64_t source, std::uint32_t draw) {
  return {
      {static_cast<std::uint32_t>(k / 4), static_cast<std::uint32_t>(source), static_cast<std::uint32_t>(source >> 32), draw}};
}

/// A multiple of 2^-53 in [0, 1) from two draws, 27 bits of the first above 26 bits of the second; every operation is exact.
RANVIER_HD RANVIER_INLINE constexpr double uniform53(std::uint32_t first, std::uint32_t second) {
  // By way of signed integers, which every instruction set converts.
  const double high = static_cast<double>(static_cast<std::int32_t>(first >> 5));
  const double low = static_cast<double>(static_cast<std::int32_t>(second >> 6));
  return (high * 0x1p26 + low) * 0x1p-53;
}

}  // namespace ranvier
