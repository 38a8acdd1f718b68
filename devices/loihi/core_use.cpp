#include "devices/loihi/core_use.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace ranvier::loihi {
namespace {

constexpr std::uint64_t kBlock = 64;      // synapses in a block of memory
constexpr std::uint64_t kBlockHead = 10;  // bits in front of it: which format, how many
constexpr std::uint64_t kWord = 64;       // bits
constexpr int kLeastIndexBits = 6;        // but for a single target, which needs none

// The chip stores no weights of 7 bits.
int stored_bits(int bits) { return bits == 7 ? 8 : bits; }

int index_bits_of(std::uint64_t largest) {
  return largest == 0 ? 0 : std::max(kLeastIndexBits, static_cast<int>(std::bit_width(largest)));
}

SynapseFormat format_of(const Group& group, std::uint64_t largest_index) {
  const int delay_bits = static_cast<int>(std::bit_width(group.axon_delay - 1));  // one step passes in any case
  return {group.dense, group.message_bits > 0,      group.sign, stored_bits(group.bits), group.exponent,
          delay_bits,  index_bits_of(largest_index)};
}

std::uint64_t bits_each(const SynapseFormat& format) {
  return static_cast<std::uint64_t>(format.weight_bits + format.delay_bits + (format.dense ? 0 : format.index_bits));
}

std::uint32_t slots_of(const Group& group) { return group.message_bits > 0 ? 2 : 1; }

CompartmentConfig compartment_config(const Population& population, std::uint64_t i) {
  return {at(population.du, i), at(population.dv, i), at(population.refractory, i),
          population.noise.on != Population::Noise::On::none};
}

SharedConfig shared_config(const Population& population, std::uint64_t i) {
  return {at(population.vmin, i), at(population.vmax, i), population.noise.on, population.noise.exponent,
          population.noise.offset};
}

// Whether all of a population's neurons have the same there.
bool uniform(const Population& population) {
  const auto one = [](const Values& values) { return values.size() == 1; };
  return one(population.du) && one(population.dv) && one(population.refractory) && one(population.vth) &&
         one(population.vmin) && one(population.vmax);
}

void add_compartments(const Population& population, std::uint64_t first, std::uint64_t count, CoreUse& use) {
  use.compartments += count;
  const std::uint64_t kinds = uniform(population) ? std::min<std::uint64_t>(count, 1) : count;
  for (std::uint64_t i = first; i < first + kinds; ++i) {
    use.compartment_configs.insert(compartment_config(population, i));
    use.thresholds.insert(at(population.vth, i));
    use.shared.insert(shared_config(population, i));
  }
}

/// The core on which each neuron of a population lies, by a number of this population's own.
struct Cores {
  std::vector<std::uint32_t> of;  // neuron; empty: all on one
  std::uint32_t count = 1;
};

std::vector<Cores> cores_by_population(const Network& network, const std::vector<Placed>& placement) {
  std::vector<Cores> cores(network.populations.size());
  if (placement.empty()) return cores;
  std::vector<std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>> numbers(cores.size());
  for (const Placed& placed : placement) {
    Cores& mine = cores[placed.population];
    mine.of.resize(network.populations[placed.population].count);
    auto& known = numbers[placed.population];
    const auto number = static_cast<std::uint32_t>(known.size());
    const auto found = known.try_emplace({placed.chip, placed.core}, number).first;
    const auto begin = mine.of.begin() + static_cast<std::ptrdiff_t>(placed.first);
    std::fill_n(begin, placed.count, found->second);
    mine.count = static_cast<std::uint32_t>(known.size());
  }
  return cores;
}

void add_out_axons(const Group& group, const Cores& cores, std::vector<std::uint32_t>& out_axons) {
  if (group.dense) {
    for (std::uint32_t& axons : out_axons) axons += slots_of(group) * cores.count;
    return;
  }
  std::vector<std::uint64_t> seen(cores.count, 0);  // the last source, counted from 1, with a target on this core
  for (std::uint64_t source = 0; source < out_axons.size(); ++source) {
    for (auto k = group.rows[source]; k < group.rows[source + 1]; ++k) {
      const auto target = static_cast<std::size_t>(group.targets[static_cast<std::size_t>(k)]);
      std::uint64_t& last = seen[cores.of.empty() ? 0 : cores.of[target]];
      if (last != source + 1) out_axons[source] += slots_of(group);
      last = source + 1;
    }
  }
}

}  // namespace

