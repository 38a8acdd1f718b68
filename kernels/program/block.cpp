#include "kernels/program/block.h"

#include <limits>
#include <type_traits>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/program/block.cpp"
#include "kernels/simd/simd.h"

HWY_BEFORE_NAMESPACE();
#include "kernels/program/float_ops.h"

namespace ranvier::program::HWY_NAMESPACE {

// ------------------------------------------------------------------------------------------------- floats, vector by vector

template <unsigned kCode, class T>
void float_arithmetic(void* dst, const void* a, const void* b, const void*, std::uint64_t, std::size_t n) {
  constexpr bool kUnary = kCode >= RVD_OP_NEG;
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(kUnary ? a : b);
  for (std::size_t i = 0; i < n; i += kLanes<T>) {
    const Vector<T> result = arithmetic<kCode, T>(LoadU(Tag<T>(), x + i), LoadU(Tag<T>(), y + i));
    StoreU(result, Tag<T>(), static_cast<T*>(dst) + i);
  }
}

// Comparisons give an i32 for each lane; where lanes are doubles, it passes through 1.0 and 0.0.
template <unsigned kCode, class T>
void float_comparison(void* dst, const void* a, const void* b, const void*, std::uint64_t, std::size_t n) {
  std::int32_t* out = static_cast<std::int32_t*>(dst);
  for (std::size_t i = 0; i < n; i += kLanes<T>) {
    const Vector<T> x = LoadU(Tag<T>(), static_cast<const T*>(a) + i), y = LoadU(Tag<T>(), static_cast<const T*>(b) + i);
    const Vector<T> result = IfThenElseZero(comparison<kCode, T>(x, y), Set(Tag<T>(), T(1)));
    if constexpr (sizeof(T) == 4) StoreU(ConvertTo(Tag<std::int32_t>(), result), Tag<std::int32_t>(), out + i);
    else StoreU(DemoteTo(PartTag<std::int32_t, T>(), result), PartTag<std::int32_t, T>(), out + i);
  }
}

// Lanes of T where the i32 is not zero.
template <class T>
RANVIER_INLINE Mask<T> condition_at(const std::int32_t* at) {
  if constexpr (sizeof(T) == 4) {
    const Tag<std::int32_t> tag;
    return RebindMask(Tag<T>(), Not(LoadU(tag, at) == Zero(tag)));
  } else {
    const Tag<std::int64_t> tag;
    return RebindMask(Tag<T>(), Not(PromoteTo(tag, LoadU(PartTag<std::int32_t, T>(), at)) == Zero(tag)));
  }
}

template <class T>
void float_select(void* dst, const void* a, const void* b, const void* c, std::uint64_t, std::size_t n) {
  for (std::size_t i = 0; i < n; i += kLanes<T>) {
    const Vector<T> yes = LoadU(Tag<T>(), static_cast<const T*>(b) + i), no = LoadU(Tag<T>(), static_cast<const T*>(c) + i);
    const Mask<T> condition = condition_at<T>(static_cast<const std::int32_t*>(a) + i);
    StoreU(IfThenElse(condition, yes, no), Tag<T>(), static_cast<T*>(dst) + i);
  }
}

template <class T>
void float_store(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  for (std::size_t i = 0; i < n; i += kLanes<T>) {
    StoreU(flushed<T>(LoadU(Tag<T>(), static_cast<const T*>(a) + i)), Tag<T>(), static_cast<T*>(dst) + i);
  }
}

// ----------------------------------------------------------------- integers and functions: loops that compilers vectorise

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
RANVIER_INLINE BitsOf<T> bits(T value) {
  return __builtin_bit_cast(BitsOf<T>, value);
}
template <class T>
RANVIER_INLINE T value(BitsOf<T> bits) {
  return __builtin_bit_cast(T, bits);
}

// Integers are computed without sign: unsigned ones wrap. NEG and ABS take `a` alone.
template <unsigned kCode, class T>
RANVIER_INLINE T integer(T a, T b) {
  if constexpr (kCode == RVD_OP_ADD) return value<T>(bits(a) + bits(b));
  if constexpr (kCode == RVD_OP_SUB) return value<T>(bits(a) - bits(b));
  if constexpr (kCode == RVD_OP_MUL) return value<T>(bits(a) * bits(b));
  if constexpr (kCode == RVD_OP_MIN) return a < b ? a : b;
  if constexpr (kCode == RVD_OP_MAX) return a > b ? a : b;
  if constexpr (kCode == RVD_OP_AND) return a & b;
  if constexpr (kCode == RVD_OP_OR) return a | b;
  if constexpr (kCode == RVD_OP_XOR) return a ^ b;
  if constexpr (kCode == RVD_OP_NEG) return value<T>(BitsOf<T>{0} - bits(a));
  if constexpr (kCode == RVD_OP_ABS) return a < 0 ? value<T>(BitsOf<T>{0} - bits(a)) : a;
}

template <unsigned kCode, class T>
RANVIER_INLINE bool integer_test(T a, T b) {
  if constexpr (kCode == RVD_OP_EQ) return a == b;
  if constexpr (kCode == RVD_OP_NE) return a != b;
  if constexpr (kCode == RVD_OP_LT) return a < b;
  if constexpr (kCode == RVD_OP_LE) return a <= b;
  if constexpr (kCode == RVD_OP_GT) return a > b;
  if constexpr (kCode == RVD_OP_GE) return a >= b;
}

template <unsigned kCode, class T>
RANVIER_INLINE T function(T a) {
  if constexpr (kCode == RVD_OP_EXP) return math::exp(a);
  if constexpr (kCode == RVD_OP_EXPM1) return math::expm1(a);
  if constexpr (kCode == RVD_OP_LOG) return math::log(a);
  if constexpr (kCode == RVD_OP_LOG1P) return math::log1p(a);
}

template <class To, class From>
RANVIER_INLINE To converted(From a) {
  if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>) {
    constexpr From kLimit = -static_cast<From>(std::numeric_limits<To>::min());  // a power of two, so exact
    if (a >= kLimit) return std::numeric_limits<To>::max();
    if (a < -kLimit) return std::numeric_limits<To>::min();
    return __builtin_isnan(a) ? To{0} : static_cast<To>(a);
  } else {
    return static_cast<To>(a);
  }
}

