#include "kernels/neuron/blocks.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "kernels/neuron/equations.h"

namespace ranvier::neuron {
namespace {

constexpr std::size_t kMaxBlock = 256;       // enough to hide the call of a loop
constexpr std::size_t kNearest = 24 * 1024;  // bytes of registers, few enough for the nearest cache

bool is_load(std::uint16_t code) { return operand_count(code) == 0 && code != RVD_OP_RANDOM; }

/// Random words of the neurons at positions begin .. end-1.
void draw(const Draws& draws, std::uint32_t number, std::size_t begin, std::size_t end, std::uint32_t* words) {
  if (draws.numbers != nullptr) {
    for (std::size_t at = begin; at < end; ++at) {
      const std::uint32_t neuron = draws.numbers[at];
      words[at - begin] = philox4x32_10(neuron_counter(neuron, draws.step, draws.lane, number), draws.key).word[neuron % 4];
    }
    return;
  }
  for (std::size_t at = begin; at < end; at += 4) {  // begin is a multiple of kPad
    const PhiloxBlock block = philox4x32_10(neuron_counter(at, draws.step, draws.lane, number), draws.key);
    std::memcpy(words + (at - begin), block.word, sizeof block.word);
  }
}

template <class Visit>
void each_operand(const Graph::Op& op, Visit visit) {
  const unsigned operands = operand_count(op.code);
  if (operands > 0) visit(op.a);
  if (operands > 1 && op.b != op.a) visit(op.b);
  if (operands > 2 && op.c != op.a && op.c != op.b) visit(op.c);
}

std::byte* at(void* array, std::size_t position, std::size_t size) { return static_cast<std::byte*>(array) + position * size; }

}  // namespace

BlockSweep::BlockSweep(simd::Isa isa, const Graph& graph)
    : block_(kMaxBlock), registers_(graph.ops.size()), emitted_(graph.emitted), sums_(graph.sums) {
  const program::BlockKernels& kernels = program::block_kernels(isa);
  value_size_ = size_of(graph.type_of(emitted_));
  mask_ = kernels.mask(graph.type_of(emitted_));
  unit_ = graph.unit();
  for (std::size_t i = 0; i < graph.ops.size(); ++i) prepare(kernels, graph, static_cast<std::uint32_t>(i));
  for (const Graph::Store& store : graph.stores) prepare_store(kernels, graph, store);
  allot(graph);
}

void BlockSweep::prepare(const program::BlockKernels& kernels, const Graph& graph, std::uint32_t reg) {
  const Graph::Op& op = graph.ops[reg];
  switch (op.code) {
    case RVD_OP_STATE: loads_.push_back({reg, Source::state, op.a, size_of(op.type)}); return;
    case RVD_OP_RECEPTOR: loads_.push_back({reg, op.a == kInner ? Source::inner : Source::sum, op.a, size_of(op.type)}); return;
    case RVD_OP_COEFF:
      if (graph.coefficients[op.a].each != nullptr) {
        loads_.push_back({reg, Source::coefficient, static_cast<std::uint32_t>(coefficients_.size()), size_of(op.type)});
        coefficients_.push_back(graph.coefficients[op.a].each);
      } else {
        spreads_.push_back({reg, graph.coefficients[op.a].bits, size_of(op.type)});
      }
      return;
    case RVD_OP_RANDOM: instructions_.push_back({nullptr, reg, 0, 0, 0, op.imm}); return;
    default: break;
  }
  const program::BlockOp loop = kernels.op(op.code, op.type, op.from);
  if (loop == nullptr) throw std::invalid_argument("no operation " + std::to_string(op.code) + " of that type");
  instructions_.push_back({loop, reg, op.a, op.b, op.c, op.imm});
}

// A register that is a state itself would change with the store of that state before its own: keep a copy. What STORE makes of it
// stays the same when it is stored again.
void BlockSweep::prepare_store(const program::BlockKernels& kernels, const Graph& graph, const Graph::Store& store) {
  const std::uint32_t type = graph.type_of(store.reg);
  std::uint32_t reg = store.reg;
  if (graph.ops[reg].code == RVD_OP_STATE) {
    reg = static_cast<std::uint32_t>(registers_++);
    instructions_.push_back({kernels.store(type), reg, store.reg, store.reg, store.reg, 0});
  }
  stores_.push_back({kernels.store(type), store.state, reg, size_of(type)});
}

// Places for computed registers; one is free again once its last reader has run.
void BlockSweep::allot(const Graph& graph) {
  constexpr std::size_t kAlways = ~std::size_t{0};
  std::vector<std::size_t> last(registers_, 0), place(registers_, 0), unused;
  for (std::size_t i = 0; i < graph.ops.size(); ++i) each_operand(graph.ops[i], [&](std::uint32_t reg) { last[reg] = i; });
  last[emitted_] = kAlways;
  for (const Store& store : stores_) last[store.reg] = kAlways;

  std::size_t places = 0;
  bool wide = false;
  for (const Graph::Op& op : graph.ops) wide = wide || size_of(op.type) == 8;
  for (const Instruction& instruction : instructions_) {
    const std::uint32_t reg = instruction.dst;
    if (unused.empty()) unused.push_back(places++);
    place[reg] = unused.back();
    unused.pop_back();
    if (reg >= graph.ops.size()) continue;
    each_operand(graph.ops[reg], [&](std::uint32_t operand) {
      if (last[operand] == reg && !is_load(graph.ops[operand].code)) unused.push_back(place[operand]);
    });
  }

  const std::size_t element = wide ? 8 : 4;
  const std::size_t arrays = places + loads_.size() + spreads_.size();
  while (block_ > kPad && arrays * element * block_ > kNearest) block_ /= 2;
  const std::size_t table = (registers_ * sizeof(void*) + 63) / 64 * 64;
  for (const Instruction& instruction : instructions_) {
    results_.push_back({instruction.dst, table + place[instruction.dst] * element * block_});
  }
  scratch_ = table + places * element * block_;
  spread_values_.reserve(spreads_.size() * block_ * 8);
  for (std::size_t k = 0; k < spreads_.size(); ++k) {
    for (std::size_t i = 0; i < block_; ++i) {
      std::memcpy(at(spread_values_.data(), k * block_, 8) + i * spreads_[k].size, &spreads_[k].bits, spreads_[k].size);
    }
  }
}

void BlockSweep::run(const SweepArgs& args, Scratch& scratch) const {
  const void** const registers = reinterpret_cast<const void**>(scratch.data());
  for (std::size_t k = 0; k < spreads_.size(); ++k) registers[spreads_[k].reg] = at(spread_values_.data(), k * block_, 8);
  for (const Result& result : results_) registers[result.reg] = scratch.data() + result.offset;
  for (std::size_t begin = args.begin; begin < args.end; begin += block_) {
    const std::size_t n = (std::min(block_, args.end - begin) + kPad - 1) / kPad * kPad;
    compute(args, registers, begin, n);
    finish(args, registers, begin, n);
  }
  if (args.end % kPad != 0 && args.begin < args.end) args.mask[args.end / kPad] &= (std::uint64_t{1} << args.end % kPad) - 1;
}

void BlockSweep::compute(const SweepArgs& args, const void** registers, std::size_t begin, std::size_t n) const {
  for (const Load& load : loads_) {
    const void* array = load.source == Source::state   ? args.states[load.index]
                        : load.source == Source::sum   ? args.sums[load.index]
                        : load.source == Source::inner ? args.inner
                                                       : coefficients_[load.index];
    registers[load.reg] = static_cast<const std::byte*>(array) + begin * load.size;
  }
  for (const Instruction& op : instructions_) {
    if (op.run == nullptr) {
      auto* const words = static_cast<std::uint32_t*>(const_cast<void*>(registers[op.dst]));
      draw(*args.draws, static_cast<std::uint32_t>(op.imm), begin, std::min(begin + n, args.end), words);
      continue;
    }
    op.run(const_cast<void*>(registers[op.dst]), registers[op.a], registers[op.b], registers[op.c], op.imm, n);
  }
}

// What is emitted may be a state or a sum, so it goes before these change.
void BlockSweep::finish(const SweepArgs& args, const void* const* registers, std::size_t begin, std::size_t n) const {
  mask_(registers[emitted_], n, args.mask + begin / kPad);
  if (args.values != nullptr) std::memcpy(at(args.values, begin, value_size_), registers[emitted_], n * value_size_);
  for (const Store& store : stores_) {
    store.run(at(args.states[store.state], begin, store.size), registers[store.reg], nullptr, nullptr, 0, n);
  }
  for (const Graph::Sum& sum : sums_) {
    void* const array = sum.receptor == kInner ? args.inner : args.sums[sum.receptor];
    std::memset(at(array, begin, size_of(sum.type)), 0, n * size_of(sum.type));
  }
}

}  // namespace ranvier::neuron
