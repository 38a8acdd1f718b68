// The out-of-tree driver of examples/driver: equal to the integer rule, honest about what it rounds, complete in what it refuses.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

constexpr std::int64_t kLimit = 1 << 23;

/// lif@1 as the convention lava-fixed lowers it: v = sgn(v) ((|v| (4096 - dv)) >> 12) + (trunc(w x) << 6), clipped to 24 bits.
plan::Population shift_lif(const std::string& name, std::size_t count, std::int32_t dv, float w, std::int32_t threshold) {
  plan::Population population;
  population.name = name;
  population.model = "lif@1";
  population.flags = RVD_POPULATION_SPIKING;
  population.shape = {count};
  population.options = {{"update", "shift"}};
  population.coefficients = {
      {"dv", "", Tensor::of({dv})}, {"w", "", Tensor::of({w})}, {"threshold", "", Tensor::of({threshold})}};
  population.states = {{"v", DType::i32, {}}};
  population.variables = {{"v", 0}};
  population.receptors = {{"input", DType::f32}};
  Assembler as(population);
  const auto i64 = [&](std::int64_t value) { return as.constant(RVD_I64, static_cast<std::uint64_t>(value)); };
  const auto act =
      as.add(RVD_OP_CONVERT, RVD_I32, as.add(RVD_OP_MUL, RVD_F32, as.coefficient(1), as.receptor(0)), 0, 0, 0, RVD_F32);
  const auto current = as.add(RVD_OP_CONVERT, RVD_I64, as.add(RVD_OP_SHL, RVD_I32, act, 0, 0, 6), 0, 0, 0, RVD_I32);
  const auto v = as.add(RVD_OP_CONVERT, RVD_I64, as.state(0), 0, 0, 0, RVD_I32);
  const auto factor =
      as.add(RVD_OP_SUB, RVD_I64, i64(4096), as.add(RVD_OP_CONVERT, RVD_I64, as.coefficient(0), 0, 0, 0, RVD_I32));
  const auto left = as.add(RVD_OP_SHR, RVD_I64, as.add(RVD_OP_MUL, RVD_I64, as.add(RVD_OP_ABS, RVD_I64, v), factor), 0, 0, 12);
  const auto decayed =
      as.add(RVD_OP_SELECT, RVD_I64, as.add(RVD_OP_LT, RVD_I64, v, i64(0)), as.add(RVD_OP_NEG, RVD_I64, left), left);
  const auto sum = as.add(RVD_OP_ADD, RVD_I64, decayed, current);
  const auto clipped = as.add(RVD_OP_MIN, RVD_I64, as.add(RVD_OP_MAX, RVD_I64, sum, i64(1 - kLimit)), i64(kLimit - 1));
  const auto after = as.add(RVD_OP_CONVERT, RVD_I32, clipped, 0, 0, 0, RVD_I64);
  const auto fired = as.add(RVD_OP_GT, RVD_I32, after, as.coefficient(2));
  as.store(0, as.add(RVD_OP_SELECT, RVD_I32, fired, as.constant(RVD_I32, 0), after));
  as.emit(as.add(RVD_OP_CONVERT, RVD_F32, fired, 0, 0, 0, RVD_I32));
  return population;
}

/// lif@1 in floats, v = a v + b x, as the convention exact lowers it.
plan::Population float_lif(const std::string& name, std::size_t count, double tau, double dt) {
  plan::Population population = leaky(name, count, static_cast<float>(std::exp(-dt / tau)), 1.0F);
  population.model = "lif@1";
  population.options = {{"update", "linear"}, {"decay", "exponential"}, {"input_gain", "1-exp"},
                        {"r", "used"},        {"reset", "zero"},        {"comparator", ">"}};
  population.parameters = {{"tau", "s", Tensor::of({tau})},
                           {"r", "", Tensor::of({1 / (1 - std::exp(-dt / tau))})},
                           {"v_leak", "", Tensor::of({0.0})},
                           {"v_threshold", "", Tensor::of({1.0})},
                           {"v_reset", "", Tensor::of({0.0})}};
  return population;
}

Plan plan_of(std::vector<plan::Population> populations, std::vector<plan::Projection> projections) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = std::move(populations);
  description.projections = std::move(projections);
  return plan::write(description);
}

/// Weights that times `w` are whole numbers of 8 bits.
Tensor whole_weights(std::mt19937_64& random, std::size_t sources, std::size_t targets) {
  std::vector<double> values(sources * targets);
  for (double& value : values) value = static_cast<double>(static_cast<std::int64_t>(random() % 65) - 24) / 4;
  return tensor(DType::f32, {sources, targets}, values);
}

Events random_spikes(std::mt19937_64& random, std::uint64_t steps, std::uint32_t count) {
  Events events;
  events.type = RVD_F32;
  for (std::uint64_t step = 0; step < steps; ++step) {
    for (std::uint32_t id = 0; id < count; ++id) {
      if (random() % 3 != 0) continue;
      events.step.push_back(step);
      events.lane.push_back(0);
      events.id.push_back(id);
    }
  }
  return events;
}

