// Networks that are in Loihi's integers already: cpu, reference and the chip's emulator agree bit for bit, in spikes, u, v and
// counters, however they are run.
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <ranvier/driver.hpp>

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

constexpr std::string_view kMaker = "loihi 0.1.0";

/// A digit of the header, or a byte or word behind it, becomes another.
void forge(Dice& dice, std::string& container, std::uint64_t header) {
  constexpr std::size_t kPrefix = 8;
  if (dice.chance(60)) {
    const std::size_t begin = kPrefix + dice.below(header);
    const std::size_t at = container.find_first_of("0123456789", begin);
    if (at < kPrefix + header) container[at] = static_cast<char>('0' + dice.below(10));
    return;
  }
  if (dice.chance(10)) {
    container.resize(dice.below(container.size()) + 1);
    return;
  }
  const std::size_t at = kPrefix + dice.below(container.size() - kPrefix - 4);
  const auto word = dice.one_of<std::uint32_t>({0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 65536});
  std::memcpy(container.data() + at, &word, sizeof word);
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

/// Input that leaves the range of whatever was expected of it, in some of its later steps.
void raise_input(Dice& dice, Case& network) {
  for (Population& population : network.populations) {
    for (std::size_t k = 0; k < population.events.size(); ++k) {
      std::uint64_t& bits = population.events.bits[k];
      if (population.events.step[k] > network.steps / 2 && dice.chance(30)) bits = (bits << dice.below(31)) & 0xFFFFFFFF;
    }
  }
}

TEST_P(LoihiNetworks, RunTheSameOnTheChip) {
  Case network = loihi_case(GetParam());
  Dice dice(GetParam());
  if (dice.chance(30)) raise_input(dice, network);
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

// --------------------------------------------------------------------------------------------------------- executables

std::vector<std::byte> saved(conformance::Rig& rig, const Plan& plan, const conformance::Settings& settings) {
  rvd_exec_t* exec = rig.compile(plan, settings);
  conformance::Ears ears;
  const rvd_sink sink = ears.sink();
  EXPECT_EQ(rig.api().exec_save(exec, &sink), RVD_OK);
  EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
  return ears.heard.bytes;
}

rvd_status load(conformance::Rig& rig, const std::vector<std::byte>& bytes, rvd_exec_t** exec) {
  const rvd_report report = rig.ears().report();
  return rig.api().exec_load(rig.driver(), bytes.data(), bytes.size(), &report, exec);
}

class LoihiExecutables : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, LoihiExecutables, testing::Range(std::uint64_t{0}, std::uint64_t{40}));

TEST_P(LoihiExecutables, RunTheSameOnceLoaded) {
  const Case network = loihi_case(GetParam());
  conformance::Rig rig("loihi", kEmulator);
  const std::vector<std::byte> bytes = saved(rig, network.plan, kEmulator);
  rvd_exec_t* exec = nullptr;
  ASSERT_EQ(load(rig, bytes, &exec), RVD_OK);
  Way way;
  way.settings = kEmulator;
  way.cuts = {network.steps};
  const Outcome compiled = play(rig, network, way);
  const Outcome loaded = play(*rig.open(exec, 1, 0), network, way);
  EXPECT_EQ(first_difference(network, compiled, loaded, 1), "");
  conformance::Ears ears;
  const rvd_sink sink = ears.sink();
  ASSERT_EQ(rig.api().exec_save(exec, &sink), RVD_OK);
  EXPECT_EQ(ears.heard.bytes, bytes);
  EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
}

TEST(LoihiExecutable, DamagedOrCutShortIsIncompatible) {
  const Case network = loihi_case(3);
  conformance::Rig rig("loihi", kEmulator);
  const std::vector<std::byte> bytes = saved(rig, network.plan, kEmulator);
  rvd_exec_t* exec = nullptr;
  for (std::size_t k = 0; k < bytes.size(); k += 1 + k / 64) {
    std::vector<std::byte> damaged = bytes;
    damaged[k] ^= std::byte{0x10};
    ASSERT_EQ(load(rig, damaged, &exec), RVD_INCOMPATIBLE) << k;
    ASSERT_EQ(load(rig, {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(k)}, &exec),
              k == 0 ? load(rig, {}, &exec) : RVD_INCOMPATIBLE)
        << k;
  }
}

/// Frame and checksum are right, what is inside is whatever somebody wrote: refused, or run without harm.
class ForgedExecutables : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, ForgedExecutables, testing::Range(std::uint64_t{0}, std::uint64_t{60}));

TEST_P(ForgedExecutables, AreRefusedOrRun) {
  const Case network = loihi_case(GetParam());
  conformance::Rig rig("loihi", kEmulator);
  const std::vector<std::byte> bytes = saved(rig, network.plan, kEmulator);
  const rvd::Saved honest = rvd::load(bytes.data(), bytes.size(), kMaker);
  const std::string container(reinterpret_cast<const char*>(honest.payload.data()), honest.payload.size());
  std::uint64_t header = 0;
  std::memcpy(&header, container.data(), sizeof header);
  Dice dice(GetParam());
  int refused = 0;
  for (int k = 0; k < 60; ++k) {
    std::string forged = container;
    for (std::size_t edits = dice.between(1, 3); edits > 0; --edits) forge(dice, forged, header);
    conformance::Ears ears;
    const rvd_sink sink = ears.sink();
    rvd::save(rvd::Sink(sink), kMaker, "", forged.data(), forged.size());
    rvd_exec_t* exec = nullptr;
    const rvd_status status = load(rig, ears.heard.bytes, &exec);
    if (status == RVD_OK) {
      rig.open(exec, 2, 0)->run(5);
      EXPECT_EQ(rig.api().exec_free(exec), RVD_OK);
    } else {
      ++refused;
      EXPECT_EQ(status, RVD_INCOMPATIBLE);
    }
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace ranvier::onehash
