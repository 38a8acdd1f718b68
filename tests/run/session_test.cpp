#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include <ranvier/error.h>
#include <ranvier/session.h>

#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

RunOptions recording(std::vector<std::string> names, std::uint64_t every = 1) {
  RunOptions options;
  options.record = std::move(names);
  options.every = every;
  return options;
}

TEST(Session, TellsItsPortsAndWhatCanBeRecorded) {
  const Session session = fake(two_inputs());
  ASSERT_EQ(session.inputs().size(), 2U);
  EXPECT_EQ(session.inputs()[0].name, "in");
  EXPECT_EQ(session.inputs()[0].shape, (Shape{2, 3}));
  EXPECT_EQ(session.inputs()[1].dtype, DType::i32);
  ASSERT_EQ(session.outputs().size(), 1U);
  EXPECT_EQ(session.outputs()[0].name, "out");
  EXPECT_EQ(session.recordable(), (std::vector<std::string>{"in.spikes", "ticks.spikes", "net.cells.spikes", "net.cells.v",
                                                            "net.cells.w", "out.spikes"}));
  EXPECT_EQ(session.dt_ms(), 0.1);
}

TEST(Session, FillsOutputsDense) {
  Session session = fake(two_inputs(), "none", 3);
  const Result result = session.run(100);
  EXPECT_EQ(result.steps, 100U);
  EXPECT_EQ(result.lanes, 3U);
  EXPECT_TRUE(result.trains.empty());
  const Tensor& out = result.outputs.at("out");
  ASSERT_EQ(out.shape(), (Shape{100, 3, 2, 2}));
  EXPECT_EQ(out.dtype(), DType::f32);
  for (std::size_t step = 0; step < 100; ++step) {
    for (std::size_t lane = 0; lane < 3; ++lane) {
      for (std::size_t id = 0; id < 4; ++id) {
        EXPECT_EQ(out.at((step * 3 + lane) * 4 + id), (step + lane) % 4 == id ? 1 : 0);
      }
    }
  }
}

TEST(Session, LeavesOutputsOutWhenToldTo) {
  Session session = fake(two_inputs());
  EXPECT_TRUE(session.run(10, {.record = {}, .every = 1, .outputs = false, .keep_going = {}}).outputs.empty());
  EXPECT_EQ(session.run(10).outputs.size(), 1U);
}

TEST(Session, RecordsSpikesAndStatesOverManyChunks) {
  Session session = fake(two_inputs(), "none", 2);
  const Result result = session.run(5000, recording({"net.cells.spikes", "net.cells.v", "net.cells.w", "out.spikes"}));
  const SpikeTrain& train = result.spikes("net.cells");
  ASSERT_EQ(train.size(), 10000U);
  for (std::size_t k = 0; k < train.size(); ++k) {
    EXPECT_EQ(train.step[k], k / 2);
    EXPECT_EQ(train.lane[k], k % 2);
    EXPECT_EQ(train.id[k], (k / 2 + k % 2) % 4);
  }
  EXPECT_EQ(result.spikes("out").shape, (Shape{2, 2}));
  const Tensor& v = result.state("net.cells", "v");
  const Tensor& w = result.state("net.cells", "w");
  ASSERT_EQ(v.shape(), (Shape{5000, 2, 4}));
  EXPECT_EQ(v.dtype(), DType::f32);
  EXPECT_EQ(w.dtype(), DType::i64);
  for (std::size_t k = 0; k < v.size(); ++k) {
    EXPECT_EQ(v.at(k), static_cast<double>(k / 8 * 100 + k % 8 / 4 * 10 + k % 4));
    EXPECT_EQ(w.at(k), v.at(k));
  }
}

TEST(Session, KeepsTheTypesOfADeviceThatWidens) {
  Session session = fake(two_inputs(), "wide");
  for (int i = 0; i < 2; ++i) {
    session.reset();
    const Result result = session.run(30, recording({"net.cells.v", "net.cells.w", "out.spikes"}));
    EXPECT_EQ(result.state("net.cells", "v").dtype(), DType::f64);
    EXPECT_EQ(result.state("net.cells", "v").at(119), 2903);
    EXPECT_EQ(result.state("net.cells", "w").dtype(), DType::i64);
    EXPECT_EQ(result.outputs.at("out").dtype(), DType::f64);
    EXPECT_EQ(result.outputs.at("out").at(29 * 4 + 1), 1);
    EXPECT_EQ(result.spikes("out").value[29], 1);
  }
}

