/// Which scales and exponents a layer's integers may have, and how these compare.
#pragma once

#include <cstdint>
#include <vector>

#include "devices/loihi/layer.h"
#include "devices/loihi/options.h"
#include "kernels/fixed/loihi.h"

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

inline double scale_of(const Choice& choice, std::uint64_t neuron) {
  return choice.scale[choice.scale.size() == 1 ? 0 : neuron];
}

/// Bounds of what u and v can reach if all sources emit their largest events in every step.
Ranges worst_ranges(const Layer& layer);

/// The ways to choose from, best first: scales of the octave below the largest, those among them under which weights on a grid
/// stay as they are. `error` is the mean over neurons of
///     (sum of (error of a weight)^2 + (error of the threshold)^2 + (error of the bias / (1 - v_decay))^2) / threshold^2,
/// where a bias counts as what it adds to v in time. With scale=neuron each neuron takes the best of 16 by this number.
std::vector<Choice> choices(const Layer& layer, const Ranges& ranges, const Options& options);

/// Whether the chip's lowest v, which is 1 - 2^n for all neurons of a core, can be the floor that the plan asks for: a unit
/// off, where the threshold is such a power.
bool can_floor(const Layer& layer, const Options& options);

}  // namespace ranvier::loihi
