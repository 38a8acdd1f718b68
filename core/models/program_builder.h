/// Builds a program (the typed operations of <ranvier/driver.h>) by writing formulas: `(a * v + b * x) + c`.
/// Each operator is one operation; nothing is folded, fused or re-associated, so the program is the formula as written.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/tensor.h>

namespace ranvier::models {

struct Coefficient {
  std::string name;
  Tensor values;  ///< [1] or [count]
};

struct State {
  std::string name;
  DType type;
  Tensor initial;  ///< empty: zero
};

struct Receptor {
  std::string name;
  DType type;
};

/// A model for one population: what a Plan's population record needs beside names and shapes.
struct Program {
  std::vector<Coefficient> coefficients;
  std::vector<State> states;
  std::vector<std::pair<std::string, std::uint32_t>> variables;  ///< probe name -> state
  std::vector<Receptor> receptors;
  std::vector<rvd_op> ops;
  std::uint32_t registers = 0;
  DType value_type = DType::f32;
};

class ProgramBuilder;

/// A register: the value of one operation.
struct Reg {
  ProgramBuilder* builder;
  std::uint16_t index;
  DType type;
};

class ProgramBuilder {
 public:
  Reg constant(float value);
  Reg constant(double value);
  Reg constant(std::int32_t value);
  Reg constant(std::int64_t value);
  /// A constant of a float type, rounded once.
  Reg number(double value, DType type);
  /// 32 random bits, an i32: the same draw asked for again is the same value.
  Reg random(unsigned draw);
  /// Adds a coefficient and loads it; asked for again, it is the same.
  Reg coefficient(const std::string& name, Tensor values);
  /// Adds a receptor and loads its accumulator.
  Reg receptor(const std::string& name, DType type);
  /// Adds a state and loads what the previous step stored.
  Reg state(const std::string& name, DType type, Tensor initial = {});
  /// Adds a state that is only written, for probing.
  void shadow(const std::string& name, Reg value);
  void store(const std::string& state, Reg value);
  /// Lets a probe of `variable` read `state`.
  void variable(const std::string& variable, const std::string& state);
  void emit(Reg value);

  Reg binary(std::uint16_t code, Reg a, Reg b);
  Reg unary(std::uint16_t code, Reg a);
  Reg compare(std::uint16_t code, Reg a, Reg b);
  Reg select(Reg condition, Reg yes, Reg no);
  Reg convert(Reg a, DType type);
  Reg shift_left(Reg a, unsigned count);
  Reg shift_right(Reg a, unsigned count);

  /// The program, its operations in a canonical order, without those that nothing uses. The builder is spent.
  Program finish();

 private:
  Reg append(rvd_op op, DType result);
  std::uint32_t state_index(const std::string& name) const;

  Program program_;
};

inline Reg operator+(Reg a, Reg b) { return a.builder->binary(RVD_OP_ADD, a, b); }
inline Reg operator-(Reg a, Reg b) { return a.builder->binary(RVD_OP_SUB, a, b); }
inline Reg operator*(Reg a, Reg b) { return a.builder->binary(RVD_OP_MUL, a, b); }
inline Reg operator/(Reg a, Reg b) { return a.builder->binary(RVD_OP_DIV, a, b); }

}  // namespace ranvier::models
