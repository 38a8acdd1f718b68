/// What the passes of lowering share: the graph that goes in, the description that comes out, and what is wrong so far.
#pragma once

#include <cstdint>
#include <vector>

#include "core/net/graph.h"
#include "core/plan/description.h"

namespace ranvier::lower {

struct Lowering {
  const net::Graph& graph;
  net::Order order;                          ///< set by `order`
  std::vector<std::uint32_t> population_of;  ///< node -> population; set by `order`
  std::vector<std::size_t> edge_of;          ///< projection -> edge; set by `projections`
  plan::Description out;
  Problems problems;
};

// The passes, in the order in which lower.cpp calls them. Each adds what it finds wrong to `problems`.
void pass_order(Lowering& l);        ///< numbers populations; delays and feedback
void pass_populations(Lowering& l);  ///< parameters to coefficients, options to programs
void pass_projections(Lowering& l);  ///< edges to projections: kind, weights, delay; sorted
void pass_priors(Lowering& l);       ///< what feedback edges carry before the first step
void pass_memory(Lowering& l);       ///< the estimate that drivers and users are told

}  // namespace ranvier::lower
