// Each struct that crosses the border, with the size of another version and absent.
#include <cstddef>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class StructSize : public testing::TestWithParam<const char*> {
 protected:
  StructSize() : rig_(GetParam()), plan_(chain()), report_(ears_.report()), facts_(ears_.facts()), sink_(ears_.sink()) {}

  // call(pointer) with a shorter, a longer, an absurd struct and none.
  template <class Struct, class Call>
  void expect_refused(Struct good, Call call) {
    for (const std::uint32_t size :
         {0U, 3U, static_cast<std::uint32_t>(sizeof(Struct)) - 8, static_cast<std::uint32_t>(sizeof(Struct)) + 8, ~0U}) {
      Struct bad = good;
      bad.struct_size = size;
      EXPECT_EQ(call(&bad), RVD_INCOMPATIBLE) << size;
    }
    EXPECT_EQ(call(static_cast<Struct*>(nullptr)), RVD_INVALID_ARGUMENT);
    EXPECT_EQ(call(&good), RVD_OK);
  }

  const rvd_api& api() const { return rig_.api(); }
  const void* data() const { return plan_.bytes().data(); }
  std::uint64_t length() const { return plan_.bytes().size(); }

  Rig rig_;
  Plan plan_;
  Ears ears_;
  rvd_report report_;
  rvd_facts facts_;
  rvd_sink sink_;
  const SettingList none_{Settings{}};
};
INSTANTIATE_TEST_SUITE_P(Devices, StructSize, testing::Values("null", "reference", "cpu"));

TEST_P(StructSize, OfHost) {
  expect_refused(ears_.host(), [&](const rvd_host* host) {
    rvd_driver_t* driver = nullptr;
    const rvd_status status = api().open(host, &driver);
    if (status == RVD_OK) {
      EXPECT_EQ(api().close(driver), RVD_OK);
    }
    return status;
  });
  rvd_host other = ears_.host();
  other.abi_version = RVD_ABI_VERSION + 1;
  rvd_driver_t* driver = nullptr;
  EXPECT_EQ(api().open(&other, &driver), RVD_INCOMPATIBLE);
}

TEST_P(StructSize, OfSettings) {
  expect_refused(*none_.get(), [&](const rvd_settings* settings) {
    return api().check(rig_.driver(), data(), length(), settings, nullptr, 0, &report_);
  });
  expect_refused(*none_.get(), [&](const rvd_settings* settings) {
    rvd_device_t* device = nullptr;
    const rvd_status status = api().device_open(rig_.driver(), 0, settings, &report_, &device);
    if (status == RVD_OK) {
      EXPECT_EQ(api().device_close(device), RVD_OK);
    }
    return status;
  });
}

TEST_P(StructSize, OfReport) {
  expect_refused(report_, [&](const rvd_report* report) {
    return api().check(rig_.driver(), data(), length(), none_.get(), nullptr, 0, report);
  });
}

TEST_P(StructSize, OfFacts) {
  expect_refused(facts_, [&](const rvd_facts* facts) { return api().enumerate(rig_.driver(), facts); });
  expect_refused(facts_, [&](const rvd_facts* facts) { return api().device_info(rig_.device(), facts); });
  const auto session = rig_.open(plan_);
  expect_refused(facts_, [&](const rvd_facts* facts) { return api().counters(session->handle(), facts); });
}

