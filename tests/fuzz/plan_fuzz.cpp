// Any bytes through the checker. What it accepts is then walked to the last element, as a driver would: an offset that it
// should have refused is a read outside the memory, which AddressSanitizer sees since the memory is exactly as long as the plan.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include <ranvier/error.h>
#include <ranvier/plan_view.hpp>

#include "core/plan/check.h"
#include "core/plan/describe.h"

namespace {

using ranvier::plan::check;
using ranvier::plan::checksum;

struct Free {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, Free>;

// Not aligned_alloc: the size need not be a multiple of the alignment.
Memory aligned_copy(std::span<const std::uint8_t> bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, RVD_PLAN_ALIGN, bytes.size()) != 0) std::abort();
  std::memcpy(memory, bytes.data(), bytes.size());
  return Memory(static_cast<std::byte*>(memory));
}

/// A mutation that leaves these four as they should be gets past the first checks.
void repair(std::byte* plan, std::size_t size) {
  auto* header = reinterpret_cast<rvd_plan_header*>(plan);
  std::memcpy(header->magic, RVD_PLAN_MAGIC, sizeof header->magic);
  header->major = RVD_PLAN_MAJOR;
  header->length = size;
  header->crc32c = checksum({plan, size});
}

void demand(bool holds) {
  if (!holds) std::abort();
}

constexpr std::uint64_t kMostWalked = 256;  // neurons whose synapses are walked one by one

void walk_values(const rvd::PlanView& plan, const rvd_array& array) {
  double sum = 0;
  for (std::uint64_t i = 0; i < array.count; ++i) sum += plan.number(array, i);
  [[maybe_unused]] static volatile double sink;
  sink = sum;
}

void walk_finite(const rvd::PlanView& plan, const rvd_array& array) {
  for (std::uint64_t i = 0; i < array.count; ++i) demand(std::isfinite(plan.number(array, i)));
}

void walk_population(const rvd::PlanView& plan, const rvd_population& population) {
  for (const rvd_value& value : plan.parameters(population)) walk_values(plan, value.values);
  for (const rvd_value& value : plan.coefficients(population)) walk_values(plan, value.values);
  for (const rvd_state& state : plan.states(population)) walk_values(plan, state.initial);
  for (const rvd_variable& variable : plan.variables(population)) demand(variable.state < population.states.count);
}

void walk_projection(const rvd::PlanView& plan, const rvd_projection& projection) {
  demand(projection.target < plan.populations().size());
  demand(projection.receptor < plan.populations()[projection.target].receptors.count);
  demand(projection.delay > 0 || projection.source < projection.target);
  walk_finite(plan, projection.weights);
  walk_finite(plan, projection.prior);
  const std::uint64_t sources = plan.populations()[projection.source].count;
  const std::uint64_t targets = plan.populations()[projection.target].count;
  if (sources > kMostWalked || targets > kMostWalked) return;
  for (std::uint64_t source = 0; source < sources; ++source) {
    plan.each_synapse(projection, source, [&](std::uint64_t target, std::uint64_t weight) {
      demand(target < targets);
      demand(std::isfinite(plan.weight(projection, weight)));
    });
  }
}

void walk(const rvd::PlanView& plan) {
  demand(plan.network().dt > 0);
  for (const rvd_population& population : plan.populations()) walk_population(plan, population);
  for (const rvd_projection& projection : plan.projections()) walk_projection(plan, projection);
  demand(!ranvier::plan::describe(plan, true).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Memory plan = aligned_copy({data, size});
  if (size >= sizeof(rvd_plan_header)) repair(plan.get(), size);
  try {
    check({plan.get(), size});
  } catch (const ranvier::Error&) {
    return 0;
  }
  walk(rvd::PlanView(plan.get(), size));
  return 0;
}
