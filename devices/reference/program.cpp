#include "devices/reference/program.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include <ranvier/driver.hpp>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"

namespace ranvier::reference {
namespace {

using rvd::bits_of;
using rvd::from_bits;

template <class Float>
Word compute_float(const rvd_op& op, Float a, Float b) {
  using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  switch (op.code) {
    case RVD_OP_ADD: return bits_of(a + b);
    case RVD_OP_SUB: return bits_of(a - b);
    case RVD_OP_MUL: return bits_of(a * b);
    case RVD_OP_DIV: return bits_of(a / b);
    case RVD_OP_MIN: return bits_of(a < b ? a : b);
    case RVD_OP_MAX: return bits_of(a > b ? a : b);
    case RVD_OP_NEG: return static_cast<Bits>(bits_of(a)) ^ kSign;
    case RVD_OP_ABS: return static_cast<Bits>(bits_of(a)) & ~kSign;
    case RVD_OP_SQRT: return bits_of(std::sqrt(a));
    case RVD_OP_EXP: return bits_of(math::exp(a));
    case RVD_OP_EXPM1: return bits_of(math::expm1(a));
    case RVD_OP_FLOOR: return bits_of(std::floor(a));
    case RVD_OP_LOG: return bits_of(math::log(a));
    case RVD_OP_LOG1P: return bits_of(math::log1p(a));
    default: throw rvd::Failure(RVD_INTERNAL, "reference: no float operation " + std::to_string(op.code));
  }
}

// Computed without sign, since unsigned integers wrap.
template <class Int>
Word compute_integer(const rvd_op& op, Int a, Int b) {
  using Bits = std::make_unsigned_t<Int>;
  const Bits x = static_cast<Bits>(a), y = static_cast<Bits>(b);
  const int shift = static_cast<int>(op.imm);
  switch (op.code) {
    case RVD_OP_ADD: return static_cast<Bits>(x + y);
    case RVD_OP_SUB: return static_cast<Bits>(x - y);
    case RVD_OP_MUL: return static_cast<Bits>(x * y);
    case RVD_OP_MIN: return a < b ? x : y;
    case RVD_OP_MAX: return a > b ? x : y;
    case RVD_OP_NEG: return static_cast<Bits>(Bits{0} - x);
    case RVD_OP_ABS: return a < 0 ? static_cast<Bits>(Bits{0} - x) : x;
    case RVD_OP_SHL: return static_cast<Bits>(x << shift);
    case RVD_OP_SHR: return static_cast<Bits>(a >> shift);
    case RVD_OP_AND: return x & y;
    case RVD_OP_OR: return x | y;
    case RVD_OP_XOR: return x ^ y;
    default: throw rvd::Failure(RVD_INTERNAL, "reference: no integer operation " + std::to_string(op.code));
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

template <class T>
Word compute(const rvd_op& op, Word a, Word b) {
  const T x = from_bits<T>(a), y = from_bits<T>(b);
  if (op.code >= RVD_OP_EQ && op.code <= RVD_OP_GE) return compare(op.code, x, y);
  if constexpr (std::is_floating_point_v<T>) {
    return compute_float(op, x, y);
  } else {
    return compute_integer(op, x, y);
  }
}

template <class To, class From>
To convert(From value) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    const From limit = -static_cast<From>(std::numeric_limits<To>::min());  // a power of two, so exact
    if (value >= limit) return std::numeric_limits<To>::max();
    if (value < -limit) return std::numeric_limits<To>::min();
  }
  return static_cast<To>(value);
}

template <class From>
Word convert_from(std::uint32_t type, Word word) {
  const From value = from_bits<From>(word);
  switch (type) {
    case RVD_F32: return bits_of(convert<float>(value));
    case RVD_F64: return bits_of(convert<double>(value));
    case RVD_I32: return bits_of(convert<std::int32_t>(value));
    default: return bits_of(convert<std::int64_t>(value));
  }
}

Word convert_word(const rvd_op& op, Word word) {
  switch (op.from) {
    case RVD_F32: return convert_from<float>(op.type, word);
    case RVD_F64: return convert_from<double>(op.type, word);
    case RVD_I32: return convert_from<std::int32_t>(op.type, word);
    default: return convert_from<std::int64_t>(op.type, word);
  }
}

// What STORE keeps: a silent exponential current must not end in subnormal numbers.
Word flushed(std::uint32_t type, Word word) {
  if (type == RVD_F32 && std::fabs(from_bits<float>(word)) < 0x1p-100F) return 0;
  if (type == RVD_F64 && std::fabs(from_bits<double>(word)) < 0x1p-100) return 0;
  return word;
}

std::vector<Word> words_of(rvd::PlanView plan, const rvd_array& array, bool wide) {
  std::vector<Word> words(array.count);
  const std::size_t size = rvd::size_of(array.type);
  for (std::uint64_t k = 0; k < array.count; ++k) {
    std::memcpy(&words[k], plan.data<std::byte>(array) + k * size, size);
    if (wide && array.type == RVD_F32) words[k] = convert_from<float>(RVD_F64, words[k]);
  }
  return words;
}

}  // namespace

Program::Program(rvd::PlanView plan, const rvd_population& population, bool wide)
    : registers_(population.registers), stored_(population.states.count) {
  for (rvd_op op : plan.ops(population)) {
    if (wide && op.code == RVD_OP_CONST && op.type == RVD_F32) op.imm = convert_from<float>(RVD_F64, op.imm);
    if (wide && op.type == RVD_F32) op.type = RVD_F64;
    if (wide && op.from == RVD_F32) op.from = RVD_F64;
    ops_.push_back(op);
  }
  for (const rvd_value& value : plan.coefficients(population)) coefficients_.push_back(words_of(plan, value.values, wide));
}

Word Program::run(std::uint64_t neuron, const Word* sums, Word* state, const Draws& draws) {
  Word emitted = 0;
  std::copy_n(state, stored_.size(), stored_.begin());
  for (const rvd_op& op : ops_) {
    if (op.code == RVD_OP_STORE) {
      stored_[op.imm] = flushed(op.type, registers_[op.a]);
    } else if (op.code == RVD_OP_EMIT) {
      emitted = registers_[op.a];
    } else {
      registers_[op.dst] = evaluate(op, neuron, sums, state, draws);
    }
  }
  std::copy(stored_.begin(), stored_.end(), state);
  return emitted;
}

Word Program::evaluate(const rvd_op& op, std::uint64_t neuron, const Word* sums, const Word* state, const Draws& draws) const {
  switch (op.code) {
    case RVD_OP_CONST: return op.imm;
    case RVD_OP_COEFF: return coefficients_[op.a][coefficients_[op.a].size() == 1 ? 0 : neuron];
    case RVD_OP_STATE: return state[op.a];
    case RVD_OP_RECEPTOR: return sums[op.a];
    case RVD_OP_RANDOM: {
      const auto counter = neuron_counter(neuron, draws.step, draws.lane, static_cast<std::uint32_t>(op.imm));
      return philox4x32_10(counter, draws.key).word[neuron % 4];
    }
    case RVD_OP_SELECT: return from_bits<std::int32_t>(registers_[op.a]) != 0 ? registers_[op.b] : registers_[op.c];
    case RVD_OP_CONVERT: return convert_word(op, registers_[op.a]);
    default: break;
  }
  switch (op.type) {
    case RVD_F32: return compute<float>(op, registers_[op.a], registers_[op.b]);
    case RVD_F64: return compute<double>(op, registers_[op.a], registers_[op.b]);
    case RVD_I32: return compute<std::int32_t>(op, registers_[op.a], registers_[op.b]);
    default: return compute<std::int64_t>(op, registers_[op.a], registers_[op.b]);
  }
}

}  // namespace ranvier::reference
