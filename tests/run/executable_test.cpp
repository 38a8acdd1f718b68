#include <ranvier/executable.h>

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <ranvier/devices.h>
#include <ranvier/error.h>

#include "core/base/write_whole.h"
#include "core/plan/check.h"
#include "core/run/executable_file.h"
#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

class ExecutableTest : public testing::Test {
 protected:
  ExecutableTest() { fs::create_directories(folder_); }
  ~ExecutableTest() override { fs::remove_all(folder_); }

  const std::string device_ = driver("fake");
  const fs::path folder_ = fs::path(testing::TempDir()) / ("executable_" + std::to_string(::getpid()));
  const fs::path file_ = folder_ / "made.rvx";
  const Inputs calibrate_{{"in", Tensor::view(kHalves.data(), {3, 2, 6})}, {"ticks", Tensor::view(kTicks.data(), {3, 2, 3})}};

 private:
  static constexpr auto kHalves = [] {
    std::array<float, 36> values{};
    values.fill(0.5F);
    return values;
  }();
  static constexpr std::array<std::uint8_t, 18> kTicks{1, 2, 3};
};

void expect_same_run(Session a, Session b) {
  const RunOptions all{.record = {"net.cells.spikes", "net.cells.v"}, .every = 1, .outputs = true, .keep_going = {}};
  const Result of_a = a.run(20, all), of_b = b.run(20, all);
  EXPECT_EQ(of_a.lane_hashes, of_b.lane_hashes);
  EXPECT_EQ(of_a.spikes("net.cells").step, of_b.spikes("net.cells").step);
  EXPECT_EQ(0, std::memcmp(of_a.state("net.cells", "v").data(), of_b.state("net.cells", "v").data(),
                           of_a.state("net.cells", "v").bytes()));
}

TEST_F(ExecutableTest, OpensSessionsLikeOpen) {
  const Executable made = compile(two_inputs(), device_);
  EXPECT_EQ(made.device(), device_);
  expect_same_run(made.open(3, 5), open(two_inputs(), device_, {.lanes = 3, .first_lane = 5, .settings = {}}));
  const Session session = made.open();
  EXPECT_EQ(session.report().entries.size(), 1U);
  EXPECT_EQ(session.deployment().device, device_);
}

TEST_F(ExecutableTest, OutlivesNothing) {
  Session session = compile(two_inputs(), device_).open();  // the executable is gone
  EXPECT_EQ(session.run(4, {.record = {"net.cells.v"}, .every = 1, .outputs = true, .keep_going = {}}).steps, 4U);
}

TEST_F(ExecutableTest, LanesThatTheDeviceRefusesAreAskedFor) {
  const Executable made = compile(two_inputs(), device_, {.settings = {{"fault", "two_lanes_at_most"}}, .calibrate = {}});
  EXPECT_EQ(made.open(2).lanes(), 2U);
  Code code = Code::ok;
  (void)message_of([&] { (void)made.open(3); }, &code);
  EXPECT_EQ(code, Code::unsupported);
  (void)message_of([&] { (void)made.open(0); }, &code);
  EXPECT_EQ(code, Code::out_of_range);
}

TEST_F(ExecutableTest, IsMadeWithoutTheDevice) {
  const Executable made = compile(two_inputs(), device_ + "?fault=not_there");
  Code code = Code::ok;
  EXPECT_NE(message_of([&] { (void)made.open(); }, &code).find("no chip is connected"), std::string::npos);
  EXPECT_EQ(code, Code::not_found);
}

TEST_F(ExecutableTest, RefusesWhatCheckRefuses) {
  Code code = Code::ok;
  (void)message_of([&] { (void)compile(two_inputs(), device_ + "?fault=refuse"); }, &code);
  EXPECT_EQ(code, Code::unsupported);
}

TEST_F(ExecutableTest, ComesBackWhole) {
  const Executable made = compile(two_inputs(), device_, {.settings = {{"fault", "wide"}}, .calibrate = calibrate_});
  made.save(file_);
  const Executable again = Executable::load(file_, device_);
  EXPECT_EQ(again.settings(), made.settings());
  EXPECT_TRUE(std::ranges::equal(again.plan().bytes(), made.plan().bytes()));
  ASSERT_EQ(again.report().entries.size(), made.report().entries.size());
  for (std::size_t k = 0; k < made.report().entries.size(); ++k) {
    const ReportEntry &a = made.report().entries[k], &b = again.report().entries[k];
    EXPECT_EQ(std::tie(a.node, a.quantity, a.asked, a.limit, a.unit, a.verdict, a.remedy, a.figures),
              std::tie(b.node, b.quantity, b.asked, b.limit, b.unit, b.verdict, b.remedy, b.figures));
  }
  const Session session = again.open();
  const Tensor& kept = session.deployment().calibrate.at("in");
  EXPECT_EQ(kept.shape(), (Shape{3, 2, 6}));
  EXPECT_EQ(kept.at(35), 0.5);
  EXPECT_EQ(session.deployment().calibrate.at("ticks").dtype(), DType::u8);
  expect_same_run(again.open(2), made.open(2));
  again.save(folder_ / "again.rvx");
  EXPECT_EQ(read(folder_ / "again.rvx"), read(file_));
}

