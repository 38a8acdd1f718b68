// What a program does besides its operations: stores, flush, order of effects, one random program after another.
#include <random>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Program : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Devices, Program, testing::Values("reference", "cpu"));

plan::Population states_only(std::vector<plan::State> states) {
  plan::Population population;
  population.name = "p";
  population.model = "test@1";
  population.shape = {1};
  population.states = std::move(states);
  for (std::uint32_t s = 0; s < population.states.size(); ++s) population.variables.push_back({population.states[s].name, s});
  return population;
}

Plan plan_of(plan::Population population) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {std::move(population)};
  return plan::write(description);
}

TEST_P(Program, StoresTakeEffectAfterTheProgram) {
  plan::Population population = states_only({{"x", DType::f32, Tensor::of({3.0F})}, {"y", DType::f32, Tensor::of({5.0F})}});
  Assembler as(population);
  const auto x = as.state(0), y = as.state(1);
  as.store(0, y);
  as.store(1, x);
  as.emit(as.state(0));  // still the old x
  Rig rig(GetParam());
  const auto session = rig.open(plan_of(population), 2);
  ASSERT_EQ(session->probe(0, "x"), RVD_OK);
  ASSERT_EQ(session->probe(0, "y"), RVD_OK);
  ASSERT_EQ(session->probe(0, "spikes"), RVD_OK);
  ASSERT_EQ(session->run(3), RVD_OK);
  const Rows xs = session->states(0, "x"), ys = session->states(0, "y");
  const Events emitted = session->events(0);
  for (std::size_t k = 0; k < 6; ++k) {  // [step][lane]
    const bool even = k / 2 % 2 == 0;
    EXPECT_EQ(xs.f32(k), even ? 5.0F : 3.0F);
    EXPECT_EQ(ys.f32(k), even ? 3.0F : 5.0F);
    EXPECT_EQ(emitted.bits[k], bits_in(RVD_F32, even ? 3 : 5));
  }
}

TEST_P(Program, SmallFloatsAreFlushedWhenStored) {
  for (const DType type : {DType::f32, DType::f64}) {
    const std::uint32_t t = type_of(type);
    plan::Population population =
        states_only({{"half", type, tensor(type, {1}, {0x1p-98})}, {"minus", type, tensor(type, {1}, {-0x1p-99})}});
    population.value_type = type;
    Assembler as(population);
    const auto half = as.add(RVD_OP_MUL, t, as.state(0), as.constant(t, bits_in(t, 0.5)));
    as.store(0, half);
    as.store(1, as.add(RVD_OP_MUL, t, as.state(1), as.constant(t, bits_in(t, 0.5))));
    as.emit(half);  // registers keep what is stored as 0
    Rig rig(GetParam());
    const auto session = rig.open(plan_of(population));
    for (const char* name : {"half", "minus", "spikes"}) ASSERT_EQ(session->probe(0, name), RVD_OK);
    ASSERT_EQ(session->run(4), RVD_OK);
    EXPECT_EQ(session->states(0, "half").bits, (std::vector<std::uint64_t>{bits_in(t, 0x1p-99), bits_in(t, 0x1p-100), 0, 0}));
    EXPECT_EQ(session->states(0, "minus").bits, (std::vector<std::uint64_t>{bits_in(t, -0x1p-100), 0, 0, 0}));
    EXPECT_EQ(session->events(0).bits,
              (std::vector<std::uint64_t>{bits_in(t, 0x1p-99), bits_in(t, 0x1p-100), bits_in(t, 0x1p-101)}));
  }
}

