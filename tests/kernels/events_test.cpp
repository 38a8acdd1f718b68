// Events from masks and arrays, and their hash, on every instruction set against loops written here.
#include "kernels/synapse/events.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels/simd/isa.h"
#include "tests/kernels/guarded.h"

namespace ranvier::synapse {
namespace {

using Random = std::mt19937_64;

template <class Case>
void with_each_isa(std::uint64_t seeds, Case one) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    for (const simd::Isa isa : simd::available()) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::string(simd::name(isa)));
      Random random(seed);
      one(random, event_kernels(isa));
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST(Events, ExtractedIdsAreTheBitsThatAreSet) {
  with_each_isa(300, [](Random& random, const EventKernels& kernels) {
    std::vector<std::uint64_t> mask(random() % 12);
    for (std::uint64_t& word : mask) {
      word = random();
      for (std::uint64_t thinner = random() % 6; thinner != 0; --thinner) word &= random();
      if (random() % 8 == 0) word = ~std::uint64_t{0};
    }
    const auto first = static_cast<std::uint32_t>(random() % 1000);
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < mask.size() * 64; ++i) {
      if ((mask[i / 64] >> (i % 64) & 1) != 0) expected.push_back(first + i);
    }
    std::vector<std::uint32_t> ids(expected.size() + 16);
    const Guarded<std::uint64_t> guarded(mask);
    ids.resize(kernels.extract(guarded.data(), mask.size(), first, ids.data()));
    EXPECT_EQ(ids, expected);
  });
}

template <class T>
void collect_all(std::uint32_t type) {
  with_each_isa(200, [type](Random& random, const EventKernels& kernels) {
    std::vector<T> dense(random() % 200), expected_values;
    std::vector<std::uint32_t> expected_ids;
    const std::uint64_t share = 1 + random() % 10;
    for (std::uint32_t i = 0; i < dense.size(); ++i) {
      if (random() % 10 < share) dense[i] = static_cast<T>(static_cast<T>(random() % 5) - T{2});
      if (random() % 10 == 0) dense[i] = static_cast<T>(-dense[i]);
      if (std::numeric_limits<T>::has_quiet_NaN && random() % 30 == 0) dense[i] = std::numeric_limits<T>::quiet_NaN();
      if (dense[i] == T{0}) continue;
      expected_ids.push_back(i);
      expected_values.push_back(dense[i]);
    }
    std::vector<std::uint32_t> ids(dense.size() + 16);
    std::vector<T> values(dense.size() + 16);
    const Guarded<T> guarded(dense);
    const std::size_t count = kernels.collect(type, guarded.data(), dense.size(), ids.data(), values.data());
    ASSERT_EQ(count, expected_ids.size());
    ids.resize(count);
    EXPECT_EQ(ids, expected_ids);
    EXPECT_TRUE(count == 0 || std::memcmp(values.data(), expected_values.data(), count * sizeof(T)) == 0);
    if (count == 0) return;
    std::vector<T> gathered(count);
    kernels.gather(type, guarded.data(), ids.data(), count, gathered.data());
    EXPECT_EQ(std::memcmp(gathered.data(), expected_values.data(), count * sizeof(T)), 0);
  });
}

TEST(Events, CollectedOnesAreNotZeroAndGatherFindsThemAgain) {
  collect_all<float>(RVD_F32);
  collect_all<double>(RVD_F64);
  collect_all<std::int32_t>(RVD_I32);
  collect_all<std::int64_t>(RVD_I64);
}

template <class T>
void look_for_plain(std::uint32_t type) {
  with_each_isa(20, [type](Random& random, const EventKernels& kernels) {
    std::vector<T> values(random() % 100);
    for (T& value : values) value = static_cast<T>(random() % 2 == 0 ? 1 : -1);
    const auto plain = [&] { return kernels.plain(type, Guarded<T>(values).data(), values.size()); };
    EXPECT_TRUE(plain());
    if (values.empty()) return;
    for (const T other : {T{2}, T{0}, std::numeric_limits<T>::max()}) {
      values[random() % values.size()] = other;
      EXPECT_FALSE(plain());
    }
  });
}

TEST(Events, ArePlainIfEachIsOneOrMinusOne) {
  look_for_plain<float>(RVD_F32);
  look_for_plain<double>(RVD_F64);
  look_for_plain<std::int32_t>(RVD_I32);
  look_for_plain<std::int64_t>(RVD_I64);
}

/// Steele, Lea, Flood (2014) with Vigna's constants, as <ranvier/driver.h> has it.
std::uint64_t m(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

template <class T>
void hash_all(std::uint32_t type) {
  with_each_isa(60, [type](Random& random, const EventKernels& kernels) {
    std::vector<std::uint32_t> ids(random() % 300);
    std::vector<T> values(ids.size());
    for (std::size_t k = 0; k < ids.size(); ++k) {
      ids[k] = static_cast<std::uint32_t>(random());
      values[k] = static_cast<T>(random());
      if (random() % 4 == 0) values[k] = std::numeric_limits<T>::quiet_NaN();
      if (std::is_floating_point_v<T> && random() % 4 == 0) values[k] = -values[k];
    }
    const auto population = static_cast<std::uint32_t>(random());
    const std::uint64_t step = random();
    std::uint64_t listed = 0, units = 0, all = 0;
    for (std::size_t k = 0; k < ids.size(); ++k) {
      const double value = static_cast<double>(values[k]), one = 1;
      std::uint64_t bits = 0, bits_of_one = 0;
      std::memcpy(&bits, &value, sizeof bits);
      std::memcpy(&bits_of_one, &one, sizeof one);
      if (std::isnan(value)) bits = 0x7FF8000000000000U;
      listed += m(m(m(m(population) ^ ids[k]) ^ step) ^ bits);
      units += m(m(m(m(population) ^ ids[k]) ^ step) ^ bits_of_one);
      all += m(m(m(m(population) ^ k) ^ step) ^ bits);
    }
    const Guarded<std::uint32_t> some(ids);
    const Guarded<T> theirs(values);
    EXPECT_EQ(kernels.hash(type, population, step, {some.data(), theirs.data(), ids.size()}), listed);
    EXPECT_EQ(kernels.hash(type, population, step, {some.data(), nullptr, ids.size()}), units);
    EXPECT_EQ(kernels.hash(type, population, step, {nullptr, theirs.data(), ids.size()}), all);
  });
}

TEST(Events, HashIsTheSumOfTheTermsInTheContract) {
  hash_all<float>(RVD_F32);
  hash_all<double>(RVD_F64);
  hash_all<std::int32_t>(RVD_I32);
  hash_all<std::int64_t>(RVD_I64);
}

TEST(Events, TotalIsTheSumOfTheirEntries) {
  const std::vector<std::uint32_t> table = {5, 0xFFFF'FFFF, 0xFFFF'FFFF, 7}, ids = {1, 2, 3};
  for (const simd::Isa isa : simd::available()) {
    EXPECT_EQ(event_kernels(isa).total(table.data(), ids.data(), ids.size()), 0x1'FFFF'FFFEU + 7);
    EXPECT_EQ(event_kernels(isa).total(table.data(), ids.data(), 0), 0u);
  }
}

}  // namespace
}  // namespace ranvier::synapse
