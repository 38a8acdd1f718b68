/// What all membranes share: parameters, options, the state v; and for those that spike the test of the threshold and the reset.
#pragma once

#include "core/models/record.h"

namespace ranvier::models {

/// v_threshold, v_reset as NIR defines them.
std::vector<ParameterSpec> threshold_parameters();
/// probe, start, trace, precision: of every membrane.
/// @param starts  the first value of v: zero, and of v_leak and v_reset what the model has.
std::vector<OptionSpec> membrane_options(std::vector<std::string_view> starts);
/// reset, v_reset, comparator, test, floor: of those that spike.
/// @param tests  when v is tested (membrane.cpp): after, and what the model's dynamics have a place for.
std::vector<OptionSpec> threshold_options(std::vector<std::string_view> tests);
/// Which of these options go together.
std::vector<Need> threshold_needs(const std::vector<std::string_view>& tests);
/// threshold: of those whose update has a gain, by which it may be divided; with what it needs.
std::vector<OptionSpec> gain_options();
std::vector<Need> gain_needs();
/// An `update` whose program has one threshold, reset and start, all its own, in one type.
std::vector<Need> needs_of_own_program(std::string_view update, std::string_view precision);
/// a followed by b.
template <class Spec>
std::vector<Spec> joined(std::vector<Spec> a, const std::vector<Spec>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A parameter as a coefficient, rounded once to the state's type.
Reg plain(ProgramBuilder& p, const Setting& s, const std::string& parameter);
/// The state's first value is zero, or v_leak, or for v v_reset (`start`).
Reg membrane_state(ProgramBuilder& p, const Setting& s, const std::string& name);

/// One step of a membrane, before its threshold.
struct Step {
  Reg input;   ///< what arrived
  Reg before;  ///< v as the previous step left it
  Reg after;   ///< v after the dynamics of this step
};

/// Emits v itself: the membranes without threshold.
void pass_on(ProgramBuilder& p, const Setting& s, const Step& step);
/// Threshold test, reset and emission. The threshold is v_threshold, or what the update's gain makes of it.
void fire(ProgramBuilder& p, const Setting& s, const Step& step, Reg threshold);
inline void fire(ProgramBuilder& p, const Setting& s, const Step& step) { fire(p, s, step, plain(p, s, "v_threshold")); }
/// v without the threshold, where the previous step left more than that in `before`: the reset of a spike enters a step late.
Reg late_reset(ProgramBuilder& p, const Setting& s, Reg before, Reg v, Reg threshold);
/// Stores v, offers what `probe` and `trace` ask for, and emits: the end of every spiking membrane's program.
void finish(ProgramBuilder& p, const Setting& s, const Step& step, Reg threshold, Reg unreset, Reg reset, Reg event);

}  // namespace ranvier::models
