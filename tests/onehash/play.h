/// Running a network on a device in one of the ways that must not matter, and the first thing that came out differently.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/conformance/rig.h"
#include "tests/onehash/networks.h"

namespace ranvier::onehash {

struct Trace {
  std::uint32_t population;
  std::string variable;
  conformance::Rows rows;
};

struct Outcome {
  std::uint64_t from = 0;                                                  ///< first step that was recorded
  std::vector<conformance::Events> events;                                 ///< of each population; none: nothing was recorded
  std::vector<Trace> traces;                                               ///< of each variable; none: likewise
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> numbers;  ///< counters and hashes, (name, lane)
};

struct Way {
  conformance::Settings settings;  ///< of the device
  std::uint32_t lanes = 1;
  std::vector<std::uint64_t> cuts;  ///< ascending; the last is the end of the run
  bool by_piece = false;            ///< input is written before each piece of the run
  bool dense = false;               ///< as dense blocks
  bool spikes = true, states = true;
  bool last_only = false;  ///< recording begins before the last step, which has a piece of its own
  bool again = false;      ///< a run of half the steps and a reset come first
};

Outcome play(conformance::Rig& rig, const Case& network, const Way& way);
/// In a session that is open already, and has as many lanes.
Outcome play(conformance::Session& session, const Case& network, const Way& way);

/// One number for all that was recorded and counted.
std::uint64_t digest_of(const Outcome& outcome);

/// Empty if everything in `outcome` is also in `truth`, which has recorded everything: else the earliest step, the population
/// and the neuron where they part, with both values.
std::string first_difference(const Case& network, const Outcome& truth, const Outcome& outcome, std::uint32_t lanes);

}  // namespace ranvier::onehash
