// A convolution's or pool's window, prepared: whom each coordinate of a source, and of a target, is joined to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ranvier/driver.h>

#include "kernels/math/hd.h"

namespace ranvier::synapse {

/// Division of 32-bit numbers by one that stays the same, as one multiplication: Lemire, Kaser, Kurz, Faster remainder by direct
/// computation (2019), exact for all of them.
class Divisor {
 public:
  Divisor() = default;  // by 1
  explicit Divisor(std::uint32_t divisor) : reciprocal_(divisor == 1 ? 0 : ~std::uint64_t{0} / divisor + 1) {}
  RANVIER_INLINE std::uint32_t quotient(std::uint32_t n) const {
    return reciprocal_ == 0 ? n : static_cast<std::uint32_t>((static_cast<unsigned __int128>(reciprocal_) * n) >> 64);
  }

 private:
  std::uint64_t reciprocal_ = 0;  // 2^64 / divisor, rounded up; 0 for 1
};

/// The targets of a source on one axis: coordinates o, o + step, ..., seen through positions k, k - back, ... of the kernel.
struct Reach {
  std::uint32_t o, k, count;
};
/// The positions k .. end-1 of the kernel through which a target sees sources; the first at coordinate i, then each `dilation` on.
struct View {
  std::uint32_t k, end, i;
};

struct Axis {
  Axis(const rvd_window& window, unsigned axis);

  std::uint32_t in, out, kernel, stride, dilation;
  std::uint32_t step, back;
  std::vector<Reach> reaches;  // of each source
  std::vector<View> views;     // of each target
};

}  // namespace ranvier::synapse
