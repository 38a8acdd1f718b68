#include "core/io/child_process.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include <sys/time.h>
#include <sys/wait.h>

#include "core/io/files.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

using namespace std::chrono_literals;
using End = ChildResult::End;

ChildResult shell(const std::string& script, std::size_t output = 1 << 20, std::chrono::milliseconds time = 10s) {
  return run_child("/bin/sh", {"-c", script}, {output, time});
}

std::string text(const ChildResult& result) { return text_of({result.output.bytes().begin(), result.output.bytes().end()}); }

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

TEST(ChildProcess, ReadsItsInput) {
  const std::string input(3'000'000, 'x');
  const auto run = [&](const std::string& script, std::string_view given) {
    return run_child("/bin/sh", {"-c", script}, {std::size_t{1} << 23, 10s}, bytes_of(given));
  };
  EXPECT_EQ(text(run("cat", input)), input);
  EXPECT_EQ(text(run("cat", "")), "");
  EXPECT_EQ(run("exit 3", input).number, 3);  // unread
}

TEST(ChildProcess, BringsBothStreamsAndTheExitCode) {
  const ChildResult result = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.number, 7);
  EXPECT_EQ(text(result), "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(ChildProcess, ReadsManyBlocks) {
  const ChildResult result = shell("head -c 10000000 /dev/zero", 10'000'000);
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(result.output.bytes().size(), 10'000'000u);
}

TEST(ChildProcess, StopsWhoWritesTooMuch) {
  EXPECT_EQ(shell("head -c 1000001 /dev/zero", 1'000'000).end, End::too_much_output);
  EXPECT_EQ(shell("yes", 1000).end, End::too_much_output);
}

TEST(ChildProcess, IsNotBlockedByErrorsThatNobodyNeeds) {
  const ChildResult result = shell("head -c 1000000 /dev/zero >&2; echo done");
  EXPECT_EQ(text(result), "done\n");
  EXPECT_EQ(result.errors.size(), 65536u);
}

TEST(ChildProcess, KillsAtTheDeadline) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("exec sleep 60", 1000, 200ms).end, End::timed_out);
  EXPECT_EQ(shell("exec sleep 60 >&- 2>&-", 1000, 200ms).end, End::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  EXPECT_FALSE(has_children());
}

TEST(ChildProcess, NamesTheSignal) {
  const ChildResult result = shell("kill -SEGV $$");
  EXPECT_EQ(result.end, End::killed_by_signal);
  EXPECT_EQ(result.number, SIGSEGV);
}

TEST(ChildProcess, StandardInputIsEmpty) { EXPECT_EQ(text(shell("wc -c")), "0\n"); }

TEST(ChildProcess, SaysWhenThereIsNoProgram) {
  const auto error = error_of([] { run_child("/nonexistent/ranvier-nir", {}, {}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::not_found);
  EXPECT_NE(std::string(error->what()).find("/nonexistent/ranvier-nir"), std::string::npos);
}

TEST(ChildProcess, LeavesNoChildAndNoDescriptor) {
  const std::size_t before = open_descriptors();
  shell("exit 0");
  shell("yes", 10);
  shell("exec sleep 60", 10, 10ms);
  error_of([] { run_child("/nonexistent", {}, {}); });
  EXPECT_FALSE(has_children());
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ChildProcess, SurvivesSignalsOfItsHost) {
  // Without SA_RESTART, so that each system call is interrupted again and again.
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction old {};
  ::sigaction(SIGALRM, &action, &old);
  const itimerval often{{0, 500}, {0, 500}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  const ChildResult result = shell("sleep 0.2; echo done");
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
  ::sigaction(SIGALRM, &old, nullptr);
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(text(result), "done\n");
}

TEST(ChildProcess, WorksInAHostThatIgnoresItsChildren) {
  const auto old = std::signal(SIGCHLD, SIG_IGN);
  const ChildResult result = shell("echo done");
  std::signal(SIGCHLD, old);
  EXPECT_EQ(result.end, End::exited);
  EXPECT_EQ(text(result), "done\n");
}

TEST(ChildProcess, GivesTheChildDefaultSignals) {
  const auto old = std::signal(SIGPIPE, SIG_IGN);
  const ChildResult result = shell("kill -PIPE $$");
  std::signal(SIGPIPE, old);
  EXPECT_EQ(result.end, End::killed_by_signal);
  EXPECT_EQ(result.number, SIGPIPE);
}

TEST(ChildProcess, RunsInManyThreadsAtOnce) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 5; ++k) {
        if (read_nir(data("nir-paper/01_lif/lif_norse.nir")).nodes.size() == 4) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 40);
}

}  // namespace
}  // namespace ranvier::io
