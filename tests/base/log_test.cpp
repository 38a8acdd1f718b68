#include <ranvier/log.h>

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace ranvier {
namespace {

class Log : public testing::Test {
 protected:
  void TearDown() override { set_log_hook({}); }
};

TEST_F(Log, WithoutAHookDropsMessages) { log(LogLevel::error, "nobody listens"); }

TEST_F(Log, HandsLevelAndTextToTheHook) {
  std::vector<std::pair<LogLevel, std::string>> heard;
  set_log_hook([&](LogLevel level, std::string_view message) { heard.emplace_back(level, message); });
  log(LogLevel::warning, "a clipped weight");
  log(LogLevel::debug, "");
  const std::vector<std::pair<LogLevel, std::string>> expected{{LogLevel::warning, "a clipped weight"}, {LogLevel::debug, ""}};
  EXPECT_EQ(heard, expected);
}

TEST_F(Log, SpeaksToTheLastHookOnly) {
  int first = 0;
  int second = 0;
  set_log_hook([&](LogLevel, std::string_view) { ++first; });
  set_log_hook([&](LogLevel, std::string_view) { ++second; });
  log(LogLevel::info, "x");
  set_log_hook({});
  log(LogLevel::info, "y");
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

TEST_F(Log, LosesNoMessageOfSeveralThreads) {
  int heard = 0;  // guarded by the hook's own lock
  set_log_hook([&](LogLevel, std::string_view) { ++heard; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 1000; ++i) log(LogLevel::info, "tick");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(heard, 4000);
}

}  // namespace
}  // namespace ranvier
