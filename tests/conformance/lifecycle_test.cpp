// Opening and closing, settings, facts, counters, reset: what every driver must do whatever it computes.
#include <cstring>
#include <set>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

class Lifecycle : public testing::TestWithParam<const char*> {};
class LifecycleOfSimulators : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Devices, Lifecycle, testing::Values("null", "reference", "cpu"));
INSTANTIATE_TEST_SUITE_P(Devices, LifecycleOfSimulators, testing::Values("reference", "cpu"));

TEST_P(Lifecycle, GivesACompleteTableForItsOwnVersionOnly) {
  const rvd_api* api = load(path_of(GetParam()));
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(api->struct_size, sizeof(rvd_api));
  EXPECT_EQ(api->abi_version, RVD_ABI_VERSION);
  EXPECT_STREQ(api->name, GetParam());
  EXPECT_STRNE(api->version, "");
  EXPECT_STRNE(api->vendor, "");
  void* library = dlopen(path_of(GetParam()).c_str(), RTLD_NOW | RTLD_LOCAL);
  const auto entry = reinterpret_cast<rvd_driver_fn>(dlsym(library, "rvd_driver"));
  EXPECT_EQ(entry(RVD_ABI_VERSION + 1), nullptr);
  const auto* const* slots = reinterpret_cast<void* const*>(&api->open);
  for (std::size_t k = 0; k < (sizeof(rvd_api) - offsetof(rvd_api, open)) / sizeof(void*); ++k)
    EXPECT_NE(slots[k], nullptr) << k;
}

TEST_P(Lifecycle, RefusesToCloseWhatIsInUse) {
  Rig rig(GetParam());
  const Plan plan = chain();
  EXPECT_EQ(rig.api().close(rig.driver()), RVD_FAILED_PRECONDITION);
  rvd_exec_t* exec = rig.compile(plan);
  ASSERT_NE(exec, nullptr);
  {
    const auto session = rig.open(exec, 1, 0);
    EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
    EXPECT_EQ(rig.api().device_close(rig.device()), RVD_FAILED_PRECONDITION);
    EXPECT_EQ(session->run(3), RVD_OK);
    EXPECT_EQ(session->clock(), 3u);
  }
  ASSERT_FALSE(rig.ears().heard.log.empty());
  EXPECT_NE(rig.ears().heard.log.back().find("1 sessions"), std::string::npos) << rig.ears().heard.log.back();
}

