// Runs that end before their last step: cancelled from another thread, or out of time.
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Stop : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Devices, Stop, testing::Values("reference", "cpu"));

constexpr std::uint64_t kForever = std::uint64_t{1} << 40;

TEST_P(Stop, CancelEndsARunAfterAWholeStep) {
  Rig rig(GetParam());
  const auto session = rig.open(chain());
  std::atomic<bool> done = false;
  std::chrono::steady_clock::time_point asked;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    asked = std::chrono::steady_clock::now();
    // Again and again: the first may come before a loaded machine has begun to run.
    while (!done) {
      EXPECT_EQ(rig.api().cancel(session->handle()), RVD_OK);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const rvd_status status = session->run(kForever);
  const auto took = std::chrono::steady_clock::now() - asked;
  done = true;
  other.join();
  EXPECT_EQ(status, RVD_CANCELLED);
  EXPECT_LT(took, std::chrono::milliseconds(500));  // 100 ms is the promise; the machine may be busy
  const std::uint64_t clock = session->clock();
  EXPECT_GT(clock, 0u);
  EXPECT_EQ(session->counters().numbers.at({"steps", 0}), clock);
  EXPECT_EQ(session->run(clock + 10), RVD_OK);
  EXPECT_EQ(session->clock(), clock + 10);
}

TEST_P(Stop, CancelWithoutARunHasNoEffect) {
  Rig rig(GetParam());
  const auto session = rig.open(chain());
  EXPECT_EQ(rig.api().cancel(session->handle()), RVD_OK);
  EXPECT_EQ(session->run(10), RVD_OK);
  EXPECT_EQ(session->clock(), 10u);
}

TEST_P(Stop, TimeoutCutsARunWithoutATrace) {
  Rig rig(GetParam());
  const auto whole = rig.open(chain());
  const auto cut = rig.open(chain());
  const std::vector<float> input(2000, 0.4F);
  for (Session* session : {whole.get(), cut.get()}) {
    ASSERT_EQ(session->probe(1, "v"), RVD_OK);
    ASSERT_EQ(session->probe(2, "spikes"), RVD_OK);
    ASSERT_EQ(session->write_dense(0, RVD_F32, 0, input.size(), 1, input.data()), RVD_OK);
  }
  ASSERT_EQ(whole->run(input.size()), RVD_OK);
  std::size_t cuts = 0;
  while (cut->clock() < input.size()) {
    const std::uint64_t before = cut->clock();
    const rvd_status status = cut->run(input.size(), 1);  // 1 ns: one step a run
    ASSERT_TRUE(status == RVD_OK || status == RVD_TIMEOUT);
    ASSERT_GT(cut->clock(), before);
    cuts += status == RVD_TIMEOUT;
  }
  EXPECT_GT(cuts, 100u);
  EXPECT_EQ(whole->states(1, "v"), cut->states(1, "v"));
  EXPECT_EQ(whole->events(2), cut->events(2));
  EXPECT_EQ(whole->counters().numbers, cut->counters().numbers);
}

TEST_P(Stop, ALongTimeoutIsNoTimeout) {
  Rig rig(GetParam());
  const auto session = rig.open(chain());
  EXPECT_EQ(session->run(100, ~std::uint64_t{0}), RVD_OK);
  EXPECT_EQ(session->run(200, 3'600'000'000'000), RVD_OK);
}

}  // namespace
}  // namespace ranvier::conformance
