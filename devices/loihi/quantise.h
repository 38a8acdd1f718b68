/// Real numbers to the chip's integers: which scale, which exponents, and what comes out.
#pragma once

#include <cstdint>
#include <vector>

#include "devices/loihi/layer.h"
#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

inline constexpr double kLargestCurrent = fixed::kTop - 1;  ///< |u| up to this wraps under nobody's rules
inline constexpr double kLargestInput = (1 << 21) - 1;      ///< the sum of a step, under nengo's

/// How far states and events go, in the plan's units: what arithmetic bounds, or what was seen of it.
struct Ranges {
  std::vector<double> u;          ///< of each neuron: the largest |u|
  std::vector<double> low, high;  ///< how far v goes below and above its reset
  std::vector<double> weight;     ///< the largest |weight| into it, as it arrives in u
};

/// A way to make integers of a layer.
struct Choice {
  std::vector<double> scale;   ///< chip integers of v for 1 of the plan's: one for all, or one for each neuron
  std::vector<int> exponents;  ///< of the weights, for each of the layer's inputs
  double threshold = 1;        ///< by which thresholds are multiplied first
  double error = 0;            ///< see `choices`
  bool may_wrap = false;       ///< u may, at its bound: scales that rule it out would leave too little of thresholds or weights
};

/// The chip's integers of a layer.
struct Integers {
  Population population;
  std::vector<Group> groups;  ///< one for each of the layer's inputs, in their order
};

/// Bounds of what u and v can reach if all sources emit their largest events in every step.
Ranges worst_ranges(const Layer& layer);

/// The ways to choose from, best first: scales of the octave below the largest, those among them under which weights on a grid
/// stay as they are. `error` is the mean over neurons of
///     (sum over synapses of (error of the weight)^2 + (error of the threshold)^2 + (error of the bias / (1 - v_decay))^2) / threshold^2,
/// where a bias counts as what it adds to v in time. With scale=neuron each neuron takes the best of 16 by this number.
std::vector<Choice> choices(const Layer& layer, const Ranges& ranges, const Options& options);

/// The decays nearest to what a step keeps of u and v.
std::int32_t current_decay(fixed::Rules rules, double kept);
std::int32_t potential_decay(fixed::Rules rules, double kept);

Integers integers_of(const Layer& layer, const Choice& choice, const Options& options);

/// The largest |u| that can be, of any neuron, and the largest sum of one step: in the chip's units.
struct Reach {
  double u = 0, arriving = 0;
};
Reach reach_of(const Layer& layer, const Integers& integers, fixed::Rules rules);

}  // namespace ranvier::loihi
