// The C door, from C++ for convenience; examples/embed is a program in C.
#include <ranvier/embed.h>

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <ranvier/network.h>

namespace ranvier {
namespace {

// The fake driver of tests/run emits from each input what was written, and computes nothing.
const char* const kFake = RANVIER_TEST_DRIVERS "/fake.so";

Plan two_inputs() {
  Network network(0.1 * ms, 42);
  network.input("in", {2, 3});
  network.input("ticks", {3});
  network.add("cells", "lif", {4}, {{"tau", Tensor::of({0.02})}, {"v_threshold", Tensor::of({1.0})}});
  network.output("out", {4});
  network.connect("in", "cells", {.weights = Tensor({6, 4}), .delay = {}, .receptor = {}});
  network.connect("ticks", "cells", {.weights = Tensor({3, 4}), .delay = {}, .receptor = {}});
  network.connect("cells", "out");
  return network.lower();
}

class Embedded : public testing::Test {
 protected:
  void open(const Plan& plan, const std::string& fault = "none", std::uint64_t lanes = 1) {
    const rv_options options{lanes, 0};
    const std::string device = std::string(kFake) + "?fault=" + fault;
    ASSERT_EQ(rv_open_bytes(plan.bytes().data(), plan.bytes().size(), device.c_str(), &options, &session_, &error_), RV_OK)
        << error_.message;
  }
  ~Embedded() override { rv_close(session_); }

  rv_code record(std::vector<const char*> names, std::uint64_t every = 1) {
    return rv_record(session_, names.data(), names.size(), every, &error_);
  }

