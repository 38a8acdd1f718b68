#include "devices/cpu/work.h"

#include <algorithm>

namespace ranvier::cpu {
namespace {

template <class T>
bool any_graded(const std::byte* values, std::size_t count) {
  const T* x = reinterpret_cast<const T*>(values);
  bool graded = false;
  for (std::size_t k = 0; k < count; ++k) graded |= !(x[k] == T(1) || x[k] == T(-1));
  return graded;
}

bool any_graded(std::uint32_t type, const std::byte* values, std::size_t count) {
  switch (type) {
    case RVD_F32: return any_graded<float>(values, count);
    case RVD_F64: return any_graded<double>(values, count);
    case RVD_I32: return any_graded<std::int32_t>(values, count);
    default: return any_graded<std::int64_t>(values, count);
  }
}

template <class T>
std::uint32_t nonzero(const T* values, std::uint64_t count) {
  std::uint32_t result = 0;
  for (std::uint64_t k = 0; k < count; ++k) result += values[k] != T(0) ? 1 : 0;
  return result;
}

/// Of a dense projection's row: the one loop here that a large network notices.
std::uint32_t row_operations(rvd::PlanView plan, const rvd_array& weights, std::uint64_t begin, std::uint64_t count) {
  switch (weights.type) {
    case RVD_F32: return nonzero(plan.data<float>(weights) + begin, count);
    case RVD_F64: return nonzero(plan.data<double>(weights) + begin, count);
    case RVD_I32: return nonzero(plan.data<std::int32_t>(weights) + begin, count);
    default: return nonzero(plan.data<std::int64_t>(weights) + begin, count);
  }
}

}  // namespace

FanOuts::FanOuts(rvd::PlanView plan) {
  for (const rvd_population& population : plan.populations()) {
    const bool updates = (population.flags & (RVD_POPULATION_INPUT | RVD_POPULATION_STATELESS)) == 0;
    neurons_ += updates ? population.count : 0;
  }
  populations_.resize(plan.populations().size());
  for (const rvd_projection& projection : plan.projections()) {
    if (projection.weights.count != 0) add(plan, projection);
  }
}

void FanOuts::add(rvd::PlanView plan, const rvd_projection& projection) {
  const std::uint64_t sources = plan.populations()[projection.source].count;
  const std::uint64_t targets = plan.populations()[projection.target].count;
  std::vector<FanOut>& known = populations_[projection.source];
  auto at = std::find_if(known.begin(), known.end(), [&](const FanOut& f) { return f.delay == projection.delay; });
  if (at == known.end()) {
    known.push_back({projection.delay, std::vector<std::uint32_t>(sources), 0, false});
    at = known.end() - 1;
  }
  for (std::uint64_t source = 0; source < sources; ++source) {
    std::uint32_t operations = 0;
    if (projection.kind == RVD_PROJECTION_DENSE) {
      synapses_ += targets;
      operations = row_operations(plan, projection.weights, source * targets, targets);
    } else {
      plan.each_synapse(projection, source, [&](std::uint64_t, std::uint64_t weight) {
        ++synapses_;
        operations += plan.number(projection.weights, weight) != 0 ? 1 : 0;
      });
    }
    at->operations[source] += operations;
    if (projection.prior.count == 0) continue;
    const double value = plan.number(projection.prior, source);
    if (value == 0) continue;
    at->prior += operations;
    at->prior_graded |= value != 1 && value != -1;
  }
}

Work::Work(const FanOuts& fan_outs, std::uint32_t populations, std::uint32_t lanes) : fan_outs_(fan_outs), lanes_(lanes) {
  lines_.resize(populations);
  for (std::uint32_t index = 0; index < populations; ++index) {
    for (const FanOut& fan_out : fan_outs_.of(index)) lines_[index].push_back({{}, std::vector<Load>(fan_out.delay)});
  }
  clear();
}

void Work::clear() {
  accumulates_ = multiplications_ = 0;
  for (std::uint32_t index = 0; index < lines_.size(); ++index) {
    for (std::size_t f = 0; f < lines_[index].size(); ++f) {
      const FanOut& fan_out = fan_outs_.of(index)[f];
      lines_[index][f].now = {};
      std::fill(lines_[index][f].waiting.begin(), lines_[index][f].waiting.end(),
                Load{fan_out.prior * lanes_, fan_out.prior_graded});
    }
  }
}

void Work::add(std::uint32_t population, std::uint32_t type, const Fired& fired) {
  if (lines_[population].empty()) return;
  const bool graded = any_graded(type, fired.values.data(), fired.count);
  for (std::size_t f = 0; f < lines_[population].size(); ++f) {
    const std::uint32_t* operations = fan_outs_.of(population)[f].operations.data();
    Load& now = lines_[population][f].now;
    now.graded |= graded;
    for (std::size_t k = 0; k < fired.count; ++k) now.operations += operations[fired.ids[k]];
  }
}

void Work::close(std::uint32_t population, std::uint64_t n) {
  for (Line& line : lines_[population]) {
    if (!line.waiting.empty()) std::swap(line.now, line.waiting[n % line.waiting.size()]);
    count(line.now);
    line.now = {};
  }
}

void Work::tell(const rvd::Facts& facts, std::uint64_t steps) const {
  rvd::tell_operations(facts, accumulates_, multiplications_, steps * lanes_ * fan_outs_.synapses(),
                       steps * lanes_ * fan_outs_.neurons());
}

}  // namespace ranvier::cpu
