// Loihi's loops on every instruction set, narrow and wide, against loihi.h one neuron at a time: random numbers and the edges of every
// range.
#include "kernels/fixed/step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "kernels/simd/isa.h"

namespace ranvier::fixed {
namespace {

constexpr Rules kRules[] = {Rules::lava, Rules::nengo, Rules::brian2};
constexpr std::int64_t kMost = 2147483647;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % (static_cast<std::uint64_t>(high - low) + 1));
  }
  bool chance(int percent) { return between(0, 99) < percent; }
  /// Of a range, its edges often.
  std::int64_t of(std::int64_t low, std::int64_t high) { return chance(15) ? (chance(50) ? low : high) : between(low, high); }

 private:
  std::mt19937_64 random_;
};

/// A parameter as the loops read it, and as it was meant.
struct Parameter {
  std::vector<std::int32_t> values;
  std::size_t each;
  Parameter(Dice& dice, std::size_t padded, std::int64_t low, std::int64_t high) : each(dice.chance(50) ? ~std::size_t{0} : 0) {
    values.resize(std::max(padded, kShared));
    for (std::int32_t& value : values) value = static_cast<std::int32_t>(dice.of(low, high));
    if (each == 0) std::fill(values.begin(), values.end(), values[0]);
  }
  Column column() const { return {values.data(), each}; }
  std::int32_t at(std::size_t i) const { return values[i & each]; }
};

struct SumArray {
  std::vector<std::uint32_t> terms;
  SumShift shift;
  bool clamped;
};

/// A population with what arrives in a few steps. `largest`: of what may arrive, in units of u.
struct Neurons {
  Rules rules;
  std::size_t count, padded;
  Parameter du, dv, bias, threshold, vmin, vmax, refractory;
  bool waits, fires;
  std::vector<std::int32_t> noise_u, noise_v;

  Neurons(Dice& dice, Rules of, bool narrow)
      : rules(of),
        count(static_cast<std::size_t>(dice.between(1, 200))),
        padded((count + 63) / 64 * 64),
        // What nothing bounds under brian2's rules is for the wide loop.
        du(dice, padded, narrow && of == Rules::brian2 ? 64 : 0, of == Rules::brian2 ? 4096 : 4095),
        dv(dice, padded, narrow && of == Rules::brian2 ? 64 : 0, 4096),
        bias(dice, padded, -(4096 << 7), 4095 << 7),
        threshold(dice, padded, 0, dice.chance(50) ? 1 << 16 : 131071 << 6),
        vmin(dice, padded, 1 - kTop, 0),
        vmax(dice, padded, 0, kTop - 1),
        refractory(dice, padded, 1, 63),
        waits(dice.chance(50)),
        fires(dice.chance(80)) {
    if (!fires) std::fill(threshold.values.begin(), threshold.values.end(), static_cast<std::int32_t>(kMost));
    const std::int64_t loud = narrow && of == Rules::brian2 ? 1 << 12 : 1 << 25;
    for (auto* noise : {&noise_u, &noise_v}) {
      if (dice.chance(60)) continue;
      for (std::size_t i = 0; i < padded; ++i) noise->push_back(static_cast<std::int32_t>(dice.of(-loud, loud)));
    }
  }

  Parameters parameters() const {
    return {rules,         fires,         du.column(),        dv.column(), bias.column(), threshold.column(),
            vmin.column(), vmax.column(), refractory.column()};
  }
};

struct State {
  std::vector<std::int64_t> u, v;
  std::vector<std::int32_t> wait;
};

std::vector<SumArray> random_sums(Dice& dice, const Neurons& n, bool narrow) {
  std::vector<SumArray> sums;
  for (std::int64_t k = dice.between(0, 3); k > 0; --k) {
    const SumShift shift = sum_shift(n.rules, static_cast<int>(dice.between(-8, 7)));
    // Of all, at most 2^24 in u; under brian2's rules less by what it is multiplied with at the least decays.
    std::int64_t largest = kMost;
    if (narrow) {
      const std::int64_t units = n.rules == Rules::brian2 ? 1 << 16 : n.rules == Rules::lava ? 1 << 22 : 1 << 27;
      largest = std::min<std::int64_t>(kMost, (units >> shift.left) << shift.right);
    }
    sums.push_back({std::vector<std::uint32_t>(n.padded), shift, n.rules == Rules::lava && dice.chance(20)});
    for (std::uint32_t& term : sums.back().terms)
      term = static_cast<std::uint32_t>(dice.of(-largest - (narrow ? 0 : 1), largest));
  }
  return sums;
}

