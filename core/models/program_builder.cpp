#include "core/models/program_builder.h"

#include <cstring>
#include <stdexcept>

namespace ranvier::models {
namespace {

rvd_op op_of(std::uint16_t code, DType type) {
  rvd_op op{};
  op.size = sizeof(rvd_op);
  op.code = code;
  op.type = static_cast<std::uint8_t>(type);
  return op;
}

template <class T>
std::uint64_t bits_of(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

bool writes(const rvd_op& op) { return op.code != RVD_OP_STORE && op.code != RVD_OP_EMIT; }

unsigned operand_count(std::uint16_t code) {
  switch (code) {
    case RVD_OP_CONST:
    case RVD_OP_COEFF:
    case RVD_OP_STATE:
    case RVD_OP_RECEPTOR:
    case RVD_OP_RANDOM: return 0;
    case RVD_OP_NEG:
    case RVD_OP_ABS:
    case RVD_OP_SQRT:
    case RVD_OP_EXP:
    case RVD_OP_EXPM1:
    case RVD_OP_FLOOR:
    case RVD_OP_LOG:
    case RVD_OP_LOG1P:
    case RVD_OP_SHL:
    case RVD_OP_SHR:
    case RVD_OP_CONVERT: return 1;
    case RVD_OP_SELECT: return 3;
    default: return 2;
  }
}

}  // namespace

Reg ProgramBuilder::append(rvd_op op, DType result) {
  op.dst = static_cast<std::uint16_t>(program_.registers++);
  program_.ops.push_back(op);
  return {this, op.dst, result};
}

Reg ProgramBuilder::random(unsigned draw) {
  rvd_op op = op_of(RVD_OP_RANDOM, DType::i32);
  op.imm = draw;
  return append(op, DType::i32);
}

Reg ProgramBuilder::constant(float value) {
  rvd_op op = op_of(RVD_OP_CONST, DType::f32);
  op.imm = bits_of(value);
  return append(op, DType::f32);
}

Reg ProgramBuilder::constant(double value) {
  rvd_op op = op_of(RVD_OP_CONST, DType::f64);
  op.imm = bits_of(value);
  return append(op, DType::f64);
}

Reg ProgramBuilder::number(double value, DType type) {
  return type == DType::f64 ? constant(value) : constant(static_cast<float>(value));
}

Reg ProgramBuilder::constant(std::int32_t value) {
  rvd_op op = op_of(RVD_OP_CONST, DType::i32);
  op.imm = bits_of(value);
  return append(op, DType::i32);
}

Reg ProgramBuilder::constant(std::int64_t value) {
  rvd_op op = op_of(RVD_OP_CONST, DType::i64);
  op.imm = bits_of(value);
  return append(op, DType::i64);
}

Reg ProgramBuilder::coefficient(const std::string& name, Tensor values) {
  const DType type = values.dtype();
  for (std::size_t i = 0; i < program_.coefficients.size(); ++i) {
    const Coefficient& known = program_.coefficients[i];
    if (known.name != name) continue;
    const bool same = known.values.dtype() == type && known.values.size() == values.size() &&
                      std::memcmp(known.values.data(), values.data(), values.bytes()) == 0;
    if (!same) throw std::logic_error("a model's program has two coefficients '" + name + "'");
    for (const rvd_op& op : program_.ops) {
      if (op.code == RVD_OP_COEFF && op.a == i) return {this, op.dst, type};
    }
  }
  rvd_op op = op_of(RVD_OP_COEFF, type);
  op.a = static_cast<std::uint16_t>(program_.coefficients.size());
  program_.coefficients.push_back({name, std::move(values)});
  return append(op, type);
}

Reg ProgramBuilder::receptor(const std::string& name, DType type) {
  rvd_op op = op_of(RVD_OP_RECEPTOR, type);
  op.a = static_cast<std::uint16_t>(program_.receptors.size());
  program_.receptors.push_back({name, type});
  return append(op, type);
}

Reg ProgramBuilder::state(const std::string& name, DType type, Tensor initial) {
  rvd_op op = op_of(RVD_OP_STATE, type);
  op.a = static_cast<std::uint16_t>(program_.states.size());
  program_.states.push_back({name, type, std::move(initial)});
  return append(op, type);
}

void ProgramBuilder::shadow(const std::string& name, Reg value) {
  program_.states.push_back({name, value.type, {}});
  store(name, value);
}

void ProgramBuilder::store(const std::string& state, Reg value) {
  rvd_op op = op_of(RVD_OP_STORE, value.type);
  op.a = value.index;
  op.imm = state_index(state);
  program_.ops.push_back(op);
}

void ProgramBuilder::variable(const std::string& variable, const std::string& state) {
  program_.variables.emplace_back(variable, state_index(state));
}

void ProgramBuilder::emit(Reg value) {
  rvd_op op = op_of(RVD_OP_EMIT, value.type);
  op.a = value.index;
  program_.ops.push_back(op);
  program_.value_type = value.type;
}

Reg ProgramBuilder::binary(std::uint16_t code, Reg a, Reg b) {
  rvd_op op = op_of(code, a.type);
  op.a = a.index;
  op.b = b.index;
  return append(op, a.type);
}

Reg ProgramBuilder::unary(std::uint16_t code, Reg a) {
  rvd_op op = op_of(code, a.type);
  op.a = a.index;
  return append(op, a.type);
}

Reg ProgramBuilder::compare(std::uint16_t code, Reg a, Reg b) {
  rvd_op op = op_of(code, a.type);
  op.a = a.index;
  op.b = b.index;
  return append(op, DType::i32);
}

Reg ProgramBuilder::select(Reg condition, Reg yes, Reg no) {
  rvd_op op = op_of(RVD_OP_SELECT, yes.type);
  op.a = condition.index;
  op.b = yes.index;
  op.c = no.index;
  return append(op, yes.type);
}

Reg ProgramBuilder::convert(Reg a, DType type) {
  rvd_op op = op_of(RVD_OP_CONVERT, type);
  op.from = static_cast<std::uint8_t>(a.type);
  op.a = a.index;
  return append(op, type);
}

Reg ProgramBuilder::shift_left(Reg a, unsigned count) {
  rvd_op op = op_of(RVD_OP_SHL, a.type);
  op.a = a.index;
  op.imm = count;
  return append(op, a.type);
}

Reg ProgramBuilder::shift_right(Reg a, unsigned count) {
  rvd_op op = op_of(RVD_OP_SHR, a.type);
  op.a = a.index;
  op.imm = count;
  return append(op, a.type);
}

// Operations in the order in which a walk from the stores and the emission, operands from left to right, finishes them; so the
// program does not depend on the order in which a compiler evaluates the operands of an expression.
Program ProgramBuilder::finish() {
  constexpr std::uint16_t kNone = 0xFFFF;
  std::vector<const rvd_op*> writer(program_.registers);
  for (const rvd_op& op : program_.ops) {
    if (writes(op)) writer[op.dst] = &op;
  }
  std::vector<rvd_op> ordered;
  std::vector<Coefficient> coefficients;
  std::vector<std::uint16_t> renamed(program_.registers, kNone);
  std::uint16_t next = 0;
  const auto visit = [&](const auto& self, std::uint16_t reg) -> std::uint16_t {
    if (renamed[reg] != kNone) return renamed[reg];
    rvd_op op = *writer[reg];
    const unsigned operands = operand_count(op.code);
    if (operands > 0) op.a = self(self, op.a);
    if (operands > 1) op.b = self(self, op.b);
    if (operands > 2) op.c = self(self, op.c);
    if (op.code == RVD_OP_COEFF) {
      coefficients.push_back(std::move(program_.coefficients[op.a]));
      op.a = static_cast<std::uint16_t>(coefficients.size() - 1);
    }
    op.dst = next;
    ordered.push_back(op);
    return renamed[reg] = next++;
  };
  for (rvd_op op : program_.ops) {
    if (writes(op)) continue;
    op.a = visit(visit, op.a);
    ordered.push_back(op);
  }
  program_.ops = std::move(ordered);
  program_.coefficients = std::move(coefficients);
  program_.registers = next;
  return std::move(program_);
}

std::uint32_t ProgramBuilder::state_index(const std::string& name) const {
  for (std::size_t i = 0; i < program_.states.size(); ++i) {
    if (program_.states[i].name == name) return static_cast<std::uint32_t>(i);
  }
  throw std::logic_error("a model's program names the state '" + name + "', which it does not have");
}

}  // namespace ranvier::models
