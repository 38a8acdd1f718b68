// Networks that are in Loihi's integers already: cpu, reference and the chip's emulator agree bit for bit, in spikes, u, v and
// counters, however they are run.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/onehash/networks.h"
#include "tests/onehash/play.h"

namespace ranvier::onehash {
namespace {

constexpr std::uint64_t kNetworks = 300;  // if RANVIER_NETWORKS does not say how many

std::uint64_t networks() {
  const char* text = std::getenv("RANVIER_NETWORKS");
  return text == nullptr ? kNetworks : std::strtoull(text, nullptr, 10);
}

const conformance::Settings kEmulator{{"kind", "emulator"}, {"chips", "768"}};

/// Without what only the chip counts.
Outcome shared(Outcome outcome) {
  for (auto at = outcome.numbers.begin(); at != outcome.numbers.end();) {
    const std::string& name = at->first.first;
    const bool own = name.rfind("wraps.", 0) == 0 || name.rfind("clipped.", 0) == 0;
    at = own ? outcome.numbers.erase(at) : std::next(at);
  }
  return outcome;
}

std::string refused(const conformance::Heard& heard) {
  std::string text;
  for (const conformance::Line& line : heard.lines) {
    if (line.verdict == RVD_VERDICT_UNSUPPORTED) text += line.where + ", " + line.quantity + " " + line.asked + "; ";
  }
  return text;
}

Way random_way(Dice& dice, const Case& network) {
  Way way;
  way.lanes = dice.one_of<std::uint32_t>({1, 1, 3, 8});
  way.by_piece = dice.chance(50);
  way.dense = dice.chance(50);
  way.again = dice.chance(30);
  for (std::uint64_t step = 1; step < network.steps; ++step) {
    if (dice.chance(20)) way.cuts.push_back(step);
  }
  way.cuts.push_back(network.steps);
  return way;
}

class LoihiNetworks : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, LoihiNetworks, testing::Range(std::uint64_t{0}, networks()));

TEST_P(LoihiNetworks, RunTheSameOnTheChip) {
  const Case network = loihi_case(GetParam());
  Dice dice(GetParam());
  Way way = random_way(dice, network);
  conformance::Rig reference("reference"), cpu("cpu"), loihi("loihi", kEmulator);
  Way plain = way;
  plain.cuts = {network.steps};
  const Outcome truth = play(reference, network, plain);
  EXPECT_EQ(first_difference(network, truth, play(cpu, network, way), way.lanes), "") << network.name;
  ASSERT_EQ(loihi.check(network.plan, kEmulator), RVD_OK) << network.name << ": " << refused(loihi.ears().heard);
  for (const char* isa : {"auto", "scalar"}) {
    way.settings = kEmulator;
    way.settings["isa"] = isa;
    ASSERT_EQ(first_difference(network, truth, shared(play(loihi, network, way)), way.lanes), "") << network.name << ' ' << isa;
  }
}

}  // namespace
}  // namespace ranvier::onehash
