// Vectors of whatever width: the one header that includes Highway, and the list of its operations that kernels use.
//
// A kernel source is compiled once for each instruction set, by including itself:
//
//     #include "kernels/x/y.h"                          // the table that is exported; nothing here depends on the set
//
//     #undef HWY_TARGET_INCLUDE
//     #define HWY_TARGET_INCLUDE "kernels/x/y.cpp"      // this file
//     #include "kernels/simd/simd.h"
//
//     HWY_BEFORE_NAMESPACE();
//     namespace ranvier::x::HWY_NAMESPACE {
//     using namespace simd::HWY_NAMESPACE;
//     ...functions of this set...
//     const YKernels kTable{&f, &g};
//     }  // namespace ranvier::x::HWY_NAMESPACE
//     HWY_AFTER_NAMESPACE();
//
//     #if HWY_ONCE
//     namespace ranvier::x {
//     const YKernels& y_kernels(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kTable); }
//     }  // namespace ranvier::x
//     #endif
//
// Between BEFORE and AFTER everything is compiled for the set. So nothing that other sources share may come into being there, or
// the linker may keep the copy that older processors cannot run: no inline functions, templates of std or lambdas, and only
// headers whose functions are RANVIER_INLINE. tests/kernels/disassembly.py holds the objects against this.
//
// No include guard: it is read once for each set.

#ifndef RANVIER_SIMD_CONFIGURED
#define RANVIER_SIMD_CONFIGURED

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/math/hd.h"
#include "kernels/simd/isa.h"

// Without them the sets are named by less, and no compiler can think of a fused multiply-add for AVX2.
#define HWY_DISABLE_BMI2_FMA
#define HWY_DISABLE_F16C
#define HWY_DISABLE_PCLMUL_AES
// On arm64 there is one set beside scalar, which every processor has; with nothing to choose, Highway asks for no instructions
// (AES) beyond it.
#define TOOLCHAIN_MISS_SYS_AUXV_H
// HWY_COMPILE_ONLY_SCALAR, for a source's definitions, leaves out all other sets.
//
// `scalar` is Highway's set of one lane, on every processor, beside what its compiler takes for granted.
#define HWY_BROKEN_EMU128 1
#define HWY_COMPILE_ALL_ATTAINABLE
// Which of Highway's targets are ours. It looks at this late, after detect_targets.h has named them all; later versions call what
// every arm64 has NEON_WITHOUT_AES.
#define HWY_DISABLED_TARGETS (~(HWY_SCALAR | HWY_SSE4 | HWY_AVX2 | HWY_AVX3 | RANVIER_HWY_NEON))
#include <hwy/detect_targets.h>
#ifdef HWY_NEON_WITHOUT_AES
#define RANVIER_HWY_NEON HWY_NEON_WITHOUT_AES
#define RANVIER_N_NEON N_NEON_WITHOUT_AES
#else
#define RANVIER_HWY_NEON HWY_NEON
#define RANVIER_N_NEON N_NEON
#endif

#if HWY_TARGETS & HWY_SSE4
#define RANVIER_CASE_SSE4(name)    \
  case ::ranvier::simd::Isa::sse4: \
    return N_SSE4::name;
#else
#define RANVIER_CASE_SSE4(name)
#endif
#if HWY_TARGETS & HWY_AVX2
#define RANVIER_CASE_AVX2(name)    \
  case ::ranvier::simd::Isa::avx2: \
    return N_AVX2::name;
#else
#define RANVIER_CASE_AVX2(name)
#endif
#if HWY_TARGETS & HWY_AVX3
#define RANVIER_CASE_AVX512(name)    \
  case ::ranvier::simd::Isa::avx512: \
    return N_AVX3::name;
#else
#define RANVIER_CASE_AVX512(name)
#endif
#if HWY_TARGETS & RANVIER_HWY_NEON
#define RANVIER_CASE_NEON(name)    \
  case ::ranvier::simd::Isa::neon: \
    return RANVIER_N_NEON::name;
#else
#define RANVIER_CASE_NEON(name)
#endif

/// Returns from the function that it stands in: that set's variable `name`; scalar's for a set that is not built in.
#define RANVIER_CHOOSE_ISA(isa, name) \
  switch (isa) {                      \
    RANVIER_CASE_SSE4(name)           \
    RANVIER_CASE_AVX2(name)           \
    RANVIER_CASE_AVX512(name)         \
    RANVIER_CASE_NEON(name)           \
    default: return N_SCALAR::name;   \
  }

