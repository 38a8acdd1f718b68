#include <gtest/gtest.h>

#include <limits>

#include <ranvier/error.h>
#include <ranvier/run_folder.h>

#include "tests/repeat/networks.h"

namespace ranvier::repeat {
namespace {

Result recorded(Session& session, const Inputs& inputs) {
  RunOptions options;
  options.record = {"a.spikes", "b.spikes", "a.v", "b.v"};
  return session.run(inputs, options);
}

TEST(Rerun, IsEqualOnTheSameDeviceAndOnTheOther) {
  const TestFolder folder;
  const Network network = two_layers();
  for (const char* const device : {"cpu", "reference", "reference?precision=f64"}) {
    Session session = network.to(device, {3, 2, {}});
    const Inputs inputs = noise(100, 3);
    const std::string name = device;  // '?' is a fine character for Linux
    const std::string id = save_run(folder / name, network, inputs, recorded(session, inputs));
    const Rerun again = rerun(folder / name);
    EXPECT_TRUE(again.equal()) << again.text();
    EXPECT_TRUE(again.same_plan);
    EXPECT_EQ(again.id, id);
    EXPECT_EQ(again.device_a, device);
    EXPECT_EQ(again.device_b, device);
    EXPECT_EQ(again.hash_a, again.hash_b);
  }
  EXPECT_TRUE(rerun(folder / "cpu", {"reference", {}, {}}).equal());
}

TEST(Rerun, SettingsBelongToTheDevice) {
  const TestFolder folder;
  const Network network = two_layers();
  const Inputs inputs = noise(50);
  Session session = network.to("cpu", {1, 0, {{"precision", "f64"}}});
  save_run(folder / "run", network, inputs, recorded(session, inputs));
  EXPECT_TRUE(rerun(folder / "run").equal()) << "the settings that were given beside the name are repeated, too";
  EXPECT_TRUE(rerun(folder / "run", {"reference", {{"precision", "f64"}}, {}}).equal());
  EXPECT_FALSE(rerun(folder / "run", {"reference", {}, {}}).equal());
}

TEST(Rerun, InAnotherPrecisionTellsWhereItDiffers) {
  const TestFolder folder;
  const Network network = two_layers();
  const Inputs inputs = noise(50);
  Session session = network.to("cpu");
  const Result before = recorded(session, inputs);
  save_run(folder / "run", network, inputs, before);
  const Rerun again = rerun(folder / "run", {"reference?precision=f64", {}, {}});
  ASSERT_TRUE(again.states);
  EXPECT_FALSE(again.equal());
  Session wide = network.to("reference?precision=f64");
  const Result now = recorded(wide, inputs);
  const ValueDifference& d = *again.states;
  const Tensor &saved = before.state(d.node, d.variable), &fresh = now.state(d.node, d.variable);
  const std::size_t at = d.step * (saved.size() / 50) + d.neuron;
  EXPECT_EQ(d.a, saved.at(at));
  EXPECT_EQ(d.b, fresh.at(at));
  EXPECT_NE(d.a, d.b);
  for (const char* const node : {"a", "b"}) {
    const Tensor &x = before.state(node, "v"), &y = now.state(node, "v");
    for (std::size_t k = 0; k < d.step * (x.size() / 50); ++k) ASSERT_EQ(x.at(k), y.at(k)) << "an earlier difference";
  }
}

TEST(Rerun, OfStepsAloneAndOfNoSteps) {
  const TestFolder folder;
  const Network network = two_layers();
  for (const std::uint64_t steps : {0U, 1U, 30U}) {
    const std::string name = std::to_string(steps);
    save_run(folder / name, network, {}, network.to("cpu").run(steps));
    const Rerun again = rerun(folder / name);
    EXPECT_TRUE(again.equal());
    EXPECT_EQ(again.steps, steps);
  }
}

TEST(Rerun, OfAPlan) {
  const TestFolder folder;
  const Plan plan = two_layers().lower();
  const Inputs inputs = noise(40);
  Session session = open(plan, "cpu");
  save_run(folder / "run", plan, inputs, recorded(session, inputs));
  EXPECT_TRUE(std::filesystem::exists(folder / "run/plan.rvplan"));
  EXPECT_TRUE(rerun(folder / "run", {"reference", {}, {}}).equal());
}

TEST(Rerun, WithoutOutputsComparesTheRest) {
  const TestFolder folder;
  const Network network = two_layers();
  const Inputs inputs = noise(40);
  RunOptions options;
  options.outputs = false;
  save_run(folder / "run", network, inputs, network.to("cpu").run(inputs, options));
  EXPECT_FALSE(std::filesystem::exists(folder / "run/outputs"));
  EXPECT_TRUE(rerun(folder / "run").equal());
}

// null computes nothing: a device that gives other spikes.
TEST(Rerun, OnADeviceThatDoesOtherThingsIsDifferent) {
  const TestFolder folder;
  const Network network = two_layers();
  const Inputs inputs = noise(40);
  Session session = network.to("cpu");
  RunOptions options;
  options.record = {"a.spikes", "b.spikes"};
  const Result result = session.run(inputs, options);
  save_run(folder / "run", network, inputs, result);
  const Rerun again = rerun(folder / "run", {"null", {}, {}});
  ASSERT_TRUE(again.spikes) << again.text();
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  for (const char* const node : {"a", "b"}) first = std::min(first, result.spikes(node).step.front());
  EXPECT_EQ(again.spikes->step, first);
  EXPECT_EQ(again.spikes->a.event, 1);
  EXPECT_EQ(again.spikes->b.event, 0);
}

TEST(Rerun, EndsWhereItIsToldTo) {
  const TestFolder folder;
  const Network network = two_layers();
  save_run(folder / "run", network, {}, network.to("cpu").run(5000));
  const auto stop = [](std::uint64_t, std::uint64_t) { return false; };
  try {
    rerun(folder / "run", {{}, {}, stop});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::cancelled);
  }
}

}  // namespace
}  // namespace ranvier::repeat
