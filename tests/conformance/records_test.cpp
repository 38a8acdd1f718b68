// What is read back: pages, dense rows, spacing of probes, types.
#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Records : public testing::TestWithParam<const char*> {
 protected:
  Records() : rig_(GetParam()), session_(rig_.open(chain(1.0F, 10.0F), 2, kClock)) {}  // v counts up, no spikes

  void feed(std::uint64_t first, std::uint64_t steps) {
    std::vector<float> rows;
    for (std::uint64_t k = 0; k < steps; ++k) rows.insert(rows.end(), {0.25F, 1.0F});
    EXPECT_EQ(session_->write_dense(0, RVD_F32, first, steps, 1, rows.data()), RVD_OK);
  }

  static constexpr std::uint64_t kClock = 7;
  Rig rig_;
  std::unique_ptr<Session> session_;
};
INSTANTIATE_TEST_SUITE_P(Devices, Records, testing::Values("reference", "cpu"));

TEST_P(Records, PagesOfAnySizeGiveTheSameEvents) {
  ASSERT_EQ(session_->probe(0, "spikes"), RVD_OK);
  feed(kClock, 5);
  ASSERT_EQ(session_->run(kClock + 5), RVD_OK);
  Events one;
  std::uint64_t remaining = 0;
  ASSERT_EQ(session_->read(0, one, 3, &remaining), RVD_OK);
  EXPECT_EQ(one.size(), 3u);
  EXPECT_EQ(remaining, 7u);
  ASSERT_EQ(session_->read(0, one, 0, &remaining), RVD_OK);
  EXPECT_EQ(remaining, 7u);
  ASSERT_EQ(session_->read(0, one, 7, &remaining), RVD_OK);
  EXPECT_EQ(remaining, 0u);
  EXPECT_EQ(one.step, (std::vector<std::uint64_t>{7, 7, 8, 8, 9, 9, 10, 10, 11, 11}));
  EXPECT_EQ(one.lane, (std::vector<std::uint32_t>{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(session_->events(0).size(), 0u);
}

TEST_P(Records, DenseReadsHoldWholeSteps) {
  ASSERT_EQ(session_->probe(0, "spikes"), RVD_OK);
  feed(kClock + 1, 2);
  ASSERT_EQ(session_->run(kClock + 4), RVD_OK);
  Rows rows;
  EXPECT_EQ(session_->read_dense(0, rows, 1), RVD_INVALID_ARGUMENT);  // less than a step
  ASSERT_EQ(session_->read_dense(0, rows, 5), RVD_OK);
  EXPECT_EQ(rows.first_step, kClock);
  EXPECT_EQ(rows.steps, 2u);
  EXPECT_EQ(rows.remaining, 4u);
  EXPECT_EQ(rows.bits, (std::vector<std::uint64_t>{0, 0, bits_in(RVD_F32, 0.25), bits_in(RVD_F32, 1)}));
  ASSERT_EQ(session_->read_dense(0, rows), RVD_OK);
  EXPECT_EQ(rows.first_step, kClock + 2);
  EXPECT_EQ(rows.bits, (std::vector<std::uint64_t>{bits_in(RVD_F32, 0.25), bits_in(RVD_F32, 1), 0, 0}));
  EXPECT_EQ(rows.remaining, 0u);
}

TEST_P(Records, ProbesCountFromTheStepAfterTheyAreSet) {
  feed(kClock, 20);
  ASSERT_EQ(session_->run(kClock + 2), RVD_OK);
  ASSERT_EQ(session_->probe(1, "v", 3), RVD_OK);
  ASSERT_EQ(session_->run(kClock + 10), RVD_OK);  // steps 9, 12, 15
  const Rows rows = session_->states(1, "v");
  EXPECT_EQ(rows.first_step, kClock + 2);
  EXPECT_EQ(rows.steps, 3u);
  EXPECT_EQ(rows.every, 3u);
  EXPECT_EQ(rows.type, RVD_F32);
  const float expected[] = {0.75F, 3, 1.5F, 6, 2.25F, 9};  // [row][lane]
  for (std::size_t k = 0; k < 6; ++k) EXPECT_EQ(rows.f32(k), expected[k]);
}

TEST_P(Records, ProbesMayChangeTheirSpacing) {
  ASSERT_EQ(session_->probe(1, "v", 2), RVD_OK);
  ASSERT_EQ(session_->run(kClock + 3), RVD_OK);
  ASSERT_EQ(session_->probe(1, "v", 1), RVD_OK);
  ASSERT_EQ(session_->run(kClock + 5), RVD_OK);
  ASSERT_EQ(session_->probe(1, "v", 0), RVD_OK);
  ASSERT_EQ(session_->run(kClock + 9), RVD_OK);
  Rows rows;
  ASSERT_EQ(session_->probe_read(1, "v", rows), RVD_OK);
  EXPECT_EQ(std::tuple(rows.first_step, rows.steps, rows.every, rows.remaining), std::tuple(kClock, 2u, 2u, 4u));
  ASSERT_EQ(session_->probe_read(1, "v", rows), RVD_OK);
  EXPECT_EQ(std::tuple(rows.first_step, rows.steps, rows.every, rows.remaining), std::tuple(kClock + 3, 2u, 1u, 0u));
  ASSERT_EQ(session_->probe_read(1, "v", rows), RVD_OK);
  EXPECT_EQ(rows.steps, 0u);
}

TEST_P(Records, StatesComeInPagesOfWholeRows) {
  ASSERT_EQ(session_->probe(1, "v"), RVD_OK);
  feed(kClock, 4);
  ASSERT_EQ(session_->run(kClock + 4), RVD_OK);
  Rows page;
  EXPECT_EQ(session_->probe_read(1, "v", page, 1), RVD_INVALID_ARGUMENT);
  ASSERT_EQ(session_->probe_read(1, "v", page, 7), RVD_OK);
  EXPECT_EQ(std::tuple(page.first_step, page.steps, page.remaining), std::tuple(kClock, 3u, 2u));
  ASSERT_EQ(session_->probe_read(1, "v", page, 7), RVD_OK);
  EXPECT_EQ(std::tuple(page.first_step, page.steps, page.remaining), std::tuple(kClock + 3, 1u, 0u));
  EXPECT_EQ(page.f32(1), 4.0F);
}

TEST_P(Records, NothingIsReadWithoutAProbe) {
  Events events;
  Rows rows;
  EXPECT_EQ(session_->read(1, events, 4), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(session_->probe_read(1, "v", rows), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(session_->probe(1, "u"), RVD_NOT_FOUND);
  EXPECT_NE(rig_.ears().heard.log.back().find("known: spikes, v"), std::string::npos);
  EXPECT_EQ(session_->probe(9, "v"), RVD_NOT_FOUND);
  EXPECT_EQ(session_->read(9, events, 4), RVD_NOT_FOUND);
  EXPECT_EQ(session_->probe(1, "spikes", 2), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(session_->probe_read(1, "spikes", rows), RVD_INVALID_ARGUMENT);
}

TEST_P(Records, AStoppedSpikeProbeKeepsWhatItHas) {
  ASSERT_EQ(session_->probe(0, "spikes"), RVD_OK);
  feed(kClock, 10);
  ASSERT_EQ(session_->run(kClock + 2), RVD_OK);
  ASSERT_EQ(session_->probe(0, "spikes", 0), RVD_OK);
  ASSERT_EQ(session_->run(kClock + 5), RVD_OK);
  EXPECT_EQ(session_->probe(0, "spikes"), RVD_FAILED_PRECONDITION);  // unread ones would run into those of the new probe
  EXPECT_EQ(session_->events(0).size(), 4u);
  ASSERT_EQ(session_->probe(0, "spikes"), RVD_OK);
  ASSERT_EQ(session_->run(kClock + 6), RVD_OK);
  EXPECT_EQ(session_->events(0).step, (std::vector<std::uint64_t>{kClock + 5, kClock + 5}));
}

// The host makes room for 8 bytes an element and learns from `type` what came.
TEST_P(Records, WideRunsReportTheTypeTheyUse) {
  const auto wide = rig_.open(chain(1.0F, 10.0F), 1, 0, {{"precision", "f64"}});
  for (const std::uint32_t population : {0u, 1u, 2u}) ASSERT_EQ(wide->probe(population, "spikes"), RVD_OK);
  ASSERT_EQ(wide->probe(1, "v"), RVD_OK);
  ASSERT_EQ(wide->write(0, {{0, 1}, {0, 0}, {0, 0}, {bits_in(RVD_F32, 0.1F), bits_in(RVD_F32, 11)}, RVD_F32}), RVD_OK);
  ASSERT_EQ(wide->run(2), RVD_OK);
  const Rows rows = wide->states(1, "v");
  EXPECT_EQ(rows.type, RVD_F64);
  EXPECT_EQ(rows.bits, (std::vector<std::uint64_t>{bits_in(RVD_F64, double{0.1F}), 0}));
  EXPECT_EQ(wide->events(2), (Events{{1}, {0}, {0}, {bits_in(RVD_F64, 1)}, RVD_F64}));
  EXPECT_EQ(wide->events(0).type, RVD_F64);
}

}  // namespace
}  // namespace ranvier::conformance
