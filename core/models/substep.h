/// Membranes in units of their threshold, whose spikes have a time inside the step, as in Nengo.
#pragma once

#include "core/models/record.h"

namespace ranvier::models {

/// `update` = unit of if@1: v in units of the threshold.
Program build_unit_if(const Setting& s);
/// `update` = substep of lif@1.
Program build_substep_lif(const Setting& s);
/// `update` = substep of cubalif@1: a discrete lowpass of the sum of inputs before the membrane.
Program build_substep_cubalif(const Setting& s);

}  // namespace ranvier::models
