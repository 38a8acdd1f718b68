#include "kernels/synapse/window.h"

#include <algorithm>
#include <numeric>

namespace ranvier::synapse {
namespace {

// Position k joins x and o where x + padding = o * stride + k * dilation: every solution follows from the first.
Reach reach_of(const rvd_window& window, unsigned axis, std::uint64_t x, std::uint64_t step) {
  const std::uint64_t stride = window.stride[axis], dilation = window.dilation[axis];
  const std::uint64_t farthest = dilation * (window.kernel[axis] - std::uint64_t{1});
  const std::uint64_t at = x + window.padding[axis];
  const std::uint64_t end = std::min<std::uint64_t>(window.out[axis], at / stride + 1);
  std::uint64_t o = at > farthest ? (at - farthest + stride - 1) / stride : 0;
  while (o < end && (at - o * stride) % dilation != 0) ++o;
  if (o >= end) return {0, 0, 0};
  return {static_cast<std::uint32_t>(o), static_cast<std::uint32_t>((at - o * stride) / dilation),
          static_cast<std::uint32_t>((end - o - 1) / step + 1)};
}

View view_of(const rvd_window& window, unsigned axis, std::uint64_t o) {
  const std::uint64_t dilation = window.dilation[axis], at = o * window.stride[axis], padding = window.padding[axis];
  const std::uint64_t k = at < padding ? (padding - at + dilation - 1) / dilation : 0;
  const std::uint64_t after = padding + window.in[axis];  // `at` of what lies behind the last source
  const std::uint64_t end = after > at ? std::min<std::uint64_t>(window.kernel[axis], (after - at - 1) / dilation + 1) : 0;
  if (k >= end) return {0, 0, 0};
  return {static_cast<std::uint32_t>(k), static_cast<std::uint32_t>(end),
          static_cast<std::uint32_t>(at + k * dilation - padding)};
}

}  // namespace

Axis::Axis(const rvd_window& window, unsigned axis)
    : in(window.in[axis]),
      out(window.out[axis]),
      kernel(window.kernel[axis]),
      stride(window.stride[axis]),
      dilation(window.dilation[axis]),
      step(dilation / std::gcd(stride, dilation)),
      back(stride / std::gcd(stride, dilation)),
      reaches(in),
      views(out) {
  for (std::uint32_t x = 0; x < in; ++x) reaches[x] = reach_of(window, axis, x, step);
  for (std::uint32_t o = 0; o < out; ++o) views[o] = view_of(window, axis, o);
}

}  // namespace ranvier::synapse