TEST_F(ExecutableTest, IsLoadedByItsDriverWithItsSettingsOnly) {
  compile(two_inputs(), device_, {.settings = {{"fault", "wide"}}, .calibrate = {}}).save(file_);
  EXPECT_EQ(Executable::load(file_, device_ + ":1?fault=wide").open().device().facts.at("index"), "1");
  Code code = Code::ok;
  std::string message = message_of([&] { (void)Executable::load(file_, device_ + "?fault=slow"); }, &code);
  EXPECT_EQ(code, Code::bad_value);
  EXPECT_NE(message.find("with fault=wide, not fault=slow"), std::string::npos) << message;
  message = message_of([&] { (void)Executable::load(file_, driver("whole")); }, &code);
  EXPECT_EQ(code, Code::incompatible);
  EXPECT_NE(message.find("made by 'fake' 1.2; 'whole' cannot load it"), std::string::npos) << message;
}

TEST_F(ExecutableTest, DamageIsNoticedAtEveryByte) {
  compile(one_input(), device_, {.settings = {}, .calibrate = {{"in", Tensor(Shape{1, 4})}}}).save(file_);
  const std::string bytes = read(file_);
  const fs::path damaged = folder_ / "damaged.rvx";
  const auto refused = [&](const std::string& text) {
    write(damaged, text);
    Code code = Code::ok;
    (void)message_of([&] { (void)Executable::load(damaged, device_); }, &code);
    return code == Code::bad_file || code == Code::incompatible;
  };
  for (std::size_t k = 0; k < bytes.size(); k += 13) {
    std::string one = bytes;
    one[k] = static_cast<char>(one[k] ^ 0x10);
    ASSERT_TRUE(refused(one)) << k;
    ASSERT_TRUE(refused(bytes.substr(0, k))) << k;
  }
  EXPECT_TRUE(refused(bytes + "x"));
}

// With the checksum made good, what each field says is looked at by itself.
TEST_F(ExecutableTest, AForgedFileIsAnErrorAndNoCrash) {
  compile(one_input(), device_, {.settings = {}, .calibrate = {{"in", Tensor(Shape{1, 4})}}}).save(file_);
  const std::string bytes = read(file_);
  const fs::path forged = folder_ / "forged.rvx";
  std::size_t loaded = 0, refused = 0;
  for (std::size_t k = 16; k < bytes.size(); k += 3) {
    std::string one = bytes;
    one[k] = static_cast<char>(one[k] ^ 0x81);
    std::string zeroed = one;
    std::memset(zeroed.data() + 12, 0, 4);
    const std::uint32_t checksum = plan::crc32c(std::as_bytes(std::span(zeroed)));
    std::memcpy(one.data() + 12, &checksum, sizeof checksum);
    write(forged, one);
    const std::string message = message_of([&] { (void)Executable::load(forged, device_).open().run(2); });
    ++(message.empty() ? loaded : refused);
  }
  EXPECT_GT(refused, loaded);
  EXPECT_GT(loaded, 0U);  // a letter of the report's, a value of the calibration's
}

TEST_F(ExecutableTest, AnotherPlanBesideTheDriversBytesIsAnErrorAndNoCrash) {
  compile(one_input(), device_).save(file_);
  SavedExecutable forged = read_executable(file_);
  forged.plan = two_inputs();
  write_whole(file_, "executable", bytes_of(forged));
  const RunOptions all{.record = {"net.cells.v"}, .every = 1, .outputs = true, .keep_going = {}};
  const Inputs inputs{{"in", Tensor(Shape{3, 6})}, {"ticks", Tensor(Shape{3, 3})}};
  EXPECT_NE(message_of([&] { (void)Executable::load(file_, device_).open().run(3, all); }), "");
  EXPECT_NE(message_of([&] { (void)Executable::load(file_, device_).open().run(inputs, all); }), "");
}

TEST_F(ExecutableTest, AFileThatCannotBeWrittenLeavesNothing) {
  const Executable made = compile(two_inputs(), device_);
  Code code = Code::ok;
  (void)message_of([&] { made.save(folder_ / "none" / "made.rvx"); }, &code);
  EXPECT_EQ(code, Code::bad_file);
  EXPECT_TRUE(fs::is_empty(folder_));
  (void)message_of([&] { (void)Executable::load(file_, device_); }, &code);
  EXPECT_EQ(code, Code::not_found);
  write(file_, "no executable");
  (void)message_of([&] { (void)Executable::load(file_, device_); }, &code);
  EXPECT_EQ(code, Code::bad_file);
}

