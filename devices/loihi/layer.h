/// A population of float neurons on its way to integers: what the chip's two equations would have to be, were its numbers real.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/loihi/equation.h"

namespace ranvier::loihi {

/// u' = u_decay u + gain x
/// v' = v_decay v + u' + drive,   a spike where v' > threshold, then v' = 0
///
/// All in the plan's units of v, with v counted from the reset and u from what a constant input keeps it at.
struct Target {
  double u_decay = 0, gain = 0;
  double v_decay = 0, drive = 0, threshold = 0;
  double u_first = 0, v_first = 0;
  double v_per_i = 1;               ///< u for 1 of the plan's i
  double v_shift = 0, i_shift = 0;  ///< the plan's v and i where these are 0
};

/// Synapses into a layer, and what is known of the events that they carry.
struct Input {
  const rvd::FusedView::Synapses* synapses = nullptr;
  std::uint64_t delay = 0;       ///< steps, in the plan's time, as run
  std::uint64_t axon_delay = 1;  ///< on the chip
  int message_bits = 0;          ///< see Group
  double largest_event = 1;
};

struct Layer {
  std::uint32_t population = 0;
  std::string name;
  bool fires = true;
  bool fires_at_threshold = false;  ///< the plan's comparator is >=
  bool drops_overshoot = false;     ///< the plan's reset keeps what v is above its threshold
  bool floored = false;             ///< the plan keeps v above -threshold
  bool has_current = false;         ///< a state i of its own
  std::uint64_t input_delay = 0;    ///< steps that its inputs take longer, where the plan tests v a step late
  std::vector<Equation> equations;
  std::vector<Target> neurons;
  std::vector<Input> inputs;
};

/// The chip's equations for the plan's. Where v takes the old current the chip takes the new one, with a gain that gives one
/// spike the same area under v, and a constant input the same v.
/// @param constant  what arrives in every step besides events: the biases of linear nodes in front.
/// @param first     what arrives of that in the very first step.
Target target_of(const Equation& equation, double constant, double first);

/// The largest difference between the two responses of v to one spike, relative to the peak of the plan's; 0 where they are
/// equal.
double response_difference(const Equation& equation, const Target& target);

}  // namespace ranvier::loihi
