#include "kernels/simd/isa.h"

#include <iterator>

#include "kernels/simd/simd.h"

namespace ranvier::simd {
namespace {

constexpr std::string_view kNames[] = {"scalar", "sse4", "avx2", "avx512", "neon"};

/// Built in, and this processor and its operating system have it.
bool usable(Isa isa) {
  switch (isa) {
#if HWY_TARGETS & HWY_SSE4
    case Isa::sse4:
      return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2");
#endif
#if HWY_TARGETS & HWY_AVX2
    case Isa::avx2: return usable(Isa::sse4) && __builtin_cpu_supports("avx") && __builtin_cpu_supports("avx2");
#endif
#if HWY_TARGETS & HWY_AVX3
    case Isa::avx512:
      return usable(Isa::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
#if HWY_TARGETS & RANVIER_HWY_NEON
    case Isa::neon: return true;  // a part of arm64
#endif
    default: return isa == Isa::scalar;
  }
}

}  // namespace

std::string_view name(Isa isa) { return kNames[static_cast<std::size_t>(isa)]; }

std::optional<Isa> isa_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<Isa>(i);
  }
  return std::nullopt;
}

const std::vector<Isa>& available() {
  static const std::vector<Isa> sets = [] {
    std::vector<Isa> found;
    for (std::size_t i = 0; i < std::size(kNames); ++i) {
      if (usable(static_cast<Isa>(i))) found.push_back(static_cast<Isa>(i));
    }
    return found;
  }();
  return sets;
}

}  // namespace ranvier::simd