using Kind = Resource::Kind;

const std::array<Resource, 8> kResources{{
    {Kind::sum, "compartments", "compartments", "", [](const CoreUse& use) { return use.compartments; }, &Limits::compartments,
     ""},
    {Kind::sum, "in-axons", "in_axons", "", [](const CoreUse& use) { return use.in_axons; }, &Limits::in_axons,
     "Give it fewer sources: smaller or sparser layers before it, or fewer delays."},
    {Kind::sum, "out-axons", "out_axons", "", [](const CoreUse& use) { return use.out_axons; }, &Limits::out_axons,
     "Give it targets on fewer cores: smaller or sparser layers behind it, or fewer delays."},
    {Kind::sum, "synapse memory", "synapse_bits", "bits", [](const CoreUse& use) { return use.synapse_bits; },
     &Limits::synapse_bits, "Give it fewer synapses, or weights of fewer bits (num_weight_bits)."},
    {Kind::table, "compartment configurations", "compartment_configurations", "",
     [](const CoreUse& use) -> std::uint64_t { return use.compartment_configs.size(); }, &Limits::compartment_configs, ""},
    {Kind::table, "vth configurations", "vth_configurations", "",
     [](const CoreUse& use) -> std::uint64_t { return use.thresholds.size(); }, &Limits::thresholds, ""},
    {Kind::table, "synapse formats", "synapse_formats", "",
     [](const CoreUse& use) -> std::uint64_t { return use.formats.size(); }, &Limits::synapse_formats,
     "Let more of the projections to it have the same delay, weight exponent, bits and sign mode."},
    {Kind::common, "shared settings", "shared_settings", "",
     [](const CoreUse& use) -> std::uint64_t { return use.shared.size(); }, &Limits::shared_configs, ""},
}};

CoreUse& CoreUse::operator+=(const CoreUse& other) {
  compartments += other.compartments;
  in_axons += other.in_axons;
  out_axons += other.out_axons;
  synapse_bits += other.synapse_bits;
  synapses += other.synapses;
  compartment_configs.insert(other.compartment_configs.begin(), other.compartment_configs.end());
  thresholds.insert(other.thresholds.begin(), other.thresholds.end());
  formats.insert(other.formats.begin(), other.formats.end());
  shared.insert(other.shared.begin(), other.shared.end());
  return *this;
}

bool fits(const CoreUse& use, const Limits& limits) {
  return std::ranges::all_of(kResources, [&](const Resource& r) { return r.used(use) <= limits.*r.limit; });
}

std::uint64_t row_bits(std::uint64_t synapses, std::uint64_t bits_each) {
  const auto block = [&](std::uint64_t n) { return (n * bits_each + kBlockHead + kWord - 1) / kWord * kWord; };
  return synapses / kBlock * block(kBlock) + (synapses % kBlock == 0 ? 0 : block(synapses % kBlock));
}

bool on_chip(const Population& population) {
  return population.kind == Population::Kind::neuron || population.kind == Population::Kind::graded;
}

OutAxons out_axons_of(const Network& network, const std::vector<Placed>& placement) {
  const std::vector<Cores> cores = cores_by_population(network, placement);
  OutAxons out_axons;
  for (const Population& population : network.populations) out_axons.emplace_back(on_chip(population) ? population.count : 0);
  for (const Group& group : network.groups) add_out_axons(group, cores[group.target], out_axons[group.source]);
  return out_axons;
}

// ------------------------------------------------------------------------------------------------------------------ Needs

Needs::Needs(const Network& network)
    : network_(network), fan_in_(network.populations.size()), out_before_(network.populations.size()) {
  std::uint64_t most = 0;
  for (const Population& population : network.populations) most = std::max(most, population.count);
  synapses_of_.resize(most);
  for (const Group& group : network.groups) {
    fan_in_[group.target].push_back(by_target(group, network.populations[group.target].count));
  }
}