  rv_session* session_ = nullptr;
  rv_error error_{};
};

TEST_F(Embedded, DescribesTheNetwork) {
  open(two_inputs());
  EXPECT_EQ(rv_input_count(session_), 2U);
  EXPECT_EQ(rv_output_count(session_), 1U);
  EXPECT_EQ(rv_dt_ms(session_), 0.1);
  rv_node node{};
  ASSERT_EQ(rv_input_node(session_, 0, &node), RV_OK);
  EXPECT_STREQ(node.name, "in");
  EXPECT_EQ(node.type, RV_F32);
  EXPECT_EQ(node.rank, 2U);
  EXPECT_EQ(node.shape[1], 3U);
  EXPECT_EQ(node.neurons, 6U);
  EXPECT_EQ(rv_output_node(session_, 1, &node), RV_OUT_OF_RANGE);
}

TEST_F(Embedded, RunsOnDenseInput) {
  open(two_inputs());
  const std::vector<std::uint8_t> raster(10 * 6, 1);
  ASSERT_EQ(record({"in.spikes", "cells.v"}, 4), RV_OK);
  ASSERT_EQ(rv_input_dense(session_, "in", RV_U8, raster.data(), 10, &error_), RV_OK) << error_.message;
  ASSERT_EQ(rv_run(session_, 10, &error_), RV_OK) << error_.message;
  EXPECT_EQ(rv_clock(session_), 10U);

  rv_events events{};
  ASSERT_EQ(rv_spikes(session_, "in", &events, &error_), RV_OK);
  ASSERT_EQ(events.count, 60U);
  EXPECT_EQ(events.step[59], 9U);
  EXPECT_EQ(events.id[59], 5U);
  EXPECT_EQ(events.value[59], 1);
  rv_array array{};
  ASSERT_EQ(rv_state(session_, "cells", "v", &array, &error_), RV_OK);
  EXPECT_EQ(array.type, RV_F32);
  EXPECT_EQ(std::vector<std::uint64_t>(array.shape, array.shape + array.rank), (std::vector<std::uint64_t>{3, 1, 4}));
  EXPECT_EQ(static_cast<const float*>(array.data)[4], 400);
  ASSERT_EQ(rv_output(session_, "out", &array, &error_), RV_OK);
  EXPECT_EQ(array.rank, 3U);
  std::uint64_t number = 0;
  EXPECT_EQ(rv_hash(session_, &number, &error_), RV_OK);
  EXPECT_NE(number, 0U);
  EXPECT_EQ(rv_counter(session_, "steps", &number, &error_), RV_OK);
  EXPECT_EQ(number, 10U);
  EXPECT_EQ(rv_counter(session_, "joules", &number, &error_), RV_NOT_FOUND);

  ASSERT_EQ(rv_run(session_, 10, &error_), RV_OK) << "inputs are used up: the second run is silent";
  ASSERT_EQ(rv_spikes(session_, "in", &events, &error_), RV_OK);
  EXPECT_EQ(events.count, 0U);
}

TEST_F(Embedded, RunsOnEvents) {
  open(two_inputs(), "none", 2);
  const std::vector<std::uint64_t> step{4, 1, 4};
  const std::vector<std::uint32_t> lane{1, 0, 1};
  const std::vector<std::uint32_t> id{2, 0, 2};
  const std::vector<double> value{2, 1, 3};
  ASSERT_EQ(record({"ticks.spikes"}), RV_OK);
  ASSERT_EQ(rv_input_events(session_, "ticks", 5, 3, step.data(), lane.data(), id.data(), value.data(), &error_), RV_OK)
      << error_.message;
  ASSERT_EQ(rv_run(session_, 5, &error_), RV_OK) << error_.message;
  rv_events events{};
  ASSERT_EQ(rv_spikes(session_, "ticks", &events, &error_), RV_OK);
  ASSERT_EQ(events.count, 2U);
  EXPECT_EQ(events.step[1], 4U);
  EXPECT_EQ(events.lane[1], 1U);
  EXPECT_EQ(events.value[1], 5);
  EXPECT_EQ(rv_input_events(session_, "ticks", 4, 3, step.data(), lane.data(), id.data(), nullptr, &error_), RV_OUT_OF_RANGE);
  EXPECT_NE(std::strstr(error_.message, "Event 0 has step 4"), nullptr) << error_.message;
}

TEST_F(Embedded, AnswersWithACodeAndASentence) {
  EXPECT_EQ(rv_open_bytes("garbage", 7, "null", nullptr, &session_, &error_), RV_BAD_FILE);
  EXPECT_EQ(session_, nullptr);
  EXPECT_EQ(rv_open_file("/nowhere.plan", "null", nullptr, &session_, &error_), RV_NOT_FOUND);
  EXPECT_NE(std::strstr(error_.message, "/nowhere.plan"), nullptr) << error_.message;
  EXPECT_EQ(rv_open_file(nullptr, "null", nullptr, &session_, nullptr), RV_INVALID_ARGUMENT);
  const Plan plan = two_inputs();
  EXPECT_EQ(rv_open_bytes(plan.bytes().data(), plan.bytes().size(), "nonesuch", nullptr, &session_, &error_), RV_NOT_FOUND);
  EXPECT_EQ(error_.code, RV_NOT_FOUND);

  open(plan);
  EXPECT_EQ(rv_input_dense(session_, "nix", RV_U8, "", 1, &error_), RV_UNKNOWN_NAME);
  EXPECT_EQ(rv_input_dense(session_, "in", 99, "", 1, &error_), RV_BAD_TYPE);
  const std::vector<float> numbers(12, 1.0F);
  ASSERT_EQ(rv_input_dense(session_, "in", RV_F32, numbers.data(), 2, &error_), RV_OK);
  EXPECT_EQ(rv_run(session_, 3, &error_), RV_BAD_SHAPE);
  ASSERT_EQ(record({"cells.x"}), RV_OK);
  EXPECT_EQ(rv_run(session_, 3, &error_), RV_UNKNOWN_NAME);
  EXPECT_NE(std::strstr(error_.message, "'cells.v'"), nullptr) << error_.message;
  std::uint64_t hash = 0;
  EXPECT_EQ(rv_hash(session_, &hash, &error_), RV_NOT_FOUND) << "a failed run leaves no result";
}

TEST_F(Embedded, CutsALongMessageAtACharacter) {
  const Plan plan = two_inputs();
  std::string device = "/";
  while (device.size() < 4000) device += "ö";
  EXPECT_NE(rv_open_bytes(plan.bytes().data(), plan.bytes().size(), device.c_str(), nullptr, &session_, &error_), RV_OK);
  const std::size_t length = std::strlen(error_.message);
  EXPECT_GE(length, sizeof error_.message - 3);
  EXPECT_EQ(std::string(error_.message).substr(length - 2), "ö");
}

TEST_F(Embedded, OpensAPlanFile) {
  const auto path = std::filesystem::temp_directory_path() / ("ranvier_embed_" + std::to_string(getpid()) + ".plan");
  two_inputs().save(path);
  EXPECT_EQ(rv_open_file(path.c_str(), kFake, nullptr, &session_, &error_), RV_OK) << error_.message;
  std::filesystem::remove(path);
  EXPECT_EQ(rv_lanes(session_), 1U);
}

TEST_F(Embedded, ResetsAndChangesLanes) {
  open(two_inputs());
  ASSERT_EQ(rv_run(session_, 5, &error_), RV_OK);
  ASSERT_EQ(rv_reset(session_, &error_), RV_OK);
  EXPECT_EQ(rv_clock(session_), 0U);
  ASSERT_EQ(rv_reset_lanes(session_, 3, &error_), RV_OK);
  EXPECT_EQ(rv_lanes(session_), 3U);
  EXPECT_EQ(rv_reset_lanes(session_, 0, &error_), RV_OUT_OF_RANGE);
}

TEST_F(Embedded, IsCancelledFromAnotherThread) {
  open(two_inputs(), "slow");
  std::atomic<bool> ended{false};
  std::thread other([&] {
    while (!ended) {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      rv_cancel(session_);
    }
  });
  EXPECT_EQ(rv_run(session_, 1000000, &error_), RV_CANCELLED);
  ended = true;
  other.join();
  EXPECT_EQ(rv_run(session_, 1, &error_), RV_OK) << error_.message;
}

}  // namespace
}  // namespace ranvier
