// What a program's operations mean, one neuron at a time, as <ranvier/driver.h> says it: the oracle of the kernels' tests.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include <ranvier/driver.h>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"
#include "kernels/neuron/sweep.h"

namespace ranvier::kernels_test {

using Word = std::uint64_t;  // the bits of a value, those above its size 0

inline std::size_t size_of(std::uint32_t type) { return type == RVD_F64 || type == RVD_I64 ? 8 : 4; }

template <class T>
Word word_of(T value) {
  Word word = 0;
  std::memcpy(&word, &value, sizeof value);
  return word;
}
template <class T>
T value_of(Word word) {
  T value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

/// Calls visit(T{}) with the type's T.
template <class Visit>
auto with_type(std::uint32_t type, Visit visit) {
  switch (type) {
    case RVD_F32: return visit(float{});
    case RVD_F64: return visit(double{});
    case RVD_I32: return visit(std::int32_t{});
    default: return visit(std::int64_t{});
  }
}

/// The bits, or one and the same for all NaNs: their payload is not promised.
inline Word comparable(std::uint32_t type, Word word) {
  if (type == RVD_F32 && std::isnan(value_of<float>(word))) return word_of(std::numeric_limits<float>::quiet_NaN());
  if (type == RVD_F64 && std::isnan(value_of<double>(word))) return word_of(std::numeric_limits<double>::quiet_NaN());
  return word;
}

template <class T>
Word compute_float(std::uint16_t code, T a, T b) {
  switch (code) {
    case RVD_OP_ADD: return word_of(a + b);
    case RVD_OP_SUB: return word_of(a - b);
    case RVD_OP_MUL: return word_of(a * b);
    case RVD_OP_DIV: return word_of(a / b);
    case RVD_OP_MIN: return word_of(a < b ? a : b);
    case RVD_OP_MAX: return word_of(a > b ? a : b);
    case RVD_OP_NEG: return word_of(-a);
    case RVD_OP_ABS: return word_of(std::fabs(a));
    case RVD_OP_SQRT: return word_of(std::sqrt(a));
    case RVD_OP_EXP: return word_of(math::exp(a));
    case RVD_OP_EXPM1: return word_of(math::expm1(a));
    case RVD_OP_LOG: return word_of(math::log(a));
    case RVD_OP_LOG1P: return word_of(math::log1p(a));
    default: return word_of(std::floor(a));
  }
}

template <class T>
Word compute_integer(std::uint16_t code, T a, T b, Word imm) {
  using Bits = std::make_unsigned_t<T>;
  const Bits x = static_cast<Bits>(a), y = static_cast<Bits>(b);
  switch (code) {
    case RVD_OP_ADD: return word_of(static_cast<Bits>(x + y));
    case RVD_OP_SUB: return word_of(static_cast<Bits>(x - y));
    case RVD_OP_MUL: return word_of(static_cast<Bits>(x * y));
    case RVD_OP_MIN: return word_of(a < b ? a : b);
    case RVD_OP_MAX: return word_of(a > b ? a : b);
    case RVD_OP_NEG: return word_of(static_cast<Bits>(0 - x));
    case RVD_OP_ABS: return word_of(a < 0 ? static_cast<Bits>(0 - x) : x);
    case RVD_OP_SHL: return word_of(static_cast<Bits>(x << imm));
    case RVD_OP_SHR: return word_of(static_cast<T>(a >> imm));
    case RVD_OP_AND: return word_of(static_cast<Bits>(x & y));
    case RVD_OP_OR: return word_of(static_cast<Bits>(x | y));
    default: return word_of(static_cast<Bits>(x ^ y));
  }
}

template <class T>
Word compare(std::uint16_t code, T a, T b) {
  switch (code) {
    case RVD_OP_EQ: return a == b;
    case RVD_OP_NE: return a != b;
    case RVD_OP_LT: return a < b;
    case RVD_OP_LE: return a <= b;
    case RVD_OP_GT: return a > b;
    default: return a >= b;
  }
}

template <class To, class From>
To convert(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    if (value >= std::ldexp(From(1), std::numeric_limits<To>::digits)) return std::numeric_limits<To>::max();
    if (value < -std::ldexp(From(1), std::numeric_limits<To>::digits)) return std::numeric_limits<To>::min();
  }
  return static_cast<To>(value);
}

/// ADD ... CONVERT.
inline Word compute(const rvd_op& op, Word a, Word b, Word c) {
  if (op.code == RVD_OP_SELECT) return value_of<std::int32_t>(a) != 0 ? b : c;
  if (op.code == RVD_OP_CONVERT) {
    return with_type(op.type, [&](auto to) {
      return with_type(op.from, [&](auto from) { return word_of(convert<decltype(to)>(value_of<decltype(from)>(a))); });
    });
  }
  return with_type(op.type, [&](auto zero) {
    using T = decltype(zero);
    const T x = value_of<T>(a), y = value_of<T>(b);
    if (op.code >= RVD_OP_EQ && op.code <= RVD_OP_GE) return compare(op.code, x, y);
    if constexpr (std::is_floating_point_v<T>) return compute_float(op.code, x, y);
    else return compute_integer(op.code, x, y, op.imm);
  });
}

/// What STORE keeps.
inline Word stored(std::uint32_t type, Word word) {
  if (type == RVD_F32 && std::fabs(value_of<float>(word)) < 0x1p-100F) return 0;
  if (type == RVD_F64 && std::fabs(value_of<double>(word)) < 0x1p-100) return 0;
  return word;
}

/// One step of one neuron; returns what is emitted. `sums`, `states` and the random bits of draw 0: this neuron's.
inline Word run_scalar(const neuron::Program& program, std::size_t position, const std::vector<Word>& sums,
                       std::vector<Word>& states, std::uint32_t random = 0) {
  std::vector<Word> r(program.registers), next = states;
  Word emitted = 0;
  for (const rvd_op& op : program.ops) {
    switch (op.code) {
      case RVD_OP_CONST: r[op.dst] = op.imm; break;
      case RVD_OP_COEFF: {
        const neuron::Coefficient& values = program.coefficients[op.a];
        const std::size_t at = values.each ? position * size_of(op.type) : 0;
        std::memcpy(&r[op.dst], static_cast<const std::byte*>(values.values) + at, size_of(op.type));
        break;
      }
      case RVD_OP_STATE: r[op.dst] = states[op.a]; break;
      case RVD_OP_RECEPTOR: r[op.dst] = sums[op.a]; break;
      case RVD_OP_RANDOM: r[op.dst] = random; break;
      case RVD_OP_STORE: next[op.imm] = stored(op.type, r[op.a]); break;
      case RVD_OP_EMIT: emitted = r[op.a]; break;
      default: r[op.dst] = compute(op, r[op.a], r[op.b], r[op.c]);
    }
  }
  states = next;
  return emitted;
}

}  // namespace ranvier::kernels_test