Needs::FanIn Needs::by_target(const Group& group, std::uint64_t targets) {
  FanIn fan_in{&group, {}, {}};
  if (group.dense) return fan_in;
  fan_in.columns.assign(targets + 1, 0);
  for (const std::int32_t target : group.targets) ++fan_in.columns[static_cast<std::size_t>(target) + 1];
  for (std::size_t j = 0; j < targets; ++j) fan_in.columns[j + 1] += fan_in.columns[j];
  std::vector<std::uint64_t> next(fan_in.columns.begin(), fan_in.columns.end() - 1);
  fan_in.sources.resize(group.targets.size());
  for (std::size_t source = 0; source + 1 < group.rows.size(); ++source) {
    for (auto k = group.rows[source]; k < group.rows[source + 1]; ++k) {
      const auto target = static_cast<std::size_t>(group.targets[static_cast<std::size_t>(k)]);
      fan_in.sources[next[target]++] = static_cast<std::uint32_t>(source);
    }
  }
  return fan_in;
}

void Needs::set_out_axons(const OutAxons& out_axons) {
  for (std::size_t p = 0; p < out_axons.size(); ++p) {
    out_before_[p].assign(out_axons[p].size() + 1, 0);
    for (std::size_t i = 0; i < out_axons[p].size(); ++i) out_before_[p][i + 1] = out_before_[p][i] + out_axons[p][i];
  }
}

CoreUse Needs::of(std::uint32_t population, std::uint64_t first, std::uint64_t count) const {
  CoreUse use;
  add_compartments(network_.populations[population], first, count, use);
  for (const FanIn& fan_in : fan_in_[population]) add_synapses(fan_in, first, count, use);
  use.out_axons = out_before_[population][first + count] - out_before_[population][first];
  return use;
}

void Needs::add_synapses(const FanIn& fan_in, std::uint64_t first, std::uint64_t count, CoreUse& use) const {
  const Group& group = *fan_in.group;
  if (group.dense) {
    const SynapseFormat format = format_of(group, count - 1);
    const std::uint64_t sources = network_.populations[group.source].count;
    use.formats.insert(format);
    use.in_axons += sources;
    use.synapses += sources * count;
    use.synapse_bits += sources * row_bits(count, bits_each(format));
    return;
  }
  const std::uint64_t begin = fan_in.columns[first], end = fan_in.columns[first + count];
  if (begin == end) return;
  std::uint64_t last = count - 1;
  while (fan_in.columns[first + last] == end) --last;
  const SynapseFormat format = format_of(group, last);
  use.formats.insert(format);
  for (std::uint64_t k = begin; k < end; ++k) {
    const std::uint32_t source = fan_in.sources[k];
    if (synapses_of_[source]++ == 0) touched_.push_back(source);
  }
  use.in_axons += touched_.size();
  use.synapses += end - begin;
  for (const std::uint32_t source : touched_) {
    use.synapse_bits += row_bits(synapses_of_[source], bits_each(format));
    synapses_of_[source] = 0;
  }
  touched_.clear();
}

std::vector<CoreUse> uses_of(const Network& network, const Limits& limits) {
  Needs needs(network);
  needs.set_out_axons(out_axons_of(network, network.placement));
  std::vector<CoreUse> uses;
  for (const Placed& placed : network.placement) {
    const std::uint64_t core = placed.chip * limits.cores + placed.core;
    if (core >= uses.size()) uses.resize(core + 1);
    uses[core] += needs.of(placed.population, placed.first, placed.count);
  }
  return uses;
}

CoreUse least_of(const Network& network) {
  CoreUse least;
  const OutAxons out_axons = out_axons_of(network, {});
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    if (!on_chip(network.populations[p])) continue;
    add_compartments(network.populations[p], 0, network.populations[p].count, least);
    for (const std::uint32_t axons : out_axons[p]) least.out_axons += axons;
  }
  for (const Group& group : network.groups) {
    const SynapseFormat format = format_of(group, 0);  // cut finely enough, synapses need no index, and no padding:
    const auto add_row = [&](std::uint64_t synapses) {
      if (synapses == 0) return;
      ++least.in_axons;
      least.synapses += synapses;
      least.synapse_bits += std::max(kWord, kBlockHead + synapses * bits_each(format));
    };
    const std::uint64_t sources = network.populations[group.source].count, targets = network.populations[group.target].count;
    for (std::uint64_t i = 0; i < sources; ++i) {
      add_row(group.dense ? targets : static_cast<std::uint64_t>(group.rows[i + 1] - group.rows[i]));
    }
    least.formats.insert(format);
  }
  return least;
}

}  // namespace ranvier::loihi
