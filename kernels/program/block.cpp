#include "kernels/program/block.h"

#include <cstring>
#include <limits>
#include <type_traits>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"

namespace ranvier::program {
namespace {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
template <class T>
constexpr BitsOf<T> kSign = BitsOf<T>{1} << (8 * sizeof(T) - 1);
template <class T>
constexpr bool kFloat = std::is_floating_point_v<T>;

template <class T>
BitsOf<T> bits(T value) {
  return __builtin_bit_cast(BitsOf<T>, value);
}
template <class T>
T value(BitsOf<T> bits) {
  return __builtin_bit_cast(T, bits);
}

// Integers are computed without sign: unsigned ones wrap.
struct Add {
  template <class T>
  static T apply(T a, T b) {
    if constexpr (kFloat<T>) return a + b;
    else return value<T>(bits(a) + bits(b));
  }
};
struct Sub {
  template <class T>
  static T apply(T a, T b) {
    if constexpr (kFloat<T>) return a - b;
    else return value<T>(bits(a) - bits(b));
  }
};
struct Mul {
  template <class T>
  static T apply(T a, T b) {
    if constexpr (kFloat<T>) return a * b;
    else return value<T>(bits(a) * bits(b));
  }
};
struct Div {
  template <class T>
  static T apply(T a, T b) {
    return a / b;
  }
};
struct Min {
  template <class T>
  static T apply(T a, T b) {
    return a < b ? a : b;
  }
};
struct Max {
  template <class T>
  static T apply(T a, T b) {
    return a > b ? a : b;
  }
};
struct And {
  template <class T>
  static T apply(T a, T b) {
    return a & b;
  }
};
struct Or {
  template <class T>
  static T apply(T a, T b) {
    return a | b;
  }
};
struct Xor {
  template <class T>
  static T apply(T a, T b) {
    return a ^ b;
  }
};

struct Neg {
  template <class T>
  static T apply(T a) {
    if constexpr (kFloat<T>) return value<T>(bits(a) ^ kSign<T>);
    else return value<T>(BitsOf<T>{0} - bits(a));
  }
};
struct Abs {
  template <class T>
  static T apply(T a) {
    if constexpr (kFloat<T>) return value<T>(bits(a) & ~kSign<T>);
    else return a < 0 ? value<T>(BitsOf<T>{0} - bits(a)) : a;
  }
};
struct Sqrt {
  static float apply(float a) { return __builtin_sqrtf(a); }
  static double apply(double a) { return __builtin_sqrt(a); }
};
struct Exp {
  template <class T>
  static T apply(T a) {
    return math::exp(a);
  }
};
struct Expm1 {
  template <class T>
  static T apply(T a) {
    return math::expm1(a);
  }
};
struct Log {
  template <class T>
  static T apply(T a) {
    return math::log(a);
  }
};
struct Log1p {
  template <class T>
  static T apply(T a) {
    return math::log1p(a);
  }
};
// Baseline x86-64 has no instruction for it, and a call of libm for each neuron is no loop to vectorise. Adding and subtracting
// 2^(mantissa bits) rounds to a whole number, one too high at most.
struct Floor {
  template <class T>
  static T apply(T a) {
    constexpr T kWhole = std::is_same_v<T, float> ? T(0x1p23) : T(0x1p52);
    const BitsOf<T> sign = bits(a) & kSign<T>;
    const T magnitude = value<T>(bits(a) ^ sign);
    const T rounded = value<T>(bits((magnitude + kWhole) - kWhole) | sign);
    const T lowered = rounded - (rounded > a ? T(1) : T(0));
    const BitsOf<T> small = BitsOf<T>{0} - static_cast<BitsOf<T>>(magnitude < kWhole);  // by masks: no branch, so vectorised
    return value<T>((((bits(lowered) & ~kSign<T>) | sign) & small) | (bits(a) & ~small));
  }
};

struct Eq {
  template <class T>
  static bool apply(T a, T b) {
    return a == b;
  }
};
struct Ne {
  template <class T>
  static bool apply(T a, T b) {
    return a != b;
  }
};
struct Lt {
  template <class T>
  static bool apply(T a, T b) {
    return a < b;
  }
};
struct Le {
  template <class T>
  static bool apply(T a, T b) {
    return a <= b;
  }
};
struct Gt {
  template <class T>
  static bool apply(T a, T b) {
    return a > b;
  }
};
struct Ge {
  template <class T>
  static bool apply(T a, T b) {
    return a >= b;
  }
};

template <class To, class From>
To converted(From a) {
  if constexpr (kFloat<From> && !kFloat<To>) {
    constexpr From kLimit = -static_cast<From>(std::numeric_limits<To>::min());  // a power of two, so exact
    if (a >= kLimit) return std::numeric_limits<To>::max();
    if (a < -kLimit) return std::numeric_limits<To>::min();
    return __builtin_isnan(a) ? To{0} : static_cast<To>(a);
  } else {
    return static_cast<To>(a);
  }
}

// ----------------------------------------------------------------------------------------------------------------- loops

template <class Op, class T>
void unary(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  for (std::size_t i = 0; i < n; ++i) out[i] = Op::apply(x[i]);
}

template <class Op, class T>
void binary(void* dst, const void* a, const void* b, const void*, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  for (std::size_t i = 0; i < n; ++i) out[i] = Op::apply(x[i], y[i]);
}

template <class Op, class T>
void comparison(void* dst, const void* a, const void* b, const void*, std::uint64_t, std::size_t n) {
  std::int32_t* __restrict out = static_cast<std::int32_t*>(dst);
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  for (std::size_t i = 0; i < n; ++i) out[i] = Op::apply(x[i], y[i]) ? 1 : 0;
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
void select(void* dst, const void* a, const void* b, const void* c, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const std::int32_t* condition = static_cast<const std::int32_t*>(a);
  const T* yes = static_cast<const T*>(b);
  const T* no = static_cast<const T*>(c);
  for (std::size_t i = 0; i < n; ++i) out[i] = condition[i] != 0 ? yes[i] : no[i];
}

template <class To, class From>
void convert(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  To* __restrict out = static_cast<To*>(dst);
  const From* x = static_cast<const From*>(a);
  for (std::size_t i = 0; i < n; ++i) out[i] = converted<To>(x[i]);
}

template <class T>
void copy(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  std::memcpy(dst, a, n * sizeof(T));
}

template <class T>
void store_flushed(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  T* __restrict out = static_cast<T*>(dst);
  const T* x = static_cast<const T*>(a);
  for (std::size_t i = 0; i < n; ++i) out[i] = Abs::apply(x[i]) < T(0x1p-100) ? T(0) : x[i];
}

template <class T>
BitsOf<T> magnitude(T a) {
  if constexpr (kFloat<T>) return static_cast<BitsOf<T>>(bits(a) & ~kSign<T>);
  else return bits(a);
}

// Most blocks are silent; one pass without a branch says so.
template <class T>
std::size_t emit(const void* a, std::size_t n, std::uint32_t first_id, std::uint32_t* ids, void* values) {
  const T* x = static_cast<const T*>(a);
  T* out = static_cast<T*>(values);
  BitsOf<T> any = 0;
  for (std::size_t i = 0; i < n; ++i) any |= magnitude(x[i]);
  if (any == 0) return 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    ids[count] = first_id + static_cast<std::uint32_t>(i);
    out[count] = x[i];
    count += magnitude(x[i]) != 0 ? 1 : 0;
  }
  return count;
}

// ---------------------------------------------------------------------------------------------------------------- choice

template <class T>
BlockOp any_op(std::uint16_t code) {
  switch (code) {
    case RVD_OP_ADD: return binary<Add, T>;
    case RVD_OP_SUB: return binary<Sub, T>;
    case RVD_OP_MUL: return binary<Mul, T>;
    case RVD_OP_MIN: return binary<Min, T>;
    case RVD_OP_MAX: return binary<Max, T>;
    case RVD_OP_NEG: return unary<Neg, T>;
    case RVD_OP_ABS: return unary<Abs, T>;
    case RVD_OP_EQ: return comparison<Eq, T>;
    case RVD_OP_NE: return comparison<Ne, T>;
    case RVD_OP_LT: return comparison<Lt, T>;
    case RVD_OP_LE: return comparison<Le, T>;
    case RVD_OP_GT: return comparison<Gt, T>;
    case RVD_OP_GE: return comparison<Ge, T>;
    case RVD_OP_SELECT: return select<T>;
    default: return nullptr;
  }
}

template <class T>
BlockOp float_op(std::uint16_t code) {
  switch (code) {
    case RVD_OP_DIV: return binary<Div, T>;
    case RVD_OP_SQRT: return unary<Sqrt, T>;
    case RVD_OP_EXP: return unary<Exp, T>;
    case RVD_OP_EXPM1: return unary<Expm1, T>;
    case RVD_OP_FLOOR: return unary<Floor, T>;
    case RVD_OP_LOG: return unary<Log, T>;
    case RVD_OP_LOG1P: return unary<Log1p, T>;
    default: return any_op<T>(code);
  }
}

template <class T>
BlockOp integer_op(std::uint16_t code) {
  switch (code) {
    case RVD_OP_SHL: return shift_left<T>;
    case RVD_OP_SHR: return shift_right<T>;
    case RVD_OP_AND: return binary<And, T>;
    case RVD_OP_OR: return binary<Or, T>;
    case RVD_OP_XOR: return binary<Xor, T>;
    default: return any_op<T>(code);
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

}  // namespace

BlockOp block_op(std::uint16_t code, std::uint32_t type, std::uint32_t from) {
  const bool converts = code == RVD_OP_CONVERT;
  switch (type) {
    case RVD_F32: return converts ? convert_op<float>(from) : float_op<float>(code);
    case RVD_F64: return converts ? convert_op<double>(from) : float_op<double>(code);
    case RVD_I32: return converts ? convert_op<std::int32_t>(from) : integer_op<std::int32_t>(code);
    case RVD_I64: return converts ? convert_op<std::int64_t>(from) : integer_op<std::int64_t>(code);
    default: return nullptr;
  }
}

BlockOp block_store(std::uint32_t type) {
  if (type == RVD_F32) return store_flushed<float>;
  return type == RVD_F64 ? store_flushed<double> : block_copy(type);
}

BlockOp block_copy(std::uint32_t type) {
  return type == RVD_F32 || type == RVD_I32 ? copy<std::uint32_t> : copy<std::uint64_t>;
}

BlockEmit block_emit(std::uint32_t type) {
  switch (type) {
    case RVD_F32: return emit<float>;
    case RVD_F64: return emit<double>;
    case RVD_I32: return emit<std::int32_t>;
    default: return emit<std::int64_t>;
  }
}

}  // namespace ranvier::program
