/// What a convention demands of a node's parameters. Each adds a problem, with the first value that breaks the rule, or nothing.
#pragma once

#include "core/net/graph.h"

namespace ranvier::io {

void demand_positive_threshold(const net::Node& node, Problems& problems);    ///< comparator = several
void demand_no_leak(const net::Node& node, Problems& problems);               ///< snntorch: |v_leak| <= 1e-8
void demand_lif_gain(const net::Node& node, double dt, Problems& problems);   ///< snntorch: r dt/tau finite and > 0
void demand_cuba_gain(const net::Node& node, double dt, Problems& problems);  ///< snntorch: r = tau_mem/dt; w_in dt/tau_syn > 0
void demand_shift(const net::Node& node, double dt, Problems& problems);      ///< lava-fixed: what fits its integers
void demand_no_bias(const net::Node& node, Problems& problems);               ///< lava-fixed: |bias| <= 1e-8

/// trunc(256 w) / 256, in f32.
Tensor in_256ths(const Tensor& weight);

}  // namespace ranvier::io
