#include "tests/plan/sample.h"

#include <bit>
#include <utility>

namespace ranvier::plan {
namespace {

Population input() {
  Population population;
  population.name = "in";
  population.model = "input@1";
  population.flags = RVD_POPULATION_INPUT;
  population.shape = {2, 3};
  return population;
}

Population cells() {
  Population population;
  population.name = "cells";
  population.model = "lif@1";
  population.flags = RVD_POPULATION_SPIKING;
  population.shape = {4};
  population.options = {{"reset", "zero"}, {"comparator", ">"}};
  population.parameters = {{"tau", "s", Tensor::of({0.02F})}, {"mask", "", Tensor::of({true, false, true, true})}};
  population.coefficients = {
      {"a", "", Tensor::of({0.9F})}, {"b", "", Tensor::of({0.1F, 0.2F, 0.3F, 0.4F})}, {"threshold", "", Tensor::of({1.0F})}};
  population.states = {{"v", DType::f32, Tensor::of({0.5F, 0.25F, 0.125F, 0.0F})}, {"wait", DType::i32, {}}};
  population.variables = {{"v", 0}, {"wait", 1}};
  population.receptors = {{"x", DType::f32}};
  population.ops = {
      make_op(RVD_OP_RECEPTOR, RVD_F32, {.dst = 0, .a = 0}),                   // 0
      make_op(RVD_OP_STATE, RVD_F32, {.dst = 1, .a = 0}),                      // 1
      make_op(RVD_OP_COEFF, RVD_F32, {.dst = 2, .a = 0}),                      // 2
      make_op(RVD_OP_MUL, RVD_F32, {.dst = 3, .a = 2, .b = 1}),                // 3
      make_op(RVD_OP_COEFF, RVD_F32, {.dst = 4, .a = 1}),                      // 4
      make_op(RVD_OP_MUL, RVD_F32, {.dst = 5, .a = 4, .b = 0}),                // 5
      make_op(RVD_OP_ADD, RVD_F32, {.dst = 6, .a = 3, .b = 5}),                // 6
      make_op(RVD_OP_COEFF, RVD_F32, {.dst = 7, .a = 2}),                      // 7
      make_op(RVD_OP_GT, RVD_F32, {.dst = 8, .a = 6, .b = 7}),                 // 8
      make_op(RVD_OP_CONST, RVD_F32, {.dst = 9, .imm = 0}),                    // 9
      make_op(RVD_OP_SELECT, RVD_F32, {.dst = 10, .a = 8, .b = 9, .c = 6}),    // 10
      make_op(RVD_OP_STORE, RVD_F32, {.a = 10, .imm = 0}),                     // 11
      make_op(RVD_OP_STATE, RVD_I32, {.dst = 11, .a = 1}),                     // 12
      make_op(RVD_OP_CONST, RVD_I32, {.dst = 12, .imm = 0xFFFF'FFFF}),         // 13
      make_op(RVD_OP_SHL, RVD_I32, {.dst = 13, .a = 11, .imm = 3}),            // 14
      make_op(RVD_OP_ADD, RVD_I32, {.dst = 14, .a = 13, .b = 12}),             // 15
      make_op(RVD_OP_STORE, RVD_I32, {.a = 14, .imm = 1}),                     // 16
      make_op(RVD_OP_CONVERT, RVD_F32, {.dst = 15, .a = 8, .from = RVD_I32}),  // 17
      make_op(RVD_OP_EMIT, RVD_F32, {.a = 15}),                                // 18
  };
  population.registers = 16;
  return population;
}

Population output() {
  Population population;
  population.name = "out";
  population.model = "count@1";
  population.flags = RVD_POPULATION_OUTPUT | RVD_POPULATION_STATELESS;
  population.shape = {2, 2};
  population.value_type = DType::i64;
  population.coefficients = {{"scale", "", Tensor::of({1.0, 2.0, 3.0, 4.0})}};
  population.receptors = {{"x", DType::f32}};
  population.ops = {
      make_op(RVD_OP_RECEPTOR, RVD_F32, {.dst = 0, .a = 0}),                                 // 19
      make_op(RVD_OP_COEFF, RVD_F64, {.dst = 1, .a = 0}),                                    // 20
      make_op(RVD_OP_CONVERT, RVD_F64, {.dst = 2, .a = 0, .from = RVD_F32}),                 // 21
      make_op(RVD_OP_MUL, RVD_F64, {.dst = 3, .a = 1, .b = 2}),                              // 22
      make_op(RVD_OP_CONST, RVD_F64, {.dst = 4, .imm = std::bit_cast<std::uint64_t>(0.1)}),  // 23
      make_op(RVD_OP_ADD, RVD_F64, {.dst = 5, .a = 3, .b = 4}),                              // 24
      make_op(RVD_OP_CONVERT, RVD_I64, {.dst = 6, .a = 5, .from = RVD_F64}),                 // 25
      make_op(RVD_OP_CONST, RVD_I64, {.dst = 7, .imm = ~std::uint64_t{1}}),                  // 26
      make_op(RVD_OP_AND, RVD_I64, {.dst = 8, .a = 6, .b = 7}),                              // 27
      make_op(RVD_OP_EMIT, RVD_I64, {.a = 8}),                                               // 28
  };
  population.registers = 9;
  return population;
}

Tensor ramp(std::size_t count) {
  Tensor result(Shape{count}, DType::f32);
  for (std::size_t i = 0; i < count; ++i) result.mutable_data<float>()[i] = 0.25F * static_cast<float>(i) - 1.0F;
  return result;
}

}  // namespace

rvd_op make_op(std::uint16_t code, std::uint8_t type, OpFields fields) {
  rvd_op op{};
  op.code = code;
  op.type = type;
  op.from = fields.from;
  op.dst = fields.dst;
  op.a = fields.a;
  op.b = fields.b;
  op.c = fields.c;
  op.imm = fields.imm;
  return op;
}

Description sample() {
  Description description;
  description.name = "sample";
  description.dt = 1e-4;
  description.seed = 42;
  description.shared_bytes = 1000;
  description.lane_bytes = 50;
  description.populations = {input(), cells(), output()};
  description.projections.resize(3);
  Projection& forward = description.projections[0];
  forward.kind = RVD_PROJECTION_DENSE;
  forward.source = 0;
  forward.target = 1;
  forward.weights = ramp(24);
  Projection& feedback = description.projections[1];
  feedback.kind = RVD_PROJECTION_DENSE;
  feedback.source = 1;
  feedback.target = 1;
  feedback.delay = 1;
  feedback.flags = RVD_PROJECTION_FEEDBACK;
  feedback.weights = ramp(16);
  feedback.prior = ramp(4);
  Projection& readout = description.projections[2];
  readout.kind = RVD_PROJECTION_ONE_TO_ONE;
  readout.source = 1;
  readout.target = 2;
  description.notes = {{"cells -> cells", "The delay of 0.12 ms became 1 step."}};
  return description;
}

Description smallest() {
  Description description;
  description.dt = 1;
  description.populations = {input()};
  description.populations[0].shape = {4};
  return description;
}

Description with_program(std::vector<rvd_op> ops, std::uint32_t registers, DType value_type) {
  Description description;
  description.dt = 1;
  Population& population = description.populations.emplace_back();
  population.name = "p";
  population.model = "test@1";
  population.value_type = value_type;
  population.ops = std::move(ops);
  population.registers = registers;
  return description;
}

}  // namespace ranvier::plan
