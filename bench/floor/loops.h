// The loops whose speed is what a machine can do at best: each is the memory traffic of a kernel with next to nothing else.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/simd/isa.h"

namespace ranvier::bench {

/// All arrays begin on a cache line; n is a multiple of 64.
struct FloorLoops {
  /// sums[i] += row[i]: what an event adds to targets that lie side by side.
  void (*row_add)(float* sums, const float* row, std::size_t n);
  /// The sum of an array, in several parts: what passes by while sums stay in registers.
  float (*read)(const float* from, std::size_t n);
  void (*write)(float* to, std::size_t n);
  /// v = v * a + sum, sum = 0: an update of neurons of one state, two loads and two stores.
  void (*update)(float* v, float* sums, std::size_t n);
};
const FloorLoops& floor_loops(simd::Isa isa);

/// sums[targets[i]] += weights[i]: a scatter, which no instruction set does faster than one by one.
void scatter_add(float* sums, const std::int32_t* targets, const float* weights, std::size_t n);

}  // namespace ranvier::bench
