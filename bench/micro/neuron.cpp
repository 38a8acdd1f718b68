// What does one update of a neuron cost, for each model and instruction set, fused and in blocks, beside a loop that only reads and
// writes the same bytes (floor)? 2048 neurons, whose states and sums stay in the L1 cache; and a call for 38 of them.

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "kernels/neuron/known.h"
#include "kernels/neuron/sweep.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/micro/neuron.cpp"
#include "kernels/simd/simd.h"

#ifndef RANVIER_BENCH_FLOOR
#define RANVIER_BENCH_FLOOR
namespace ranvier::bench {
using Floor = void (*)(const neuron::SweepArgs&);
}
#endif

HWY_BEFORE_NAMESPACE();
namespace ranvier::bench::HWY_NAMESPACE {

using namespace simd::HWY_NAMESPACE;

// Keeps what was read from being dropped.
template <std::size_t kStates>
void floor_of(const neuron::SweepArgs& args) {
  const Tag<float> tag;
  for (std::size_t i = args.begin; i < args.end; i += 64) {
    std::uint64_t word = 0;
    for (std::size_t lane = i; lane < i + 64; lane += kLanes<float>) {
      float* const sum = static_cast<float*>(args.sums[0]) + lane;
      Vector<float> read = Load(tag, sum);
      Store(Zero(tag), tag, sum);
      for (std::size_t k = 0; k < kStates; ++k) {
        float* const state = static_cast<float*>(args.states[k]) + lane;
        read = Xor(read, Load(tag, state));
        Store(read, tag, state);
      }
      word |= bits_of<float>(read == Zero(tag)) << (lane - i);
    }
    args.mask[i / 64] = word;
  }
}

const Floor kFloors[] = {floor_of<0>, floor_of<1>, floor_of<2>};

}  // namespace ranvier::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ranvier::bench {
namespace {

/// By the number of states.
const Floor* floors(simd::Isa isa){RANVIER_CHOOSE_ISA(isa, kFloors)}

rvd_op op_of(unsigned code, const neuron::Node& node) {
  rvd_op op{};
  op.size = sizeof op;
  op.code = static_cast<std::uint16_t>(code);
  op.type = RVD_F32;
  op.from = code == RVD_OP_CONVERT ? RVD_I32 : 0;
  op.a = node.a;
  op.b = node.b;
  op.c = node.c;
  return op;
}

/// The program of these equations; all coefficients are one number.
neuron::Program program_of(const neuron::Equations& equations, const float& number, bool each) {
  neuron::Program program;
  const auto append = [&](rvd_op op) {
    op.dst = static_cast<std::uint16_t>(program.registers++);
    program.ops.push_back(op);
    return static_cast<std::uint8_t>(op.dst);
  };
  program.coefficients.assign(equations.coefficients, {&number, each});
  for (std::size_t i = 0; i < equations.count; ++i) append(op_of(equations.nodes[i].code, equations.nodes[i]));
  for (std::size_t k = 0; k < equations.stored; ++k) {
    program.ops.push_back(op_of(RVD_OP_STORE, {0, equations.stores[k].node}));
    program.ops.back().imm = equations.stores[k].state;
  }
  std::uint8_t emitted = equations.emitted;
  if (equations.unit()) emitted = append(op_of(RVD_OP_CONVERT, {0, emitted}));
  program.ops.push_back(op_of(RVD_OP_EMIT, {0, emitted}));
  return program;
}

/// Arrays of a population, each on a cache line.
class Population {
 public:
  explicit Population(std::size_t neurons) : neurons_(neurons), padded_((neurons + 63) / 64 * 64), mask_(padded_ / 64) {
    memory_.reserve(padded_ * sizeof(float) * 6);
    std::memset(memory_.data(), 0, padded_ * sizeof(float) * 6);
    states_ = {row(0), row(1)};
    sums_ = {row(2)};
    for (std::size_t i = 0; i < padded_; ++i) coefficients()[i] = 0.5F;
  }
  float* coefficients() { return row(5); }
  neuron::SweepArgs args(bool values) {
    return {states_.data(), sums_.data(), row(3), values ? row(4) : nullptr, mask_.data(), 0, neurons_};
  }

 private:
  float* row(std::size_t k) { return reinterpret_cast<float*>(memory_.data()) + k * padded_; }

  std::size_t neurons_, padded_;
  neuron::Scratch memory_;
  std::vector<void*> states_, sums_;
  std::vector<std::uint64_t> mask_;
};

void count(benchmark::State& state, std::size_t neurons) {
  state.counters["s/neuron"] = benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(neurons),
                                                  benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

struct Case {
  std::string model;
  neuron::Equations equations;
};

template <std::size_t... kIndex>
std::vector<Case> cases(std::index_sequence<kIndex...>) {
  const auto label = [](std::size_t index) {
    const neuron::Source source = neuron::source(index);
    return std::string(source.update) + (source.update.empty() ? "" : " ") + std::string(source.fire);
  };
  return {{label(kIndex), neuron::kEquations<kIndex, false>}...};
}

void run_sweep(benchmark::State& state, simd::Isa isa, const neuron::Equations& equations, bool fused, bool each,
               std::size_t neurons) {
  Population population(neurons);
  neuron::Program program = program_of(equations, *population.coefficients(), each);
  const auto sweep = neuron::make_sweep(isa, std::move(program), fused);
  neuron::Scratch scratch;
  scratch.reserve(sweep->scratch());
  const neuron::SweepArgs args = population.args(!sweep->unit());
  for (auto _ : state) {
    sweep->run(args, scratch);
    benchmark::ClobberMemory();
  }
  count(state, neurons);
}

void run_floor(benchmark::State& state, simd::Isa isa, std::size_t states, std::size_t neurons) {
  Population population(neurons);
  const neuron::SweepArgs args = population.args(false);
  for (auto _ : state) {
    floors(isa)[states](args);
    benchmark::ClobberMemory();
  }
  count(state, neurons);
}

/// There are hundreds of them.
constexpr double kSeconds = 0.02;

void register_all() {
  constexpr std::size_t kNeurons = 2048, kFew = 38;
  for (const simd::Isa isa : simd::available()) {
    const std::string set = std::string(simd::name(isa)) + "/";
    for (const std::size_t states : {0u, 1u, 2u}) {
      benchmark::RegisterBenchmark((set + "floor, states: " + std::to_string(states)).c_str(), [=](benchmark::State& state) {
        run_floor(state, isa, states, kNeurons);
      })->MinTime(kSeconds);
    }
    for (const Case& known : cases(std::make_index_sequence<neuron::kKnownCount>())) {
      const auto add = [&](const std::string& how, bool fused, bool each, std::size_t neurons) {
        benchmark::RegisterBenchmark((set + how + "/" + known.model).c_str(), [=](benchmark::State& state) {
          run_sweep(state, isa, known.equations, fused, each, neurons);
        })->MinTime(kSeconds);
      };
      add("fused", true, false, kNeurons);
      add("fused, a coefficient each", true, true, kNeurons);
      add("fused, a call for 38", true, false, kFew);
      add("blocks", false, false, kNeurons);
    }
  }
}

}  // namespace
}  // namespace ranvier::bench

int main(int argc, char** argv) {
  ranvier::bench::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
#endif
