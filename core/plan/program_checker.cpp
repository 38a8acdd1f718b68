// Programs: each operation known, typed, canonical; registers written once and before they are read; exactly one EMIT.
#include <ranvier/error.h>

#include "core/plan/check.h"
#include "core/plan/checker.h"
#include "core/plan/ops.h"

namespace ranvier::plan {
namespace {

constexpr std::uint64_t width_of(std::uint32_t type) { return type == RVD_F64 || type == RVD_I64 ? 64 : 32; }
constexpr std::uint64_t kMaxDraws = 256;  // of a neuron in a step: their number has 8 bits of a counter
constexpr bool is_float(std::uint32_t type) { return type == RVD_F32 || type == RVD_F64; }

bool allows(OpTypes types, std::uint32_t type) {
  if (!is_program_type(type)) return false;
  if (types == OpTypes::words) return type == RVD_I32;
  return types == OpTypes::any || (types == OpTypes::floats) == is_float(type);
}

std::string_view allowed(OpTypes types) {
  if (types == OpTypes::any) return kProgramTypes;
  if (types == OpTypes::words) return "i32";
  return types == OpTypes::floats ? "f32 or f64" : "i32 or i64";
}

bool is_nan(std::uint32_t type, std::uint64_t bits) {
  if (type == RVD_F32) return (bits & 0x7FFF'FFFFu) > 0x7F80'0000u;
  return type == RVD_F64 && (bits & 0x7FFF'FFFF'FFFF'FFFFu) > 0x7FF0'0000'0000'0000u;
}

}  // namespace

void ProgramChecker::check(Place at) {
  population_ = &checker_.record<rvd_population>(at);
  const rvd_range ops = population_->ops;
  if (ops.count > kMaxOps) checker_.fail(at, "ops.count", ops.count, "0 to " + std::to_string(kMaxOps));
  if (population_->registers > ops.count) {
    checker_.fail(at, "registers", population_->registers, "0 to " + std::to_string(ops.count) + ", the number of ops");
  }
  registers_.assign(population_->registers, 0);
  stored_.assign(population_->states.count, false);
  emits_ = 0;
  for (std::uint64_t i = 0; i < ops.count; ++i) {
    const Place op{RVD_SECTION_OP, ops.first + i};
    check_op(op, checker_.record<rvd_op>(op));
  }
  const std::uint64_t wanted = (population_->flags & RVD_POPULATION_INPUT) != 0 ? 0 : 1;
  if (emits_ != wanted) checker_.fail(at, "the number of emit ops", emits_, std::to_string(wanted));
}

void ProgramChecker::fail(Place at, const rvd_op& op, std::string_view field, std::string_view value,
                          std::string_view must) const {
  std::string what(field);
  what.append(" of ").append(find_op(op.code)->name).append(".").append(type_text(op.type));
  checker_.fail(at, what, value, must);
}

void ProgramChecker::check_op(Place at, const rvd_op& op) {
  if (find_op(op.code) == nullptr) checker_.fail(at, "code", op.code, "a known operation");
  check_types(at, op);
  check_fields(at, op);
  check_imm(at, op);
  write_register(at, op);
  if (op.code != RVD_OP_EMIT) return;
  ++emits_;
  if (op.type != population_->value_type) {
    fail(at, op, "the type", type_text(op.type), type_text(population_->value_type) + ", the population's value_type");
  }
}

void ProgramChecker::check_types(Place at, const rvd_op& op) const {
  const OpTypes types = find_op(op.code)->types;
  if (!allows(types, op.type)) fail(at, op, "the type", type_text(op.type), allowed(types));
  if (op.code != RVD_OP_CONVERT) {
    checker_.require_zero(at, "from", op.from);
  } else if (!is_program_type(op.from)) {
    fail(at, op, "from", type_text(op.from), kProgramTypes);
  }
}

void ProgramChecker::check_fields(Place at, const rvd_op& op) {
  const OpRule& rule = *find_op(op.code);
  if (rule.index != OpIndex::none) check_index(at, op);
  const std::uint16_t fields[] = {op.a, op.b, op.c};
  constexpr std::string_view kFields[] = {"a", "b", "c"};
  for (unsigned i = rule.index == OpIndex::none ? 0 : 1; i < 3; ++i) {
    if (i < rule.operands) {
      check_operand(at, op, i, fields[i]);
    } else {
      checker_.require_zero(at, kFields[i], fields[i]);
    }
  }
}

void ProgramChecker::check_operand(Place at, const rvd_op& op, unsigned operand, std::uint16_t reg) const {
  constexpr std::string_view kFields[] = {"operand a", "operand b", "operand c"};
  if (reg >= registers_.size()) {
    fail(at, op, kFields[operand], "register " + std::to_string(reg),
         "below " + std::to_string(registers_.size()) + ", the number of registers");
  }
  const std::uint8_t wanted = operand_type(*find_op(op.code), operand, op.type, op.from);
  if (registers_[reg] == 0) {
    fail(at, op, kFields[operand], "register " + std::to_string(reg), "one that an operation before has written");
  }
  if (registers_[reg] != wanted) {
    fail(at, op, kFields[operand], "register " + std::to_string(reg) + " of type " + type_text(registers_[reg]),
         type_text(wanted));
  }
}

void ProgramChecker::check_index(Place at, const rvd_op& op) const {
  const OpIndex index = find_op(op.code)->index;
  const rvd_range range = index == OpIndex::coefficient ? population_->coefficients
                          : index == OpIndex::state     ? population_->states
                                                        : population_->receptors;
  if (op.a >= range.count) fail(at, op, "index a", std::to_string(op.a), "below " + std::to_string(range.count));
  const std::uint32_t type = type_of(index, std::uint64_t{range.first} + op.a);
  if (type != op.type) fail(at, op, "the type", type_text(op.type), type_text(type) + ", that of what it reads");
}

std::uint32_t ProgramChecker::type_of(OpIndex index, std::uint64_t record) const {
  switch (index) {
    case OpIndex::coefficient: return checker_.record<rvd_value>({RVD_SECTION_COEFFICIENT, record}).values.type;
    case OpIndex::state: return checker_.record<rvd_state>({RVD_SECTION_STATE, record}).type;
    default: return checker_.record<rvd_receptor>({RVD_SECTION_RECEPTOR, record}).type;
  }
}

void ProgramChecker::check_imm(Place at, const rvd_op& op) {
  switch (find_op(op.code)->imm) {
    case OpImm::none: checker_.require_zero(at, "imm", op.imm); break;
    case OpImm::value: check_const(at, op); break;
    case OpImm::state: check_store(at, op); break;
    case OpImm::shift:
      if (op.imm >= width_of(op.type)) {
        fail(at, op, "imm", std::to_string(op.imm), "below " + std::to_string(width_of(op.type)) + ", the width");
      }
      break;
    case OpImm::draw:
      if (op.imm >= kMaxDraws) fail(at, op, "imm", std::to_string(op.imm), "below " + std::to_string(kMaxDraws));
      break;
  }
}

void ProgramChecker::check_const(Place at, const rvd_op& op) const {
  if (width_of(op.type) == 32 && op.imm > 0xFFFF'FFFFu) fail(at, op, "imm", std::to_string(op.imm), "below 2^32");
  if (is_nan(op.type, op.imm)) fail(at, op, "imm", "NaN", "the bits of a number");
}

void ProgramChecker::check_store(Place at, const rvd_op& op) {
  const rvd_range states = population_->states;
  if (op.imm >= states.count) {
    fail(at, op, "state imm", std::to_string(op.imm), "below " + std::to_string(states.count) + ", the number of states");
  }
  const std::uint32_t type = type_of(OpIndex::state, states.first + op.imm);
  if (type != op.type) fail(at, op, "the type", type_text(op.type), type_text(type) + ", the state's");
  if (stored_[op.imm]) fail(at, op, "state imm", std::to_string(op.imm), "a state that is not stored yet");
  stored_[op.imm] = true;
}

void ProgramChecker::write_register(Place at, const rvd_op& op) {
  const OpRule& rule = *find_op(op.code);
  if (!rule.writes) return checker_.require_zero(at, "dst", op.dst);
  if (op.dst >= registers_.size()) {
    fail(at, op, "dst", std::to_string(op.dst), "below " + std::to_string(registers_.size()) + ", the number of registers");
  }
  if (registers_[op.dst] != 0) fail(at, op, "dst", std::to_string(op.dst), "a register that is not written yet");
  registers_[op.dst] = result_type(rule, op.type);
}

}  // namespace ranvier::plan
