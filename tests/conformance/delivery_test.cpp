// Delays, priors, order of terms, lanes and cuts: by hand for the reference, then the reference against cpu.
#include <random>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Delivery : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Devices, Delivery, testing::Values("reference", "cpu"));

plan::Description description_of(std::vector<plan::Population> populations, std::vector<plan::Projection> projections) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = std::move(populations);
  description.projections = std::move(projections);
  return description;
}

TEST_P(Delivery, ArrivesAfterItsDelay) {
  Rig rig(GetParam());
  for (const std::uint32_t delay : {0u, 1u, 2u, 7u}) {
    const auto session =
        rig.open(plan::write(description_of({input("in", 2), relay("out", 2)}, {one_to_one(0, 1, delay)})), 1, 3);
    ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
    ASSERT_EQ(session->write(0, {{3, 5, 6}, {0, 0, 0}, {1, 0, 1}, {}, RVD_F32}), RVD_OK);
    ASSERT_EQ(session->run(20), RVD_OK);
    EXPECT_EQ(session->events(1).step, (std::vector<std::uint64_t>{3 + delay, 5 + delay, 6 + delay}));
    EXPECT_EQ(session->events(1).size(), 0u);
  }
}

TEST_P(Delivery, PriorsAreTheEventsBeforeTheFirstStep) {
  Rig rig(GetParam());
  plan::Projection feedback = dense(1, 1, Tensor::of({0.5F, 0.0F, 0.0F, 0.5F}).reshape({2, 2}), 3);
  feedback.prior = Tensor::of({4.0F, -0.0F});
  const Plan plan = plan::write(description_of({input("in", 2), relay("loop", 2)}, {one_to_one(0, 1), feedback}));
  const auto session = rig.open(plan, 2, 9);
  ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
  ASSERT_EQ(session->run(16), RVD_OK);
  const Events events = session->events(1);
  EXPECT_EQ(events.step, (std::vector<std::uint64_t>{9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15}));
  for (std::size_t k = 0; k < events.size(); ++k) {
    EXPECT_EQ(events.id[k], 0u);
    EXPECT_EQ(events.lane[k], k % 2);
    EXPECT_EQ(events.bits[k], bits_in(RVD_F32, k < 6 ? 2.0 : k < 12 ? 1.0 : 0.5));
  }
}

// Two terms of one source through projections of different delay: the one emitted earlier comes first, whatever its number.
TEST_P(Delivery, TermsEnterInOrderOfEmissionThenProjectionThenSource) {
  Rig rig(GetParam());
  const auto sum_of = [&](std::vector<plan::Projection> projections, const Events& events) {
    const auto session =
        rig.open(plan::write(description_of({input("a", 3), input("b", 1), relay("out", 1)}, std::move(projections))));
    EXPECT_EQ(session->probe(2, "spikes"), RVD_OK);
    EXPECT_EQ(session->write(0, events), RVD_OK);
    EXPECT_EQ(session->write(1, {{1}, {0}, {0}, {}, RVD_F32}), RVD_OK);
    EXPECT_EQ(session->run(4), RVD_OK);
    const Events out = session->events(2);
    for (std::size_t k = 0; k < out.size(); ++k) {
      if (out.step[k] == 1) return out.bits[k];
    }
    return std::uint64_t{0};
  };
  const auto column = [](float x, float y, float z) { return Tensor::of({x, y, z}).reshape({3, 1}); };
  const auto one = [](float x) { return Tensor::of({x}).reshape({1, 1}); };
  const Events all_now{{1, 1, 1}, {0, 0, 0}, {0, 1, 2}, {}, RVD_F32};
  const Events before{{0}, {0}, {0}, {}, RVD_F32};
  constexpr float kBig = 0x1p24F;
  // Sources: (big + 1) - big = 0, since 2^24 + 1 rounds to 2^24.
  EXPECT_EQ(sum_of({dense(0, 2, column(kBig, 1, -kBig)), dense(1, 2, one(3))}, all_now), bits_in(RVD_F32, 3));
  EXPECT_EQ(sum_of({dense(0, 2, column(kBig, -kBig, 1)), dense(1, 2, one(3))}, all_now), bits_in(RVD_F32, 4));
  // Projections, both from now: a before b.
  EXPECT_EQ(sum_of({dense(0, 2, column(1, kBig, 0)), dense(1, 2, one(-kBig))}, all_now), bits_in(RVD_F32, 0));
  // Emission: of two projections from a, the second has the longer delay, so its event of step 0 precedes those of step 1.
  EXPECT_EQ(sum_of({dense(0, 2, column(1, 0, 0), 0), dense(0, 2, column(kBig, 0, 0), 1), dense(1, 2, one(-kBig))}, before),
            bits_in(RVD_F32, 0));
  const Events both{{0, 1}, {0, 0}, {0, 0}, {}, RVD_F32};
  EXPECT_EQ(sum_of({dense(0, 2, column(1, 0, 0), 0), dense(0, 2, column(kBig, 0, 0), 1), dense(1, 2, one(-kBig))}, both),
            bits_in(RVD_F32, 0));
  EXPECT_EQ(sum_of({dense(0, 2, column(-kBig, 0, 0), 0), dense(0, 2, column(kBig, 0, 0), 1), dense(1, 2, one(1))}, both),
            bits_in(RVD_F32, 1));
}

