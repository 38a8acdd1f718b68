#include <ranvier/session.h>

#include <gtest/gtest.h>

#include <ranvier/error.h>

#include "tests/run/plans.h"

namespace ranvier {
namespace {

SpikeTrain train() {
  SpikeTrain train;
  train.first_step = 10;
  train.steps = 2;
  train.lanes = 2;
  train.shape = {3};
  train.dt_ms = 0.1;
  train.step = {10, 10, 11};
  train.lane = {0, 1, 0};
  train.id = {2, 0, 1};
  train.value = {1, 1, 1};
  return train;
}

TEST(SpikeTrain, LabelsAnEventWithTheEndOfItsStep) {
  const Spike spike = train()[2];
  EXPECT_EQ(spike.step, 11U);
  EXPECT_EQ(spike.i, 1U);
  EXPECT_EQ(spike.t, 12 * 0.1);
  std::size_t count = 0;
  for (const Spike each : train()) count += each.value == 1 ? 1 : 0;
  EXPECT_EQ(count, 3U);
}

TEST(SpikeTrain, BecomesARasterOfTheRunsSteps) {
  const Tensor raster = train().raster();
  EXPECT_EQ(raster.shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(raster.dtype(), DType::boolean);
  for (std::size_t k = 0; k < raster.size(); ++k) EXPECT_EQ(raster.at(k), k == 2 || k == 3 || k == 7 ? 1 : 0) << k;
}

TEST(SpikeTrain, RefusesARasterOfSeveralSpikesInAStep) {
  SpikeTrain several = train();
  several.value[1] = 2;
  const std::string message = run::message_of([&] { several.raster(); });
  EXPECT_NE(message.find("neuron 0 in step 10, lane 1 has the value 2"), std::string::npos) << message;
  EXPECT_EQ(several.counts().at(3), 2);
  several.value[1] = 0.5;
  EXPECT_NE(run::message_of([&] { several.counts(); }).find("0.5, which is no count"), std::string::npos);
  EXPECT_EQ(several.dense(DType::f32).at(3), 0.5);
  several.value[1] = 0x1p31;
  EXPECT_THROW(several.counts(), Error);
}

TEST(Result, AddsTheHashesOfItsLanes) {
  Result result;
  result.lane_hashes = {~std::uint64_t{0}, 3};
  EXPECT_EQ(result.hash(), 2U);
}

TEST(Result, SaysWhatWasRecordedWhenAskedForSomethingElse) {
  Result result;
  result.trains["lif1.lif"] = train();
  result.states["lif1.lif"]["v"] = Tensor::of({1.0F});
  EXPECT_EQ(result.spikes("lif1.lif").size(), 3U);
  EXPECT_EQ(result.state("lif1.lif", "v").size(), 1U);
  EXPECT_NE(run::message_of([&] { (void)result.spikes("lif1"); }).find("'lif1.lif'"), std::string::npos);
  EXPECT_NE(run::message_of([&] { (void)result.state("lif1.lif", "w"); }).find("'lif1.lif.v'"), std::string::npos);
}

}  // namespace
}  // namespace ranvier
