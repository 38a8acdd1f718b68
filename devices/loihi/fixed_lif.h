/// Networks of the convention lava-fixed, whose integers stand in the plan: weights in 1/256, and a gain that makes them whole.
#pragma once

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

/// Whether all neurons are lif@1 with update=shift and each product of gain and weight is one that the chip's synapse holds.
bool fixed_lif(rvd::PlanView plan);

/// Of such a plan; see take_native.
Network take_fixed_lif(rvd::PlanView plan, const Options& options, rvd::Report& report);

}  // namespace ranvier::loihi
