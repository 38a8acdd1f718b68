/// What a float model of the plan does to one neuron in a step, as numbers: read off its program, which is its definition, so
/// that every update rule that is linear between two spikes is understood, whatever it is called.
#pragma once

#include <string_view>
#include <vector>

#include <ranvier/plan_view.hpp>

namespace ranvier::loihi {

/// i' = i_decay i + i_gain x + i_drive
/// v' = v_decay v + v_from_i i + v_gain x + v_drive,   with the i of before the step
struct Equation {
  double i_decay = 0, i_gain = 0, i_drive = 0;
  double v_decay = 0, v_from_i = 0, v_gain = 0, v_drive = 0;
  double threshold = 0;  ///< of those that fire
  double reset = 0;      ///< where a spike leaves a v that just reached the threshold
  double i_first = 0, v_first = 0;
};

/// A model's option; what a plan leaves out has the plain value.
std::string_view option_of(rvd::PlanView plan, const rvd_population& population, std::string_view key, std::string_view plain);

/// One for each neuron; none where the program is no such thing.
std::vector<Equation> equations_of(rvd::PlanView plan, const rvd_population& population);

}  // namespace ranvier::loihi