#endif  // RANVIER_SIMD_CONFIGURED

#ifdef HWY_TARGET_INCLUDE
#include <hwy/foreach_target.h>
#endif
#include <hwy/highway.h>

#if defined(RANVIER_SIMD_PER_TARGET) == defined(HWY_TARGET_TOGGLE)
#ifdef RANVIER_SIMD_PER_TARGET
#undef RANVIER_SIMD_PER_TARGET
#else
#define RANVIER_SIMD_PER_TARGET
#endif

HWY_BEFORE_NAMESPACE();
namespace ranvier::simd::HWY_NAMESPACE {

// Tags, vectors and masks. `Vector<T>` has what lanes the set has; a lane of scalar is one.
template <class T>
using Tag = hwy::HWY_NAMESPACE::ScalableTag<T>;
template <class T>
using Vector = hwy::HWY_NAMESPACE::Vec<Tag<T>>;
template <class T>
using Mask = hwy::HWY_NAMESPACE::Mask<Tag<T>>;
template <class T>
constexpr std::size_t kLanes = HWY_LANES(T);
/// As many lanes of Part as a vector of T has.
template <class Part, class T>
using PartTag = hwy::HWY_NAMESPACE::Rebind<Part, Tag<T>>;

// Memory. `Load`, `Store`: aligned to the vector.
using hwy::HWY_NAMESPACE::BlendedStore;
using hwy::HWY_NAMESPACE::Load;
using hwy::HWY_NAMESPACE::LoadU;
using hwy::HWY_NAMESPACE::MaskedLoad;
using hwy::HWY_NAMESPACE::Set;
using hwy::HWY_NAMESPACE::Store;
using hwy::HWY_NAMESPACE::StoreU;
using hwy::HWY_NAMESPACE::Zero;
// Arithmetic, one IEEE operation each; integers wrap. MulAdd and its like are left out: they fuse where a set can.
using hwy::HWY_NAMESPACE::Add;
using hwy::HWY_NAMESPACE::Div;
using hwy::HWY_NAMESPACE::Floor;
using hwy::HWY_NAMESPACE::Mul;
using hwy::HWY_NAMESPACE::Sqrt;
using hwy::HWY_NAMESPACE::Sub;
// Bits.
using hwy::HWY_NAMESPACE::And;
using hwy::HWY_NAMESPACE::AndNot;
using hwy::HWY_NAMESPACE::BitCast;
using hwy::HWY_NAMESPACE::Or;
using hwy::HWY_NAMESPACE::Xor;
// Comparisons and masks.
using hwy::HWY_NAMESPACE::FirstN;
using hwy::HWY_NAMESPACE::IfThenElse;
using hwy::HWY_NAMESPACE::IfThenElseZero;
using hwy::HWY_NAMESPACE::IfThenZeroElse;
using hwy::HWY_NAMESPACE::Not;
using hwy::HWY_NAMESPACE::RebindMask;
// Conversions.
using hwy::HWY_NAMESPACE::ConvertTo;
using hwy::HWY_NAMESPACE::DemoteTo;
using hwy::HWY_NAMESPACE::PromoteTo;

/// Bits 0 .. kLanes-1: which lanes of the mask are set.
template <class T>
RANVIER_INLINE std::uint64_t bits_of(Mask<T> mask) {
  constexpr std::size_t kBytes = (kLanes<T> + 7) / 8;
  std::uint8_t bytes[8] = {};
  hwy::HWY_NAMESPACE::StoreMaskBits(Tag<T>(), mask, bytes);
  if constexpr (kBytes == 1) return bytes[0] & ((1u << kLanes<T>)-1);
  std::uint64_t bits = 0;
  std::memcpy(&bits, bytes, kBytes);
  return bits;
}

/// The first n lanes (n below kLanes) from memory that ends after them, others 0.
template <class T>
RANVIER_INLINE Vector<T> load_tail(const T* from, std::size_t n) {
  alignas(HWY_MAX_BYTES) T lanes[kLanes<T>] = {};
  std::memcpy(lanes, from, n * sizeof(T));
  return Load(Tag<T>(), lanes);
}

/// The first n lanes (n below kLanes) into memory that ends after them.
template <class T>
RANVIER_INLINE void store_tail(Vector<T> vector, T* to, std::size_t n) {
  alignas(HWY_MAX_BYTES) T lanes[kLanes<T>];
  Store(vector, Tag<T>(), lanes);
  std::memcpy(to, lanes, n * sizeof(T));
}

}  // namespace ranvier::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // per target
