/// Where each population stands in the chip's time. On the chip an event takes a step at least from neuron to neuron; in a plan
/// it may take none. So a population runs as many steps late as its longest way from the inputs asks for, and synapses get the
/// difference as a delay: every event meets what it meets in the plan.
#pragma once

#include <cstdint>
#include <vector>

namespace ranvier::loihi {

struct Hop {
  std::uint32_t source = 0, target = 0;  ///< populations
  std::uint64_t delay = 0;               ///< in the plan
  std::uint64_t added = 0;               ///< out: steps more, where a loop has fewer steps than hops
};

/// @return  the latency in steps of each of `populations`, and `added` of the hops: none but where there is no way without.
std::vector<std::uint64_t> latencies(std::size_t populations, std::vector<Hop>& hops);

}  // namespace ranvier::loihi
