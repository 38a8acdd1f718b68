#include "devices/common/work.h"

#include <algorithm>

namespace ranvier::devices {
namespace {

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
  settle();
}

FanOuts::FanOuts(std::size_t populations, std::uint64_t neurons, const std::vector<Fan>& fans)
    : populations_(populations), neurons_(neurons) {
  for (const Fan& fan : fans) add(fan);
  settle();
}

void FanOuts::add(rvd::PlanView plan, const rvd_projection& projection) {
  const std::uint64_t sources = plan.populations()[projection.source].count;
  const std::uint64_t targets = plan.populations()[projection.target].count;
  Fan fan{projection.source, projection.delay, false, 0, std::vector<std::uint32_t>(sources)};
  std::uint64_t prior = 0;
  bool graded = false;
  for (std::uint64_t source = 0; source < sources; ++source) {
    std::uint32_t& operations = fan.operations[source];
    if (projection.kind == RVD_PROJECTION_DENSE) {
      fan.synapses += targets;
      operations = row_operations(plan, projection.weights, source * targets, targets);
    } else {
      plan.each_synapse(projection, source, [&](std::uint64_t, std::uint64_t weight) {
        ++fan.synapses;
        operations += plan.number(projection.weights, weight) != 0 ? 1 : 0;
      });
    }
    if (projection.prior.count == 0) continue;
    const double value = plan.number(projection.prior, source);
    if (value == 0) continue;
    prior += operations;
    graded |= value != 1 && value != -1;
  }
  FanOut& sum = add(fan);
  (graded ? sum.prior_graded : sum.prior_plain) += prior;
}

FanOut& FanOuts::add(const Fan& fan) {
  synapses_ += fan.synapses;
  std::vector<FanOut>& known = populations_[fan.source];
  auto at =
      std::find_if(known.begin(), known.end(), [&](const FanOut& f) { return f.delay == fan.delay && f.unit == fan.unit; });
  if (at == known.end()) {
    known.push_back({fan.delay, fan.unit, std::vector<std::uint32_t>(fan.operations.size()), 0, 0, 0});
    at = known.end() - 1;
  }
  for (std::size_t k = 0; k < fan.operations.size(); ++k) at->operations[k] += fan.operations[k];
  return *at;
}

void FanOuts::settle() {
  for (std::vector<FanOut>& fan_outs : populations_) {
    for (FanOut& fan_out : fan_outs) {
      const std::vector<std::uint32_t>& all = fan_out.operations;
      fan_out.each = all.front();
      if (std::all_of(all.begin(), all.end(), [&](std::uint32_t one) { return one == all.front(); })) fan_out.operations = {};
    }
  }
}

std::uint64_t FanOuts::bytes() const {
  std::uint64_t total = 0;
  for (const std::vector<FanOut>& fan_outs : populations_) {
    for (const FanOut& fan_out : fan_outs) total += fan_out.operations.size() * sizeof(std::uint32_t);
  }
  return total;
}

Work::Work(const FanOuts& fan_outs, const synapse::EventKernels& kernels, std::uint32_t populations, std::uint32_t lanes,
           unsigned workers, std::uint32_t most_steps)
    : fan_outs_(fan_outs), kernels_(kernels), lanes_(lanes), most_steps_(most_steps), first_(populations + std::size_t{1}) {
  for (std::uint32_t index = 0; index < populations; ++index) {
    for (const FanOut& fan_out : fan_outs_.of(index)) lines_.push_back({&fan_out, std::vector<Sum>(fan_out.delay), {}});
    first_[index + 1] = lines_.size();
  }
  loads_.assign(workers, std::vector<Load>(lines_.size() * most_steps_));
  clear();
}

void Work::clear() {
  for (Line& line : lines_) {
    line.sum = {};
    std::fill(line.waiting.begin(), line.waiting.end(),
              Sum{line.fan_out->prior_plain * lanes_, line.fan_out->prior_graded * lanes_});
  }
}

void Work::add(unsigned worker, std::uint32_t population, std::uint32_t step_of_block, std::uint32_t type,
               const synapse::Events& events) {
  const bool graded = events.values != nullptr && !kernels_.plain(type, events.values, events.count);
  for (std::size_t index = first_[population]; index < first_[population + 1]; ++index) {
    const FanOut& fan_out = *lines_[index].fan_out;
    Load& load = loads_[worker][index * most_steps_ + step_of_block];
    load.graded |= graded && !fan_out.unit;
    load.operations += fan_out.operations.empty() ? events.count * fan_out.each
                                                  : kernels_.total(fan_out.operations.data(), events.ids, events.count);
  }
}

// What is sent in step n arrives in step n + delay, and counts there.
void Work::close(std::uint32_t population, std::uint64_t n, std::uint32_t steps) {
  for (std::size_t index = first_[population]; index < first_[population + 1]; ++index) {
    Line& line = lines_[index];
    for (std::uint32_t t = 0; t < steps; ++t) {
      Load all;
      for (std::vector<Load>& loads : loads_) {
        Load& load = loads[index * most_steps_ + t];
        all.operations += load.operations;
        all.graded |= load.graded;
        load = {};
      }
      Sum sum = all.graded ? Sum{0, all.operations} : Sum{all.operations, 0};
      if (!line.waiting.empty()) std::swap(sum, line.waiting[(n + t) % line.waiting.size()]);
      line.sum.accumulates += sum.accumulates;
      line.sum.multiplications += sum.multiplications;
    }
  }
}

void Work::tell(const rvd::Facts& facts, std::uint64_t steps) const {
  std::uint64_t accumulates = 0, multiplications = 0;
  for (const Line& line : lines_) {
    accumulates += line.sum.accumulates;
    multiplications += line.sum.multiplications;
  }
  rvd::tell_operations(facts, accumulates, multiplications, steps * lanes_ * fan_outs_.synapses(),
                       steps * lanes_ * fan_outs_.neurons());
}

}  // namespace ranvier::devices
