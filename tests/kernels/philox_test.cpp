// Philox against Random123's known answers; keys and counters against a separate implementation in Python integers.

#include "kernels/random/philox.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>

namespace {

using Words = std::array<std::uint32_t, 4>;

Words words(ranvier::PhiloxBlock block) { return {block.word[0], block.word[1], block.word[2], block.word[3]}; }

std::uint64_t joined(ranvier::PhiloxKey key) { return std::uint64_t{key.word[1]} << 32 | key.word[0]; }

TEST(Philox, GivesThePublishedAnswers) {
  const auto of = [](ranvier::PhiloxBlock counter, ranvier::PhiloxKey key) {
    return words(ranvier::philox4x32_10(counter, key));
  };
  constexpr std::uint32_t kOnes = 0xFFFFFFFFU;
  EXPECT_EQ(of({{0, 0, 0, 0}}, {{0, 0}}), (Words{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  EXPECT_EQ(of({{kOnes, kOnes, kOnes, kOnes}}, {{kOnes, kOnes}}), (Words{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD}));
  EXPECT_EQ(of({{0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}}, {{0xA4093822, 0x299F31D0}}),
            (Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1}));
}

TEST(Mix64, GivesSplitmix64sFirstOutputsForSeedZero) {
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15U;
  EXPECT_EQ(ranvier::mix64(kStep), 0xE220A8397B1DCDAFU);
  EXPECT_EQ(ranvier::mix64(2 * kStep), 0x6E789E6AA1B965F4U);
  EXPECT_EQ(ranvier::mix64(3 * kStep), 0x06C45D188009454FU);
}

TEST(RandomKey, DependsOnSeedKindAndIndexAsDocumented) {
  using enum ranvier::RandomObject;
  EXPECT_EQ(joined(ranvier::random_key(42, population, 0)), 0xBDD732262FEB6E95U);
  EXPECT_EQ(joined(ranvier::random_key(42, projection, 3)), 0xDDBE488235E757BBU);
  EXPECT_EQ(joined(ranvier::random_key(std::numeric_limits<std::uint64_t>::max(), projection, 0xFFFFFFFFU)),
            0xA27A7F776CE41DB5U);
}

TEST(NeuronCounter, HoldsEveryFieldUpToItsLimit) {
  constexpr std::uint64_t kNeuron = (std::uint64_t{1} << 33) + 7;
  constexpr std::uint64_t kStep = (std::uint64_t{1} << 40) + 5;
  const ranvier::PhiloxBlock counter = ranvier::neuron_counter(kNeuron, kStep, (1U << 24) - 1, 255);
  EXPECT_EQ(words(counter), (Words{0x80000001, 0x00000005, 0x00000100, 0xFFFFFFFF}));
  const ranvier::PhiloxKey key = ranvier::random_key(42, ranvier::RandomObject::population, 3);
  EXPECT_EQ(ranvier::philox4x32_10(counter, key).word[kNeuron % 4], 0x395F6735U);
}

TEST(NeuronCounter, IsSharedByFourNeighbours) {
  EXPECT_EQ(words(ranvier::neuron_counter(4, 9, 1, 2)), words(ranvier::neuron_counter(7, 9, 1, 2)));
  EXPECT_NE(words(ranvier::neuron_counter(7, 9, 1, 2)), words(ranvier::neuron_counter(8, 9, 1, 2)));
}

TEST(SynapseCounter, HoldsSourceAndDraw) {
  constexpr std::uint64_t kSynapse = 1'000'006;
  const ranvier::PhiloxBlock counter = ranvier::synapse_counter(kSynapse, (std::uint64_t{1} << 33) + 1, 2);
  EXPECT_EQ(words(counter), (Words{0x0003D091, 0x00000001, 0x00000002, 0x00000002}));
  const ranvier::PhiloxKey key = ranvier::random_key(42, ranvier::RandomObject::projection, 9);
  EXPECT_EQ(ranvier::philox4x32_10(counter, key).word[kSynapse % 4], 0xA8D44A56U);
}

TEST(RandomCounters, SufficeUpToTheLimitsOnly) {
  using namespace ranvier;
  static_assert(random_counters_suffice(kMaxRandomNeurons, kMaxRandomLanes, kMaxRandomDraws));
  EXPECT_FALSE(random_counters_suffice(kMaxRandomNeurons + 1, 1, 1));
  EXPECT_FALSE(random_counters_suffice(1, kMaxRandomLanes + 1, 1));
  EXPECT_FALSE(random_counters_suffice(1, 1, kMaxRandomDraws + 1));
}

TEST(Uniform53, CoversZeroToJustBelowOne) {
  constexpr std::uint32_t kOnes = 0xFFFFFFFFU;
  EXPECT_EQ(ranvier::uniform53(0, 0), 0.0);
  EXPECT_EQ(ranvier::uniform53(0, 1U << 6), 0x1p-53);
  EXPECT_EQ(ranvier::uniform53(1U << 31, 0), 0.5);
  EXPECT_EQ(ranvier::uniform53(kOnes, kOnes), 1.0 - 0x1p-53);
}

}  // namespace
