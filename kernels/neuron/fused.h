// Fused loops: each of kKnown (known.h) for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/neuron/known.h"
#include "kernels/neuron/sweep.h"

namespace ranvier::neuron {

/// What a loop reads, by the numbers that its equations give coefficients, states and sums.
struct Bound {
  const float* coefficients[Equations::kMaxCoefficients];  ///< one a position; or kPad times the one value
  std::size_t each[Equations::kMaxCoefficients];           ///< all bits set: one a position; else 0
  std::uint32_t states[Equations::kMaxStates];             ///< which of the caller's
  std::uint32_t sum;                                       ///< which of the caller's is x
};

/// Values are stored unless the equations emit 0 and 1 only.
using FusedLoop = void (*)(const Bound& bound, const SweepArgs& args);

struct FusedKernels {
  /// [number among kKnown's pairs][a front][a coefficient, other than the front's, that is one a position]
  FusedLoop loops[kKnownCount][2][2];
};

const FusedKernels& fused_kernels(simd::Isa isa);

}  // namespace ranvier::neuron
