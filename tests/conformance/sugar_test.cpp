// What <ranvier/driver.hpp> does with a driver that throws, leaves things out or breaks down.
#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include <ranvier/driver.hpp>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

enum class Fault { none, failure, no_memory, standard, unknown, refused };
Fault fault = Fault::none;

void fail() {
  switch (fault) {
    case Fault::failure: throw rvd::Failure(RVD_DEVICE_LOST, "unplugged");
    case Fault::no_memory: throw std::bad_alloc();
    case Fault::standard: throw std::runtime_error("index 7");
    case Fault::unknown: throw 7;
    default: return;
  }
}

class FaultySession : public rvd::Session {
 public:
  std::uint64_t clock() const override { return clock_; }
  void write(const rvd_block&, rvd_io&) override {}
  rvd_status run(std::uint64_t until, const rvd::Watch&) override {
    clock_ = 1;
    fail();
    clock_ = until;
    return RVD_OK;
  }
  void read(rvd_block&) override {}
  void reset() override { clock_ = 0; }

 private:
  std::uint64_t clock_ = 0;
};

class FaultyDriver : public rvd::Driver {
 public:
  void info(rvd::Device&, const rvd::Facts&) override { fail(); }
  rvd::SharedExecutable compile(rvd::PlanView, rvd::Settings& settings, rvd::Samples, rvd::Report& report) override {
    settings.done();
    fail();
    if (fault != Fault::refused) return std::make_shared<rvd::Executable>();
    report.approximate("a", "weight", "0.1", "0.125");
    report.unsupported("a", "delay", "9", "8", "steps", "Shorten it.");
    report.unsupported("b", "delay", "10", "8", "steps", "Shorten it.");
    return nullptr;
  }
  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable, const rvd_session_args&) override {
    return std::make_unique<FaultySession>();
  }
};

class Sugar : public testing::Test {
 protected:
  Sugar() : host_(ears_.host()), report_(ears_.report()), facts_(ears_.facts()), plan_(chain()) {
    fault = Fault::none;
    EXPECT_EQ(api().open(&host_, &driver_), RVD_OK);
    EXPECT_EQ(api().device_open(driver_, 0, none_.get(), &report_, &device_), RVD_OK);
  }
  ~Sugar() override {
    EXPECT_EQ(api().device_close(device_), RVD_OK);
    EXPECT_EQ(api().close(driver_), RVD_OK);
  }
  static const rvd_api& api() {
    static constexpr rvd_api table = rvd::detail::table_of<FaultyDriver>("faulty", "1", "test");
    return table;
  }
  rvd_status compile(rvd_exec_t** exec) {
    return api().compile(driver_, plan_.bytes().data(), plan_.bytes().size(), none_.get(), nullptr, 0, &report_, exec);
  }
  rvd_status check() {
    return api().check(driver_, plan_.bytes().data(), plan_.bytes().size(), none_.get(), nullptr, 0, &report_);
  }

  Ears ears_;
  rvd_host host_;
  rvd_report report_;
  rvd_facts facts_;
  Plan plan_;
  SettingList none_{Settings{}};
  rvd_driver_t* driver_ = nullptr;
  rvd_device_t* device_ = nullptr;
};

TEST_F(Sugar, TurnsWhateverIsThrownIntoAStatusAndALine) {
  const std::tuple<Fault, rvd_status, const char*> cases[] = {{Fault::failure, RVD_DEVICE_LOST, "unplugged"},
                                                              {Fault::no_memory, RVD_OUT_OF_MEMORY, "out of memory"},
                                                              {Fault::standard, RVD_INTERNAL, "index 7"},
                                                              {Fault::unknown, RVD_INTERNAL, "unknown exception"}};
  for (const auto& [thrown, status, text] : cases) {
    fault = thrown;
    ears_.heard.lines.clear();
    rvd_exec_t* exec = nullptr;
    EXPECT_EQ(compile(&exec), status);
    EXPECT_EQ(exec, nullptr);
    ASSERT_EQ(ears_.heard.lines.size(), 1u);
    EXPECT_EQ(ears_.heard.lines[0].asked, text);
    EXPECT_EQ(ears_.heard.log.back(), "compile: " + std::string(text));
    EXPECT_EQ(api().device_info(device_, &facts_), status);
    EXPECT_EQ(check(), status);  // which compiles, unless the driver knows better
  }
}