TEST(Session, RecordsStatesEverySoManyStepsFromEachRunsFirst) {
  Session session = fake(two_inputs());
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{10}, std::uint64_t{20}}) {
    const Result result = session.run(10, recording({"net.cells.v"}, 3));
    ASSERT_EQ(result.state("net.cells", "v").shape(), (Shape{4, 1, 4}));
    for (std::size_t row = 0; row < 4; ++row) {
      EXPECT_EQ(result.state("net.cells", "v").at(row * 4), static_cast<double>((first + row * 3) * 100));
    }
  }
  session.reset();
  EXPECT_EQ(session.run(4, recording({"net.cells.v"}, 3)).state("net.cells", "v").at(4), 300);
}

TEST(Session, GoesOnFromWhereItIs) {
  Session session = fake(two_inputs());
  (void)session.run(7);
  const Result result = session.run(3, recording({"net.cells.spikes"}));
  EXPECT_EQ(result.first_step, 7U);
  EXPECT_EQ(session.clock(), 10U);
  EXPECT_EQ(result.spikes("net.cells").first_step, 7U);
  EXPECT_EQ(result.spikes("net.cells")[0].step, 7U);
  EXPECT_EQ(result.spikes("net.cells").raster().shape(), (Shape{3, 1, 4}));
  EXPECT_EQ(result.outputs.at("out").at(3), 1);
}

TEST(Session, EndsInPiecesWhereItEndsInOne) {
  Session whole = fake(two_inputs(), "none", 2);
  Session pieces = fake(two_inputs(), "none", 2);
  const Result one = whole.run(300);
  (void)pieces.run(1);
  (void)pieces.run(150, recording({"net.cells.spikes"}));
  const Result last = pieces.run(149);
  ASSERT_EQ(one.lane_hashes.size(), 2U);
  EXPECT_EQ(one.lane_hashes, last.lane_hashes);
  EXPECT_EQ(one.counters, last.counters);
  EXPECT_EQ(one.counters.at("spikes"), 600U);
  EXPECT_EQ(one.counters.at("steps"), 300U);
}

TEST(Session, OfNoStepsGivesEmptyResultsOfTheRightShape) {
  Session session = fake(two_inputs());
  const Result result = session.run({{"in", Tensor({0, 6}, DType::u8)}}, recording({"net.cells.spikes", "net.cells.v"}, 5));
  EXPECT_EQ(result.steps, 0U);
  EXPECT_EQ(result.outputs.at("out").shape(), (Shape{0, 1, 2, 2}));
  EXPECT_EQ(result.state("net.cells", "v").shape(), (Shape{0, 1, 4}));
  EXPECT_EQ(result.spikes("net.cells").raster().shape(), (Shape{0, 1, 4}));
  EXPECT_EQ(session.clock(), 0U);
}

TEST(Session, StartsAgainAfterReset) {
  Session session = fake(two_inputs());
  const Result first = session.run(20, recording({"net.cells.spikes"}));
  session.reset();
  EXPECT_EQ(session.clock(), 0U);
  const Result second = session.run(20, recording({"net.cells.spikes"}));
  EXPECT_EQ(first.hash(), second.hash());
  EXPECT_EQ(first.spikes("net.cells").step, second.spikes("net.cells").step);
}

TEST(Session, ResetsByOpeningAgainWhereTheDriverHasNoReset) {
  Session session = fake(two_inputs(), "no_reset");
  (void)session.run(20, recording({"net.cells.spikes"}));
  session.reset();
  const Result result = session.run(20, recording({"net.cells.spikes"}));
  EXPECT_EQ(result.first_step, 0U);
  EXPECT_EQ(result.spikes("net.cells").size(), 20U);
}

TEST(Session, TakesAnotherNumberOfLanes) {
  Session session = fake(two_inputs(), "two_lanes_at_most");
  (void)session.run(20, recording({"net.cells.spikes"}));
  session.reset(2);
  EXPECT_EQ(session.lanes(), 2U);
  EXPECT_EQ(session.run(5, recording({"net.cells.spikes"})).spikes("net.cells").size(), 10U);
  Code code = Code::ok;
  const std::string message = message_of([&] { session.reset(3); }, &code);
  EXPECT_EQ(code, Code::unsupported);
  EXPECT_NE(message.find("lanes: 3, limit 2"), std::string::npos) << message;
  EXPECT_EQ(session.lanes(), 2U);
  EXPECT_EQ(session.run(5).first_step, 5U) << "what was refused has changed nothing";
}

