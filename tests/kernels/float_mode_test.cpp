// FloatMode inside a thread whose mode somebody else has changed.

#include "kernels/math/float_mode.h"

#include <gtest/gtest.h>

#include <cfenv>
#include <limits>

namespace {

// Volatile, so that the arithmetic happens where it stands and in the mode of that moment.
double one_plus(double small) {
  volatile double one = 1.0;
  volatile double addend = small;
  return one + addend;
}

float half_of(float x) {
  volatile float value = x;
  volatile float half = 0.5F;
  return value * half;
}

class RoundingUpward {
 public:
  RoundingUpward() { std::fesetround(FE_UPWARD); }
  ~RoundingUpward() { std::fesetround(FE_TONEAREST); }
};

TEST(FloatMode, RoundsToNearestAndRestoresTheFormerRounding) {
  const RoundingUpward upward;
  ASSERT_GT(one_plus(0x1p-60), 1.0);
  {
    const ranvier::FloatMode mode;
    EXPECT_EQ(one_plus(0x1p-60), 1.0);
  }
  EXPECT_GT(one_plus(0x1p-60), 1.0);
}

#if defined(__SSE__)
TEST(FloatMode, KeepsSubnormalsAndRestoresFlushing) {
  constexpr unsigned kFlushToZero = 0x8000;
  constexpr unsigned kDenormalsAreZero = 0x0040;
  constexpr float kSmallestNormal = std::numeric_limits<float>::min();
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | kFlushToZero | kDenormalsAreZero);
  const float flushed = half_of(kSmallestNormal);
  float kept = 0.0F;
  float read = 0.0F;
  {
    const ranvier::FloatMode mode;
    kept = half_of(kSmallestNormal);
    read = half_of(2.0F * std::numeric_limits<float>::denorm_min());
  }
  const unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(flushed, 0.0F);
  EXPECT_EQ(kept, kSmallestNormal / 2.0F);
  EXPECT_EQ(read, std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(after & (kFlushToZero | kDenormalsAreZero), kFlushToZero | kDenormalsAreZero);
}
#endif

}  // namespace
