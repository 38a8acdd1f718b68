// Which fused loop is a program's, if any.
#pragma once

#include <cstddef>
#include <optional>

#include "kernels/neuron/fused.h"
#include "kernels/neuron/graph.h"

namespace ranvier::neuron {

struct Match {
  std::size_t known;  ///< number among kKnown's pairs
  bool front;
  bool unit;
  /// By the number that the equations give a coefficient, state or sum: that of the graph.
  std::uint32_t coefficients[Equations::kMaxCoefficients];
  std::uint32_t states[Equations::kMaxStates];
  std::uint32_t sum;
  std::uint8_t coefficient_count;
  std::uint8_t bias;  ///< among the coefficients: the front's, kMaxCoefficients if there is none
};

/// The graph computes what the equations say, operation by operation; coefficients may be any, and one may stand for several.
std::optional<Match> match(const Graph& graph);

}  // namespace ranvier::neuron
