// The inner loops of convolutions, one set of them an instruction set, and the tables that they walk.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/simd/isa.h"
#include "kernels/synapse/events.h"
#include "kernels/synapse/window.h"

namespace ranvier::synapse {

/// Where a row of sources of one channel, or a column of them, begins to add: what both say is summed. Count is of rows or columns
/// that are reached.
struct Start {
  std::uint64_t weights;
  std::uint32_t sums, o, count;  // o: the first row of out 0 (of a column: without meaning)
};

/// A convolution, prepared. Sums are [out 0][out 1][channel out]. Kernels are [channel in][kernel 0][slot of kernel 1][channel
/// out of its group]: slots are such that the targets of one source in one row, in ascending order, see it through slots in
/// ascending order without a gap.
struct Convolution {
  const void* kernels;
  std::size_t columns_out, channels_out;
  std::size_t sees, reaches_out;  // channels of a group

  // By event: a source's id is line * columns_in + column, and lines are [channel in][in 0].
  const Start* lines;
  const Start* columns;
  Divisor by_columns;
  std::uint32_t columns_in;
  std::size_t rows_out;
  std::size_t step;                   // rows of out 0 from one that a source reaches to the next
  std::size_t sums_row, sums_column;  // from one that a source reaches to the next: up
  std::size_t weights_row;            // down
  bool joined;                        // what it reaches in a row lies side by side

  // Dense: the value of (channel, in 0, in 1) is at channel * channel_apart + in 0 * apart[0] + in 1 * apart[1].
  const View* views[2];        // of a target's coordinates
  const std::uint32_t* slots;  // of positions of kernel 1
  std::size_t kernel[2], stride[2], dilation[2];
  std::size_t channel_apart, apart[2];
};

/// Adds the terms of the events to the rows first .. last-1 of out 0.
using ConvolutionLoop = void (*)(const Convolution& c, const Events& events, void* sums, std::size_t first, std::size_t last);

struct ConvolutionLoops {
  ConvolutionLoop f32, f64, i32, i64;
  std::size_t vector;  // bytes; less than an element where that is computed alone
};
/// Of events that are listed.
const ConvolutionLoops& convolution_event_loops(simd::Isa isa);
/// Of a value for each source.
const ConvolutionLoops& convolution_dense_loops(simd::Isa isa);

}  // namespace ranvier::synapse
