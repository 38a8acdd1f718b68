/// A convolution's or pool's window, prepared: where the synapses of one source lie, without a table.
#pragma once

#include <cstdint>

#include <ranvier/driver.h>

namespace ranvier::cpu {

class Window {
 public:
  Window() = default;
  explicit Window(const rvd_window& window);

  /// The targets of a source on one axis: coordinates o, o + step, ..., seen through k, k - back, ...
  struct Span {
    std::uint32_t o, k, count;
  };
  struct Field {
    Span rows, columns;
    std::uint64_t channel;  ///< of the source
    std::uint64_t first;    ///< channel that it reaches, of channels()
  };
  Field of(std::uint32_t source) const;

  std::uint64_t channels() const { return channels_; }  ///< that a source reaches
  std::uint64_t area() const { return out_area_; }      ///< targets of a channel
  std::uint64_t width() const { return axes_[1].out; }  ///< targets of a row
  std::uint64_t kernel() const { return axes_[0].kernel * axes_[1].kernel; }
  std::uint64_t kernel_width() const { return axes_[1].kernel; }
  std::uint32_t step(unsigned axis) const { return axes_[axis].step; }
  std::uint32_t back(unsigned axis) const { return axes_[axis].back; }

 private:
  struct Axis {
    std::uint64_t stride = 1, dilation = 1, padding = 0, kernel = 1, reach = 0, out = 1;
    std::uint32_t step = 1, back = 1;
    Span span(std::uint64_t x) const;
  };

  Axis axes_[2];
  std::uint64_t in_columns_ = 1, in_area_ = 1, out_area_ = 1, sees_ = 1, channels_ = 1;
};

}  // namespace ranvier::cpu
