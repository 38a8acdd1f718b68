/// Plans for tests, made without lowering: an assembler for programs and a few networks.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <ranvier/plan.h>

#include "core/plan/description.h"

namespace ranvier::conformance {

std::uint32_t type_of(DType type);
/// The bits of a number in a type.
std::uint64_t bits_in(std::uint32_t type, double value);

/// Writes a population's program; each call that makes a value returns its register.
class Assembler {
 public:
  explicit Assembler(plan::Population& population) : population_(population) {}
  std::uint16_t constant(std::uint32_t type, std::uint64_t bits) { return add(RVD_OP_CONST, type, 0, 0, 0, bits); }
  std::uint16_t coefficient(std::uint16_t index) {
    return add(RVD_OP_COEFF, type_of(population_.coefficients[index].values.dtype()), index);
  }
  std::uint16_t state(std::uint16_t index) { return add(RVD_OP_STATE, type_of(population_.states[index].type), index); }
  std::uint16_t receptor(std::uint16_t index) {
    return add(RVD_OP_RECEPTOR, type_of(population_.receptors[index].type), index);
  }
  std::uint16_t add(std::uint16_t code, std::uint32_t type, std::uint16_t a = 0, std::uint16_t b = 0, std::uint16_t c = 0,
                    std::uint64_t imm = 0, std::uint32_t from = 0);
  void store(std::uint16_t index, std::uint16_t reg);
  void emit(std::uint16_t reg);

 private:
  void push(std::uint16_t code, std::uint32_t type, std::uint16_t dst, std::uint16_t a, std::uint16_t b, std::uint16_t c,
            std::uint64_t imm, std::uint32_t from);
  plan::Population& population_;
};

plan::Population input(const std::string& name, std::size_t count, DType type = DType::f32);
/// v = a * v + x; emits 1 and falls to 0 where v > threshold. Variable "v".
plan::Population leaky(const std::string& name, std::size_t count, float a, float threshold);
/// Emits what it receives.
plan::Population relay(const std::string& name, std::size_t count, std::uint32_t flags = 0, DType type = DType::f32);

plan::Projection dense(std::uint32_t source, std::uint32_t target, Tensor weights, std::uint32_t delay = 0);
plan::Projection one_to_one(std::uint32_t source, std::uint32_t target, std::uint32_t delay = 0, Tensor weights = {});
/// A tensor of numbers, rounded to the type.
Tensor tensor(DType type, Shape shape, const std::vector<double>& values);

/// One input to one leaky cell and on to an output, 1 neuron each: populations 0, 1, 2.
Plan chain(float a = 0.5F, float threshold = 1.5F, std::uint32_t delay = 0);

/// A projection of any kind with random weights, geometry, synapses. Both populations need no shape that fits: a window finds
/// its own channels and extents in their numbers of neurons.
plan::Projection random_projection(std::mt19937_64& random, std::uint32_t kind, std::size_t sources, std::size_t targets,
                                   DType type);

struct Network {
  Plan plan;
  std::vector<std::uint32_t> inputs;
  std::vector<std::size_t> widths;  ///< of all populations
};
/// Inputs, leaky cells, relays and programs of all types; delays, priors, recurrence, all kinds of projections.
Network random_network(std::mt19937_64& random);

/// A population with a random program over all types: four receptors (f32, f64, i32, i64), states, coefficients.
plan::Population random_program(std::mt19937_64& random, const std::string& name, std::size_t count, DType value_type);

}  // namespace ranvier::conformance
