// Executables as bytes: saved, loaded, damaged.
#include <gtest/gtest.h>

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
