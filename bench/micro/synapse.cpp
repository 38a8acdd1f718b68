// What does a synaptic operation cost, by kernel, instruction set and density of events, beside the floor of this machine?
// An operation is a term of an event that is not zero: a dense pass over few events pays for the others too.
//
// The last two numbers of a name are the instruction set (its name is the label) and events per thousand sources. `floor` is the
// loop that does the kernel's memory traffic and no more, on the same set in the same run.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "bench/floor/loops.h"
#include "kernels/random/mix.h"
#include "kernels/simd/isa.h"
#include "kernels/synapse/delivery.h"

namespace {

using ranvier::synapse::Delivery;
using ranvier::synapse::Events;
using ranvier::synapse::How;
namespace simd = ranvier::simd;
namespace synapse = ranvier::synapse;

/// Floats on a cache line, as sums and values are kept; sums in a place of a page of their own, as a careful owner puts them.
class Floats {
 public:
  explicit Floats(std::size_t n, std::size_t offset = 0)
      : offset_(offset), values_(static_cast<float*>(::operator new((n + offset) * sizeof(float) + 256, kPage))) {
    for (std::size_t i = 0; i < n; ++i) data()[i] = static_cast<float>(ranvier::mix64(i + 1) >> 40) * 0x1p-24F - 0.5F;
  }
  float* data() const { return values_.get() + offset_; }

 private:
  static constexpr std::align_val_t kPage{4096};
  struct Free {
    void operator()(float* values) const { ::operator delete(values, kPage); }
  };
  std::size_t offset_;
  std::unique_ptr<float[], Free> values_;
};
constexpr std::size_t kOwnPlace = 17 * 16;

/// Many steps' events, so that no branch is learnt by heart.
struct Steps {
  static constexpr std::size_t kSteps = 64;
  std::vector<std::vector<std::uint32_t>> ids;
  std::vector<Floats> dense, values;
  std::size_t events = 0;

