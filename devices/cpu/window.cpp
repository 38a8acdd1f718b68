#include "devices/cpu/window.h"

#include <algorithm>
#include <numeric>

namespace ranvier::cpu {

Window::Window(const rvd_window& window)
    : in_columns_(window.in[1]),
      in_area_(std::uint64_t{window.in[0]} * window.in[1]),
      out_area_(std::uint64_t{window.out[0]} * window.out[1]),
      sees_(window.channels_in / window.groups),
      channels_(window.channels_out / window.groups) {
  for (unsigned axis = 0; axis < 2; ++axis) {
    const std::uint64_t stride = window.stride[axis], dilation = window.dilation[axis], common = std::gcd(stride, dilation);
    axes_[axis] = {stride,
                   dilation,
                   window.padding[axis],
                   window.kernel[axis],
                   dilation * (window.kernel[axis] - std::uint64_t{1}),
                   window.out[axis],
                   static_cast<std::uint32_t>(dilation / common),
                   static_cast<std::uint32_t>(stride / common)};
  }
}

// Position k joins x and o where x + padding = o * stride + k * dilation: every solution follows from the first.
Window::Span Window::Axis::span(std::uint64_t x) const {
  const std::uint64_t at = x + padding;
  std::uint64_t o = at > reach ? (at - reach + stride - 1) / stride : 0;
  const std::uint64_t end = std::min(out, at / stride + 1);
  while (o < end && (at - o * stride) % dilation != 0) ++o;
  if (o >= end) return {0, 0, 0};
  const std::uint64_t count = (end - o - 1) / step + 1;
  return {static_cast<std::uint32_t>(o), static_cast<std::uint32_t>((at - o * stride) / dilation),
          static_cast<std::uint32_t>(count)};
}

Window::Field Window::of(std::uint32_t source) const {
  const std::uint64_t channel = source / in_area_;
  return {axes_[0].span(source % in_area_ / in_columns_), axes_[1].span(source % in_columns_), channel,
          channel / sees_ * channels_};
}

}  // namespace ranvier::cpu