TEST_F(ExecutableTest, WritesTheFormatsOfTheDriver) {
  const Executable made = compile(two_inputs(), device_);
  EXPECT_EQ(made.formats(), (std::map<std::string, std::string>{{"text", "the populations, one a line"}}));
  const Report report = made.write(file_, "text");
  EXPECT_EQ(read(file_), "in\nticks\nnet.cells\nout\n");
  ASSERT_EQ(report.entries.size(), 1U);
  EXPECT_EQ(report.entries[0].verdict, Verdict::approximate);
  Code code = Code::ok;
  const std::string message = message_of([&] { (void)made.write(file_, "txt"); }, &code);
  EXPECT_EQ(code, Code::unknown_name);
  EXPECT_NE(message.find("'text'"), std::string::npos) << message;
  EXPECT_TRUE(compile(one_input(), driver("whole")).formats().empty());
}

TEST_F(ExecutableTest, AFormatWithoutPlaceSaysWhy) {
  const Executable made = compile(two_inputs(), device_ + "?fault=no_place");
  try {
    (void)made.write(file_, "text");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::unsupported);
    EXPECT_EQ(error.where(), "cells");
    EXPECT_EQ(error.remedy(), "Use shorter delays.");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ExecutableTest, ADriverThatSavesNoneSaysSo) {
  Code code = Code::ok;
  const std::string message = message_of([&] { compile(one_input(), driver("whole")).save(file_); }, &code);
  EXPECT_EQ(code, Code::not_implemented);
  EXPECT_NE(message.find("exec_save"), std::string::npos) << message;
}

TEST_F(ExecutableTest, CalibrationReachesCheckAndCompileDense) {
  const Report checked = check(two_inputs(), device_, {.lanes = 1, .first_lane = 0, .settings = {}, .calibrate = calibrate_});
  const Report compiled = compile(two_inputs(), device_, {.settings = {}, .calibrate = calibrate_}).report();
  for (const Report* report : {&checked, &compiled}) {
    std::map<std::string, ReportEntry> lines;
    for (const ReportEntry& entry : report->entries) {
      if (entry.quantity == "calibration") lines[entry.node] = entry;
    }
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines["in"].asked, "dense");
    EXPECT_EQ(lines["in"].figures, (std::map<std::string, double>{{"steps", 3}, {"samples", 2}, {"sum", 18}}));
    EXPECT_EQ(lines["ticks"].figures, (std::map<std::string, double>{{"steps", 3}, {"samples", 2}, {"sum", 6}}));
  }
}

TEST_F(ExecutableTest, CalibrationWithoutLanesIsOneSample) {
  for (const Shape& shape : {Shape{5, 6}, Shape{5, 2, 3}, Shape{5, 1, 6}, Shape{5, 1, 2, 3}}) {
    const Report report =
        check(two_inputs(), device_, {.lanes = 4, .first_lane = 0, .settings = {}, .calibrate = {{"in", Tensor(shape)}}});
    ASSERT_EQ(report.entries.size(), 1U);
    EXPECT_EQ(report.entries[0].figures.at("steps"), 5);
    EXPECT_EQ(report.entries[0].figures.at("samples"), 1);
  }
}

TEST_F(ExecutableTest, CalibrationIsCheckedAsInput) {
  const auto problems_with = [&](const Inputs& inputs) {
    std::vector<Code> codes;
    try {
      (void)compile(two_inputs(), device_, {.settings = {}, .calibrate = inputs});
    } catch (const Error& error) {
      for (const Problem& problem : error.problems()) codes.push_back(problem.code);
    }
    return codes;
  };
  EXPECT_EQ(problems_with({{"on", Tensor(Shape{3, 6})}, {"in", Tensor(Shape{3, 7})}}),
            (std::vector{Code::bad_shape, Code::unknown_name}));
  EXPECT_EQ(problems_with({{"in", Tensor(Shape{3, 6})}, {"ticks", Tensor(Shape{4, 3})}}), std::vector{Code::bad_shape});
  EXPECT_EQ(problems_with({{"in", Tensor(Shape{3, 2, 6})}, {"ticks", Tensor(Shape{3, 3, 3})}}), std::vector{Code::bad_shape});
  EXPECT_EQ(problems_with({{"ticks", Tensor::of({0.5F, 0.F, 0.F}).reshape({1, 3})}}), std::vector{Code::bad_value});
  EXPECT_EQ(problems_with({{"in", Tensor(Shape{0, 6})}}), std::vector{Code::bad_shape});
  EXPECT_EQ(problems_with({{"in", Tensor(Shape{3, 0, 6})}}), std::vector{Code::bad_shape});
}

TEST_F(ExecutableTest, KeepsItsOwnCopyOfTheCalibration) {
  std::vector<float> values(6, 1.F);
  const Executable made = compile(two_inputs(), device_, {.settings = {}, .calibrate = {{"in", Tensor::view(values, {1, 6})}}});
  values[0] = 7;
  EXPECT_EQ(made.open().deployment().calibrate.at("in").at(0), 1);
}

}  // namespace
}  // namespace ranvier::run
