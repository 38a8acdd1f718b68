// Any program, block by block: each operation is a loop over a few hundred neurons whose operands stay in the nearest cache.
#pragma once

#include "kernels/neuron/graph.h"
#include "kernels/program/block.h"

namespace ranvier::neuron {

class BlockSweep final : public Sweep {
 public:
  BlockSweep(simd::Isa isa, const Graph& graph);
  void run(const SweepArgs& args, Scratch& scratch) const override;

 private:
  enum class Source : std::uint8_t { state, sum, inner, coefficient };
  struct Load {  // a register that is an array of the caller's
    std::uint32_t reg;
    Source source;
    std::uint32_t index;
    std::size_t size;  // bytes an element
  };
  struct Spread {  // the same for every neuron
    std::uint32_t reg;
    std::uint64_t bits;
    std::size_t size;
  };
  struct Instruction {
    program::BlockOp run;  // nullptr: draw imm
    std::uint32_t dst, a, b, c;
    std::uint64_t imm;
  };
  struct Result {  // where a computed register lies in a block's room
    std::uint32_t reg;
    std::size_t offset;
  };
  struct Store {
    program::BlockOp run;
    std::uint32_t state, reg;
    std::size_t size;
  };

  void prepare(const program::BlockKernels& kernels, const Graph& graph, std::uint32_t reg);
  void prepare_store(const program::BlockKernels& kernels, const Graph& graph, const Graph::Store& store);
  void allot(const Graph& graph);
  void compute(const SweepArgs& args, const void** registers, std::size_t begin, std::size_t n) const;
  void finish(const SweepArgs& args, const void* const* registers, std::size_t begin, std::size_t n) const;

  std::size_t block_;      // neurons
  std::size_t registers_;  // how many
  std::uint32_t emitted_;
  std::size_t value_size_;
  program::BlockMask mask_;
  std::vector<Load> loads_;
  std::vector<const void*> coefficients_;
  std::vector<Spread> spreads_;
  Scratch spread_values_;
  std::vector<Result> results_;
  std::vector<Instruction> instructions_;
  std::vector<Store> stores_;
  std::vector<Graph::Sum> sums_;
};

}  // namespace ranvier::neuron
