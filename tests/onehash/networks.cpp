#include "tests/onehash/networks.h"

#include <algorithm>
#include <utility>

#include <ranvier/plan_view.hpp>

#include "tests/conformance/plans.h"

namespace ranvier::onehash {
namespace {

std::vector<std::string> variables_of(const rvd::PlanView& view, const rvd_population& population) {
  std::vector<std::string> names;
  for (const rvd_variable& variable : view.variables(population)) names.emplace_back(view.text(variable.name));
  return names;
}

std::uint64_t work_of(const rvd::PlanView& view) {
  std::uint64_t work = 0;
  for (const rvd_population& population : view.populations()) work += population.count * (1 + population.ops.count);
  for (const rvd_projection& projection : view.projections()) {
    for (std::uint64_t source = 0; source < view.populations()[projection.source].count; ++source) {
      view.each_synapse(projection, source, [&](std::uint64_t, std::uint64_t) { ++work; });
    }
  }
  return work;
}

/// Nothing but spikes, or events of any value of the type.
double value_of(Dice& dice, std::uint32_t type, bool plain) {
  if (plain) return 1;
  if (type == RVD_I32 || type == RVD_I64) return static_cast<double>(dice.between(1, 9)) - 5;  // 0 too: no event
  return dice.chance(50) ? dice.real(-2, 2) : 0.375 * (static_cast<double>(dice.between(1, 9)) - 5);
}

/// Steps differ in how many of the sources emit: from none to all.
conformance::Events random_input(Dice& dice, const Population& population, std::uint64_t steps, bool plain) {
  conformance::Events events;
  events.type = population.type;
  for (std::uint64_t step = 0; step < steps; ++step) {
    const std::size_t share = dice.one_of<std::size_t>({0, 2, 5, 20, 20, 50, 100});
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      for (std::uint32_t id = 0; id < population.width; ++id) {
        if (!dice.chance(share)) continue;
        events.step.push_back(step);
        events.lane.push_back(lane);
        events.id.push_back(id);
        events.bits.push_back(conformance::bits_in(population.type, value_of(dice, population.type, plain)));
      }
    }
  }
  return events;
}

Case complete(std::string name, Plan plan, Dice& dice, std::uint64_t steps, std::size_t plain_percent) {
  Case network{std::move(name), std::move(plan), {}, steps, 0};
  const rvd::PlanView view(network.plan.bytes().data(), network.plan.bytes().size());
  network.work = work_of(view);
  for (const rvd_population& record : view.populations()) {
    const bool input = (record.flags & RVD_POPULATION_INPUT) != 0;
    Population population{
        std::string(view.text(record.name)), record.value_type, record.count, variables_of(view, record), input, false, {}};
    if (input) population.events = random_input(dice, population, steps, dice.chance(plain_percent));
    network.populations.push_back(std::move(population));
  }
  return network;
}

Plan random_plan(Dice& dice, std::uint64_t kind) {
  if (kind == 0) return plan::write(random_layers(dice));
  if (kind == 1) return plan::write(random_tangle(dice));
  return conformance::random_network(dice.engine()).plan;
}

}  // namespace

Case random_case(std::uint64_t seed) {
  Dice dice(seed);
  Plan plan = random_plan(dice, seed % 3);
  const std::uint64_t steps = dice.between(6, 24);
  return complete("random " + std::to_string(seed), std::move(plan), dice, steps, 60);
}

Case loihi_case(std::uint64_t seed, bool for_lava) {
  Dice dice(seed);
  Plan plan = plan::write(random_loihi(dice, for_lava));
  const std::uint64_t steps = dice.between(10, 80);
  Case network = complete("loihi " + std::to_string(seed), std::move(plan), dice, steps, 60);
  const rvd::PlanView view(network.plan.bytes().data(), network.plan.bytes().size());
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const std::string_view model = view.text(view.populations()[p].model);
    network.populations[p].hidden =
        model == "loihi_dense@1" || model == "loihi_conv@1" || model == "binarize@1" || model == "flatten@1";
  }
  return network;
}

Case case_of(const std::filesystem::path& plan) {
  Dice dice(1);
  return complete(plan.stem().string(), Plan::load(plan), dice, 16, 100);
}

conformance::Events input_of(const Case& network, std::uint32_t p, std::uint64_t first, std::uint64_t last,
                             std::uint32_t lanes) {
  const conformance::Events& all = network.populations[p].events;
  conformance::Events some;
  some.type = all.type;
  const auto begin = std::lower_bound(all.step.begin(), all.step.end(), first) - all.step.begin();
  for (auto k = static_cast<std::size_t>(begin); k < all.size() && all.step[k] < last; ++k) {
    if (all.lane[k] >= lanes) continue;
    some.step.push_back(all.step[k]);
    some.lane.push_back(all.lane[k]);
    some.id.push_back(all.id[k]);
    some.bits.push_back(all.bits[k]);
  }
  return some;
}

}  // namespace ranvier::onehash
