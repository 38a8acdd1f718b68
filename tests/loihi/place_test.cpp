#include "devices/loihi/place.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "devices/loihi/core_use.h"
#include "tests/loihi/kept_report.h"

namespace ranvier::loihi {
namespace {

Kept placed(Network& network, const Limits& limits, std::uint32_t chips = 1) {
  Kept kept;
  place(network, limits, chips, kept.report());
  EXPECT_EQ(kept.report().refused(), !kept.refusals().empty());
  return kept;
}

// ------------------------------------------------------------------------------------------------------- networks by hand

Population population(Population::Kind kind, const std::string& name, std::uint64_t count) {
  Population result;
  result.kind = kind;
  result.name = name;
  result.count = count;
  return result;
}

std::uint32_t add(Network& network, Population::Kind kind, std::uint64_t count) {
  network.populations.push_back(population(kind, "p" + std::to_string(network.populations.size()), count));
  return static_cast<std::uint32_t>(network.populations.size() - 1);
}

Group& connect(Network& network, std::uint32_t source, std::uint32_t target) {
  Group group;
  group.source = source;
  group.target = target;
  group.weights.assign(network.populations[source].count * network.populations[target].count, 2);
  return network.groups.emplace_back(std::move(group));
}

template <class Connected>
Group& connect_where(Network& network, std::uint32_t source, std::uint32_t target, const Connected& connected) {
  Group group;
  group.source = source;
  group.target = target;
  group.dense = false;
  group.rows = {0};
  for (std::uint64_t i = 0; i < network.populations[source].count; ++i) {
    for (std::uint64_t j = 0; j < network.populations[target].count; ++j) {
      if (connected(i, j)) group.targets.push_back(static_cast<std::int32_t>(j));
    }
    group.rows.push_back(static_cast<std::int64_t>(group.targets.size()));
  }
  group.weights.assign(group.targets.size(), 2);
  return network.groups.emplace_back(std::move(group));
}

/// A layer of `neurons` that hears from all of `sources`.
Network layer(std::uint64_t sources, std::uint64_t neurons) {
  Network network;
  const auto in = add(network, Population::Kind::input, sources);
  const auto cells = add(network, Population::Kind::neuron, neurons);
  connect(network, in, cells);
  return network;
}

std::size_t cores_of(const Network& network) { return uses_of(network, kLoihi1).size(); }

// --------------------------------------------------------------------------------------------------------- nengo-loihi's word

bool is_connected(std::uint64_t i, std::uint64_t j, std::uint64_t group, std::uint64_t density) {
  return ((i * 2654435761U + j * 40503U + group * 97U) % (std::uint64_t{1} << 32) >> 8) % 1000 < density;
}

/// One line of tests/peers/nengo_loihi_resources.py: a block on core 0, whose axons out go to a core each.
void expect_utilization(const std::string& line) {
  SCOPED_TRACE(line);
  std::istringstream in(line);
  const auto next = [&] {
    std::int64_t number = -1;
    EXPECT_TRUE(in >> number);
    return number;
  };
  const auto count = [&] { return static_cast<std::uint64_t>(next()); };
  Network network;
  const std::uint64_t compartments = count();
  const auto block = add(network, Population::Kind::neuron, compartments);
  network.placement.push_back({block, 0, compartments, 0, 0});
  const std::uint64_t groups = count();
  for (std::uint64_t g = 0; g < groups; ++g) {
    const auto source = add(network, Population::Kind::input, count());
    const std::uint64_t density = count();
    const auto sparse = [&](std::uint64_t i, std::uint64_t j) { return is_connected(i, j, g, density); };
    Group& group = density == 1000 ? connect(network, source, block) : connect_where(network, source, block, sparse);
    group.bits = static_cast<int>(next());
    group.axon_delay = static_cast<std::uint32_t>(next());
    group.exponent = static_cast<int>(next());
  }
  const std::uint64_t axons = count();
  for (std::uint32_t a = 0; a < axons; ++a) {
    const auto target = add(network, Population::Kind::neuron, 1);
    network.placement.push_back({target, 0, 1, 0, a + 1});
    if (next() != 0) connect(network, block, target).message_bits = 8;
    else connect(network, block, target);
  }
  const CoreUse use = uses_of(network, kLoihi1).front();
  EXPECT_EQ(use.compartments, count());
  EXPECT_EQ(use.in_axons, count());
  EXPECT_EQ(use.out_axons, count());
  EXPECT_EQ(use.synapse_bits, count());
}

TEST(CoreUse, IsWhatNengoLoihiSays) {
  const char* const live = std::getenv("RANVIER_LOIHI_BLOCKS");
  std::ifstream file(live != nullptr ? live : RANVIER_TEST_DATA "/peers/nengo_loihi_blocks.txt");
  std::size_t lines = 0;
  for (std::string line; std::getline(file, line); ++lines) expect_utilization(line);
  EXPECT_GE(lines, 40U);
}

// ------------------------------------------------------------------------------------------------------------ every limit

TEST(Place, ChipOfFullCoresIsFull) {
  for (const Limits& limits : {kLoihi1, kLoihi2}) {
    const std::uint64_t most = limits.compartments * limits.cores;
    for (const std::uint64_t neurons : {most - 1, most, most + 1}) {
      Network network = layer(1, neurons);
      network.groups.clear();
      const Kept kept = placed(network, limits);
      ASSERT_EQ(kept.refusals().empty(), neurons <= most) << limits.chip;
      if (neurons <= most) {
        EXPECT_EQ(kept.figure("compartments", "used"), static_cast<double>(neurons));
        EXPECT_EQ(kept.figure("compartments", "free"), static_cast<double>(most - neurons));
        EXPECT_EQ(kept.figure("cores", "used"), 128);
        EXPECT_EQ(kept.figure("cores", "lower_bound"), 128);
        continue;
      }
      const Entry refusal = kept.refusals().front();
      EXPECT_EQ(std::tie(refusal.where, refusal.quantity, refusal.asked, refusal.limit),
                std::make_tuple("p1", "cores", "129", "128"));
      EXPECT_NE(refusal.remedy.find("core 128"), std::string::npos) << refusal.remedy;
      EXPECT_NE(refusal.remedy.find("chips=2"), std::string::npos) << refusal.remedy;
      EXPECT_TRUE(placed(network, limits, 2).refusals().empty());
      EXPECT_EQ(network.placement.back().chip, 1U);
      EXPECT_EQ(network.placement.back().core, 0U);
    }
  }
}

TEST(Place, NoSystemHasMoreThan768Chips) {
  Limits limits = kLoihi1;
  limits.compartments = limits.cores = 1;
  for (const std::uint64_t neurons : {768U, 769U}) {
    Network network = layer(1, neurons);
    const std::string remedy = placed(network, limits).refusals().at(0).remedy;
    EXPECT_EQ(remedy.find("chips=768") != std::string::npos, neurons == 768) << remedy;
  }
}

TEST(Place, ANeuronHears4096Axons) {
  for (const std::uint64_t sources : {4095U, 4096U, 4097U}) {
    Network network = layer(sources, 3);
    const Kept kept = placed(network, kLoihi1);
    ASSERT_EQ(kept.refusals().empty(), sources <= 4096);
    if (sources <= 4096) {
      EXPECT_EQ(kept.figure("in-axons", "used"), static_cast<double>(sources));
      EXPECT_EQ(kept.figure("in-axons", "largest_core"), static_cast<double>(sources));
      continue;
    }
    const Entry refusal = kept.refusals().front();
    EXPECT_EQ(std::tie(refusal.where, refusal.quantity, refusal.asked, refusal.limit),
              std::make_tuple("p1", "in-axons", "4097", "4096"));
    EXPECT_NE(refusal.remedy.find("Neuron 0 alone does not fit on core 0. "), std::string::npos) << refusal.remedy;
    EXPECT_EQ(refusal.figures.at("used"), 4097);
  }
}

TEST(Place, TheNeuronThatDoesNotFitIsNamedWithItsCore) {
  Network network;
  const auto in = add(network, Population::Kind::input, 5000);
  const auto first = add(network, Population::Kind::neuron, 10), second = add(network, Population::Kind::neuron, 10);
  for (const auto cells : {first, second}) {
    connect_where(network, in, cells, [](std::uint64_t i, std::uint64_t j) { return i % 10 == j || j == 7; });
  }
  const std::vector<Entry> refusals = placed(network, kLoihi1).refusals();
  ASSERT_EQ(refusals.size(), 2U) << "one for each population";
  EXPECT_EQ(refusals[0].where, "p1");
  EXPECT_EQ(refusals[1].where, "p2");
  EXPECT_EQ(refusals[0].figures.at("neuron"), 7);
  EXPECT_EQ(refusals[0].figures.at("core"), 1);
}

TEST(Place, SynapseMemoryIsFilledToTheLastWord) {
  for (const std::uint64_t neurons : {61U, 62U, 63U}) {  // 62 x 8 + 10 bits are just below 8 words, of which there are 2048
    Network network = layer(2048, neurons);
    const Kept kept = placed(network, kLoihi1);
    EXPECT_EQ(cores_of(network), neurons <= 62 ? 1U : 2U);
    EXPECT_EQ(kept.figure("synapse memory", "core_limit"), 1048576);
    EXPECT_EQ(kept.figure("synapse memory", "used"), neurons <= 62 ? 1048576 : 1048576 + 2048 * 64);
  }
}

TEST(Place, ANeuronOfMoreSynapsesThanMemoryIsRefused) {
  for (const std::uint64_t sources : {9U, 10U, 11U}) {
    Network network = layer(sources, 1);
    Limits limits = kLoihi1;
    limits.synapse_bits = 640;
    const std::vector<Entry> refusals = placed(network, limits).refusals();
    ASSERT_EQ(refusals.empty(), sources <= 10);
    if (refusals.empty()) continue;
    EXPECT_EQ(std::tie(refusals[0].quantity, refusals[0].asked, refusals[0].limit, refusals[0].unit),
              std::make_tuple("synapse memory", "704", "640", "bits a core"));
  }
}

// 1024 neurons with an axon to each of 3, 4 or 5 cores.
TEST(Place, OutAxonsCutAPopulation) {
  for (const std::uint32_t targets : {3U, 4U, 5U}) {
    Network network;
    const auto source = add(network, Population::Kind::neuron, 1024);
    for (std::uint32_t k = 0; k < targets; ++k) {
      const auto target = add(network, Population::Kind::neuron, 1024);
      connect_where(network, source, target, [](std::uint64_t i, std::uint64_t j) { return i == j; });
    }
    const Kept kept = placed(network, kLoihi1);
    EXPECT_TRUE(kept.refusals().empty());
    EXPECT_EQ(kept.figure("out-axons", "used"), 1024 * targets);
    EXPECT_EQ(network.placement[0].count, targets <= 4 ? 1024U : 819U);
    EXPECT_EQ(kept.figure("out-axons", "largest_core"), targets <= 4 ? 1024 * targets : 819 * 5);
  }
}

TEST(Place, GradedSpikesTakeTwoOutAxons) {
  for (const std::uint64_t neurons : {2047U, 2048U, 2049U}) {
    Network network;
    const auto source = add(network, Population::Kind::graded, neurons), target = add(network, Population::Kind::neuron, 1);
    connect(network, source, target).message_bits = 24;
    placed(network, kLoihi2);
    EXPECT_EQ(network.placement[0].count, std::min<std::uint64_t>(neurons, 2048));
  }
}

TEST(Place, ANeuronWithTargetsOnTooManyCoresIsRefused) {
  for (const std::uint64_t cores : {3U, 4U, 5U}) {
    Network network;
    const auto source = add(network, Population::Kind::neuron, 1), target = add(network, Population::Kind::neuron, 2 * cores);
    connect(network, source, target);
    Limits limits = kLoihi1;
    limits.compartments = 2;
    limits.out_axons = 4;
    const std::vector<Entry> refusals = placed(network, limits).refusals();
    ASSERT_EQ(refusals.empty(), cores <= 4);
    if (refusals.empty()) continue;
    EXPECT_EQ(std::tie(refusals[0].where, refusals[0].quantity, refusals[0].asked), std::make_tuple("p0", "out-axons", "5"));
  }
}

TEST(Place, TablesOfACoreHoldSoManyEntries) {
  const auto cores_with = [](const auto& vary, std::int32_t entries) {
    Network network = layer(1, static_cast<std::uint64_t>(entries));
    Values values(static_cast<std::size_t>(entries));
    for (std::int32_t i = 0; i < entries; ++i) values[static_cast<std::size_t>(i)] = i + 1;
    vary(network.populations[1], values);
    EXPECT_TRUE(placed(network, kLoihi1).refusals().empty());
    return cores_of(network);
  };
  for (const std::int32_t entries : {31, 32, 33}) {
    const std::size_t cores = entries <= 32 ? 1 : 2;
    EXPECT_EQ(cores_with([](Population& p, const Values& values) { p.du = values; }, entries), cores);
    EXPECT_EQ(cores_with([](Population& p, const Values& values) { p.dv = values; }, entries), cores);
    EXPECT_EQ(cores_with([](Population& p, const Values& values) { p.refractory = values; }, entries), cores);
  }
  for (const std::int32_t entries : {15, 16, 17}) {
    EXPECT_EQ(cores_with([](Population& p, const Values& values) { p.vth = values; }, entries), entries <= 16 ? 1U : 2U);
  }
}

TEST(Place, ANeuronHears16SynapseFormats) {
  for (const int formats : {15, 16, 17}) {
    Network network;
    const auto in = add(network, Population::Kind::input, 1), cells = add(network, Population::Kind::neuron, 5);
    for (int k = 0; k < formats; ++k) {
      Group& group = connect(network, in, cells);
      group.exponent = k % 16 - 8;
      group.axon_delay = k < 16 ? 1 : 2;
    }
    const std::vector<Entry> refusals = placed(network, kLoihi1).refusals();
    ASSERT_EQ(refusals.empty(), formats <= 16);
    if (refusals.empty()) continue;
    EXPECT_EQ(std::tie(refusals[0].where, refusals[0].quantity, refusals[0].asked, refusals[0].limit),
              std::make_tuple("p1", "synapse formats", "17", "16"));
  }
}

TEST(Place, CoresAreSharedByThoseOfTheSameBoundsAndNoise) {
  const auto cores_with = [](const auto& vary) {
    Network network;
    for (int k = 0; k < 2; ++k) add(network, Population::Kind::neuron, 10);
    vary(network.populations[1]);
    placed(network, kLoihi1);
    return cores_of(network);
  };
  EXPECT_EQ(cores_with([](Population& p) { p.vth = {7}; }), 1U);
  EXPECT_EQ(cores_with([](Population& p) { p.vmin = {0}; }), 2U);
  EXPECT_EQ(cores_with([](Population& p) { p.vmax = {511}; }), 2U);
  EXPECT_EQ(cores_with([](Population& p) { p.noise.on = Population::Noise::On::u; }), 2U);
}

// -------------------------------------------------------------------------------------------------------------- how it cuts

TEST(Place, LayersAreCutOnlyWhereThereAreTooFewCores) {
  Limits limits = kLoihi1;
  limits.cores = 3;
  for (const bool tight : {false, true}) {
    Network network;
    for (int k = 0; k < (tight ? 5 : 3); ++k) add(network, Population::Kind::neuron, 600);
    EXPECT_TRUE(placed(network, limits).refusals().empty());
    EXPECT_EQ(network.placement.size(), tight ? 7U : 3U);
  }
}

TEST(Place, NothingOnTheChipTakesNoCore) {
  Network network;
  add(network, Population::Kind::input, 10);
  add(network, Population::Kind::output, 10);
  const Kept kept = placed(network, kLoihi1);
  EXPECT_TRUE(kept.refusals().empty());
  EXPECT_TRUE(network.placement.empty());
  EXPECT_EQ(kept.figure("cores", "used"), 0);
}

TEST(Place, CoresAreDrawnOneByOneOrAsAHistogram) {
  for (const std::uint64_t cores : {32U, 33U}) {
    Network network;
    add(network, Population::Kind::neuron, 1024 * cores - 512);
    const Kept kept = placed(network, kLoihi1);
    ASSERT_EQ(kept.find("use", "core 0") != nullptr, cores == 32);
    if (cores == 32) {
      EXPECT_EQ(kept.find("use", "core 0")->asked, "[##########] 100 % of compartments: p0 0 to 1023");
      EXPECT_EQ(kept.find("use", "core 31")->asked, "[#####.....] 50 % of compartments: p0 31744 to 32255");
      EXPECT_EQ(kept.figure("use", "used", "core 31"), 512);
      EXPECT_EQ(kept.figure("use", "limit", "core 31"), 1024);
      EXPECT_EQ(kept.figure("use", "compartments", "core 31"), 512);
      EXPECT_EQ(kept.figure("use", "compartments_limit", "core 31"), 1024);
    } else {
      EXPECT_EQ(kept.figure("90 to 100 % full", "cores", "cores"), 32);
      EXPECT_EQ(kept.figure("40 to 50 % full", "cores", "cores"), 1);
    }
  }
}

TEST(Place, SaysWhichLimitsIntelHasNotPublished) {
  Network network = layer(1, 1);
  EXPECT_NE(placed(network, kLoihi2).find("limits"), nullptr);
  EXPECT_EQ(placed(network, kLoihi1).find("limits"), nullptr);
}

// ----------------------------------------------------------------------------- random networks, counted synapse by synapse

struct Counted {
  std::uint64_t compartments = 0, bits = 0;
  std::set<std::tuple<std::size_t, std::uint64_t>> in;                // group, source
  std::set<std::tuple<std::size_t, std::uint64_t, std::size_t>> out;  // group, source, core of the target
  std::set<std::int32_t> thresholds;
};

std::vector<std::pair<std::uint64_t, std::uint64_t>> synapses_of(const Network& network, const Group& group) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> list;
  for (std::uint64_t i = 0; i < network.populations[group.source].count; ++i) {
    if (group.dense) {
      for (std::uint64_t j = 0; j < network.populations[group.target].count; ++j) list.emplace_back(i, j);
    } else {
      for (auto k = group.rows[i]; k < group.rows[i + 1]; ++k) {
        list.emplace_back(i, group.targets[static_cast<std::size_t>(k)]);
      }
    }
  }
  return list;
}

std::vector<Counted> count_all(const Network& network, std::size_t cores_per_chip) {
  std::vector<std::map<std::uint64_t, std::size_t>> core_of(network.populations.size());
  std::vector<std::map<std::uint64_t, std::uint64_t>> index_of(network.populations.size());
  std::vector<Counted> cores;
  for (const Placed& placed : network.placement) {
    const std::size_t core = placed.chip * cores_per_chip + placed.core;
    if (core >= cores.size()) cores.resize(core + 1);
    cores[core].compartments += placed.count;
    for (std::uint64_t k = 0; k < placed.count; ++k) {
      EXPECT_TRUE(core_of[placed.population].emplace(placed.first + k, core).second) << "placed twice";
      index_of[placed.population][placed.first + k] = k;
      cores[core].thresholds.insert(at(network.populations[placed.population].vth, placed.first + k));
    }
  }
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    EXPECT_EQ(core_of[p].size(), on_chip(network.populations[p]) ? network.populations[p].count : 0);
  }
  for (std::size_t g = 0; g < network.groups.size(); ++g) {
    const Group& group = network.groups[g];
    std::map<std::size_t, std::map<std::uint64_t, std::uint64_t>> rows;  // core, source -> synapses
    std::map<std::size_t, std::uint64_t> largest;
    for (const auto& [i, j] : synapses_of(network, group)) {
      const std::size_t core = core_of[group.target].at(j);
      ++rows[core][i];
      largest[core] = std::max(largest[core], index_of[group.target].at(j));
      cores[core].in.emplace(g, i);
      if (on_chip(network.populations[group.source])) cores[core_of[group.source].at(i)].out.emplace(g, i, core);
    }
    for (const auto& [core, of_source] : rows) {
      std::uint64_t index_bits = 0;
      while (largest[core] >> index_bits != 0) ++index_bits;
      if (index_bits != 0) index_bits = std::max<std::uint64_t>(index_bits, 6);
      const std::uint64_t each = static_cast<std::uint64_t>(group.bits) + (group.dense ? 0 : index_bits);
      for (const auto& [source, synapses] : of_source) {
        for (std::uint64_t left = synapses; left != 0; left -= std::min<std::uint64_t>(left, 64)) {
          cores[core].bits += (std::min<std::uint64_t>(left, 64) * each + 10 + 63) / 64 * 64;
        }
      }
    }
  }
  return cores;
}

