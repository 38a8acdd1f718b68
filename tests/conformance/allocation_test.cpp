// What the cpu device takes from the allocator: as much as it said, and nothing in a step.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/conformance/counting_new.h"
#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

plan::Projection window(std::uint32_t kind, std::uint32_t source, std::uint32_t target, rvd_window geometry, Tensor weights) {
  plan::Projection projection;
  projection.kind = kind;
  projection.source = source;
  projection.target = target;
  projection.window = geometry;
  projection.weights = std::move(weights);
  return projection;
}

/// 2 x 20 x 20 -> conv 8 x 16 x 16 -> neurons -> pool 8 x 8 x 8 -> 64 neurons that feed themselves.
Plan small_cnn() {
  plan::Description description;
  description.name = "small";
  description.dt = 1e-3;
  description.populations = {input("in", 800), relay("conv", 2048), leaky("lif", 2048, 0.9F, 1.0F), relay("pool", 512),
                             leaky("out", 64, 0.9F, 1.0F)};
  const auto weights = [](Shape shape) {
    Tensor result(shape, DType::f32);
    for (std::size_t k = 0; k < result.size(); ++k)
      result.mutable_data<float>()[k] = static_cast<float>(k * 37 % 19) * 0.02F - 0.1F;
    return result;
  };
  description.projections = {
      window(RVD_PROJECTION_CONVOLUTION, 0, 1, {2, 8, 1, 0, {20, 20}, {16, 16}, {5, 5}, {1, 1}, {0, 0}, {1, 1}},
             weights({8, 2, 5, 5})),
      one_to_one(1, 2),
      window(RVD_PROJECTION_POOL, 2, 3, {8, 8, 8, 0, {16, 16}, {8, 8}, {2, 2}, {2, 2}, {0, 0}, {1, 1}}, {}),
      dense(3, 4, weights({512, 64})),
      dense(4, 4, weights({64, 64}), 1),
  };
  return plan::write(description);
}

std::vector<float> some_input(std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = k * 7919 % 10 == 0 ? 1.0F : 0.0F;
  return values;
}

class Lanes : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Cpu, Lanes, testing::Values(1U, 3U, 64U));

TEST_P(Lanes, AStepAllocatesNothing) {
  if (!kCounts) GTEST_SKIP() << "a sanitizer has the allocator";
  const std::uint32_t lanes = GetParam();
  Rig rig("cpu", {{"threads", "1"}});
  const auto session = rig.open(small_cnn(), lanes, 0, {{"threads", "1"}});
  ASSERT_EQ(session->probe(4, "spikes"), RVD_OK);
  const std::vector<float> input = some_input(std::size_t{lanes} * 800);
  std::vector<double> room(std::size_t{lanes} * 64);
  rvd_block out{};
  std::uint64_t before = 0;
  for (std::uint64_t step = 0; step < 60; ++step) {
    if (step == 40) before = g_calls;
    ASSERT_EQ(session->write_dense(0, RVD_F32, step, 1, 800, input.data()), RVD_OK);
    ASSERT_EQ(session->run(step + 1), RVD_OK);
    out = {};
    out.struct_size = sizeof out;
    out.layout = RVD_LAYOUT_DENSE;
    out.population = 4;
    out.capacity = room.size();
    out.values = room.data();
    ASSERT_EQ(rig.api().read(session->handle(), &out), RVD_OK);
    ASSERT_EQ(out.steps, 1u);
  }
  EXPECT_EQ(g_calls - before, 0u);
  EXPECT_GT(session->counters().numbers.at({"spikes.out", 0}), 0u) << "a test of silence tells nothing";
}

TEST_P(Lanes, MemoryIsStatedBeforeItIsTaken) {
  if (!kCounts) GTEST_SKIP() << "a sanitizer has the allocator";
  const std::uint32_t lanes = GetParam();
  const Plan plan = small_cnn();
  for (const char* threads : {"1", "2"}) {
    const Settings settings{{"threads", threads}, {"lanes", std::to_string(lanes)}};
    Rig rig("cpu");
    ASSERT_EQ(rig.check(plan, settings), RVD_OK);
    const Line line = rig.ears().heard.line("memory");
    EXPECT_EQ(line.unit, "bytes");
    const double stated = std::stod(line.asked);
    const std::uint64_t before = g_bytes;
    const auto session = rig.open(plan, lanes, 0, {{"threads", threads}});
    const auto taken = static_cast<double>(g_bytes - before);
    EXPECT_NEAR(taken / stated, 1.0, 0.1) << taken << " of " << stated << " bytes, threads " << threads;
  }
}

}  // namespace
}  // namespace ranvier::conformance