TEST_P(Lifecycle, RefusesToCloseWhileExecutablesAreOpen) {
  Ears ears;
  const rvd_api& api = *load(path_of(GetParam()));
  const rvd_host host = ears.host();
  const rvd_report report = ears.report();
  rvd_driver_t* driver = nullptr;
  ASSERT_EQ(api.open(&host, &driver), RVD_OK);
  const Plan plan = chain();
  rvd_exec_t* exec = nullptr;
  ASSERT_EQ(api.compile(driver, plan.bytes().data(), plan.bytes().size(), SettingList({}).get(), nullptr, 0, &report, &exec),
            RVD_OK);
  EXPECT_EQ(api.close(driver), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(api.exec_free(exec), RVD_OK);
  EXPECT_EQ(api.close(driver), RVD_OK);
}

TEST_P(Lifecycle, EnumeratesWhatItOpens) {
  Rig rig(GetParam());
  const rvd_facts facts = rig.ears().facts();
  EXPECT_EQ(rig.api().enumerate(rig.driver(), &facts), RVD_OK);
  ASSERT_EQ(rig.ears().heard.texts.size(), 1u);
  EXPECT_EQ(rig.ears().heard.texts[0].first, "0");
  const rvd_report report = rig.ears().report();
  rvd_device_t* device = nullptr;
  EXPECT_EQ(rig.api().device_open(rig.driver(), 7, SettingList({}).get(), &report, &device), RVD_NOT_FOUND);
  EXPECT_FALSE(rig.ears().heard.lines.empty());
}

TEST_P(Lifecycle, StatesKindAndGrade) {
  Rig rig(GetParam());
  const rvd_facts facts = rig.ears().facts();
  EXPECT_EQ(rig.api().device_info(rig.device(), &facts), RVD_OK);
  EXPECT_TRUE((std::set<std::string>{"hardware", "emulator", "cpu", "none"}.contains(rig.ears().heard.text("kind"))));
  EXPECT_TRUE((std::set<std::string>{"bit-exact", "seeded-statistical", "none"}.contains(rig.ears().heard.text("grade"))));
}

TEST_P(Lifecycle, KnowsNoExtension) {
  Rig rig(GetParam());
  const void* table = nullptr;
  EXPECT_EQ(rig.api().extension(rig.driver(), {"state", 5}, &table), RVD_NOT_FOUND);
}

TEST_P(Lifecycle, NamesUnknownSettings) {
  Rig rig(GetParam());
  const Plan plan = chain();
  EXPECT_EQ(rig.check(plan, {{"lanes", "4"}}), RVD_OK);
  EXPECT_EQ(rig.check(plan, {{"lane", "4"}, {"colour", "red"}}), RVD_NOT_FOUND);
  EXPECT_EQ(rig.ears().heard.lines.size(), 2u);
  EXPECT_NE(rig.ears().heard.line("setting \"lane\"").remedy.find("\"lanes\""), std::string::npos);
  EXPECT_EQ(rig.ears().heard.line("setting \"colour\"").verdict, RVD_VERDICT_UNSUPPORTED);
  EXPECT_EQ(rig.check(plan, {{"lanes", "many"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.check(plan, {{"lanes", "0"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.check(plan, {{"lanes", "16777217"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.compile(plan, {{"colour", "red"}}), nullptr);
  EXPECT_EQ(rig.status(), RVD_NOT_FOUND);
}

TEST_P(LifecycleOfSimulators, NamesValuesOfPrecision) {
  Rig rig(GetParam(), {{"precision", "f64"}});
  const Plan plan = chain();
  EXPECT_EQ(rig.check(plan, {{"precision", "f64"}, {"lanes", "2"}}), RVD_OK);
  EXPECT_EQ(rig.check(plan, {{"precision", "f16"}}), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(rig.ears().heard.line("setting \"precision\"").limit, "f32, f64");
  EXPECT_EQ(rig.check(plan, {{"precison", "f64"}}), RVD_NOT_FOUND);
  EXPECT_NE(rig.ears().heard.line("setting \"precison\"").remedy.find("precision"), std::string::npos);
}

TEST_P(Lifecycle, ResetGivesAFreshSession) {
  Rig rig(GetParam());
  const auto session = rig.open(chain(), 2, 10);
  const std::vector<float> ones(2 * 2, 1.0F);
  const auto play = [&] {
    EXPECT_EQ(session->write_dense(0, RVD_F32, 10, 2, 1, ones.data()), RVD_OK);
    EXPECT_EQ(session->run(15), RVD_OK);
    return std::make_tuple(session->events(1), session->states(1, "v"), session->counters().numbers);
  };
  ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
  ASSERT_EQ(session->probe(1, "v"), RVD_OK);
  const auto first = play();
  EXPECT_EQ(session->write_dense(0, RVD_F32, 20, 2, 1, ones.data()), RVD_OK);  // pending: dropped by reset
  EXPECT_EQ(session->run(16), RVD_OK);                                         // unread: dropped as well
  EXPECT_EQ(session->reset(), RVD_OK);
  EXPECT_EQ(session->run(10), RVD_OK);
  EXPECT_EQ(session->clock(), 10u);
  EXPECT_EQ(play(), first);
  EXPECT_EQ(session->run(30), RVD_OK);
  EXPECT_EQ(session->events(1).size(), 0u);
}

TEST_P(LifecycleOfSimulators, CountsPerLane) {
  Rig rig(GetParam());
  const auto session = rig.open(chain(), 2);
  ASSERT_EQ(session->write(0, {{0, 0, 1, 1},
                               {0, 1, 0, 1},
                               {0, 0, 0, 0},
                               {bits_in(RVD_F32, 2), bits_in(RVD_F32, 1), bits_in(RVD_F32, 2), bits_in(RVD_F32, 1.5)},
                               RVD_F32}),
            RVD_OK);
  ASSERT_EQ(session->run(5), RVD_OK);
  const auto numbers = session->counters().numbers;
  EXPECT_EQ(numbers.at({"spikes", 0}), 2u);  // 2 > 1.5 in steps 0 and 1
  EXPECT_EQ(numbers.at({"spikes", 1}), 1u);  // 0.5 + 1.5 in step 1
  EXPECT_EQ(numbers.at({"steps", 0}), 5u);
  EXPECT_EQ(numbers.at({"lost", 0}), 0u);
  EXPECT_NE(numbers.at({"hash", 0}), numbers.at({"hash", 1}));
}

// The hash as driver.h words it, written out again.
std::uint64_t m(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

TEST_P(LifecycleOfSimulators, HashesSpikesAsTheContractSays) {
  for (const char* precision : {"f32", "f64"}) {
    Rig rig(GetParam());
    const auto session = rig.open(chain(), 1, 100, {{"precision", precision}});
    ASSERT_EQ(session->write(0, {{101, 103}, {0, 0}, {0, 0}, {bits_in(RVD_F32, 2), bits_in(RVD_F32, 3)}, RVD_F32}), RVD_OK);
    ASSERT_EQ(session->run(110), RVD_OK);
    const std::uint64_t one = bits_in(RVD_F64, 1);
    const std::uint64_t expected = m(m(m(m(1) ^ 0) ^ 101) ^ one) + m(m(m(m(1) ^ 0) ^ 103) ^ one);
    EXPECT_EQ(session->counters().numbers.at({"hash", 0}), expected);
  }
}

TEST_P(Lifecycle, ManySessionsLiveSideBySide) {
  Rig rig(GetParam());
  const Plan plan = chain();
  rvd_exec_t* exec = rig.compile(plan);
  std::vector<std::unique_ptr<Session>> sessions;
  for (std::uint32_t k = 1; k < 20; ++k) sessions.push_back(rig.open(exec, k, k));
  for (std::size_t k = 0; k < sessions.size(); ++k) {
    EXPECT_EQ(sessions[k]->run(50 + k), RVD_OK);
    EXPECT_EQ(sessions[k]->clock(), 50 + k);
    EXPECT_EQ(sessions[k]->run(3), RVD_OK);  // already past it
    EXPECT_EQ(sessions[k]->clock(), 50 + k);
  }
  EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
}

}  // namespace
}  // namespace ranvier::conformance
