// Input: what is accepted, refused, late, summed.
#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

Plan wide_input(DType type = DType::f32) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {input("in", 3, type), relay("out", 3, RVD_POPULATION_OUTPUT, type)};
  description.projections = {one_to_one(0, 1)};
  return plan::write(description);
}

Events f32_events(std::vector<std::uint64_t> step, std::vector<std::uint32_t> lane, std::vector<std::uint32_t> id,
                  const std::vector<double>& values) {
  Events events{std::move(step), std::move(lane), std::move(id), {}, RVD_F32};
  for (const double value : values) events.bits.push_back(bits_in(RVD_F32, value));
  return events;
}

class Write : public testing::TestWithParam<const char*> {};
class WriteToSimulators : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Devices, Write, testing::Values("null", "reference", "cpu"));
INSTANTIATE_TEST_SUITE_P(Devices, WriteToSimulators, testing::Values("reference", "cpu"));

TEST_P(Write, RefusesWhatBreaksARule) {
  Rig rig(GetParam());
  const auto session = rig.open(wide_input(), 2);
  const std::vector<double> two{1, 1};
  EXPECT_EQ(session->write(0, f32_events({1, 0}, {0, 0}, {0, 0}, two)), RVD_INVALID_ARGUMENT);  // step goes back
  EXPECT_EQ(session->write(0, f32_events({0, 0}, {1, 0}, {0, 0}, two)), RVD_INVALID_ARGUMENT);  // lane goes back
  EXPECT_EQ(session->write(0, f32_events({0, 0}, {0, 0}, {1, 0}, two)), RVD_INVALID_ARGUMENT);  // id goes back
  EXPECT_EQ(session->write(0, f32_events({0, 0}, {0, 0}, {1, 1}, two)), RVD_INVALID_ARGUMENT);  // twice
  EXPECT_EQ(session->write(0, f32_events({0, 0}, {0, 2}, {0, 0}, two)), RVD_INVALID_ARGUMENT);  // no such lane
  EXPECT_EQ(session->write(0, f32_events({0, 0}, {0, 0}, {0, 3}, two)), RVD_INVALID_ARGUMENT);  // no such neuron
  EXPECT_EQ(session->write(1, f32_events({0, 1}, {0, 0}, {0, 0}, two)), RVD_INVALID_ARGUMENT);  // no input
  EXPECT_EQ(session->write(9, f32_events({0, 1}, {0, 0}, {0, 0}, two)), RVD_NOT_FOUND);
  Events integers = f32_events({0, 1}, {0, 0}, {0, 0}, two);
  integers.type = RVD_I32;
  EXPECT_EQ(session->write(0, integers), RVD_INVALID_ARGUMENT);
  const float ones[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(session->write_dense(0, RVD_F32, 0, 2, 2, ones), RVD_INVALID_ARGUMENT);  // width
  EXPECT_EQ(session->write_dense(0, RVD_F64, 0, 1, 3, ones), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(session->write_dense(0, RVD_F32, 0, 2, 3, nullptr), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(session->write_dense(0, RVD_F32, 0, 2, 3, ones), RVD_OK);
}

TEST_P(Write, CountsWhatIsLate) {
  Rig rig(GetParam());
  const auto session = rig.open(wide_input(), 1, 5);
  ASSERT_EQ(session->run(8), RVD_OK);
  EXPECT_EQ(session->write(0, f32_events({6, 7, 8, 9}, {0, 0, 0, 0}, {0, 1, 2, 0}, {1, 1, 1, 1})), RVD_OK);
  EXPECT_EQ(session->io().late, 2u);
  EXPECT_EQ(session->io().accepted, 2u);
  EXPECT_EQ(session->io().lost, 0u);
  const float rows[9] = {1, 0, 1, 0, 0, 0, 1, 1, 1};  // steps 7, 8, 9
  EXPECT_EQ(session->write_dense(0, RVD_F32, 7, 3, 3, rows), RVD_OK);
  EXPECT_EQ(session->io().late, 2u);
  EXPECT_EQ(session->io().accepted, 3u);
  EXPECT_EQ(session->counters().numbers.at({"late", 0}), 4u);
  EXPECT_EQ(session->reset(), RVD_OK);
  EXPECT_EQ(session->counters().numbers.at({"late", 0}), 0u);
}

TEST_P(WriteToSimulators, LateEventsAreNotDelivered) {
  Rig rig(GetParam());
  const auto session = rig.open(wide_input());
  ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
  ASSERT_EQ(session->run(3), RVD_OK);
  ASSERT_EQ(session->write(0, f32_events({2, 3}, {0, 0}, {0, 1}, {1, 1})), RVD_OK);
  ASSERT_EQ(session->run(6), RVD_OK);
  EXPECT_EQ(session->events(1), f32_events({3}, {0}, {1}, {1}));
}

TEST_P(WriteToSimulators, EventsAndDenseBlocksAreTheSame) {
  Rig rig(GetParam());
  const float rows[12] = {1, 0, -0.0F, 0, 0.5F, 0, 0, 0, 0, 2, 0, 1};
  Events from[2];
  for (const bool dense : {false, true}) {
    const auto session = rig.open(wide_input(), 2);
    ASSERT_EQ(session->probe(0, "spikes"), RVD_OK);
    ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
    const Events events = f32_events({0, 0, 1, 1}, {0, 1, 1, 1}, {0, 1, 0, 2}, {1, 0.5, 2, 1});
    ASSERT_EQ(dense ? session->write_dense(0, RVD_F32, 0, 2, 3, rows) : session->write(0, events), RVD_OK);
    EXPECT_EQ(session->io().accepted, 4u);
    ASSERT_EQ(session->run(3), RVD_OK);
    EXPECT_EQ(session->events(0), events);
    from[dense] = session->events(1);
    EXPECT_EQ(from[dense], events);
  }
}

TEST_P(WriteToSimulators, AbsentValuesAreOnes) {
  for (const DType type : {DType::f32, DType::f64, DType::i32, DType::i64}) {
    Rig rig(GetParam());
    const auto session = rig.open(wide_input(type));
    ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
    ASSERT_EQ(session->write(0, {{2}, {0}, {1}, {}, type_of(type)}), RVD_OK);
    ASSERT_EQ(session->run(3), RVD_OK);
    EXPECT_EQ(session->events(1), (Events{{2}, {0}, {1}, {bits_in(type_of(type), 1)}, type_of(type)}));
  }
}

TEST_P(WriteToSimulators, ZeroIsNoEvent) {
  Rig rig(GetParam());
  const auto session = rig.open(wide_input());
  ASSERT_EQ(session->probe(0, "spikes"), RVD_OK);
  ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
  ASSERT_EQ(session->write(0, f32_events({0, 0}, {0, 0}, {0, 1}, {0.0, -0.0})), RVD_OK);
  ASSERT_EQ(session->run(3), RVD_OK);
  EXPECT_EQ(session->events(0).size(), 0u);
  EXPECT_EQ(session->events(1).size(), 0u);
}

TEST_P(WriteToSimulators, SeveralWritesToOneStepAreSummed) {
  Rig rig(GetParam());
  const auto session = rig.open(wide_input(), 2);
  ASSERT_EQ(session->probe(0, "spikes"), RVD_OK);
  ASSERT_EQ(session->write(0, f32_events({4, 4}, {1, 1}, {0, 2}, {1, 1})), RVD_OK);
  ASSERT_EQ(session->write(0, f32_events({4, 4, 4}, {0, 1, 1}, {2, 1, 2}, {3, 4, -1})), RVD_OK);
  ASSERT_EQ(session->write(0, f32_events({1, 4}, {0, 1}, {0, 0}, {7, 0.5})), RVD_OK);
  ASSERT_EQ(session->run(6), RVD_OK);
  EXPECT_EQ(session->events(0), f32_events({1, 4, 4, 4}, {0, 0, 1, 1}, {0, 2, 0, 1}, {7, 3, 1.5, 4}));
}

}  // namespace
}  // namespace ranvier::conformance