  Steps(std::size_t sources, double share, bool units) : ids(kSteps) {
    std::uint64_t draw = 0;
    for (std::vector<std::uint32_t>& step : ids) {
      dense.emplace_back(sources);
      values.emplace_back(sources);
      for (std::uint32_t id = 0; id < sources; ++id) {
        const std::uint64_t random = ranvier::mix64(++draw);
        const bool fires = static_cast<double>(random >> 11) * 0x1p-53 < share;
        const float value = units ? 1.0F : static_cast<float>(1 + random % 3) * 0.25F;
        dense.back().data()[id] = fires ? value : 0.0F;
        if (!fires) continue;
        values.back().data()[step.size()] = value;
        step.push_back(id);
      }
      events += step.size();
    }
  }
};

void per(benchmark::State& state, const char* what, double count) {
  state.counters[what] = benchmark::Counter(static_cast<double>(state.iterations()) * count,
                                            benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

simd::Isa isa_of(const benchmark::State& state) { return static_cast<simd::Isa>(state.range(0)); }

/// What an event may come as.
enum class As : std::uint8_t { units, graded, array };

/// `terms`: of all steps' events.
void run(benchmark::State& state, const Delivery& delivery, const Steps& steps, std::size_t sources, std::size_t targets, As as,
         std::uint64_t terms) {
  const Floats sums(targets + 64, kOwnPlace);
  std::size_t next = 0;
  for (auto _ : state) {
    const std::size_t s = next++ % Steps::kSteps;
    const std::vector<std::uint32_t>& ids = steps.ids[s];
    delivery.deliver(as == As::array   ? Events{nullptr, steps.dense[s].data(), sources}
                     : as == As::units ? Events{ids.data(), nullptr, ids.size()}
                                       : Events{ids.data(), steps.values[s].data(), ids.size()},
                     sums.data(), 0, targets);
    benchmark::ClobberMemory();
  }
  state.SetLabel(std::string(simd::name(isa_of(state))));
  per(state, "s/op", static_cast<double>(terms) / Steps::kSteps);
  state.counters["events"] = static_cast<double>(steps.events) / Steps::kSteps;
}

Steps steps_of(const benchmark::State& state, std::size_t sources, As as) {
  return {sources, static_cast<double>(state.range(1)) / 1000, as == As::units};
}

void dense(benchmark::State& state, std::size_t sources, std::size_t targets, As as) {
  const Floats weights(sources * targets);
  const auto delivery = synapse::make_dense(isa_of(state), {RVD_F32, sources, targets}, weights.data(), nullptr);
  const Steps steps = steps_of(state, sources, as);
  run(state, *delivery, steps, sources, targets, as, steps.events * targets);
}

void narrow(benchmark::State& state, std::size_t sources, std::size_t targets, std::int32_t largest) {
  std::vector<std::int32_t> weights(sources * targets);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<std::int32_t>(ranvier::mix64(i) >> 40) % largest;
  const auto delivery = synapse::make_dense(isa_of(state), {RVD_I32, sources, targets}, weights.data(), nullptr);
  const Steps steps = steps_of(state, sources, As::units);
  run(state, *delivery, steps, sources, targets, As::units, steps.events * targets);
}

/// The synapses of a source under a window that has one group.
std::uint64_t synapses_of(const rvd_window& w, std::uint32_t source) {
  std::uint64_t rows = 0, columns = 0;
  rvd::each_on_axis(w, 0, source / w.in[1] % w.in[0], [&](std::uint64_t, std::uint64_t) { ++rows; });
  rvd::each_on_axis(w, 1, source % w.in[1], [&](std::uint64_t, std::uint64_t) { ++columns; });
  return rows * columns * w.channels_out / w.groups;
}

void window(benchmark::State& state, const Delivery& delivery, const rvd_window& w, As as) {
  const std::size_t sources = std::size_t{w.channels_in} * w.in[0] * w.in[1];
  const Steps steps = steps_of(state, sources, as);
  std::uint64_t terms = 0;
  for (const std::vector<std::uint32_t>& step : steps.ids) {
    for (const std::uint32_t id : step) terms += synapses_of(w, id);
  }
  run(state, delivery, steps, sources, std::size_t{w.channels_out} * w.out[0] * w.out[1], as, terms);
}

void convolution(benchmark::State& state, const rvd_window& w, As as) {
  const Floats weights(std::size_t{w.channels_out} * w.channels_in * w.kernel[0] * w.kernel[1]);
  window(state, *synapse::make_convolution(isa_of(state), RVD_F32, w, weights.data(), true), w, as);
}

void pool(benchmark::State& state, const rvd_window& w, As as) {
  window(state, *synapse::make_pool(isa_of(state), RVD_F32, w), w, as);
}

void sparse(benchmark::State& state, std::size_t sources, std::size_t targets, std::size_t row) {
  std::vector<std::int64_t> rows(sources + 1);
  std::vector<std::int32_t> to(sources * row);
  for (std::size_t s = 0; s <= sources; ++s) rows[s] = static_cast<std::int64_t>(s * row);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::int32_t>(ranvier::mix64(i) % targets);
  const Floats weights(to.size());
  const auto delivery = synapse::make_sparse(isa_of(state), {RVD_F32, sources, targets}, rows.data(), to.data(), weights.data(),
                                             to.size(), nullptr);
  const Steps steps = steps_of(state, sources, As::units);
  run(state, *delivery, steps, sources, targets, As::units, steps.events * row);
}

void one_to_one(benchmark::State& state, std::size_t n, As as) {
  const auto delivery = synapse::make_one_to_one(isa_of(state), {RVD_F32, n, n}, nullptr, 0, nullptr);
  const Steps steps = steps_of(state, n, as);
  run(state, *delivery, steps, n, n, as, steps.events);
}

// --- floors, per float

/// Adding rows that stay in the L2 cache to sums that stay in L1.
void floor_rows(benchmark::State& state) {
  constexpr std::size_t kSums = 4096, kRows = 16;
  const Floats sums(kSums, kOwnPlace), rows(kSums * kRows);
  const auto add = ranvier::bench::floor_loops(isa_of(state)).row_add;
  std::size_t row = 0;
  for (auto _ : state) {
    add(sums.data(), rows.data() + row++ % kRows * kSums, kSums);
    benchmark::ClobberMemory();
  }
  state.SetLabel(std::string(simd::name(isa_of(state))));
  per(state, "s/op", kSums);
}

/// Rows that pass by, from L2, while the sums stay in registers.
void floor_tile(benchmark::State& state) {
  constexpr std::size_t kWeights = 1 << 17;
  const Floats weights(kWeights);
  const auto read = ranvier::bench::floor_loops(isa_of(state)).read;
  for (auto _ : state) benchmark::DoNotOptimize(read(weights.data(), kWeights));
  state.SetLabel(std::string(simd::name(isa_of(state))));
  per(state, "s/op", kWeights);
}

void floor_scatter(benchmark::State& state) {
  constexpr std::size_t kSums = 4096, kSynapses = 1 << 15;
  const Floats sums(kSums, kOwnPlace), weights(kSynapses);
  std::vector<std::int32_t> targets(kSynapses);
  for (std::size_t i = 0; i < kSynapses; ++i) targets[i] = static_cast<std::int32_t>(ranvier::mix64(i) % kSums);
  for (auto _ : state) {
    ranvier::bench::scatter_add(sums.data(), targets.data(), weights.data(), kSynapses);
    benchmark::ClobberMemory();
  }
  per(state, "s/op", kSynapses);
}

// --- events

void hash(benchmark::State& state, std::size_t count) {
  std::vector<std::uint32_t> ids(count);
  for (std::size_t i = 0; i < count; ++i) ids[i] = static_cast<std::uint32_t>(i * 3);
  const auto function = synapse::event_kernels(isa_of(state)).hash;
  for (auto _ : state) benchmark::DoNotOptimize(function(RVD_F32, 1, 2, {ids.data(), nullptr, count}));
  state.SetLabel(std::string(simd::name(isa_of(state))));
  per(state, "s/event", static_cast<double>(count));
}

void extract(benchmark::State& state, std::size_t words) {
  std::vector<std::uint64_t> mask(words);
  for (std::size_t i = 0; i < words * 64; ++i) {
    if (ranvier::mix64(i) % 1000 < static_cast<std::uint64_t>(state.range(1))) mask[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  std::vector<std::uint32_t> ids(words * 64 + 16);
  const auto function = synapse::event_kernels(isa_of(state)).extract;
  for (auto _ : state) benchmark::DoNotOptimize(function(mask.data(), words, 0, ids.data()));
  state.SetLabel(std::string(simd::name(isa_of(state))));
  per(state, "s/neuron", static_cast<double>(words * 64));
}

void collect(benchmark::State& state, std::size_t n) {
  const Steps steps(n, static_cast<double>(state.range(1)) / 1000, false);
  std::vector<std::uint32_t> ids(n + 16);
  std::vector<float> values(n + 16);
  const auto function = synapse::event_kernels(isa_of(state)).collect;
  std::size_t step = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(function(RVD_F32, steps.dense[step++ % Steps::kSteps].data(), n, ids.data(), values.data()));
  }
  state.SetLabel(std::string(simd::name(isa_of(state))));
  per(state, "s/neuron", static_cast<double>(n));
}

// --- which

void each_isa(benchmark::internal::Benchmark* b) {
  for (const simd::Isa isa : simd::available()) b->Arg(static_cast<std::int64_t>(isa));
}

/// The best set at each density, and all sets at 5 %.
void each_density(benchmark::internal::Benchmark* b) {
  constexpr std::int64_t kPerThousand[] = {5, 10, 20, 50, 100, 160, 200, 350, 500, 1000};
  for (const std::int64_t density : kPerThousand) b->Args({static_cast<std::int64_t>(simd::available().back()), density});
  for (const simd::Isa isa : simd::available()) {
    if (isa != simd::available().back()) b->Args({static_cast<std::int64_t>(isa), 50});
  }
}

// A usual network for N-MNIST: 2 x 34 x 34 to 12 channels under 5 x 5, pooled by 2 x 2, to 32 channels under 5 x 5.
constexpr rvd_window kNmnist1{2, 12, 1, 0, {34, 34}, {30, 30}, {5, 5}, {1, 1}, {0, 0}, {1, 1}};
constexpr rvd_window kNmnist2{12, 32, 1, 0, {15, 15}, {11, 11}, {5, 5}, {1, 1}, {0, 0}, {1, 1}};
constexpr rvd_window kPadded{12, 32, 1, 0, {15, 15}, {15, 15}, {5, 5}, {1, 1}, {2, 2}, {1, 1}};
constexpr rvd_window kSmall{16, 16, 1, 0, {16, 16}, {16, 16}, {3, 3}, {1, 1}, {1, 1}, {1, 1}};
constexpr rvd_window kStrided{2, 16, 1, 0, {34, 34}, {16, 16}, {5, 5}, {2, 2}, {1, 1}, {1, 1}};
constexpr rvd_window kNmnistPool{12, 12, 12, 0, {30, 30}, {15, 15}, {2, 2}, {2, 2}, {0, 0}, {1, 1}};

}  // namespace

BENCHMARK(floor_rows)->Apply(each_isa);
BENCHMARK(floor_tile)->Apply(each_isa);
BENCHMARK(floor_scatter);
BENCHMARK_CAPTURE(dense, shd_units, 700, 256, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(dense, shd_graded, 700, 256, As::graded)->Apply(each_density);
BENCHMARK_CAPTURE(dense, shd_array, 700, 256, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(dense, braille_units, 38, 38, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(narrow, shd_i8, 700, 256, 127)->Apply(each_density);
BENCHMARK_CAPTURE(narrow, shd_i16, 700, 256, 32767)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, nmnist1_units, kNmnist1, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, nmnist1_array, kNmnist1, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, nmnist2_graded, kNmnist2, As::graded)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, nmnist2_array, kNmnist2, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, padded_graded, kPadded, As::graded)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, padded_array, kPadded, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, small_units, kSmall, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, small_array, kSmall, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(convolution, strided_units, kStrided, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(pool, nmnist1_units, kNmnistPool, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(pool, nmnist1_array, kNmnistPool, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(sparse, random_row100, 1000, 4096, 100)->Apply(each_density);
BENCHMARK_CAPTURE(one_to_one, wire_units, 10800, As::units)->Apply(each_density);
BENCHMARK_CAPTURE(one_to_one, wire_array, 10800, As::array)->Apply(each_density);
BENCHMARK_CAPTURE(hash, units, 735)->Apply(each_isa);
BENCHMARK_CAPTURE(extract, wire, 169)->Apply(each_density);
BENCHMARK_CAPTURE(collect, wire, 10800)->Apply(each_density);