Network random_network(std::mt19937& dice) {
  const auto die = [&](std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(dice()) % (high - low + 1);
  };
  Network network;
  add(network, Population::Kind::input, die(1, 60));
  for (std::uint32_t p = 0, count = die(1, 5); p < count; ++p) {
    Population& cells = network.populations[add(network, Population::Kind::neuron, die(1, 150))];
    if (die(0, 3) != 0) continue;
    cells.vth.resize(cells.count);
    for (auto& vth : cells.vth) vth = static_cast<std::int32_t>(die(0, 9));
  }
  const auto last = static_cast<std::uint32_t>(network.populations.size() - 1);
  for (std::uint32_t g = 0, count = die(0, 8); g < count; ++g) {
    const std::uint32_t source = die(0, last), target = die(1, last), density = die(1, 99);
    const auto connected = [&](std::uint64_t, std::uint64_t) { return die(0, 99) < density; };
    Group& group = die(0, 1) == 0 ? connect(network, source, target) : connect_where(network, source, target, connected);
    group.bits = static_cast<int>(die(1, 6));
  }
  return network;
}

TEST(Place, RandomNetworksKeepEveryLimitAndAreCountedRight) {
  int fitted = 0, refused = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 dice(seed);
    Network network = random_network(dice);
    Limits limits = kLoihi1;
    limits.compartments = 40;
    limits.in_axons = 150;
    limits.out_axons = 400;
    limits.synapse_bits = 20000;
    limits.thresholds = 5;
    limits.cores = 10;
    const Kept kept = placed(network, limits, 10);
    if (!kept.refusals().empty()) {
      ++refused;
      continue;
    }
    ++fitted;
    const std::vector<Counted> counted = count_all(network, limits.cores);
    const std::vector<CoreUse> uses = uses_of(network, limits);
    ASSERT_EQ(counted.size(), uses.size());
    for (std::size_t core = 0; core < uses.size(); ++core) {
      const Counted& count = counted[core];
      const CoreUse& use = uses[core];
      EXPECT_EQ(use.compartments, count.compartments);
      EXPECT_EQ(use.in_axons, count.in.size());
      EXPECT_EQ(use.out_axons, count.out.size());
      EXPECT_EQ(use.synapse_bits, count.bits);
      EXPECT_EQ(use.thresholds, count.thresholds);
      EXPECT_LE(count.compartments, limits.compartments);
      EXPECT_LE(count.in.size(), limits.in_axons);
      EXPECT_LE(count.out.size(), limits.out_axons);
      EXPECT_LE(count.bits, limits.synapse_bits);
      EXPECT_LE(count.thresholds.size(), limits.thresholds);
    }
    EXPECT_LE(kept.figure("cores", "lower_bound"), static_cast<double>(uses.size()));
  }
  EXPECT_GT(fitted, 100);
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace ranvier::loihi