TEST_P(Delivery, IntegersWrap) {
  Rig rig(GetParam());
  for (const DType type : {DType::i32, DType::i64}) {
    const double most = type == DType::i32 ? 2147483647.0 : 4611686018427387904.0;
    const Plan plan = plan::write(
        description_of({input("in", 2, type), relay("out", 1, 0, type)}, {dense(0, 1, tensor(type, {2, 1}, {most, most}))}));
    const auto session = rig.open(plan);
    ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
    ASSERT_EQ(session->write(0, {{0, 0}, {0, 0}, {0, 1}, {}, type_of(type)}), RVD_OK);
    ASSERT_EQ(session->run(1), RVD_OK);
    const std::uint64_t expected = type == DType::i32 ? 0xFFFF'FFFE : 0x8000'0000'0000'0000;
    EXPECT_EQ(session->events(1).bits, std::vector<std::uint64_t>{expected});
  }
}

// ------------------------------------------------------------------------------------------------- reference against cpu

struct Outcome {
  std::vector<Events> events;
  std::vector<Rows> states;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> numbers;
  bool operator==(const Outcome&) const = default;
};

constexpr std::uint64_t kSteps = 12;
constexpr const char* kVariables[] = {"v", "a", "b", "c", "d", "e", "f", "g", "h"};

/// Input of one lane, whatever the others: lane `first` + l of a session gets the input of sample `first` + l.
Events input_of(const Network& network, std::uint32_t population, std::uint64_t seed, std::uint32_t first,
                std::uint32_t lanes) {
  Events events;
  events.type = population + 1;  // the inputs of a random network are f32, f64, i32, i64
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (std::uint32_t lane = 0; lane < lanes; ++lane) {
      std::mt19937_64 random(seed + 1000 * step + 7919 * (first + lane) + 104729 * population);
      for (std::uint32_t id = 0; id < network.widths[population]; ++id) {
        if (random() % 3 == 0) continue;
        events.step.push_back(step);
        events.lane.push_back(lane);
        events.id.push_back(id);
        events.bits.push_back(bits_in(
            events.type, static_cast<double>(static_cast<std::int64_t>(random() % 9) - 4) * (events.type <= 2 ? 0.375 : 1)));
      }
    }
  }
  return events;
}

