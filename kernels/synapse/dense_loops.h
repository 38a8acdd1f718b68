// The inner loops of dense projections, one set of them an instruction set.
#pragma once

#include <cstddef>

#include "kernels/simd/isa.h"
#include "kernels/synapse/events.h"

namespace ranvier::synapse {

/// sums[j] += the terms of the events, in their order, for j below n; the row of source s begins at weights + s * stride.
using DenseLoop = void (*)(const void* weights, std::size_t stride, const Events& events, void* sums, std::size_t n);

struct DenseLoops {
  DenseLoop f32, f64, i32, i64;
  DenseLoop i16, i8;  // narrow weights, behind whose end one may read, and sums of i32
};
const DenseLoops& dense_loops(simd::Isa isa);

}  // namespace ranvier::synapse
