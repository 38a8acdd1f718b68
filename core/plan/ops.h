/// The operations of programs as a table: what the checker demands of each, and how a listing names it.
#pragma once

#include <cstdint>
#include <string_view>

namespace ranvier::plan {

enum class OpTypes : std::uint8_t { any, floats, integers, words };        // words: i32 alone
enum class OpIndex : std::uint8_t { none, coefficient, state, receptor };  ///< what `a` counts instead of registers
enum class OpImm : std::uint8_t { none, value, state, shift, draw };

struct OpRule {
  std::uint16_t code;
  std::string_view name;
  OpTypes types;          ///< that `type` may have
  std::uint8_t operands;  ///< registers read: the first of a, b, c
  bool writes;            ///< dst
  OpIndex index = OpIndex::none;
  OpImm imm = OpImm::none;
};

/// nullptr for an unknown code.
const OpRule* find_op(std::uint16_t code);

/// The type of the value that the operation writes, and of operand 0, 1, 2, given the op's `type` and `from`.
std::uint8_t result_type(const OpRule& rule, std::uint8_t type);
std::uint8_t operand_type(const OpRule& rule, unsigned operand, std::uint8_t type, std::uint8_t from);

}  // namespace ranvier::plan
