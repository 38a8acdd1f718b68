/// The networks of the matrix: random ones, made from a seed, and plans that were saved to a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <ranvier/plan.h>

#include "core/plan/description.h"
#include "tests/conformance/rig.h"
#include "tests/onehash/dice.h"

namespace ranvier::onehash {

constexpr std::uint32_t kLanes = 64;  ///< samples that each network has input for

struct Population {
  std::string name;
  std::uint32_t type;                  ///< of its events
  std::size_t width;                   ///< neurons
  std::vector<std::string> variables;  ///< what can be recorded beside "spikes"
  bool input;
  bool hidden;                 ///< not to be recorded: chips have no such thing
  conformance::Events events;  ///< of an input: of all steps, lane l being sample l
};

struct Case {
  std::string name;
  Plan plan;
  std::vector<Population> populations;
  std::uint64_t steps;
  std::uint64_t work;  ///< synapses and neurons that a pass over everything visits in one step and lane
};

/// The same network and input for a seed on every machine. Three kinds in turn: layers with windows, tangles of any model and
/// projection, and random programs of all types.
Case random_case(std::uint64_t seed);
/// The same of Loihi's models, for chips: what stands between synapses and neurons is hidden.
/// @param for_lava  of what lava-nc has.
Case loihi_case(std::uint64_t seed, bool for_lava = false);
/// A plan file, under the file's name. Its input is plain spikes.
Case case_of(const std::filesystem::path& plan);

/// Input of population p for steps first .. last-1 and the first `lanes` samples.
conformance::Events input_of(const Case& network, std::uint32_t p, std::uint64_t first, std::uint64_t last,
                             std::uint32_t lanes);

// Three of the kinds, before they are plans.
plan::Description random_layers(Dice& dice);
plan::Description random_tangle(Dice& dice);
plan::Description random_loihi(Dice& dice, bool for_lava);

}  // namespace ranvier::onehash
