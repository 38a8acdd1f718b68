/// What all threshold models share: options, parameters, the test of the threshold and the reset.
#pragma once

#include "core/models/record.h"

namespace ranvier::models {

/// r, v_leak, v_threshold, v_reset as NIR defines them.
std::vector<ParameterSpec> membrane_parameters();
/// reset, v_reset, comparator, threshold, probe, start.
std::vector<OptionSpec> membrane_options();

/// v_threshold as the coefficient that v is held against. `threshold` = divided: by the gain that the update leaves out of its
/// input, as `divided` has it.
/// @param divided  [1] or [count], f32; unused where `threshold` is plain.
Reg threshold_of(ProgramBuilder& p, const Setting& s, const Tensor& divided);

/// v's state with its first value: zero, or v_leak (`start`).
Reg membrane_state(ProgramBuilder& p, const Setting& s, const std::string& name);

/// Threshold test, reset and emission for the float models.
/// @param before  v as the previous step left it.
/// @param after   v after the dynamics of this step.
void fire(ProgramBuilder& p, const Setting& s, Reg before, Reg after, Reg threshold);

}  // namespace ranvier::models
