#include "core/plan/ops.h"

#include <array>

#include <ranvier/driver.h>

namespace ranvier::plan {
namespace {

constexpr std::array<OpRule, 34> kRules{{
    {RVD_OP_CONST, "const", OpTypes::any, 0, true, OpIndex::none, OpImm::value},
    {RVD_OP_COEFF, "coeff", OpTypes::any, 0, true, OpIndex::coefficient},
    {RVD_OP_STATE, "state", OpTypes::any, 0, true, OpIndex::state},
    {RVD_OP_RECEPTOR, "receptor", OpTypes::any, 0, true, OpIndex::receptor},
    {RVD_OP_STORE, "store", OpTypes::any, 1, false, OpIndex::none, OpImm::state},
    {RVD_OP_EMIT, "emit", OpTypes::any, 1, false},
    {RVD_OP_RANDOM, "random", OpTypes::words, 0, true, OpIndex::none, OpImm::draw},
    {RVD_OP_ADD, "add", OpTypes::any, 2, true},
    {RVD_OP_SUB, "sub", OpTypes::any, 2, true},
    {RVD_OP_MUL, "mul", OpTypes::any, 2, true},
    {RVD_OP_DIV, "div", OpTypes::floats, 2, true},
    {RVD_OP_MIN, "min", OpTypes::any, 2, true},
    {RVD_OP_MAX, "max", OpTypes::any, 2, true},
    {RVD_OP_NEG, "neg", OpTypes::any, 1, true},
    {RVD_OP_ABS, "abs", OpTypes::any, 1, true},
    {RVD_OP_SQRT, "sqrt", OpTypes::floats, 1, true},
    {RVD_OP_EXP, "exp", OpTypes::floats, 1, true},
    {RVD_OP_EXPM1, "expm1", OpTypes::floats, 1, true},
    {RVD_OP_FLOOR, "floor", OpTypes::floats, 1, true},
    {RVD_OP_LOG, "log", OpTypes::floats, 1, true},
    {RVD_OP_LOG1P, "log1p", OpTypes::floats, 1, true},
    {RVD_OP_SHL, "shl", OpTypes::integers, 1, true, OpIndex::none, OpImm::shift},
    {RVD_OP_SHR, "shr", OpTypes::integers, 1, true, OpIndex::none, OpImm::shift},
    {RVD_OP_AND, "and", OpTypes::integers, 2, true},
    {RVD_OP_OR, "or", OpTypes::integers, 2, true},
    {RVD_OP_XOR, "xor", OpTypes::integers, 2, true},
    {RVD_OP_EQ, "eq", OpTypes::any, 2, true},
    {RVD_OP_NE, "ne", OpTypes::any, 2, true},
    {RVD_OP_LT, "lt", OpTypes::any, 2, true},
    {RVD_OP_LE, "le", OpTypes::any, 2, true},
    {RVD_OP_GT, "gt", OpTypes::any, 2, true},
    {RVD_OP_GE, "ge", OpTypes::any, 2, true},
    {RVD_OP_SELECT, "select", OpTypes::any, 3, true},
    {RVD_OP_CONVERT, "convert", OpTypes::any, 1, true},
}};

constexpr bool compares(std::uint16_t code) { return code >= RVD_OP_EQ && code <= RVD_OP_GE; }

}  // namespace

const OpRule* find_op(std::uint16_t code) {
  for (const OpRule& rule : kRules) {
    if (rule.code == code) return &rule;
  }
  return nullptr;
}

std::uint8_t result_type(const OpRule& rule, std::uint8_t type) { return compares(rule.code) ? RVD_I32 : type; }

std::uint8_t operand_type(const OpRule& rule, unsigned operand, std::uint8_t type, std::uint8_t from) {
  if (rule.code == RVD_OP_CONVERT) return from;
  if (rule.code == RVD_OP_SELECT && operand == 0) return RVD_I32;
  return type;
}

}  // namespace ranvier::plan