template <unsigned kCode, class T>
void integer_arithmetic(void* dst, const void* a, const void* b, const void*, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(kCode == RVD_OP_NEG || kCode == RVD_OP_ABS ? a : b);
  for (std::size_t i = 0; i < n; ++i) out[i] = integer<kCode, T>(x[i], y[i]);
}

template <unsigned kCode, class T>
void integer_comparison(void* dst, const void* a, const void* b, const void*, std::uint64_t, std::size_t n) {
  std::int32_t* __restrict out = static_cast<std::int32_t*>(dst);
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  for (std::size_t i = 0; i < n; ++i) out[i] = integer_test<kCode, T>(x[i], y[i]) ? 1 : 0;
}

template <class T>
void shift_left(void* dst, const void* a, const void*, const void*, std::uint64_t imm, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  const int count = static_cast<int>(imm);
  for (std::size_t i = 0; i < n; ++i) out[i] = value<T>(bits(x[i]) << count);
}

template <class T>
void shift_right(void* dst, const void* a, const void*, const void*, std::uint64_t imm, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  const int count = static_cast<int>(imm);
  for (std::size_t i = 0; i < n; ++i) out[i] = x[i] >> count;
}

template <class T>
void integer_select(void* dst, const void* a, const void* b, const void* c, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const std::int32_t* condition = static_cast<const std::int32_t*>(a);
  const T* yes = static_cast<const T*>(b);
  const T* no = static_cast<const T*>(c);
  for (std::size_t i = 0; i < n; ++i) out[i] = condition[i] != 0 ? yes[i] : no[i];
}

template <unsigned kCode, class T>
void float_function(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  for (std::size_t i = 0; i < n; ++i) out[i] = function<kCode, T>(x[i]);
}

template <class To, class From>
void convert(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  To* __restrict out = static_cast<To*>(dst);
  const From* x = static_cast<const From*>(a);
  for (std::size_t i = 0; i < n; ++i) out[i] = converted<To, From>(x[i]);
}

template <class T>
void integer_store(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  std::memcpy(dst, a, n * sizeof(T));
}

// ------------------------------------------------------------------------------------------------------------------ masks

template <class T>
void mask_of(const void* a, std::size_t n, std::uint64_t* mask) {
  const Tag<T> tag;
  for (std::size_t word = 0; word < n / 64; ++word) {
    const T* x = static_cast<const T*>(a) + 64 * word;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 64; i += kLanes<T>) bits |= bits_of<T>(Not(LoadU(tag, x + i) == Zero(tag))) << i;
    mask[word] = bits;
  }
}

template <class T>
void expanded(const std::uint64_t* mask, std::size_t n, void* dst) {
  T* __restrict out = static_cast<T*>(dst);
  for (std::size_t word = 0; word < n / 64; ++word) {
    const std::uint64_t bits = mask[word];
    for (std::size_t i = 0; i < 64; ++i) out[64 * word + i] = static_cast<T>(bits >> i & 1);
  }
}

// ----------------------------------------------------------------------------------------------------------------- choice

