#include "core/run/registry.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <ranvier/devices.h>
#include <ranvier/error.h>

#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

namespace fs = std::filesystem;

class Folders : public testing::Test {
 protected:
  // A folder of its own for each test: the loader knows libraries by path, and never lets go of one.
  Folders()
      : root_(fs::temp_directory_path() / ("ranvier_registry_" + std::to_string(getpid()) + "_" + std::to_string(count_++))) {
    fs::create_directories(root_ / "a");
    fs::create_directories(root_ / "b");
    search(folder("a") + "::" + folder("b"));
  }
  ~Folders() override {
    unsetenv("RANVIER_DRIVER_PATH");
    fs::remove_all(root_);
  }

  static void search(const std::string& path) { setenv("RANVIER_DRIVER_PATH", path.c_str(), 1); }
  std::string folder(const std::string& name) const { return (root_ / name).string(); }
  void place(const std::string& driver_name, const std::string& path) { fs::copy_file(driver(driver_name), root_ / path); }

  static const DeviceInfo* at(const std::vector<DeviceInfo>& infos, const std::string& end) {
    const auto found = std::find_if(infos.begin(), infos.end(), [&](const auto& info) { return info.path.ends_with(end); });
    return found == infos.end() ? nullptr : &*found;
  }
  static std::string path_of(const std::string& device) {
    return open(two_inputs(), device, {.lanes = 1, .first_lane = 0, .settings = {}}).device().path;
  }

  inline static int count_ = 0;
  fs::path root_;
};

TEST_F(Folders, AreTheVariablesThenOurOwn) {
  const std::vector<std::string> folders = driver_folders();
  ASSERT_EQ(folders.size(), 3U);
  EXPECT_EQ(folders[0], folder("a"));
  EXPECT_EQ(folders[1], folder("b"));
  EXPECT_TRUE(folders[2].ends_with("lib/ranvier/drivers"));
}

TEST_F(Folders, ThatDependOnTheCurrentOneAreIgnoredAndNamed) {
  search("here:.:" + folder("a"));
  EXPECT_EQ(driver_folders().size(), 2U);
  const std::string message = message_of([] { (void)check(two_inputs(), "nowhere"); });
  EXPECT_NE(message.find("here of RANVIER_DRIVER_PATH is ignored"), std::string::npos) << message;
}

TEST_F(Folders, AreSearchedInOrder) {
  place("fake", "a/fake.so");
  place("fake", "b/fake.so");
  EXPECT_EQ(path_of("fake"), folder("a") + "/fake.so");
  const std::vector<DeviceInfo> infos = devices();
  const DeviceInfo* const second = at(infos, "b/fake.so");
  ASSERT_NE(second, nullptr);
  EXPECT_FALSE(second->usable);
  EXPECT_EQ(second->reason, "is shadowed by " + folder("a") + "/fake.so, which has the same name");
}

TEST_F(Folders, MayHoldADriverUnderAnotherFileName) {
  place("fake", "a/libvendor.so");
  EXPECT_EQ(path_of("fake"), folder("a") + "/libvendor.so");
}

TEST_F(Folders, GiveANameToTheFileThatIsCalledSo) {
  place("fake", "a/libvendor.so");
  place("fake", "b/fake.so");
  EXPECT_EQ(path_of("fake"), folder("b") + "/fake.so");
  const std::vector<DeviceInfo> infos = devices();
  EXPECT_FALSE(at(infos, "a/libvendor.so")->usable);
  EXPECT_TRUE(at(infos, "b/fake.so")->usable);
}

TEST_F(Folders, DoNotReplaceABrokenDriverBySomeOther) {
  place("version", "a/fake.so");
  place("fake", "b/fake.so");
  Code code = Code::ok;
  const std::string message = message_of([] { (void)check(two_inputs(), "fake"); }, &code);
  EXPECT_EQ(code, Code::bad_driver);
  EXPECT_NE(message.find(folder("a") + "/fake.so was built for version 7"), std::string::npos) << message;
}

TEST_F(Folders, AreListedWithEveryVerdictWhenNothingIsFound) {
  place("fake", "a/fake.so");
  place("version", "b/old.so");
  std::ofstream(root_ / "b/notes.txt") << "no driver";
  Code code = Code::ok;
  const std::string message = message_of([] { (void)check(two_inputs(), "fakke"); }, &code);
  EXPECT_EQ(code, Code::not_found);
  for (const std::string& part : {std::string("There is no device 'fakke'"), folder("a") + "/fakke.so does not exist",
                                  folder("b") + "/fakke.so does not exist", folder("a") + "/fake.so is 'fake'",
                                  folder("b") + "/old.so was built for version 7", std::string("Did you mean 'fake'?")}) {
    EXPECT_NE(message.find(part), std::string::npos) << part << "\n" << message;
  }
  EXPECT_EQ(message.find("notes.txt"), std::string::npos);
}

TEST_F(Folders, ListUsableAndUnusableDrivers) {
  place("fake", "a/fake.so");
  place("constructor_crashes", "a/crash.so");
  std::ofstream(root_ / "b/garbage.so") << "garbage";
  const std::vector<DeviceInfo> infos = devices();
  const DeviceInfo* const fake_info = at(infos, "a/fake.so");
  ASSERT_NE(fake_info, nullptr);
  EXPECT_TRUE(fake_info->usable) << fake_info->reason;
  EXPECT_EQ(fake_info->name, "fake");
  EXPECT_EQ(fake_info->version, "1.2");
  EXPECT_EQ(fake_info->vendor, "Tests");
  EXPECT_EQ(fake_info->facts.at("kind"), "none");
  EXPECT_EQ(fake_info->facts.at("device 1"), "the second");
  EXPECT_EQ(at(infos, "a/crash.so")->name, "crash");
  EXPECT_NE(at(infos, "a/crash.so")->reason.find("crashed"), std::string::npos);
  EXPECT_NE(at(infos, "b/garbage.so")->reason.find("cannot be loaded"), std::string::npos);
  EXPECT_TRUE(std::is_sorted(infos.begin(), infos.end(), [](const auto& x, const auto& y) { return x.name < y.name; }));
}

TEST_F(Folders, HoldALibraryOnceHoweverOftenItIsLinked) {
  place("fake", "a/fake.so");
  fs::create_symlink(root_ / "a/fake.so", root_ / "b/link.so");
  Driver& first = Registry::instance().find(parse_device(folder("a") + "/fake.so"));
  Driver& second = Registry::instance().find(parse_device(folder("b") + "/link.so"));
  EXPECT_EQ(&first, &second);
}

TEST_F(Folders, ServeSeveralThreads) {
  place("fake", "a/fake.so");
  place("constructor_exits", "b/exits.so");
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (devices().size() < 2) return;
      good += fake(two_inputs()).run(3).steps == 3 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4);
}

TEST_F(Folders, DoNotIncludeTheCurrentOne) {
  place("fake", "a/planted.so");
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "a");
  search(folder("b"));
  Code code = Code::ok;
  (void)message_of([] { (void)check(two_inputs(), "planted"); }, &code);
  fs::current_path(before);
  EXPECT_EQ(code, Code::not_found);
}

}  // namespace
}  // namespace ranvier::run
