// Libraries with one thing wrong each. What is tested is that the caller lives and reads a sentence.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <ranvier/devices.h>
#include <ranvier/error.h>

#include "core/run/examine.h"
#include "core/run/folders.h"
#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

namespace fs = std::filesystem;

struct Case {
  const char* name;
  const char* sentence;
};

void PrintTo(const Case& given, std::ostream* out) { *out << given.name; }

class BadLibrary : public testing::TestWithParam<Case> {};

TEST_P(BadLibrary, IsRefusedWithASentence) {
  const std::string path = driver(GetParam().name);
  Code code = Code::ok;
  const std::string message = message_of([&] { (void)open(two_inputs(), path); }, &code);
  EXPECT_EQ(code, Code::bad_driver) << message;
  EXPECT_NE(message.find(path), std::string::npos) << message;
  EXPECT_NE(message.find(GetParam().sentence), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Each, BadLibrary,
    testing::Values(Case{"constructor_hangs", "did not answer within 2 s while it was loaded"},
                    Case{"constructor_crashes",
                         "crashed while it was loaded: signal 11, Segmentation fault (it wrote: about to fall)"},
                    Case{"constructor_exits", "ended the process with status 0 while it was loaded"},
                    Case{"constructor_prints", "prints to the standard output (it wrote: Welcome to the SDK!)"},
                    Case{"constructor_floods", "did not answer within 2 s while it was loaded"},
                    Case{"open_crashes", "crashed in open: signal 6"},
                    Case{"open_fails", "does not open: The driver 'open_fails' lost its device (open)"},
                    Case{"open_gives_null", "answers RVD_OK to open, but gives no driver"},
                    Case{"enumerate_hangs", "did not answer within 2 s in enumerate"},
                    Case{"version", "was built for version 7 of the driver interface, this Ranvier has version 0"},
                    Case{"size", "has a table of 3 bytes, this Ranvier's has 208"}, Case{"no_name", "does not tell its name"},
                    Case{"bad_name", "has a name that is not [a-z][a-z0-9_-]*"}, Case{"no_vendor", "does not tell its vendor"},
                    Case{"no_table", "has no table for version 0 of the driver interface"},
                    Case{"no_symbol", "is not a driver: it does not export rvd_driver"},
                    Case{"undefined_symbol", "nobody_defines_this"},
                    Case{"missing_dependency", "needs a library that was not found: libtaken_away.so"}),
    [](const auto& test) { return std::string(test.param.name); });

class BadFile : public testing::Test {
 protected:
  BadFile() : folder_(fs::temp_directory_path() / ("ranvier_loader_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~BadFile() override { fs::remove_all(folder_); }

  std::string refusal(const std::string& name, const std::string& content, Code expected = Code::bad_driver) {
    const fs::path path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    Code code = Code::ok;
    const std::string message = message_of([&] { (void)check(two_inputs(), path.string()); }, &code);
    EXPECT_EQ(code, expected) << message;
    EXPECT_NE(message.find(path.string()), std::string::npos) << message;
    return message;
  }

  static std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  fs::path folder_;
};

TEST_F(BadFile, ThatDoesNotExistIsToldApartFromAMissingDependency) {
  Code code = Code::ok;
  const std::string message = message_of([&] { (void)check(two_inputs(), (folder_ / "no.so").string()); }, &code);
  EXPECT_EQ(code, Code::not_found);
  EXPECT_NE(message.find("no.so does not exist"), std::string::npos) << message;
}

TEST_F(BadFile, OfGarbageIsRefused) {
  EXPECT_NE(refusal("garbage.so", "this is no library, but a sentence\n").find("cannot be loaded"), std::string::npos);
  EXPECT_NE(refusal("blanks and ünïcode.so", std::string(5000, '\xff')).find("cannot be loaded"), std::string::npos);
}

TEST_F(BadFile, OfNothingIsRefused) { EXPECT_NE(refusal("empty.so", "").find("is empty"), std::string::npos); }

TEST_F(BadFile, CutShortIsRefused) {
  const std::string whole = bytes_of(driver("fake"));
  ASSERT_GT(whole.size(), 1000U);
  for (const std::size_t part : {std::size_t{2}, std::size_t{3}, std::size_t{10}}) {
    refusal("cut" + std::to_string(part) + ".so", whole.substr(0, whole.size() / part));
  }
}

TEST_F(BadFile, WithDamagedBytesNeverHurtsTheCaller) {
  const std::string whole = bytes_of(driver("whole"));
  std::uint64_t random = 1;
  for (int i = 0; i < 40; ++i) {
    std::string damaged = whole;
    for (int k = 0; k < 20; ++k) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      damaged[(random >> 33) % std::min<std::size_t>(damaged.size(), 4096)] ^= static_cast<char>(1 << (random >> 61));
    }
    const fs::path path = folder_ / "damaged.so";
    fs::remove(path);  // another file, not the one that a child may have mapped
    std::ofstream(path, std::ios::binary) << damaged;
    // Any verdict will do: some damage does not matter.
    (void)examine(own_root() + "/bin/ranvier-probe", {path.string()});
  }
}

TEST_F(BadFile, IsExaminedAgainWhenItHasChanged) {
  refusal("later.so", "garbage");
  fs::remove(folder_ / "later.so");
  fs::copy_file(driver("whole"), folder_ / "later.so");
  EXPECT_TRUE(check(two_inputs(), (folder_ / "later.so").string()).ok);
}

TEST(Examine, GivesUpOnAllThatHangAtOnce) {
  const auto begin = std::chrono::steady_clock::now();
  const std::string helper = own_root() + "/bin/ranvier-probe";
  const auto findings =
      examine(helper, {driver("constructor_hangs"), driver("enumerate_hangs"), driver("whole"), driver("constructor_floods")});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(taken.count(), 3.5);
  EXPECT_EQ(findings[2].name, "whole");
  EXPECT_EQ(findings[2].reason, "");
  EXPECT_NE(findings[3].reason, "");
}

TEST(Examine, DoesNotWaitForWhatALibraryStarts) {
  const auto begin = std::chrono::steady_clock::now();
  const auto findings = examine(own_root() + "/bin/ranvier-probe", {driver("constructor_forks")});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(taken.count(), 1.5);
  EXPECT_EQ(findings[0].reason, "");
}

TEST(Examine, LeavesNoChildBehind) {
  (void)examine(own_root() + "/bin/ranvier-probe",
                {driver("constructor_hangs"), driver("constructor_crashes"), driver("whole")});
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(Examine, WorksWhereTheHostIgnoresItsChildren) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const auto findings = examine(own_root() + "/bin/ranvier-probe", {driver("whole"), driver("version")});
  std::signal(SIGCHLD, before);
  EXPECT_EQ(findings[0].reason, "");
  EXPECT_NE(findings[1].reason.find("version 7"), std::string::npos);
}

TEST(Examine, SaysThatItsHelperIsMissing) {
  const auto findings = examine("/nowhere/ranvier-probe", {driver("whole")});
  EXPECT_NE(findings[0].reason.find("could not be examined: '/nowhere/ranvier-probe' does not start"), std::string::npos);
}

}  // namespace
}  // namespace ranvier::run