Outcome play(Rig& rig, const Network& network, const Settings& settings, std::uint64_t seed, std::uint32_t first,
             std::uint32_t lanes, const std::vector<std::uint64_t>& cuts) {
  const auto session = rig.open(network.plan, lanes, 0, settings);
  std::vector<std::pair<std::uint32_t, const char*>> probes;
  for (std::uint32_t p = 0; p < network.widths.size(); ++p) {
    EXPECT_EQ(session->probe(p, "spikes"), RVD_OK);
    for (const char* variable : kVariables) {
      if (session->probe(p, variable) == RVD_OK) probes.emplace_back(p, variable);
    }
  }
  for (const std::uint32_t p : network.inputs) EXPECT_EQ(session->write(p, input_of(network, p, seed, first, lanes)), RVD_OK);
  for (const std::uint64_t cut : cuts) EXPECT_EQ(session->run(cut), RVD_OK);
  Outcome outcome;
  for (std::uint32_t p = 0; p < network.widths.size(); ++p) outcome.events.push_back(session->events(p));
  for (const auto& [p, variable] : probes) outcome.states.push_back(session->states(p, variable));
  outcome.numbers = session->counters().numbers;
  return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
  for (std::size_t p = 0; p < a.events.size(); ++p) EXPECT_EQ(a.events[p], b.events[p]) << "events of population " << p;
  ASSERT_EQ(a.states.size(), b.states.size());
  for (std::size_t s = 0; s < a.states.size(); ++s) EXPECT_EQ(a.states[s], b.states[s]) << "state " << s;
  EXPECT_EQ(a.numbers, b.numbers);
}

class RandomNetworks : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range(std::uint64_t{0}, std::uint64_t{40}));

TEST_P(RandomNetworks, CpuEqualsReferenceForAnyLanesAndCuts) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  const Network network = random_network(random);
  Rig reference("reference");
  Rig cpu("cpu");
  for (const char* precision : {"f32", "f64"}) {
    const Settings settings{{"precision", precision}};
    const Outcome truth = play(reference, network, settings, GetParam(), 0, 3, {kSteps});
    expect_same(truth, play(cpu, network, settings, GetParam(), 0, 3, {kSteps}));
    expect_same(truth, play(cpu, network, settings, GetParam(), 0, 3, {1, 2, 5, 11, kSteps}));
    expect_same(play(reference, network, settings, GetParam(), 2, 1, {4, kSteps}),
                play(cpu, network, settings, GetParam(), 2, 1, {kSteps}));
  }
}

TEST_P(RandomNetworks, ALaneIsWhatItWouldBeAlone) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  const Network network = random_network(random);
  Rig cpu("cpu");
  const Outcome all = play(cpu, network, {}, GetParam(), 0, 4, {kSteps});
  for (std::uint32_t lane = 0; lane < 4; ++lane) {
    const Outcome alone = play(cpu, network, {}, GetParam(), lane, 1, {kSteps});
    EXPECT_EQ(all.numbers.at({"hash", lane}), alone.numbers.at({"hash", 0}));
    EXPECT_EQ(all.numbers.at({"spikes", lane}), alone.numbers.at({"spikes", 0}));
  }
}

TEST_P(RandomNetworks, ResetAndAgainGivesTheSame) {
  std::mt19937_64 random(GetParam());
  const Network network = random_network(random);
  for (const char* name : {"reference", "cpu"}) {
    Rig rig(name);
    const auto session = rig.open(network.plan);
    std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> first;
    for (int round = 0; round < 3; ++round) {
      for (const std::uint32_t p : network.inputs) ASSERT_EQ(session->write(p, input_of(network, p, GetParam(), 0, 1)), RVD_OK);
      ASSERT_EQ(session->run(round == 1 ? 5 : kSteps), RVD_OK);
      if (round == 0) first = session->counters().numbers;
      if (round == 2) {
        EXPECT_EQ(session->counters().numbers, first);
      }
      ASSERT_EQ(session->reset(), RVD_OK);
    }
  }
}

}  // namespace
}  // namespace ranvier::conformance