/// loihi.h for each neuron; who fired.
std::vector<bool> expected_step(const Neurons& n, State& state, const std::vector<SumArray>& sums) {
  std::vector<bool> fired(n.count);
  for (std::size_t i = 0; i < n.count; ++i) {
    std::int64_t arriving = n.noise_u.empty() ? 0 : n.noise_u[i];
    for (const SumArray& sum : sums) {
      const std::int64_t x = static_cast<std::int32_t>(sum.terms[i]), kept = sum.clamped ? wrapped(x, 23) : x;
      arriving += shifted(kept >> sum.shift.right, sum.shift.left);
    }
    const std::int64_t bias = n.bias.at(i) + std::int64_t{n.noise_v.empty() ? 0 : n.noise_v[i]};
    const std::int64_t u = current_of(n.rules, state.u[i], n.du.at(i), arriving);
    std::int64_t v = potential_of(n.rules, state.v[i], n.dv.at(i), u, bias, n.vmin.at(i), n.vmax.at(i));
    const bool waits = n.waits && state.wait[i] > 0;
    if (waits) v = 0;
    fired[i] = n.fires && v > n.threshold.at(i);
    if (n.waits) state.wait[i] = std::max((fired[i] ? n.refractory.at(i) : state.wait[i]) - 1, 0);
    state.u[i] = u;
    state.v[i] = fired[i] ? 0 : v;
  }
  return fired;
}

template <class T>
void run(Step step, Neurons& n, State state, Dice dice, bool narrow, Tally& tally, const std::string& what) {
  std::vector<T> u(n.padded), v(n.padded);
  std::copy(state.u.begin(), state.u.end(), u.begin());
  std::copy(state.v.begin(), state.v.end(), v.begin());
  std::vector<std::int32_t> wait = state.wait;
  std::vector<std::uint64_t> mask(n.padded / 64, ~std::uint64_t{0});
  for (int t = 0; t < 12; ++t) {
    std::vector<SumArray> arrays = random_sums(dice, n, narrow);
    const std::vector<bool> fired = expected_step(n, state, arrays);
    std::vector<Sum> sums;
    for (SumArray& array : arrays) sums.push_back({array.terms.data(), array.shift, array.clamped});
    const Arrays given{n.count,
                       {sums.data(), sums.size()},
                       n.noise_u.empty() ? nullptr : n.noise_u.data(),
                       n.noise_v.empty() ? nullptr : n.noise_v.data(),
                       u.data(),
                       v.data(),
                       n.waits ? wait.data() : nullptr,
                       mask.data()};
    step(n.parameters(), given, tally);
    for (std::size_t i = 0; i < n.count; ++i) {
      ASSERT_EQ(u[i], state.u[i]) << what << ", u of neuron " << i << " in step " << t;
      ASSERT_EQ(v[i], state.v[i]) << what << ", v of neuron " << i << " in step " << t;
      ASSERT_EQ((mask[i / 64] >> (i % 64)) & 1, fired[i] ? 1u : 0u) << what << ", neuron " << i << " in step " << t;
      if (n.waits) {
        ASSERT_EQ(wait[i], state.wait[i]) << what << ", neuron " << i << " in step " << t;
      }
      for (const SumArray& array : arrays) ASSERT_EQ(array.terms[i], 0u) << what;
    }
    if (n.count % 64 != 0) {
      ASSERT_EQ(mask.back() >> (n.count % 64), 0u) << what << ": bits beyond the last neuron";
    }
  }
}

State random_state(Dice& dice, const Neurons& n, bool narrow) {
  State state{std::vector<std::int64_t>(n.count), std::vector<std::int64_t>(n.count), std::vector<std::int32_t>(n.padded)};
  const bool bounded = narrow && n.rules == Rules::brian2;
  for (std::size_t i = 0; i < n.count; ++i) {
    state.u[i] = dice.of(n.rules == Rules::lava ? 1 - kTop : -kTop, n.rules == Rules::lava ? kTop : kTop - 1);
    state.v[i] = bounded ? dice.of(-(1 << 20), 1 << 20) : dice.of(1 - kTop, kTop - 1);
    state.wait[i] = static_cast<std::int32_t>(dice.between(0, 5));
  }
  return state;
}

TEST(FixedStep, NarrowEqualsTheDefinitionOnEachInstructionSet) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Dice dice(seed);
    Neurons n(dice, kRules[seed % 3], true);
    const State state = random_state(dice, n, true);
    Tally wide;
    run<std::int64_t>(&wide_step, n, state, dice, true, wide, "seed " + std::to_string(seed) + ", wide");
    for (const simd::Isa isa : simd::available()) {
      Tally tally;
      run<std::int32_t>(narrow_step(isa, n.rules), n, state, dice, true, tally,
                        "seed " + std::to_string(seed) + ", " + std::string(simd::name(isa)));
      if (testing::Test::HasFatalFailure()) return;
      EXPECT_EQ(tally.wraps, wide.wraps) << "seed " << seed;
      EXPECT_EQ(tally.clips, wide.clips) << "seed " << seed;
    }
  }
}

