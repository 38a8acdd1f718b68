/// Programs of the plan, one neuron at a time. Every operation is one line of `<ranvier/driver.h>`, on purpose.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "kernels/random/philox.h"

namespace ranvier::reference {

/// A register, a state, an accumulator, the value of an event: the low bytes hold the value of its type.
using Word = std::uint64_t;

class Program {
 public:
  /// `wide`: every f32 is a double.
  Program(rvd::PlanView plan, const rvd_population& population, bool wide);

  /// Whose random numbers: of this population, step and lane.
  struct Draws {
    PhiloxKey key;
    std::uint64_t step;
    std::uint32_t lane;
  };

  /// One step of one neuron. `sums`: one word a receptor; `state`: one word a state, replaced by what the program stores.
  /// Returns what it emits, which may be zero.
  Word run(std::uint64_t neuron, const Word* sums, Word* state, const Draws& draws);

 private:
  Word evaluate(const rvd_op& op, std::uint64_t neuron, const Word* sums, const Word* state, const Draws& draws) const;

  std::vector<rvd_op> ops_;                      // types are the ones computed in
  std::vector<std::vector<Word>> coefficients_;  // one or one per neuron
  std::vector<Word> registers_;
  std::vector<Word> stored_;
};

}  // namespace ranvier::reference
