// What does the host itself cost per run, beside a device that computes nothing? One step is what closed loops pay each time;
// the aim is 0.3 us where nothing is recorded. Link with benchmark_main and the rooms run, plan and base; the null driver must
// lie where the program looks for drivers.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>

#include <ranvier/devices.h>
#include <ranvier/session.h>

#include "core/plan/description.h"

namespace {

ranvier::plan::Population input(std::size_t neurons) {
  ranvier::plan::Population population;
  population.name = "in";
  population.model = "input@1";
  population.flags = RVD_POPULATION_INPUT;
  population.shape = {neurons};
  return population;
}

// Emits what it receives, and has one state that can be recorded.
ranvier::plan::Population output(std::size_t neurons) {
  rvd_op receive{};
  receive.code = RVD_OP_RECEPTOR;
  receive.type = RVD_F32;
  rvd_op emit = receive;
  emit.code = RVD_OP_EMIT;
  ranvier::plan::Population population;
  population.name = "out";
  population.model = "relay@1";
  population.flags = RVD_POPULATION_OUTPUT;
  population.shape = {neurons};
  population.states = {{"v", ranvier::DType::f32, {}}};
  population.variables = {{"v", 0}};
  population.receptors = {{"x", ranvier::DType::f32}};
  population.ops = {receive, emit};
  population.registers = 1;
  return population;
}

ranvier::Session null_session(std::size_t neurons) {
  ranvier::plan::Description description;
  description.dt = 1e-3;
  description.populations = {input(neurons), output(neurons)};
  description.projections.resize(1);
  description.projections[0].target = 1;
  return ranvier::open(ranvier::plan::write(description), "null");
}

void per_step(benchmark::State& state, std::uint64_t steps) {
  state.counters["s/step"] = benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(steps),
                                                benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void run_silently(benchmark::State& state) {
  const auto steps = static_cast<std::uint64_t>(state.range(0));
  ranvier::Session session = null_session(12);
  ranvier::RunOptions options;
  options.outputs = false;
  for (auto _ : state) benchmark::DoNotOptimize(session.run(steps, options));
  per_step(state, steps);
}

void run_with_outputs(benchmark::State& state) {
  const auto steps = static_cast<std::uint64_t>(state.range(0));
  ranvier::Session session = null_session(12);
  for (auto _ : state) benchmark::DoNotOptimize(session.run(steps));
  per_step(state, steps);
}

// A raster with one event in `state.range(1)` elements: above and below the share at which input is written as events.
void run_with_input(benchmark::State& state) {
  const auto steps = static_cast<std::size_t>(state.range(0));
  const auto gap = static_cast<std::size_t>(state.range(1));
  ranvier::Session session = null_session(700);
  ranvier::Tensor raster({steps, 700}, ranvier::DType::u8);
  for (std::size_t i = 0; i < raster.size(); i += gap) raster.mutable_data<std::uint8_t>()[i] = 1;
  ranvier::RunOptions options;
  options.outputs = false;
  for (auto _ : state) benchmark::DoNotOptimize(session.run(raster, options));
  per_step(state, steps);
}

void run_recording_a_state(benchmark::State& state) {
  const auto steps = static_cast<std::uint64_t>(state.range(0));
  ranvier::Session session = null_session(1000);
  ranvier::RunOptions options;
  options.outputs = false;
  options.record = {"out.v"};
  for (auto _ : state) benchmark::DoNotOptimize(session.run(steps, options));
  per_step(state, steps);
}

}  // namespace

BENCHMARK(run_silently)->Arg(1)->Arg(1000);
BENCHMARK(run_with_outputs)->Arg(1)->Arg(1000);
BENCHMARK(run_with_input)->Args({1, 50})->Args({1000, 50})->Args({1000, 2});
BENCHMARK(run_recording_a_state)->Arg(1000);
