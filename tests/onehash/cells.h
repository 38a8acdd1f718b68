/// Random nodes of the models that Ranvier has, with random options and parameters: whatever their records allow.
#pragma once

#include <string>

#include <ranvier/network.h>

#include "core/plan/description.h"
#include "tests/onehash/dice.h"

namespace ranvier::onehash {

constexpr double kDt = 1e-3;

/// A model with state, or a threshold, that sums and emits `type` (f32 or f64), as a node: its options fit together.
struct Cell {
  std::string model;
  Parameters parameters;
  Options options;
};
Cell random_cell(Dice& dice, const Shape& shape, DType type);

/// The same as a population without connections.
plan::Population population_of(const std::string& name, const Shape& shape, const Cell& cell);

}  // namespace ranvier::onehash
