#include "kernels/simd/isa.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace ranvier::simd {
namespace {

TEST(Isa, HasOneNameEach) {
  for (const Isa isa : {Isa::scalar, Isa::sse4, Isa::avx2, Isa::avx512, Isa::neon}) EXPECT_EQ(isa_of(name(isa)), isa);
  EXPECT_EQ(isa_of("avx"), std::nullopt);
  EXPECT_EQ(isa_of(""), std::nullopt);
}

TEST(Isa, AlwaysHasScalarFirst) {
  ASSERT_FALSE(available().empty());
  EXPECT_EQ(available().front(), Isa::scalar);
  EXPECT_TRUE(std::is_sorted(available().begin(), available().end()));
}

TEST(Isa, HasMoreThanScalarOnProcessorsThatWeKnow) {
#if defined(__aarch64__)
  EXPECT_EQ(available().back(), Isa::neon);
#elif defined(__x86_64__)
  if (!__builtin_cpu_supports("sse4.2")) GTEST_SKIP() << "This processor has no SSE4.2.";
  EXPECT_GE(available().back(), Isa::sse4);
#endif
}

}  // namespace
}  // namespace ranvier::simd
