// Programs as text.
#include <array>
#include <bit>
#include <charconv>

#include <ranvier/tensor.h>

#include "core/plan/describe.h"
#include "core/plan/ops.h"

namespace ranvier::plan {
namespace {

std::string dotted(std::uint8_t type) { return "." + std::string(name_of(static_cast<DType>(type))); }
std::string reg(std::uint16_t number) { return "%" + std::to_string(number); }

/// The shortest decimal that reads as the same value.
template <class T>
std::string shortest(T value) {
  std::array<char, 40> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr};
}

std::string constant(std::uint8_t type, std::uint64_t bits) {
  switch (type) {
    case RVD_F32: return shortest(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    case RVD_F64: return shortest(std::bit_cast<double>(bits));
    case RVD_I32: return shortest(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits)));
    default: return shortest(static_cast<std::int64_t>(bits));
  }
}

std::string indexed_name(const rvd::PlanView& plan, const rvd_population& population, const rvd_op& op, OpIndex index) {
  switch (index) {
    case OpIndex::coefficient: return printable(plan.text(plan.coefficients(population)[op.a].name));
    case OpIndex::state: return printable(plan.text(plan.states(population)[op.a].name));
    default: return printable(plan.text(plan.receptors(population)[op.a].name));
  }
}

std::string operands(const rvd_op& op, const OpRule& rule) {
  const std::array<std::uint16_t, 3> registers{op.a, op.b, op.c};
  std::string text;
  for (std::size_t i = 0; i < rule.operands; ++i) text += (i == 0 ? "" : ", ") + reg(registers[i]);
  return text;
}

std::string line(const rvd::PlanView& plan, const rvd_population& population, const rvd_op& op) {
  const OpRule& rule = *find_op(op.code);
  std::string text = rule.writes ? reg(op.dst) + " = " : "";
  text.append(rule.name);
  if (op.code == RVD_OP_CONVERT) text += dotted(op.from);
  text += dotted(op.type) + " ";
  if (rule.index != OpIndex::none) return text + indexed_name(plan, population, op, rule.index);
  switch (rule.imm) {
    case OpImm::value: return text + constant(op.type, op.imm);
    case OpImm::state: return text + printable(plan.text(plan.states(population)[op.imm].name)) + ", " + operands(op, rule);
    case OpImm::shift: return text + operands(op, rule) + ", " + std::to_string(op.imm);
    case OpImm::draw: return text + std::to_string(op.imm);
    case OpImm::none: break;
  }
  return text + operands(op, rule);
}

}  // namespace

std::string listing(const rvd::PlanView& plan, const rvd_population& population) {
  std::string text;
  for (const rvd_op& op : plan.ops(population)) text += "  " + line(plan, population, op) + "\n";
  return text;
}

}  // namespace ranvier::plan
