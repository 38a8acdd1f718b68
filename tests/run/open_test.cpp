#include <gtest/gtest.h>

#include <ranvier/devices.h>
#include <ranvier/error.h>
#include <ranvier/log.h>

#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

TEST(Open, CollectsEverythingThatTheDeviceRefuses) {
  try {
    (void)fake(two_inputs(), "refuse");
    FAIL();
  } catch (const Error& error) {
    ASSERT_EQ(error.problems().size(), 2U);
    EXPECT_EQ(error.code(), Code::unsupported);
    EXPECT_EQ(error.where(), "cells");
    EXPECT_EQ(error.problems()[0].message, "delay: 70 steps, limit 62 steps.");
    EXPECT_EQ(error.remedy(), "Use shorter delays.");
    EXPECT_EQ(error.problems()[1].message, "neuron model: linear@1, limit lif@1.");
  }
}

TEST(Check, ReportsWhatIsExactToo) {
  const Report report = check(two_inputs(), driver("fake") + "?fault=refuse");
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.device, driver("fake") + "?fault=refuse");
  ASSERT_EQ(report.entries.size(), 3U);
  EXPECT_EQ(report.entries[0].verdict, Verdict::exact);
  EXPECT_EQ(report.entries[1].unit, "steps");
}

TEST(Check, AddsALineWhereTheDriverGivesNone) {
  const Report report = check(two_inputs(), driver("fake") + "?fault=refuse_silently");
  EXPECT_FALSE(report.ok);
  ASSERT_EQ(report.entries.size(), 1U);
  EXPECT_NE(report.entries[0].remedy.find("gives no reason"), std::string::npos);
  EXPECT_NE(message_of([] { (void)fake(two_inputs(), "refuse_silently"); }).find("gives no reason"), std::string::npos);
}

TEST(Check, TakesAYesWithAnUnsupportedLineForANo) {
  EXPECT_FALSE(check(two_inputs(), driver("fake") + "?fault=yes_and_no").ok);
  Code code = Code::ok;
  (void)message_of([] { (void)fake(two_inputs(), "yes_and_no"); }, &code);
  EXPECT_EQ(code, Code::unsupported);
}

TEST(Check, RefusesALineThatIsNoLine) {
  Code code = Code::ok;
  const std::string message = message_of([] { (void)check(two_inputs(), driver("fake") + "?fault=bad_report"); }, &code);
  EXPECT_EQ(code, Code::bad_driver);
  EXPECT_NE(message.find("driver 'fake' broke a rule of driver.h in check"), std::string::npos) << message;
}

TEST(Check, ThrowsWhatIsNeitherYesNorNo) {
  Code code = Code::ok;
  const std::string message = message_of([] { (void)check(two_inputs(), driver("fake") + "?fault=no_memory"); }, &code);
  EXPECT_EQ(code, Code::out_of_memory);
  EXPECT_NE(message.find("the board is full"), std::string::npos) << message;
}

TEST(Check, IsToldTheLanes) {
  const std::string device = driver("fake") + "?fault=two_lanes_at_most";
  EXPECT_TRUE(check(two_inputs(), device, {.lanes = 2, .first_lane = 0, .settings = {}}).ok);
  EXPECT_FALSE(check(two_inputs(), device, {.lanes = 3, .first_lane = 0, .settings = {}}).ok);
}

TEST(Open, RefusesLanesOutOfRange) {
  for (const std::size_t lanes : {std::size_t{0}, (std::size_t{1} << 24) + 1}) {
    Code code = Code::ok;
    (void)message_of([&] { (void)fake(two_inputs(), "none", lanes); }, &code);
    EXPECT_EQ(code, Code::out_of_range);
  }
}

TEST(Open, PassesOnWhatTheDriverSaysOfASetting) {
  Code code = Code::ok;
  const std::string message = message_of([] { (void)open(two_inputs(), driver("fake") + "?fautl=none"); }, &code);
  EXPECT_EQ(code, Code::not_found);
  EXPECT_NE(message.find("fautl"), std::string::npos) << message;
  EXPECT_NE(message.find("Did you mean \"fault\"?"), std::string::npos) << message;
}

TEST(Open, TakesTheIndexOfADevice) {
  EXPECT_EQ(open(two_inputs(), driver("fake") + ":1").device().facts.at("index"), "1");
  Code code = Code::ok;
  const std::string message = message_of([] { (void)open(two_inputs(), driver("fake") + ":2"); }, &code);
  EXPECT_EQ(code, Code::not_found);
  EXPECT_NE(message.find("there are two devices"), std::string::npos) << message;
}

TEST(Open, TellsWhatItOpened) {
  const Session session = fake(two_inputs());
  EXPECT_EQ(session.device().name, "fake");
  EXPECT_EQ(session.device().path, driver("fake"));
  ASSERT_EQ(session.report().entries.size(), 1U);
  EXPECT_EQ(session.report().entries[0].limit, "0.25");
  EXPECT_TRUE(session.report().ok);
}

TEST(Open, NamesTheEntryThatGaveNoHandle) {
  for (const char* name : {"device_is_null", "executable_is_null", "session_is_null"}) {
    Code code = Code::ok;
    const std::string message = message_of([&] { (void)open(two_inputs(), driver(name)); }, &code);
    EXPECT_EQ(code, Code::bad_driver) << name;
    EXPECT_NE(message.find("an out-parameter is set when the answer is RVD_OK"), std::string::npos) << message;
    EXPECT_NE(message.find(name), std::string::npos) << message;
  }
}

TEST(Open, FillsTheGapsOfATable) {
  Session session = open(two_inputs(), driver("whole"));
  Code code = Code::ok;
  const std::string message =
      message_of([&] { (void)session.run(1, {.record = {}, .every = 1, .outputs = false, .keep_going = {}}); }, &code);
  EXPECT_EQ(code, Code::not_implemented);
  EXPECT_NE(message.find("driver 'whole' does not implement this call (run)"), std::string::npos) << message;
}

}  // namespace
}  // namespace ranvier::run
