// The inner loops of convolutions, one set of them an instruction set, and the tables that they walk.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/simd/isa.h"
#include "kernels/synapse/events.h"
#include "kernels/synapse/window.h"

namespace ranvier::synapse {

/// A convolution, prepared. Sums are [out 0][out 1][channel out]. Kernels are [channel in][kernel 0][slot of kernel 1][channel
/// out of its group]: slots are such that the targets of one source in one row, in ascending order, see it through slots in
/// ascending order without a gap.
struct Convolution {
  const void* kernels;
  const std::uint32_t* slots;      // of positions of kernel 1
  const std::uint32_t* first_out;  // the first channel out of the group of a channel in
  const Reach* reaches[2];         // of a source's coordinates
  const View* views[2];            // of a target's
  Divisor by_columns, by_rows;     // of a source's id
  std::uint32_t rows_in, columns_in;
  std::size_t columns_out, channels_out;
  std::size_t sees, reaches_out;  // channels of a group
  std::size_t kernel[2], stride[2], dilation[2], step[2], back[2];
  // Dense loops: the value of (channel, in 0, in 1) is at channel * channel_apart + in 0 * apart[0] + in 1 * apart[1].
  std::size_t channel_apart, apart[2];
};

/// Adds the terms of the events to the rows first .. last-1 of out 0.
using ConvolutionLoop = void (*)(const Convolution& c, const Events& events, void* sums, std::size_t first, std::size_t last);

struct ConvolutionLoops {
  ConvolutionLoop f32, f64, i32, i64;
};
/// Of events that are listed.
const ConvolutionLoops& convolution_event_loops(simd::Isa isa);
/// Of a value for each source.
const ConvolutionLoops& convolution_dense_loops(simd::Isa isa);

}  // namespace ranvier::synapse
