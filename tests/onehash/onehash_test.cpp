// One spike hash per network: on every instruction set, for any number of threads and lanes, any cut of a run, and whichever loops
// deliver and update. Not the full product for each network: a few settings each, by chance, among which every pair of values
// occurs often.
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/onehash/networks.h"
#include "tests/onehash/plan_files.h"
#include "tests/onehash/play.h"
#include "tests/onehash/settings.h"

namespace ranvier::onehash {
namespace {

constexpr std::size_t kSettings = 8;     // a network
constexpr std::uint64_t kNetworks = 40;  // if RANVIER_NETWORKS does not say how many

std::uint64_t networks() {
  const char* text = std::getenv("RANVIER_NETWORKS");
  return text == nullptr ? kNetworks : std::strtoull(text, nullptr, 10);
}

/// The instruction sets that cpu takes here.
std::vector<std::string> isas() {
  conformance::Rig cpu("cpu");
  const Plan plan = random_case(0).plan;
  std::vector<std::string> taken;
  for (const char* isa : {"scalar", "sse4", "avx2", "avx512", "neon"}) {
    if (cpu.check(plan, {{"isa", isa}}) == RVD_OK) taken.emplace_back(isa);
  }
  return taken;
}

std::vector<std::uint64_t> cuts_of(Dice& dice, const std::string& cuts, std::uint64_t steps) {
  std::set<std::uint64_t> ends{steps};
  if (cuts == "random") {
    for (std::size_t k = dice.between(1, 4); k > 0; --k) ends.insert(dice.between(1, steps));
  } else if (cuts == "each") {
    for (std::uint64_t step = 1; step < steps; ++step) ends.insert(step);
  }
  return {ends.begin(), ends.end()};
}

Way way_of(Dice& dice, const Case& network, const std::vector<Axis>& axes, const Choice& choice) {
  Way way;
  way.settings = device_settings(axes, choice);
  way.lanes = static_cast<std::uint32_t>(std::stoul(choice.at("lanes")));
  way.cuts = cuts_of(dice, choice.at("cuts"), network.steps);
  way.by_piece = choice.at("input") != "ahead";
  way.dense = choice.at("input") == "dense";
  way.spikes = choice.at("record") != "nothing";
  way.states = choice.at("record") == "all" || choice.at("record") == "last";
  way.last_only = choice.at("record") == "last";
  if (way.last_only && network.steps > 1 && (way.cuts.size() == 1 || way.cuts[way.cuts.size() - 2] != network.steps - 1))
    way.cuts.insert(way.cuts.end() - 1, network.steps - 1);
  way.again = choice.at("again") == "yes";
  return way;
}

/// What the reference makes of a network, for each number of lanes and precision that is asked for.
class Truth {
 public:
  explicit Truth(const Case& network) : network_(network), rig_("reference") {}
  const Outcome& of(std::uint32_t lanes, const std::string& precision) {
    const auto [at, fresh] = outcomes_.try_emplace({lanes, precision});
    if (fresh) {
      Way way;
      way.settings = {{"precision", precision}};
      way.lanes = lanes;
      way.cuts = {network_.steps};
      at->second = play(rig_, network_, way);
    }
    return at->second;
  }

 private:
  const Case& network_;
  conformance::Rig rig_;
  std::map<std::pair<std::uint32_t, std::string>, Outcome> outcomes_;
};

/// `work`: of one run on the reference; bigger networks have fewer lanes.
void expect_one_hash(const Case& network, std::uint64_t seed, std::size_t settings, std::uint64_t work) {
  Dice dice(seed);
  const std::vector<Axis> axes = axes_with(isas());
  Truth truth(network);
  conformance::Rig cpu("cpu");
  for (std::size_t k = 0; k < settings; ++k) {
    Choice choice = random_choice(dice, axes);
    while (network.work * network.steps * std::stoul(choice["lanes"]) > work && choice["lanes"] != "1") {
      choice["lanes"] = choice["lanes"] == "64" ? "7" : "1";
    }
    const Way way = way_of(dice, network, axes, choice);
    const std::string difference =
        first_difference(network, truth.of(way.lanes, choice["precision"]), play(cpu, network, way), way.lanes);
    ASSERT_EQ(difference, "") << "network '" << network.name << "' with " << text_of(choice);
  }
}

class RandomNetworks : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, testing::Range(std::uint64_t{0}, networks()));

TEST_P(RandomNetworks, HaveOneHash) { expect_one_hash(random_case(GetParam()), GetParam(), kSettings, 12'000'000); }

/// Where plan_files.h's plans are. Empty: this build cannot read NIR files and was not told of another's.
std::string plans() {
  if (const char* folder = std::getenv("RANVIER_ONEHASH_PLANS"); folder != nullptr) return folder;
#ifdef RANVIER_ONEHASH_PLANS
  return RANVIER_ONEHASH_PLANS;
#else
  return {};
#endif
}

class TrainedNetworks : public testing::TestWithParam<const char*> {};
std::vector<const char*> names() {
  std::vector<const char*> names;
  for (const PlanFile& file : kPlanFiles) names.push_back(file.name);
  return names;
}
INSTANTIATE_TEST_SUITE_P(Files, TrainedNetworks, testing::ValuesIn(names()));

TEST_P(TrainedNetworks, HaveOneHash) {
  if (plans().empty()) GTEST_SKIP() << "RANVIER_ONEHASH_PLANS names no folder";
  expect_one_hash(case_of(plans() + "/" + GetParam() + ".plan"), 1, kSettings, 150'000'000);
}

TEST(Settings, OfferMoreThanOneInstructionSet) { EXPECT_GE(isas().size(), 2u); }

TEST(Settings, OfAFewNetworksHoldEveryPairOfValues) {
  std::map<std::pair<std::string, std::string>, std::size_t> pairs;
  const std::vector<Axis> axes = axes_with({"scalar", "sse4", "avx2", "avx512"});
  for (std::uint64_t seed = 0; seed < kNetworks; ++seed) {
    Dice dice(seed);
    for (std::size_t k = 0; k < kSettings; ++k) {
      const Choice choice = random_choice(dice, axes);
      for (const auto& [a, x] : choice) {
        for (const auto& [b, y] : choice) ++pairs[{a + "=" + x, b + "=" + y}];
      }
    }
  }
  for (const Axis& a : axes) {
    for (const Axis& b : axes) {
      if (a.name == b.name) continue;
      for (const std::string& x : a.values) {
        for (const std::string& y : b.values) {
          EXPECT_GE((pairs[{a.name + "=" + x, b.name + "=" + y}]), 5u) << a.name << "=" << x << ", " << b.name << "=" << y;
        }
      }
    }
  }
}

}  // namespace
}  // namespace ranvier::onehash
