// Pass 5: how much memory a session will take: weights and coefficients once, state and accumulators for each lane.
#include <algorithm>

#include "core/lower/lowering.h"

namespace ranvier::lower {

void pass_memory(Lowering& l) {
  std::vector<std::uint64_t> slots(l.out.populations.size(), 1);  // a ring of accumulators for the longest delay
  for (const plan::Projection& projection : l.out.projections) {
    l.out.shared_bytes +=
        projection.weights.bytes() + projection.prior.bytes() + projection.rows.bytes() + projection.targets.bytes();
    slots[projection.target] = std::max<std::uint64_t>(slots[projection.target], projection.delay + std::uint64_t{1});
  }
  for (std::size_t k = 0; k < l.out.populations.size(); ++k) {
    const plan::Population& population = l.out.populations[k];
    const std::uint64_t count = element_count(population.shape);
    for (const plan::Value& value : population.coefficients) l.out.shared_bytes += value.values.bytes();
    for (const plan::State& state : population.states) l.out.lane_bytes += count * size_of(state.type);
    for (const plan::Receptor& receptor : population.receptors) l.out.lane_bytes += slots[k] * count * size_of(receptor.type);
  }
}

}  // namespace ranvier::lower
