// Populations of any model and type, with projections of every kind between any two of them that fit.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tests/conformance/plans.h"
#include "tests/onehash/cells.h"
#include "tests/onehash/networks.h"

namespace ranvier::onehash {
namespace {

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::i32, DType::i64};

std::size_t random_size(Dice& dice) {
  return dice.chance(50) ? dice.between(1, 20) : dice.chance(60) ? dice.between(21, 100) : dice.between(101, 300);
}

/// A tensor of numbers in a type, by `number`.
template <class Number>
Tensor filled(DType type, std::size_t count, Number number) {
  std::vector<double> values(count);
  for (double& value : values) value = number();
  return conformance::tensor(type, {count}, values);
}

/// What an element-wise projection of `sources` brings into one target, roughly.
double seen_by_a_target(const plan::Projection& p, std::size_t sources) {
  if (p.kind == RVD_PROJECTION_DENSE) return static_cast<double>(sources);
  if (p.kind == RVD_PROJECTION_CONVOLUTION)
    return p.window.channels_in / p.window.groups * p.window.kernel[0] * p.window.kernel[1];
  return 2;
}

/// Floats that make some targets fire; integers that need 8, 16 or 32 bits.
Tensor random_weights(Dice& dice, DType type, std::size_t count, double seen) {
  const double scale = is_floating(type) ? 1.5 / std::sqrt(seen) : dice.one_of({2.0, 30.0, 5000.0, 1e7});
  return filled(type, count, [&] {
    const double weight = dice.chance(10) ? 0 : scale * (dice.bell() + 0.3);
    return is_floating(type) ? weight : std::trunc(weight);
  });
}

plan::Population random_population(Dice& dice, const std::string& name, std::size_t count, DType type) {
  const std::size_t choice = dice.below(100);
  if (choice < 10) return conformance::random_program(dice.engine(), name, count, type);
  if (choice < 25 || !is_floating(type)) return conformance::relay(name, count, 0, type);
  return population_of(name, {count}, random_cell(dice, {count}, type));
}

plan::Projection random_projection(Dice& dice, std::uint32_t source, const plan::Population& from, std::uint32_t target,
                                   const plan::Population& to, std::uint32_t receptor) {
  const std::size_t sources = element_count(from.shape), targets = element_count(to.shape);
  const auto kind = static_cast<std::uint32_t>(dice.between(1, 5));
  const DType type = from.value_type;
  plan::Projection p = conformance::random_projection(dice.engine(), kind, sources, targets, type);
  if (!p.weights.empty()) p.weights = random_weights(dice, type, p.weights.size(), seen_by_a_target(p, sources));
  p.source = source;
  p.target = target;
  p.receptor = receptor;
  p.delay = static_cast<std::uint32_t>((source < target ? 0 : 1) + (dice.chance(50) ? 0 : dice.below(7)));
  if (p.delay > 0 && dice.chance(30)) p.prior = random_weights(dice, type, sources, 2);
  return p;
}

void join(Dice& dice, plan::Description& d, std::uint32_t source, std::uint32_t target) {
  const plan::Population &from = d.populations[source], &to = d.populations[target];
  if ((from.flags & RVD_POPULATION_OUTPUT) != 0 || !dice.chance(source < target ? 70 : 25)) return;
  for (std::uint32_t receptor = 0; receptor < to.receptors.size(); ++receptor) {
    if (to.receptors[receptor].type != from.value_type) continue;
    for (std::size_t times = dice.chance(20) ? 2 : 1; times > 0; --times) {
      d.projections.push_back(random_projection(dice, source, from, target, to, receptor));
    }
  }
}

}  // namespace

plan::Description random_tangle(Dice& dice) {
  plan::Description d;
  d.name = "tangle";
  d.dt = kDt;
  const std::size_t sizes[] = {random_size(dice), random_size(dice)};
  // Half of them in one type, so that most populations can be joined.
  const DType mostly = dice.one_of({DType::f32, DType::f32, DType::f64, DType::i32});
  const auto type = [&] { return dice.chance(85) ? mostly : dice.any(kTypes); };
  const std::size_t inputs = dice.between(1, 3), inner = dice.between(1, 5), outputs = dice.between(1, 2);
  for (std::size_t k = 0; k < inputs; ++k) {
    const std::size_t size = dice.any(sizes);
    d.populations.push_back(conformance::input("in" + std::to_string(k), size, k == 0 ? mostly : type()));
  }
  for (std::size_t k = 0; k < inner; ++k) {
    const std::size_t size = dice.any(sizes);
    d.populations.push_back(random_population(dice, "p" + std::to_string(k), size, type()));
  }
  for (std::size_t k = 0; k < outputs; ++k) {
    d.populations.push_back(conformance::relay("out" + std::to_string(k), dice.any(sizes), RVD_POPULATION_OUTPUT, mostly));
  }
  for (std::uint32_t source = 0; source < d.populations.size(); ++source) {
    for (auto target = static_cast<std::uint32_t>(inputs); target < d.populations.size(); ++target) {
      join(dice, d, source, target);
    }
  }
  return d;
}

}  // namespace ranvier::onehash
