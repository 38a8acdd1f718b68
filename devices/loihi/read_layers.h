/// A plan's float populations and what joins them, as the chip has to be told of them: models understood or refused, linear
/// nodes fused, latencies and delays settled. Numbers are still real.
#pragma once

#include <memory>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/loihi/layer.h"
#include "devices/loihi/network.h"
#include "devices/loihi/options.h"

namespace ranvier::loihi {

struct Layers {
  Network network;                             ///< kinds, names, counts, latencies and wires
  std::vector<std::unique_ptr<Layer>> layers;  ///< in the order of update
};

/// @param view  of the plan; must outlive the layers.
Layers read_layers(rvd::PlanView plan, const rvd::FusedView& view, const Options& options, rvd::Report& report);

}  // namespace ranvier::loihi
