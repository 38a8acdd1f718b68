/// A plan in the making: what lowering hands to the writer. Plain structs; indices are positions in the vectors.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/plan.h>
#include <ranvier/tensor.h>

namespace ranvier::plan {

struct Value {
  std::string name;
  std::string unit;
  Tensor values;
};

struct State {
  std::string name;
  DType type = DType::f32;
  Tensor initial;  ///< empty: zero
};

struct Variable {
  std::string name;
  std::uint32_t state = 0;
};

struct Receptor {
  std::string name;
  DType type = DType::f32;
};

struct Population {
  std::string name;
  std::string model;
  std::uint32_t flags = 0;  ///< RVD_POPULATION_*
  Shape shape;
  DType value_type = DType::f32;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<Value> parameters;
  std::vector<Value> coefficients;
  std::vector<State> states;
  std::vector<Variable> variables;
  std::vector<Receptor> receptors;
  std::vector<rvd_op> ops;
  std::uint32_t registers = 0;
};

struct Projection {
  std::uint32_t kind = RVD_PROJECTION_ONE_TO_ONE;
  std::uint32_t source = 0;
  std::uint32_t target = 0;
  std::uint32_t receptor = 0;
  std::uint32_t delay = 0;
  std::uint32_t flags = 0;
  Tensor weights;       ///< empty: absent
  Tensor prior;         ///< empty: absent
  rvd_window window{};  ///< of a convolution or pool
  Tensor rows;          ///< of a sparse projection: i64 [sources + 1]
  Tensor targets;       ///< of a sparse projection: i32
};

struct Note {
  std::string where;
  std::string text;
};

struct Description {
  std::string name;
  double dt = 0;  ///< seconds
  std::uint64_t seed = 0;
  std::uint64_t shared_bytes = 0;
  std::uint64_t lane_bytes = 0;
  std::vector<Population> populations;
  std::vector<Projection> projections;
  std::vector<Note> notes;
};

/// Lays the records out and checks the result as a stranger's plan would be checked.
/// @throws Error internal when that check fails: a fault of lowering, not of the user.
Plan write(const Description& description);

}  // namespace ranvier::plan