TEST_F(Sugar, RefusesWithTheDriversOwnLinesAndNoOther) {
  fault = Fault::refused;
  rvd_exec_t* exec = nullptr;
  EXPECT_EQ(compile(&exec), RVD_UNSUPPORTED);
  EXPECT_EQ(ears_.heard.lines.size(), 3u);
  EXPECT_EQ(check(), RVD_UNSUPPORTED);
  EXPECT_EQ(ears_.heard.lines.size(), 6u);
  EXPECT_EQ(ears_.heard.line("delay").unit, "steps");
}

TEST_F(Sugar, AFailedRunFailsTheSessionUntilReset) {
  rvd_exec_t* exec = nullptr;
  ASSERT_EQ(compile(&exec), RVD_OK);
  const rvd_session_args args{sizeof(rvd_session_args), 1, 0, 0, 0};
  rvd_session_t* session = nullptr;
  ASSERT_EQ(api().session_open(device_, exec, &args, &session), RVD_OK);
  rvd_block block{};
  block.struct_size = sizeof block;
  rvd_io io{};
  io.struct_size = sizeof io;
  std::uint64_t clock = 99;
  fault = Fault::failure;
  EXPECT_EQ(api().run(session, 5, 0, &clock), RVD_DEVICE_LOST);
  EXPECT_EQ(clock, 1u);
  fault = Fault::none;
  EXPECT_EQ(api().run(session, 5, 0, &clock), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(api().write(session, &block, &io), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(api().read(session, &block), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(api().reset(session), RVD_OK);
  EXPECT_EQ(api().run(session, 5, 0, &clock), RVD_OK);
  EXPECT_EQ(clock, 5u);
  EXPECT_EQ(api().session_free(session), RVD_OK);
  EXPECT_EQ(api().exec_free(exec), RVD_OK);
}

TEST_F(Sugar, WhatADriverLeavesOutIsNotImplemented) {
  rvd_exec_t* exec = nullptr;
  ASSERT_EQ(compile(&exec), RVD_OK);
  const rvd_sink sink = ears_.sink();
  EXPECT_EQ(api().exec_save(exec, &sink), RVD_NOT_IMPLEMENTED);
  rvd_exec_t* loaded = nullptr;
  EXPECT_EQ(api().exec_load(driver_, "x", 1, &report_, &loaded), RVD_NOT_IMPLEMENTED);
  const rvd_session_args args{sizeof(rvd_session_args), 1, 0, 0, 0};
  rvd_session_t* session = nullptr;
  ASSERT_EQ(api().session_open(device_, exec, &args, &session), RVD_OK);
  rvd_block block{};
  block.struct_size = sizeof block;
  EXPECT_EQ(api().probe_set(session, 0, {"v", 1}, 1), RVD_NOT_IMPLEMENTED);
  EXPECT_EQ(api().probe_read(session, {"v", 1}, &block), RVD_NOT_IMPLEMENTED);
  EXPECT_EQ(api().counters(session, &facts_), RVD_NOT_IMPLEMENTED);
  EXPECT_EQ(api().session_free(session), RVD_OK);
  EXPECT_EQ(api().exec_free(exec), RVD_OK);
}

TEST(Crc32c, IsCastagnolis) {
  EXPECT_EQ(rvd::crc32c("123456789", 9), 0xE3069283u);
  EXPECT_EQ(rvd::crc32c("56789", 5, rvd::crc32c("1234", 4)), 0xE3069283u);
}

}  // namespace
}  // namespace ranvier::conformance
