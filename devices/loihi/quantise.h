/// A layer's real numbers to the chip's integers.
#pragma once

#include <vector>

#include "devices/loihi/choose.h"
#include "devices/loihi/layer.h"
#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

/// The chip's integers of a layer.
struct Integers {
  Population population;
  std::vector<Group> groups;  ///< one for each of the layer's inputs, in their order
};

Integers integers_of(const Layer& layer, const Choice& choice, const Options& options);

/// The largest |u| that can be, of any neuron, and the largest sum of one step: in the chip's units.
struct Reach {
  double u = 0, arriving = 0;
};
Reach reach_of(const Layer& layer, const Integers& integers, fixed::Rules rules);

}  // namespace ranvier::loihi
