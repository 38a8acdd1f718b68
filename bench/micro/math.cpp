// What do our exp, expm1, log and log1p cost per value, over arrays that stay in the L1 cache, beside the standard library's?
// Link with benchmark_main. Inputs are uniform in [-10, 1], where the decay factors of neurons lie.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"
#include "kernels/random/mix.h"

namespace {

constexpr std::size_t kValues = 1024;

template <typename Float>
std::vector<Float> inputs() {
  std::vector<Float> values(kValues);
  for (std::size_t i = 0; i < kValues; ++i) {
    values[i] = static_cast<Float>(static_cast<double>(ranvier::mix64(i) >> 11) * 0x1p-53 * 11.0 - 10.0);
  }
  return values;
}

template <typename Float, typename Function>
void over_array(benchmark::State& state, Function function) {
  const std::vector<Float> in = inputs<Float>();
  std::vector<Float> out(kValues);
  for (auto _ : state) {
    for (std::size_t i = 0; i < kValues; ++i) {
      out[i] = function(in[i]);
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.counters["s/value"] = benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(kValues),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <typename Function>
void floats(benchmark::State& state, Function function) {
  over_array<float>(state, function);
}

template <typename Function>
void doubles(benchmark::State& state, Function function) {
  over_array<double>(state, function);
}

}  // namespace

BENCHMARK_CAPTURE(floats, ranvier_exp, [](float x) { return ranvier::math::exp(x); });
BENCHMARK_CAPTURE(floats, std_exp, [](float x) { return std::exp(x); });
BENCHMARK_CAPTURE(floats, ranvier_expm1, [](float x) { return ranvier::math::expm1(x); });
BENCHMARK_CAPTURE(floats, std_expm1, [](float x) { return std::expm1(x); });
BENCHMARK_CAPTURE(doubles, ranvier_exp, [](double x) { return ranvier::math::exp(x); });
BENCHMARK_CAPTURE(doubles, std_exp, [](double x) { return std::exp(x); });
BENCHMARK_CAPTURE(doubles, ranvier_expm1, [](double x) { return ranvier::math::expm1(x); });
BENCHMARK_CAPTURE(doubles, std_expm1, [](double x) { return std::expm1(x); });
// Over positive numbers: the inputs' squares.
BENCHMARK_CAPTURE(floats, ranvier_log, [](float x) { return ranvier::math::log(x * x); });
BENCHMARK_CAPTURE(floats, std_log, [](float x) { return std::log(x * x); });
BENCHMARK_CAPTURE(floats, ranvier_log1p, [](float x) { return ranvier::math::log1p(x * x); });
BENCHMARK_CAPTURE(floats, std_log1p, [](float x) { return std::log1p(x * x); });
BENCHMARK_CAPTURE(doubles, ranvier_log, [](double x) { return ranvier::math::log(x * x); });
BENCHMARK_CAPTURE(doubles, std_log, [](double x) { return std::log(x * x); });
BENCHMARK_CAPTURE(doubles, ranvier_log1p, [](double x) { return ranvier::math::log1p(x * x); });
BENCHMARK_CAPTURE(doubles, std_log1p, [](double x) { return std::log1p(x * x); });