TEST(FixedStep, WideEqualsTheDefinition) {
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Dice dice(seed);
    Neurons n(dice, kRules[seed % 3], false);
    Tally tally;
    run<std::int64_t>(&wide_step, n, random_state(dice, n, false), dice, false, tally, "seed " + std::to_string(seed));
    if (testing::Test::HasFatalFailure()) return;
  }
}

/// One neuron without decay, bias or input of its own.
struct One {
  std::vector<std::int32_t> zeros, top, low, high, du;
  std::int64_t u = 0, v = 0;
  std::vector<std::uint32_t> terms;
  One() : zeros(64, 0), top(64, 131071 << 6), low(64, 1 - kTop), high(64, kTop - 1), du(64, 4095), terms(64) {}
  Tally step(Rules rules, std::int32_t arriving) {
    terms[0] = static_cast<std::uint32_t>(arriving);
    const Sum sum{terms.data(), {0, 6}, false};
    std::uint64_t mask = 0;
    const auto all = [](const std::vector<std::int32_t>& values) { return Column{values.data(), 0}; };
    const Parameters parameters{rules, true, all(du), all(zeros), all(zeros), all(top), all(low), all(high), all(zeros)};
    Tally tally;
    wide_step(parameters, {1, {&sum, 1}, nullptr, nullptr, &u, &v, nullptr, &mask}, tally);
    return tally;
  }
};

TEST(FixedStep, CountsWhatLeavesItsWidth) {
  One lava;
  EXPECT_EQ(lava.step(Rules::lava, 1 << 17).wraps, 0u);  // 2^23 stays
  EXPECT_EQ(lava.step(Rules::lava, (1 << 17) + 1).wraps, 1u);
  EXPECT_EQ(lava.step(Rules::lava, -(1 << 17)).wraps, 1u);
  One nengo;
  EXPECT_EQ(nengo.step(Rules::nengo, (1 << 15) - 1).wraps, 0u);
  EXPECT_EQ(nengo.step(Rules::nengo, 1 << 15).wraps, 1u);  // 2^21 is one too much for the sum of a step
  One clipped;
  EXPECT_EQ(clipped.step(Rules::lava, -(1 << 16)).clips, 0u);
  EXPECT_EQ(clipped.step(Rules::lava, -(1 << 16)).clips, 1u);  // twice 2^22 is 1 below vmin
  One free;
  const Tally tally = free.step(Rules::brian2, 1 << 30);
  EXPECT_EQ(tally.wraps + tally.clips, 0u);
}

TEST(FixedStep, GradedValuesAreTheSumsAboveTheThreshold) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Dice dice(seed);
    Neurons n(dice, kRules[seed % 3], false);
    const Parameter threshold(dice, n.padded, 0, 1 << 20);
    std::vector<SumArray> arrays = random_sums(dice, n, false);
    const std::vector<SumArray> before = arrays;
    std::vector<Sum> sums;
    for (SumArray& array : arrays) sums.push_back({array.terms.data(), array.shift, array.clamped});
    std::vector<std::int32_t> values(n.padded);
    std::vector<std::uint64_t> mask(n.padded / 64);
    graded_step(threshold.column(), {sums.data(), sums.size()}, n.count, values.data(), mask.data());
    for (std::size_t i = 0; i < n.count; ++i) {
      std::int64_t arriving = 0;
      for (const SumArray& sum : before) {
        const std::int64_t x = static_cast<std::int32_t>(sum.terms[i]);
        arriving += shifted((sum.clamped ? wrapped(x, 23) : x) >> sum.shift.right, sum.shift.left);
      }
      const std::int64_t v = arriving >> kUnit;
      const bool fires = (v < 0 ? -v : v) > threshold.at(i);
      ASSERT_EQ(values[i], fires ? static_cast<std::int32_t>(v) : 0) << "seed " << seed << ", neuron " << i;
      ASSERT_EQ((mask[i / 64] >> (i % 64)) & 1, values[i] != 0 ? 1u : 0u) << "seed " << seed << ", neuron " << i;
    }
  }
}

TEST(FixedStep, NoiseIsThatOfEachNeuronsOwnWord) {
  const PhiloxKey key = random_key(7, RandomObject::population, 3);
  std::vector<std::int32_t> noise(64);
  fill_noise(key, 123456789012, 5, 9, -3, 50, noise.data());
  for (std::size_t i = 0; i < 50; ++i) {
    const std::uint32_t word = philox4x32_10(neuron_counter(i, 123456789012, 5, 0), key).word[i % 4];
    EXPECT_EQ(noise[i], noise_of(word, 9, -3)) << i;
  }
}

}  // namespace
}  // namespace ranvier::fixed