TEST_P(StructSize, OfSinkAndArgs) {
  rvd_exec_t* exec = rig_.compile(plan_);
  expect_refused(sink_, [&](const rvd_sink* sink) { return api().exec_save(exec, sink); });
  const rvd_session_args good{sizeof(rvd_session_args), 1, 0, 0, 0};
  expect_refused(good, [&](const rvd_session_args* args) {
    rvd_session_t* session = nullptr;
    const rvd_status status = api().session_open(rig_.device(), exec, args, &session);
    if (status == RVD_OK) {
      EXPECT_EQ(api().session_free(session), RVD_OK);
    }
    return status;
  });
  rvd_session_args no_lanes = good;
  no_lanes.lanes = 0;
  rvd_session_t* session = nullptr;
  EXPECT_EQ(api().session_open(rig_.device(), exec, &no_lanes, &session), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(api().exec_free(exec), RVD_OK);
}

TEST_P(StructSize, OfBlocksAndIo) {
  const auto session = rig_.open(plan_);
  rvd_session_t* handle = session->handle();
  ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
  ASSERT_EQ(session->probe(1, "v"), RVD_OK);
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_EVENTS;
  block.type = RVD_F32;
  rvd_io io{};
  io.struct_size = sizeof io;
  expect_refused(block, [&](const rvd_block* b) { return api().write(handle, b, &io); });
  expect_refused(io, [&](rvd_io* counts) { return api().write(handle, &block, counts); });
  block.population = 1;
  expect_refused(block, [&](rvd_block* b) { return api().read(handle, b); });
  block.layout = RVD_LAYOUT_DENSE;
  expect_refused(block, [&](rvd_block* b) { return api().probe_read(handle, {"v", 1}, b); });
}

TEST_P(StructSize, OfSamples) {
  rvd_block sample{};
  sample.struct_size = sizeof sample;
  const auto compile = [&](const rvd_block* samples, std::uint64_t count) {
    rvd_exec_t* exec = nullptr;
    const rvd_status status = api().compile(rig_.driver(), data(), length(), none_.get(), samples, count, &report_, &exec);
    if (status == RVD_OK) {
      EXPECT_EQ(api().exec_free(exec), RVD_OK);
    }
    return status;
  };
  EXPECT_EQ(compile(&sample, 1), RVD_OK);
  EXPECT_EQ(compile(nullptr, 0), RVD_OK);
  sample.struct_size = 8;
  EXPECT_EQ(compile(&sample, 1), RVD_INCOMPATIBLE);
  EXPECT_EQ(api().check(rig_.driver(), data(), length(), none_.get(), &sample, 1, &report_), RVD_INCOMPATIBLE);
  EXPECT_EQ(api().check(rig_.driver(), data(), length(), none_.get(), nullptr, 1, &report_), RVD_INVALID_ARGUMENT);
}

TEST_P(StructSize, OutParametersAndHandlesMustBeThere) {
  EXPECT_EQ(api().open(nullptr, nullptr), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(api().close(nullptr), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(api().run(nullptr, 1, 0, nullptr), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(api().device_open(rig_.driver(), 0, none_.get(), &report_, nullptr), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(api().compile(rig_.driver(), data(), length(), none_.get(), nullptr, 0, &report_, nullptr), RVD_INVALID_ARGUMENT);
  const auto session = rig_.open(plan_);
  EXPECT_EQ(api().run(session->handle(), 1, 0, nullptr), RVD_INVALID_ARGUMENT);
}

TEST_P(StructSize, OfAnotherPlanVersion) {
  alignas(64) std::byte bytes[4096] = {};
  ASSERT_LE(length(), sizeof bytes);
  std::copy_n(plan_.bytes().data(), length(), bytes);
  const auto check = [&](const void* plan, std::uint64_t size) {
    return api().check(rig_.driver(), plan, size, none_.get(), nullptr, 0, &report_);
  };
  EXPECT_EQ(check(bytes, length()), RVD_OK);
  EXPECT_EQ(check(bytes, length() - 1), RVD_INCOMPATIBLE);
  EXPECT_EQ(check(bytes, 8), RVD_INCOMPATIBLE);
  EXPECT_EQ(check(nullptr, 0), RVD_INVALID_ARGUMENT);
  reinterpret_cast<rvd_plan_header*>(bytes)->major = 1;
  EXPECT_EQ(check(bytes, length()), RVD_INCOMPATIBLE);
  EXPECT_EQ(check(bytes + 1, length()), RVD_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace ranvier::conformance