template <class T>
BlockOp float_op(std::uint16_t code) {
  switch (code) {
    case RVD_OP_ADD: return float_arithmetic<RVD_OP_ADD, T>;
    case RVD_OP_SUB: return float_arithmetic<RVD_OP_SUB, T>;
    case RVD_OP_MUL: return float_arithmetic<RVD_OP_MUL, T>;
    case RVD_OP_DIV: return float_arithmetic<RVD_OP_DIV, T>;
    case RVD_OP_MIN: return float_arithmetic<RVD_OP_MIN, T>;
    case RVD_OP_MAX: return float_arithmetic<RVD_OP_MAX, T>;
    case RVD_OP_NEG: return float_arithmetic<RVD_OP_NEG, T>;
    case RVD_OP_ABS: return float_arithmetic<RVD_OP_ABS, T>;
    case RVD_OP_SQRT: return float_arithmetic<RVD_OP_SQRT, T>;
    case RVD_OP_FLOOR: return float_arithmetic<RVD_OP_FLOOR, T>;
    case RVD_OP_EXP: return float_function<RVD_OP_EXP, T>;
    case RVD_OP_EXPM1: return float_function<RVD_OP_EXPM1, T>;
    case RVD_OP_LOG: return float_function<RVD_OP_LOG, T>;
    case RVD_OP_LOG1P: return float_function<RVD_OP_LOG1P, T>;
    case RVD_OP_EQ: return float_comparison<RVD_OP_EQ, T>;
    case RVD_OP_NE: return float_comparison<RVD_OP_NE, T>;
    case RVD_OP_LT: return float_comparison<RVD_OP_LT, T>;
    case RVD_OP_LE: return float_comparison<RVD_OP_LE, T>;
    case RVD_OP_GT: return float_comparison<RVD_OP_GT, T>;
    case RVD_OP_GE: return float_comparison<RVD_OP_GE, T>;
    case RVD_OP_SELECT: return float_select<T>;
    default: return nullptr;
  }
}

template <class T>
BlockOp integer_op(std::uint16_t code) {
  switch (code) {
    case RVD_OP_ADD: return integer_arithmetic<RVD_OP_ADD, T>;
    case RVD_OP_SUB: return integer_arithmetic<RVD_OP_SUB, T>;
    case RVD_OP_MUL: return integer_arithmetic<RVD_OP_MUL, T>;
    case RVD_OP_MIN: return integer_arithmetic<RVD_OP_MIN, T>;
    case RVD_OP_MAX: return integer_arithmetic<RVD_OP_MAX, T>;
    case RVD_OP_NEG: return integer_arithmetic<RVD_OP_NEG, T>;
    case RVD_OP_ABS: return integer_arithmetic<RVD_OP_ABS, T>;
    case RVD_OP_SHL: return shift_left<T>;
    case RVD_OP_SHR: return shift_right<T>;
    case RVD_OP_AND: return integer_arithmetic<RVD_OP_AND, T>;
    case RVD_OP_OR: return integer_arithmetic<RVD_OP_OR, T>;
    case RVD_OP_XOR: return integer_arithmetic<RVD_OP_XOR, T>;
    case RVD_OP_EQ: return integer_comparison<RVD_OP_EQ, T>;
    case RVD_OP_NE: return integer_comparison<RVD_OP_NE, T>;
    case RVD_OP_LT: return integer_comparison<RVD_OP_LT, T>;
    case RVD_OP_LE: return integer_comparison<RVD_OP_LE, T>;
    case RVD_OP_GT: return integer_comparison<RVD_OP_GT, T>;
    case RVD_OP_GE: return integer_comparison<RVD_OP_GE, T>;
    case RVD_OP_SELECT: return integer_select<T>;
    default: return nullptr;
  }
}

template <class To>
BlockOp convert_op(std::uint32_t from) {
  switch (from) {
    case RVD_F32: return convert<To, float>;
    case RVD_F64: return convert<To, double>;
    case RVD_I32: return convert<To, std::int32_t>;
    case RVD_I64: return convert<To, std::int64_t>;
    default: return nullptr;
  }
}

BlockOp op(std::uint16_t code, std::uint32_t type, std::uint32_t from) {
  const bool converts = code == RVD_OP_CONVERT;
  switch (type) {
    case RVD_F32: return converts ? convert_op<float>(from) : float_op<float>(code);
    case RVD_F64: return converts ? convert_op<double>(from) : float_op<double>(code);
    case RVD_I32: return converts ? convert_op<std::int32_t>(from) : integer_op<std::int32_t>(code);
    case RVD_I64: return converts ? convert_op<std::int64_t>(from) : integer_op<std::int64_t>(code);
    default: return nullptr;
  }
}

BlockOp store(std::uint32_t type) {
  switch (type) {
    case RVD_F32: return float_store<float>;
    case RVD_F64: return float_store<double>;
    case RVD_I32: return integer_store<std::int32_t>;
    default: return integer_store<std::int64_t>;
  }
}

BlockMask mask(std::uint32_t type) {
  switch (type) {
    case RVD_F32: return mask_of<float>;
    case RVD_F64: return mask_of<double>;
    case RVD_I32: return mask_of<std::int32_t>;
    default: return mask_of<std::int64_t>;
  }
}

BlockExpand expand(std::uint32_t type) {
  switch (type) {
    case RVD_F32: return expanded<float>;
    case RVD_F64: return expanded<double>;
    case RVD_I32: return expanded<std::int32_t>;
    default: return expanded<std::int64_t>;
  }
}

const BlockKernels kKernels{op, store, mask, expand};

}  // namespace ranvier::program::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::program {

const BlockKernels& block_kernels(simd::Isa isa) { RANVIER_CHOOSE_ISA(isa, kKernels) }

}  // namespace ranvier::program
#endif
