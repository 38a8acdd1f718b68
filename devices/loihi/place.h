/// Which neurons lie on which core.
#pragma once

#include <cstdint>

#include <ranvier/driver.hpp>

#include "devices/loihi/limits.h"
#include "devices/loihi/network.h"

namespace ranvier::loihi {

/// Fills network.placement: populations in order, cut into contiguous parts as large as a core still has room for. A population
/// starts on a core that others use only where it then fits there whole; where that takes more cores than there are, every core
/// is filled up. Parts are cut smaller until the out-axons, which grow with the cores that the targets lie on, fit as well.
///
/// The report gets how much of everything is used (`figures`: used, limit, free, and the fullest core's), a line for each core,
/// and where the network does not fit, each population's first neuron that no core takes, or how many chips it wants.
/// @param chips  at least 1.
void place(Network& network, const Limits& limits, std::uint32_t chips, rvd::Report& report);

}  // namespace ranvier::loihi
