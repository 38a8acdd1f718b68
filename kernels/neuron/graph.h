// A program with the one in front of it as a single list of operations, none twice and none in vain.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/neuron/sweep.h"

namespace ranvier::neuron {

constexpr std::size_t size_of(std::uint32_t type) { return type == RVD_F64 || type == RVD_I64 ? 8 : 4; }

/// The accumulator of the program in front, as the operand of a RECEPTOR.
constexpr std::uint32_t kInner = 0xFFFF;

struct Graph {
  /// Register i is the result of operation i. There is no CONST: it is a coefficient.
  struct Op {
    std::uint16_t code;
    std::uint8_t type, from;
    std::uint32_t a, b, c;
    std::uint64_t imm;
    auto operator<=>(const Op&) const = default;
  };
  struct Store {
    std::uint32_t state, reg;
  };
  struct Value {       // of a coefficient
    const void* each;  // one a position, or nullptr
    std::uint64_t bits;
    auto operator<=>(const Value&) const = default;
  };
  struct Sum {  // an accumulator
    std::uint32_t receptor, type;
  };

  std::vector<Op> ops;
  std::vector<Store> stores;
  std::vector<Value> coefficients;
  std::vector<Sum> sums;  ///< all that the programs name
  std::uint32_t emitted = 0;

  /// Type of what a register holds.
  std::uint32_t type_of(std::uint32_t reg) const;
  /// What is emitted is 0 or 1 whatever the sums and states are.
  bool unit() const;
};

Graph graph_of(const Program& program, const Program* front, std::uint32_t receptor);

}  // namespace ranvier::neuron