TEST(Session, AsksBetweenChunksWhetherToGoOn) {
  Session session = fake(two_inputs());
  std::uint64_t asked_at = 0;
  RunOptions options = recording({"net.cells.spikes"});
  options.keep_going = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, 100000U);
    asked_at = done;
    return done < 50;
  };
  Code code = Code::ok;
  (void)message_of([&] { (void)session.run(100000, options); }, &code);
  EXPECT_EQ(code, Code::cancelled);
  EXPECT_EQ(session.clock(), asked_at);
  EXPECT_GE(asked_at, 50U);
  options.keep_going = {};
  const Result result = session.run(10, options);
  EXPECT_EQ(result.first_step, asked_at);
  EXPECT_EQ(result.spikes("net.cells").size(), 10U);
}

TEST(Session, SurvivesAKeepGoingThatThrows) {
  Session session = fake(two_inputs());
  RunOptions options;
  options.keep_going = [](std::uint64_t, std::uint64_t) -> bool { throw 7; };
  EXPECT_THROW((void)session.run(1000, options), int);
  const std::uint64_t clock = session.clock();
  EXPECT_EQ(session.run(3).first_step, clock);
}

TEST(Session, AsksOftenEnoughOnASlowDevice) {
  Session session = fake(two_inputs(), "slow");
  auto last = std::chrono::steady_clock::now();
  double longest = 0;
  RunOptions options;
  options.keep_going = [&](std::uint64_t, std::uint64_t) {
    const auto now = std::chrono::steady_clock::now();
    longest = std::max(longest, std::chrono::duration<double>(now - last).count());
    last = now;
    return true;
  };
  (void)session.run(150, options);
  EXPECT_LT(longest, 0.15);
}

TEST(Session, IsCancelledFromAnotherThreadAndGoesOn) {
  Session session = fake(two_inputs(), "slow");
  // Again and again: a cancel that comes before the run has no effect.
  std::atomic<bool> ended{false};
  std::thread other([&] {
    while (!ended) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      session.cancel();
    }
  });
  const Tensor input({100000, 6}, DType::u8);
  Code code = Code::ok;
  (void)message_of([&] { (void)session.run({{"in", input}}, recording({"net.cells.spikes", "net.cells.v"})); }, &code);
  ended = true;
  other.join();
  EXPECT_EQ(code, Code::cancelled);
  const std::uint64_t clock = session.clock();
  const Result result = session.run({{"in", input.rows(0, 5)}}, recording({"net.cells.spikes", "net.cells.v"}));
  EXPECT_EQ(result.first_step, clock);
  EXPECT_EQ(result.spikes("net.cells").size(), 5U);
  EXPECT_EQ(result.state("net.cells", "v").at(0), static_cast<double>(clock * 100));
}

TEST(Session, IsCancelledInADeviceThatHangs) {
  Session session = fake(two_inputs(), "stuck");
  // Again and again: a cancel that comes before the run has no effect.
  std::atomic<bool> ended{false};
  std::thread other([&] {
    while (!ended) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      session.cancel();
    }
  });
  const auto begin = std::chrono::steady_clock::now();
  Code code = Code::ok;
  (void)message_of([&] { (void)session.run({{"in", Tensor({10, 6}, DType::u8)}}); }, &code);
  ended = true;
  other.join();
  EXPECT_EQ(code, Code::cancelled);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 0.5);
}

TEST(Session, KeepsNothingOfACancelThatCameBeforeTheRun) {
  Session session = fake(two_inputs());
  session.cancel();
  EXPECT_EQ(session.run(1000).steps, 1000U);
}

TEST(Session, MovesWithItsState) {
  Session first = fake(two_inputs());
  (void)first.run(5);
  Session second = std::move(first);
  EXPECT_EQ(second.run(5).first_step, 5U);
}

TEST(Session, SaysWhenADeviceCannotSetAProbe) {
  Session session = fake(two_inputs(), "no_probe");
  Code code = Code::ok;
  const std::string message = message_of([&] { (void)session.run(5); }, &code);
  EXPECT_EQ(code, Code::unsupported);
  EXPECT_NE(message.find("out.spikes"), std::string::npos) << message;
  EXPECT_NE(message.find("probes are compiled in"), std::string::npos) << message;
  EXPECT_EQ(session.run(5, {.record = {}, .every = 1, .outputs = false, .keep_going = {}}).steps, 5U);
}

}  // namespace
}  // namespace ranvier::run
