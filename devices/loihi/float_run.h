/// The plan as it stands, in its floats: what the chip shall come near to. One sample at a time, by the contract of driver.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "kernels/program/block.h"

namespace ranvier::loihi {

class FloatRun {
 public:
  using Events = std::vector<rvd::Event>;  // by id; lane is 0

  /// @param silent  neurons and inputs emit nothing: what is left is what linear nodes send by themselves.
  FloatRun(rvd::PlanView plan, bool silent);

  /// Back to before the first step.
  void restart();
  /// The next step. `input` has the events of each input population, empty for the others; it may be empty where none emits.
  void step(const std::vector<Events>& input);

  /// Of the last step.
  const Events& emitted(std::uint32_t population) const;
  double arrived(std::uint32_t population, std::uint64_t neuron) const;
  double state(std::uint32_t population, std::uint32_t index, std::uint64_t neuron) const;

 private:
  using Bytes = std::vector<std::byte>;
  struct Incoming {
    const rvd_projection* record;
    Events prior;
  };
  struct Operation {
    const rvd_op* record;
    program::BlockOp run;
  };
  struct Population {
    const rvd_population* record;
    std::vector<std::vector<Incoming>> receptors;  // terms in the contract's order
    std::vector<Bytes> sums, states, stored, registers;
    std::vector<Operation> operations;
    std::vector<Events> history;  // [step % depth]
  };

  void prepare(Population& population) const;
  void gather(Population& population) const;
  void run(Population& population) const;
  const Events& arriving(const Incoming& incoming) const;

  rvd::PlanView plan_;
  bool silent_;
  std::vector<Population> populations_;
  std::uint64_t depth_ = 1;
  std::uint64_t next_ = 0;  // step
};

}  // namespace ranvier::loihi
