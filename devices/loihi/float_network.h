/// A plan of float models as a network of the chip: linear nodes become synapses, real numbers integers, and the report says of
/// each what that changes.
#pragma once

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

/// Not yet placed. See `compile`.
Network float_network(rvd::PlanView plan, const Options& options, rvd::Samples samples, rvd::Report& report);

}  // namespace ranvier::loihi
