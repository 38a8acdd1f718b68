/// Programs of the plan, prepared for blocks of neurons. Nothing is loaded: registers that hold a state, an accumulator or
/// coefficients are the arrays themselves, which works since STORE takes effect after the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "devices/cpu/buffer.h"
#include "kernels/program/block.h"

namespace ranvier::cpu {

/// Neurons in a block: enough to hide the call of a loop, few enough that a program's registers stay in the nearest cache.
constexpr std::size_t kBlock = 256;

/// Writes first_id + i and a[i] for each a[i] that is not zero; returns how many. `ids` and `values` have room for n.
using Emit = std::size_t (*)(const void* a, std::size_t n, std::uint32_t first_id, std::uint32_t* ids, void* values);
Emit emit_of(std::uint32_t type);

/// An array of the plan in the type computed in; widened if that differs, else a view of the plan's bytes.
class Values {
 public:
  Values() = default;
  Values(rvd::PlanView plan, const rvd_array& array, bool wide);
  const std::byte* data() const { return widened_.size() != 0 ? widened_.data() : plan_; }
  std::uint64_t count() const { return count_; }
  std::size_t size() const { return size_; }  ///< bytes an element

 private:
  const std::byte* plan_ = nullptr;
  Buffer widened_;
  std::uint64_t count_ = 0;
  std::size_t size_ = 0;
};

/// Where the rows of one lane of one population begin: one pointer a state, one a receptor.
struct Rows {
  std::vector<std::byte*> states;
  std::vector<const std::byte*> sums;
};

/// A session's working memory: registers, by number, and room for those that are computed.
struct Registers {
  std::vector<const void*> at;
  Buffer room;
  void reserve(std::size_t registers, std::size_t bytes);
};

/// Immutable; one a population, shared by sessions.
class Program {
 public:
  /// `wide`: every f32 is a double. The plan must outlive the program.
  Program(rvd::PlanView plan, const rvd_population& population, bool wide);

  std::size_t registers() const { return registers_; }
  std::size_t room() const { return room_; }  ///< bytes of computed registers
  /// Once before the blocks of a step: registers that are the same for all blocks.
  void enter(Registers& registers) const;
  /// Neurons begin .. begin+n-1, n at most kBlock. Returns the values they emit; states are still the old ones.
  const void* compute(Registers& registers, const Rows& rows, std::uint64_t begin, std::size_t n) const;
  /// Then: the new states.
  void store(const Registers& registers, const Rows& rows, std::uint64_t begin, std::size_t n) const;

 private:
  enum class Source : std::uint8_t { state, receptor, coefficient };
  struct Load {
    std::uint32_t reg;
    Source source;
    std::uint32_t index;
    std::size_t size;
  };
  struct Fixed {  // the same for every neuron
    std::uint32_t reg;
    Buffer values;  // kBlock times
  };
  struct Instruction {
    program::BlockOp run;
    std::size_t offset;  // of the result
    std::uint32_t dst, a, b, c;
    std::uint64_t imm;
  };
  struct Store {
    program::BlockOp run;
    std::uint32_t state, reg;
    std::size_t size;
  };

  void prepare(rvd_op op);
  void prepare_coefficient(const rvd_op& op);
  void prepare_store(const rvd_op& op);
  void fix(std::uint32_t reg, std::uint64_t bits, std::size_t size);
  std::size_t allot();

  std::size_t registers_;
  std::size_t room_ = 0;
  std::uint32_t emitted_ = 0;
  std::vector<bool> is_state_;  // by register
  std::vector<Values> coefficients_;
  std::vector<Load> loads_;
  std::vector<Fixed> fixed_;
  std::vector<Instruction> instructions_;
  std::vector<Store> stores_;
};

}  // namespace ranvier::cpu
