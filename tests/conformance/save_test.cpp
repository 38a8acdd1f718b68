// Executables as bytes: saved, loaded, damaged.
#include <cstddef>
#include <cstring>
#include <span>

#include <gtest/gtest.h>

#include <ranvier/driver.hpp>
#include <ranvier/plan_view.hpp>

#include "core/plan/check.h"
#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Save : public testing::TestWithParam<const char*> {
 protected:
  Save() : rig_(GetParam()) {}

  std::vector<std::byte> saved(const Plan& plan, const Settings& settings = {}) {
    rvd_exec_t* exec = rig_.compile(plan, settings);
    Ears ears;
    const rvd_sink sink = ears.sink();
    EXPECT_EQ(rig_.api().exec_save(exec, &sink), RVD_OK);
    EXPECT_EQ(rig_.api().exec_free(exec), RVD_OK);
    return ears.heard.bytes;
  }
  rvd_status load_in(Rig& rig, const std::vector<std::byte>& bytes, rvd_exec_t** exec) {
    const rvd_report report = rig.ears().report();
    return rig.api().exec_load(rig.driver(), bytes.data(), bytes.size(), &report, exec);
  }
  rvd_status try_load(Rig& rig, const std::vector<std::byte>& bytes) {
    rvd_exec_t* exec = nullptr;
    const rvd_status status = load_in(rig, bytes, &exec);
    if (status == RVD_OK) {
      EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
    }
    return status;
  }

  Rig rig_;
};
INSTANTIATE_TEST_SUITE_P(Devices, Save, testing::Values("null", "reference", "cpu"));

TEST_P(Save, LoadedRunsLikeCompiled) {
  const Settings settings = std::string(GetParam()) == "null" ? Settings{} : Settings{{"precision", "f64"}};
  const std::vector<std::byte> bytes = saved(chain(), settings);
  rvd_exec_t* exec = nullptr;
  ASSERT_EQ(load_in(rig_, bytes, &exec), RVD_OK);
  const auto play = [](Session& session) {
    EXPECT_EQ(session.probe(1, "v"), RVD_OK);
    EXPECT_EQ(session.write(0, {{0, 1}, {0, 0}, {0, 0}, {bits_in(RVD_F32, 0.1), bits_in(RVD_F32, 0.3)}, RVD_F32}), RVD_OK);
    EXPECT_EQ(session.run(4), RVD_OK);
    return session.states(1, "v");
  };
  const auto loaded = rig_.open(exec, 1, 0);
  EXPECT_EQ(rig_.api().exec_free(exec), RVD_OK);
  const auto compiled = rig_.open(chain(), 1, 0, settings);
  EXPECT_EQ(play(*loaded), play(*compiled));
}

TEST_P(Save, DamagedIsIncompatible) {
  const std::vector<std::byte> bytes = saved(chain());
  EXPECT_EQ(try_load(rig_, bytes), RVD_OK);
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    std::vector<std::byte> damaged = bytes;
    damaged[k] ^= std::byte{0x10};
    ASSERT_EQ(try_load(rig_, damaged), RVD_INCOMPATIBLE) << k;
  }
  for (std::size_t length = 0; length < bytes.size(); length += 7) {
    ASSERT_EQ(try_load(rig_, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)}),
              length == 0 ? try_load(rig_, {}) : RVD_INCOMPATIBLE)
        << length;
  }
  std::vector<std::byte> longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_EQ(try_load(rig_, longer), RVD_INCOMPATIBLE);
  EXPECT_NE(try_load(rig_, {}), RVD_OK);
}

// Both checksums made good again: what the plan says is then the host's to judge, before the driver walks it.
void forge(std::vector<std::byte>& bytes, std::size_t plan_size) {
  const std::span<std::byte> plan = std::span(bytes).last(plan_size);
  const std::uint32_t of_plan = ranvier::plan::checksum(plan);
  std::memcpy(plan.data() + offsetof(rvd_plan_header, crc32c), &of_plan, sizeof of_plan);
  rvd::detail::SavedHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.crc = rvd::detail::checksum(header, bytes.data() + sizeof header, bytes.size() - sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
}

TEST_P(Save, AForgedChecksumOverABrokenPlanIsIncompatible) {
  const Plan plan = chain();
  const std::vector<std::byte> bytes = saved(plan);
  const std::size_t begin = bytes.size() - plan.bytes().size();
  const rvd::PlanView view(plan.bytes().data(), plan.bytes().size());
  const auto refused = [&](std::size_t at, std::byte flip) {
    std::vector<std::byte> forged = bytes;
    forged[begin + at] ^= flip;
    forge(forged, plan.bytes().size());
    rvd_exec_t* exec = nullptr;
    const rvd_status status = load_in(rig_, forged, &exec);
    EXPECT_TRUE(status == RVD_OK || status == RVD_INCOMPATIBLE) << at;
    if (status != RVD_OK) return true;
    // Valid after all, as with another weight: it runs.
    EXPECT_EQ(rig_.open(exec, 1, 0)->run(3), RVD_OK) << at;
    EXPECT_EQ(rig_.api().exec_free(exec), RVD_OK);
    return false;
  };
  const auto offset_of = [&](const void* field) {
    return static_cast<std::size_t>(static_cast<const std::byte*>(field) - plan.bytes().data());
  };
  EXPECT_FALSE(refused(0, std::byte{0}));
  EXPECT_TRUE(refused(offset_of(&view.projections()[0].target) + 3, std::byte{0x40}));
  EXPECT_TRUE(refused(offset_of(&view.projections()[0].weights.offset) + 6, std::byte{0x40}));
  EXPECT_TRUE(refused(offset_of(&view.populations()[1].count) + 5, std::byte{0x40}));
  for (std::size_t at = 0; at < plan.bytes().size(); at += 3) refused(at, std::byte{0x81});
}

TEST_P(Save, OfAnotherDeviceIsIncompatible) {
  const std::vector<std::byte> bytes = saved(chain());
  for (const std::string other : {"null", "reference", "cpu"}) {
    Rig rig(other);
    EXPECT_EQ(try_load(rig, bytes), other == GetParam() ? RVD_OK : RVD_INCOMPATIBLE) << other;
  }
}

TEST_P(Save, PassesOnWhatTheSinkSays) {
  rvd_exec_t* exec = rig_.compile(chain());
  const rvd_sink full{sizeof(rvd_sink), 0, nullptr,
                      [](void*, const void*, std::uint64_t) -> rvd_status { return RVD_OUT_OF_MEMORY; }};
  EXPECT_EQ(rig_.api().exec_save(exec, &full), RVD_OUT_OF_MEMORY);
  EXPECT_EQ(rig_.api().exec_free(exec), RVD_OK);
}

}  // namespace
}  // namespace ranvier::conformance
