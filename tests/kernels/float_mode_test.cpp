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

#if defined(__SSE__) || defined(__aarch64__)
float half_of(float x) {
  volatile float value = x;
  volatile float half = 0.5F;
  return value * half;
}

#if defined(__SSE__)
unsigned mode() { return _mm_getcsr(); }
void set_mode(unsigned mode) { _mm_setcsr(mode); }
constexpr unsigned kFlushing = 0x8000 | 0x0040;  // flush to zero, denormals are zero
#else
std::uint64_t mode() {
  std::uint64_t mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
void set_mode(std::uint64_t mode) { asm volatile("msr fpcr, %0" : : "r"(mode) : "memory"); }
constexpr std::uint64_t kFlushing = std::uint64_t{1} << 24;  // FZ: inputs and results
#endif

TEST(FloatMode, KeepsSubnormalsAndRestoresFlushing) {
  constexpr float kSmallestNormal = std::numeric_limits<float>::min();
  const auto before = mode();
  set_mode(before | kFlushing);
  const float flushed = half_of(kSmallestNormal);
  float kept = 0.0F;
  float read = 0.0F;
  {
    const ranvier::FloatMode ieee;
    kept = half_of(kSmallestNormal);
    read = half_of(2.0F * std::numeric_limits<float>::denorm_min());
  }
  const auto after = mode();
  set_mode(before);
  EXPECT_EQ(flushed, 0.0F);
  EXPECT_EQ(kept, kSmallestNormal / 2.0F);
  EXPECT_EQ(read, std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(after & kFlushing, kFlushing);
}
#endif

}  // namespace
