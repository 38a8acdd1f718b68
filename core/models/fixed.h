/// Fixed-point membranes: programs of integer operations.
#pragma once

#include "core/models/record.h"

namespace ranvier::models {

/// Records' checks: whether parameters have a place in the integers, where `update` is the one built here.
void check_shift(const Setting& s, const std::string& where, Problems& problems);
void check_fixed_if(const Setting& s, const std::string& where, Problems& problems);
void check_fixed_cubalif(const Setting& s, const std::string& where, Problems& problems);

/// `update` = shift of lif@1: Lava's PyLifModelBitAcc. 24-bit state, 12-bit decay, everything towards zero.
Program build_shift(const Setting& s);
/// `update` = fixed of if@1: Lava-dl's CUBA neuron without decay. 64-bit state in units of 2^-18.
Program build_fixed_if(const Setting& s);
/// `update` = fixed of cubalif@1: Lava-dl's CUBA neuron. 64-bit state in units of 2^-12, 12-bit decays.
Program build_fixed_cubalif(const Setting& s);

}  // namespace ranvier::models