struct Played {
  Events hidden, out;
  Rows v;
  std::uint64_t hash;
  bool operator==(const Played&) const = default;
};

Played play(const std::string& device, const Plan& plan, const Events& input) {
  Rig rig(device);
  const auto session = rig.open(plan);
  for (const std::uint32_t p : {2u, 5u}) EXPECT_EQ(session->probe(p, "spikes"), RVD_OK);
  EXPECT_EQ(session->probe(2, "v"), RVD_OK);
  EXPECT_EQ(session->write(0, input), RVD_OK);
  EXPECT_EQ(session->run(100), RVD_OK);
  return {session->events(2), session->events(5), session->states(2, "v"), session->counters().numbers.at({"hash", 0})};
}

class Chip32Networks : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Chip32Networks, testing::Range(std::uint64_t{0}, std::uint64_t{10}));

TEST_P(Chip32Networks, EqualsTheIntegerRuleOfOtherDevices) {
  std::mt19937_64 random(GetParam());
  const auto lif = [&](const char* name, std::size_t count) {
    return shift_lif(name, count, static_cast<std::int32_t>(random() % 1500), 4,
                     static_cast<std::int32_t>(random() % 100) * 64);
  };
  const Plan plan =
      plan_of({input("in", 6), relay("fc1", 20), lif("lif1", 20), relay("fc2", 5), lif("lif2", 5),
               relay("out", 5, RVD_POPULATION_OUTPUT)},
              {dense(0, 1, whole_weights(random, 6, 20)), one_to_one(1, 2, 1), dense(2, 3, whole_weights(random, 20, 5)),
               one_to_one(3, 4, 1 + static_cast<std::uint32_t>(random() % 3)), one_to_one(4, 5)});
  const Events spikes = random_spikes(random, 90, 6);
  const Played chip = play(RANVIER_TEST_CHIP32, plan, spikes);
  EXPECT_GT(chip.hidden.size(), 10u);
  EXPECT_EQ(chip, play("reference", plan, spikes));
  EXPECT_EQ(chip, play("cpu", plan, spikes));
}

TEST(Chip32, FollowsTheRuleByHand) {
  constexpr std::int64_t kDv = 700, kThreshold = 15 * 64;
  const Plan plan = plan_of({input("in", 2), relay("fc", 1), shift_lif("lif", 1, kDv, 10, kThreshold)},
                            {dense(0, 1, Tensor::of({1.0F, -0.5F}).reshape({2, 1})), one_to_one(1, 2, 1)});
  Rig rig(RANVIER_TEST_CHIP32);
  const auto session = rig.open(plan);
  for (const Line& line : rig.ears().heard.lines) EXPECT_EQ(line.verdict, RVD_VERDICT_EXACT) << line.quantity;
  ASSERT_EQ(session->probe(2, "v"), RVD_OK);
  ASSERT_EQ(session->probe(2, "spikes"), RVD_OK);
  std::mt19937_64 random(5);
  const Events spikes = random_spikes(random, 200, 2);
  ASSERT_EQ(session->write(0, spikes), RVD_OK);
  ASSERT_EQ(session->run(200), RVD_OK);
  const Rows rows = session->states(2, "v");
  std::vector<std::uint64_t> fired;
  std::int64_t v = 0;
  for (std::uint64_t step = 0; step < 200; ++step) {
    std::int64_t act = 0;
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      if (spikes.step[k] + 1 == step) act += spikes.id[k] == 0 ? 10 : -5;
    }
    v = (v < 0 ? -1 : 1) * ((std::abs(v) * (4096 - kDv)) >> 12) + (act << 6);
    v = std::clamp(v, 1 - kLimit, kLimit - 1);
    if (v > kThreshold) {
      fired.push_back(step);
      v = 0;
    }
    ASSERT_EQ(static_cast<std::int32_t>(rows.bits[step]), v) << step;
  }
  EXPECT_EQ(session->events(2).step, fired);
  EXPECT_GT(fired.size(), 3u);
}

