/// What neurons and their synapses take of a core.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "devices/loihi/limits.h"
#include "devices/loihi/network.h"

namespace ranvier::loihi {

/// What compartments choose from a table of their core.
struct CompartmentConfig {
  std::int32_t du, dv, refractory;
  bool noise;
  auto operator<=>(const CompartmentConfig&) const = default;
};

/// What all compartments of a core have in common.
struct SharedConfig {
  std::int32_t vmin, vmax;
  Population::Noise::On noise;
  std::int32_t noise_exponent, noise_offset;
  auto operator<=>(const SharedConfig&) const = default;
};

/// How synapses lie in memory.
struct SynapseFormat {
  bool dense;  ///< no indices
  bool graded;
  fixed::Sign sign;
  int weight_bits, exponent, delay_bits, index_bits;
  auto operator<=>(const SynapseFormat&) const = default;
};

struct CoreUse {
  std::uint64_t compartments = 0;
  std::uint64_t in_axons = 0;  ///< one for each group and source neuron that has synapses here
  std::uint64_t out_axons =
      0;  ///< one for each group, neuron here and core where it has synapses; two where events have values
  std::uint64_t synapse_bits = 0;
  std::uint64_t synapses = 0;
  std::set<CompartmentConfig> compartment_configs;
  std::set<std::int32_t> thresholds;
  std::set<SynapseFormat> formats;
  std::set<SharedConfig> shared;

  CoreUse& operator+=(const CoreUse& other);
};

/// A limited part of CoreUse.
struct Resource {
  enum class Kind : std::uint8_t {
    sum,     ///< adds up over cores
    table,   ///< of each core; when it is full, neurons that need no further entry still fit
    common,  ///< what all neurons of a core must have the same: its limit is 1
  };
  Kind kind;
  std::string_view name;    ///< "in-axons"
  std::string_view figure;  ///< the same as a name of figures: "in_axons"
  std::string_view unit;
  std::uint64_t (*used)(const CoreUse&);
  std::uint64_t Limits::*limit;
  std::string_view remedy;  ///< where one neuron alone takes more than there is; empty: none can
};
extern const std::array<Resource, 8> kResources;

bool fits(const CoreUse& use, const Limits& limits);

/// Memory that one source's synapses take: blocks of 64, each with 10 bits in front and rounded up to words of 64 bits.
std::uint64_t row_bits(std::uint64_t synapses, std::uint64_t bits_each);

/// Whether neurons of it lie on cores.
bool on_chip(const Population& population);

/// By population and neuron.
using OutAxons = std::vector<std::vector<std::uint32_t>>;
/// What sending takes where the targets lie on these cores. An empty placement: every population on one.
OutAxons out_axons_of(const Network& network, const std::vector<Placed>& placement);

/// What ranges of neurons take. Keeps the synapses by target, so it costs about as much memory as they do.
class Needs {
 public:
  explicit Needs(const Network& network);  ///< which must live as long

  void set_out_axons(const OutAxons& out_axons);
  CoreUse of(std::uint32_t population, std::uint64_t first, std::uint64_t count) const;

 private:
  /// Of a sparse group: sources of target j are sources[columns[j]] .. sources[columns[j + 1] - 1], ascending.
  struct FanIn {
    const Group* group;
    std::vector<std::uint64_t> columns;
    std::vector<std::uint32_t> sources;
  };
  static FanIn by_target(const Group& group, std::uint64_t targets);
  void add_synapses(const FanIn& fan_in, std::uint64_t first, std::uint64_t count, CoreUse& use) const;

  const Network& network_;
  std::vector<std::vector<FanIn>> fan_in_;              // by target population
  std::vector<std::vector<std::uint64_t>> out_before_;  // by population: out-axons of all neurons before this one
  mutable std::vector<std::uint32_t> synapses_of_;      // by source; all zero between calls
  mutable std::vector<std::uint32_t> touched_;
};

/// Every placed neuron, by core: [chip * limits.cores + core], up to the last one in use.
std::vector<CoreUse> uses_of(const Network& network, const Limits& limits);

/// No placement takes less in all; tables: what one core for everything would need.
CoreUse least_of(const Network& network);

}  // namespace ranvier::loihi
