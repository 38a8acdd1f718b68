/// From a plan to what the chip runs, with a line in the report for whatever that changes.
#pragma once

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

/// A plan that is in the chip's integers already is taken as it is (native.h); one of float models is quantised. Both are
/// placed. The report gets all reasons at once; what is refused does not depend on `samples`, the figures do.
/// @param samples  calibration input, one dense block for each input population at most; may be empty.
/// @return         the network, of no meaning where `report.refused()`.
Network compile(rvd::PlanView plan, const Options& options, rvd::Samples samples, rvd::Report& report);

}  // namespace ranvier::loihi