TEST(Chip32, QuantisesFloatsAndSaysWhatItCosts) {
  const Plan plan = plan_of(
      {input("in", 3), relay("fc", 2), float_lif("lif", 2, 0.02, 1e-3), relay("out", 2, RVD_POPULATION_OUTPUT)},
      {dense(0, 1, Tensor::of({0.5F, 0.3F, -0.2F, 0.1F, 0.4F, 0.25F}).reshape({3, 2})), one_to_one(1, 2), one_to_one(2, 3)});
  Rig rig(RANVIER_TEST_CHIP32);
  const auto session = rig.open(plan);
  const Line decay = rig.ears().heard.line("decay"), weight = rig.ears().heard.line("weight");
  EXPECT_EQ(decay.verdict, RVD_VERDICT_APPROXIMATE);
  EXPECT_EQ(decay.where, "lif");
  EXPECT_NE(decay.limit.find("relative error"), std::string::npos);
  EXPECT_EQ(weight.verdict, RVD_VERDICT_APPROXIMATE);
  EXPECT_EQ(weight.where, "in -> fc -> lif");
  EXPECT_NE(weight.limit.find("largest error 0.00"), std::string::npos) << weight.limit;

  // Close to what it approximates: 1.0 would be far off, 8 bits are not.
  Rig reference("reference");
  const auto exact = reference.open(plan);
  std::mt19937_64 random(1);
  const Events spikes = random_spikes(random, 100, 3);
  for (Session* s : {session.get(), exact.get()}) {
    ASSERT_EQ(s->probe(2, "v"), RVD_OK);
    ASSERT_EQ(s->write(0, spikes), RVD_OK);
    ASSERT_EQ(s->run(8), RVD_OK);
  }
  const Rows chip = session->states(2, "v"), truth = exact->states(2, "v");
  for (std::size_t k = 0; k < truth.bits.size(); ++k) EXPECT_NEAR(chip.f32(k), truth.f32(k), 0.02) << k;
}

TEST(Chip32, RefusesWithAllReasonsAtOnce) {
  plan::Population cuba = leaky("lif1", 38, 0.9F, 1.0F);
  cuba.model = "cubalif@1";
  plan::Population subtract = float_lif("lif2", 7, 0.02, 1e-3);
  subtract.options = {{"update", "linear"}, {"reset", "subtract"}, {"comparator", ">="}};
  subtract.parameters[2].values = Tensor::of({0.25});
  std::mt19937_64 random(1);
  const Plan plan =
      plan_of({input("in", 12), relay("fc1", 38), cuba, relay("rec", 38), relay("fc2", 7), subtract},
              {dense(0, 1, whole_weights(random, 12, 38)), one_to_one(1, 2), dense(2, 3, whole_weights(random, 38, 38)),
               dense(2, 4, whole_weights(random, 38, 7)), one_to_one(3, 2, 1), one_to_one(4, 5, 20)});
  Rig rig(RANVIER_TEST_CHIP32);
  EXPECT_EQ(rig.check(plan, {{"lanes", "4"}}), RVD_UNSUPPORTED);
  const Heard& heard = rig.ears().heard;
  const auto expect = [&](const char* quantity, const char* asked, const char* limit) {
    const Line line = heard.line(quantity);
    EXPECT_EQ(line.verdict, RVD_VERDICT_UNSUPPORTED) << quantity;
    EXPECT_EQ(line.asked, asked) << quantity;
    EXPECT_EQ(line.limit, limit) << quantity;
    EXPECT_NE(line.remedy, "") << quantity;
  };
  expect("lanes", "4", "1");
  expect("neuron model", "cubalif@1", "lif@1");
  expect("neuron count", "38+7", "32");
  expect("recurrence", "lif1 -> rec -> lif1", "none");
  expect("option reset", "subtract", "zero");
  expect("option comparator", ">=", ">");
  expect("v_leak", "0.25", "0");
  expect("delay", "20", "15");
  EXPECT_EQ(heard.line("neuron count").unit, "neurons");
  EXPECT_EQ(rig.compile(plan), nullptr);
  EXPECT_EQ(rig.status(), RVD_UNSUPPORTED);
}

TEST(Chip32, RefusesKindsOfProjectionsByTheirNames) {
  std::mt19937_64 random(1);
  const std::pair<std::uint32_t, const char*> kinds[] = {
      {RVD_PROJECTION_CONVOLUTION, "convolution"}, {RVD_PROJECTION_POOL, "pool"}, {RVD_PROJECTION_SPARSE, "sparse"}};
  for (const auto& [kind, name] : kinds) {
    plan::Projection p = random_projection(random, kind, 6, 4, DType::f32);
    p.target = 1;
    Rig rig(RANVIER_TEST_CHIP32);
    EXPECT_EQ(rig.check(plan_of({input("in", 6), float_lif("lif", 4, 0.02, 1e-3)}, {p})), RVD_UNSUPPORTED);
    const Line line = rig.ears().heard.line("projection");
    EXPECT_EQ(line.where, "in -> lif");
    EXPECT_EQ(line.asked, name);
    EXPECT_EQ(line.limit, "dense, one-to-one");
  }
}

TEST(Chip32, RefusesWeightsThatDoNotFit) {
  const Plan plan = plan_of({input("in", 1), relay("fc", 1), shift_lif("lif", 1, 100, 10, 640)},
                            {dense(0, 1, Tensor::of({20.0F}).reshape({1, 1})), one_to_one(1, 2, 1)});
  Rig rig(RANVIER_TEST_CHIP32);
  EXPECT_EQ(rig.check(plan), RVD_UNSUPPORTED);
  EXPECT_EQ(rig.ears().heard.line("weight").asked, "200");
  EXPECT_EQ(rig.ears().heard.line("weight").limit, "-128 to 127");
}

}  // namespace
}  // namespace ranvier::conformance
