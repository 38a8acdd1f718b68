/// The lines of the report about float networks: what was asked for, what the chip has, and how far apart they are in numbers.
/// README.md defines the figures.
#pragma once

#include <ranvier/driver.hpp>

#include "devices/loihi/layer.h"
#include "devices/loihi/network.h"
#include "devices/loihi/quantise.h"

namespace ranvier::loihi {

/// What a membrane does beside its equation: reset, comparator, test, floor, order of update, what is recorded.
void tell_semantics(rvd::PlanView plan, const Layer& layer, const Ranges& ranges, const Population& made, rvd::Report& report);
/// Decays, threshold, bias, first state, and how far u and v reach. `dt` in seconds.
void tell_parameters(double dt, const Layer& layer, const Ranges& ranges, const Integers& made, fixed::Rules rules,
                     rvd::Report& report);
/// The weights of one input of the layer.
void tell_weights(const rvd::FusedView::Synapses& synapses, const Population& made, const Group& group, rvd::Report& report);

}  // namespace ranvier::loihi
