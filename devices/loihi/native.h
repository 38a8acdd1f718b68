/// Plans that are in the chip's integers already: taken as they are, bit for bit.
#pragma once

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

/// Whether a plan is made of the chip's own models (loihi_lif@1, loihi_graded@1, loihi_dense@1, loihi_conv@1, binarize@1), or of the
/// membranes that the convention lava-fixed makes, where each product of gain and weight is an integer that a synapse holds.
bool native(rvd::PlanView plan);

/// Of such a plan; not yet placed. The report gets what the chip cannot hold and what it mixes with models that are not the chip's.
/// @return  of no meaning where `report.refused()`.
Network take_native(rvd::PlanView plan, const Options& options, rvd::Report& report);

/// Latencies of the populations and delays on the chip, for a network whose delays must stay. The report gets both, and what the chip
/// has no time for.
void settle_latency(Network& network, rvd::Report& report);

}  // namespace ranvier::loihi