TEST_P(Program, ANegativeZeroIsStoredPositiveAndNotEmitted) {
  plan::Population population = states_only({{"x", DType::f32, {}}, {"sign", DType::f32, {}}});
  Assembler as(population);
  const auto minus_zero = as.constant(RVD_F32, 0x8000'0000);
  as.store(0, minus_zero);
  as.store(1, as.add(RVD_OP_DIV, RVD_F32, as.constant(RVD_F32, bits_in(RVD_F32, 1)), as.state(0)));
  as.emit(minus_zero);
  Rig rig(GetParam());
  const auto session = rig.open(plan_of(population));
  for (const char* name : {"sign", "spikes"}) ASSERT_EQ(session->probe(0, name), RVD_OK);
  ASSERT_EQ(session->run(2), RVD_OK);
  EXPECT_EQ(session->states(0, "sign").bits, (std::vector<std::uint64_t>{0x7F80'0000, 0x7F80'0000}));
  EXPECT_EQ(session->events(0).size(), 0u);
}

TEST_P(Program, CoefficientsAreSharedOrPerNeuron) {
  constexpr std::size_t kCount = 600;  // more than two blocks
  plan::Population population = states_only({{"x", DType::i32, {}}});
  population.shape = {kCount};
  std::vector<double> each(kCount);
  for (std::size_t k = 0; k < kCount; ++k) each[k] = static_cast<double>(k);
  population.coefficients = {{"each", "", tensor(DType::i32, {kCount}, each)}, {"all", "", tensor(DType::i32, {1}, {1000})}};
  population.value_type = DType::i32;
  Assembler as(population);
  const auto sum = as.add(RVD_OP_ADD, RVD_I32, as.coefficient(0), as.coefficient(1));
  as.store(0, as.add(RVD_OP_ADD, RVD_I32, sum, as.state(0)));
  as.emit(as.coefficient(0));
  Rig rig(GetParam());
  const auto session = rig.open(plan_of(population));
  for (const char* name : {"x", "spikes"}) ASSERT_EQ(session->probe(0, name), RVD_OK);
  ASSERT_EQ(session->run(2), RVD_OK);
  const Rows rows = session->states(0, "x");
  for (std::size_t k = 0; k < kCount; ++k) EXPECT_EQ(rows.bits[kCount + k], 2 * (1000 + k));
  EXPECT_EQ(session->events(0).size(), 2 * (kCount - 1));  // neuron 0 emits 0, so nothing
}

TEST_P(Program, WideWidensFloatsAndLeavesIntegers) {
  plan::Population population =
      states_only({{"f", DType::f32, Tensor::of({1.0F})}, {"i", DType::i32, tensor(DType::i32, {1}, {2147483647})}});
  population.coefficients = {{"third", "", Tensor::of({1.0F / 3})}};
  Assembler as(population);
  const auto third = as.coefficient(0);
  as.store(0, as.add(RVD_OP_MUL, RVD_F32, third, third));
  as.store(1, as.add(RVD_OP_ADD, RVD_I32, as.state(1), as.constant(RVD_I32, 1)));
  as.emit(as.add(RVD_OP_CONVERT, RVD_F32, as.add(RVD_OP_CONVERT, RVD_F64, third, 0, 0, 0, RVD_F32), 0, 0, 0, RVD_F64));
  Rig rig(GetParam());
  const auto session = rig.open(plan_of(population), 1, 0, {{"precision", "f64"}});
  for (const char* name : {"f", "i", "spikes"}) ASSERT_EQ(session->probe(0, name), RVD_OK);
  ASSERT_EQ(session->run(1), RVD_OK);
  const double rounded = 1.0F / 3;  // the coefficient stays the f32 one
  EXPECT_EQ(session->states(0, "f").bits, std::vector<std::uint64_t>{bits_in(RVD_F64, rounded * rounded)});
  EXPECT_EQ(session->states(0, "i").bits, std::vector<std::uint64_t>{0x8000'0000});
  EXPECT_EQ(session->events(0).bits, std::vector<std::uint64_t>{bits_in(RVD_F64, rounded)});
}

// ------------------------------------------------------------------------------------------------------------- random bits

/// From the definition in <ranvier/driver.h>.
std::uint32_t random_bits(std::uint64_t seed, std::uint32_t population, std::uint64_t neuron, std::uint64_t step,
                          std::uint32_t lane, std::uint32_t draw) {
  std::uint64_t m = seed + 0x9E3779B97F4A7C15U * (population + std::uint64_t{1});
  m = (m ^ (m >> 30)) * 0xBF58476D1CE4E5B9U;
  m = (m ^ (m >> 27)) * 0x94D049BB133111EBU;
  m ^= m >> 31;
  std::uint32_t key[2] = {static_cast<std::uint32_t>(m), static_cast<std::uint32_t>(m >> 32)};
  std::uint32_t x[4] = {static_cast<std::uint32_t>(neuron / 4), static_cast<std::uint32_t>(step),
                        static_cast<std::uint32_t>(step >> 32), lane << 8 | draw};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * x[0], b = std::uint64_t{0xCD9E8D57} * x[2];
    const std::uint32_t next[4] = {static_cast<std::uint32_t>(b >> 32) ^ x[1] ^ key[0], static_cast<std::uint32_t>(b),
                                   static_cast<std::uint32_t>(a >> 32) ^ x[3] ^ key[1], static_cast<std::uint32_t>(a)};
    std::copy_n(next, 4, x);
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return x[neuron % 4];
}

/// 3 channels of 5 x 7 behind a convolution, so that a device may lay the neurons out in another order; each keeps draws 2 and 255
/// in its states and emits the first.
Plan noisy_plan() {
  plan::Population noisy = states_only({{"a", DType::i32, {}}, {"b", DType::i32, {}}});
  noisy.shape = {3, 5, 7};
  noisy.value_type = DType::i32;
  noisy.receptors = {{"x", DType::f32}};
  Assembler as(noisy);
  const auto a = as.add(RVD_OP_RANDOM, RVD_I32, 0, 0, 0, 2), b = as.add(RVD_OP_RANDOM, RVD_I32, 0, 0, 0, 255);
  as.store(0, a);
  as.store(1, as.add(RVD_OP_XOR, RVD_I32, b, as.add(RVD_OP_CONVERT, RVD_I32, as.receptor(0), 0, 0, 0, RVD_F32)));
  as.emit(a);
  plan::Projection projection;
  projection.kind = RVD_PROJECTION_CONVOLUTION;
  projection.source = 0;
  projection.target = 1;
  projection.weights = tensor(DType::f32, {3, 1, 1, 1}, {0, 0, 0});
  projection.window = {1, 3, 1, 0, {5, 7}, {5, 7}, {1, 1}, {1, 1}, {0, 0}, {1, 1}};
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {input("in", 35), noisy};
  description.projections = {projection};
  return plan::write(description);
}

TEST_P(Program, RandomBitsAreThoseOfTheDefinition) {
  constexpr std::uint32_t kLanes = 3;
  constexpr std::uint64_t kFirstLane = 9, kSeed = 0x1234'5678'9ABC'DEF0, kClock = (std::uint64_t{1} << 32) - 2, kSteps = 5;
  Rig rig(GetParam());
  rvd_exec_t* exec = rig.compile(noisy_plan());
  ASSERT_EQ(rig.status(), RVD_OK);
  {
    const auto session = rig.open(exec, kLanes, kClock, kFirstLane, kSeed);
    for (const char* name : {"a", "b", "spikes"}) ASSERT_EQ(session->probe(1, name), RVD_OK);
    ASSERT_EQ(session->run(kClock + 2), RVD_OK);
    ASSERT_EQ(session->run(kClock + kSteps), RVD_OK);
    const Rows a = session->states(1, "a"), b = session->states(1, "b");
    const Events events = session->events(1);
    ASSERT_EQ(events.size(), kSteps * kLanes * 105);
    std::size_t k = 0;
    for (std::uint64_t step = kClock; step < kClock + kSteps; ++step) {
      for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
        for (std::uint32_t neuron = 0; neuron < 105; ++neuron, ++k) {
          const auto bits = [&](std::uint32_t draw) {
            return random_bits(kSeed, 1, neuron, step, static_cast<std::uint32_t>(kFirstLane) + lane, draw);
          };
          ASSERT_EQ(a.bits[k], bits(2)) << step << ' ' << lane << ' ' << neuron;
          ASSERT_EQ(b.bits[k], bits(255)) << step << ' ' << lane << ' ' << neuron;
          ASSERT_EQ(events.bits[k], bits(2)) << step << ' ' << lane << ' ' << neuron;
        }
      }
    }
  }
  EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
}

class RandomPrograms : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, testing::Range(std::uint64_t{0}, std::uint64_t{100}));

TEST_P(RandomPrograms, GiveTheSameBitsOnBothDevices) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  constexpr DType kTypes[] = {DType::f32, DType::f64, DType::i32, DType::i64};
  const Plan plan = plan_of(random_program(random, "p", 1 + random() % 530, kTypes[random() % 4]));
  for (const char* precision : {"f32", "f64"}) {
    std::vector<Rows> states[2];
    Events events[2];
    for (const bool is_cpu : {false, true}) {
      Rig rig(is_cpu ? "cpu" : "reference");
      const auto session = rig.open(plan, 2, 0, {{"precision", precision}});
      ASSERT_EQ(session->probe(0, "spikes"), RVD_OK);
      for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) ASSERT_EQ(session->probe(0, name), RVD_OK);
      ASSERT_EQ(session->run(6), RVD_OK);
      events[is_cpu] = session->events(0);
      for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) states[is_cpu].push_back(session->states(0, name));
    }
    EXPECT_EQ(events[0], events[1]);
    for (std::size_t k = 0; k < 8; ++k) EXPECT_EQ(states[0][k], states[1][k]) << "state " << k;
  }
}

}  // namespace
}  // namespace ranvier::conformance
