#include "core/models/program_builder.h"

#include <gtest/gtest.h>

namespace ranvier::models {
namespace {

std::vector<unsigned> codes_of(const Program& program) {
  std::vector<unsigned> codes;
  for (const rvd_op& op : program.ops) codes.push_back(op.code);
  return codes;
}

TEST(ProgramBuilder, KeepsTheFormulaAsWritten) {
  ProgramBuilder p;
  const Reg v = p.state("v", DType::f32);
  const Reg x = p.receptor("input", DType::f32);
  const Reg a = p.coefficient("a", Tensor::of<float>({0.5F}));
  p.store("v", a * v + x);
  p.emit(x);
  const Program program = p.finish();
  EXPECT_EQ(codes_of(program), (std::vector<unsigned>{RVD_OP_COEFF, RVD_OP_STATE, RVD_OP_MUL, RVD_OP_RECEPTOR, RVD_OP_ADD,
                                                      RVD_OP_STORE, RVD_OP_EMIT}));
  EXPECT_EQ(program.registers, 5U);
}

TEST(ProgramBuilder, DoesNotDependOnTheOrderInWhichOperandsWereMade) {
  const auto build = [](bool swapped) {
    ProgramBuilder p;
    const Reg x = p.receptor("input", DType::f32);
    Reg a{}, b{};
    if (swapped) {
      b = p.coefficient("b", Tensor::of<float>({2.0F}));
      a = p.coefficient("a", Tensor::of<float>({1.0F}));
    } else {
      a = p.coefficient("a", Tensor::of<float>({1.0F}));
      b = p.coefficient("b", Tensor::of<float>({2.0F}));
    }
    p.emit(a * x + b);
    return p.finish();
  };
  const Program one = build(false), other = build(true);
  ASSERT_EQ(one.ops.size(), other.ops.size());
  for (std::size_t i = 0; i < one.ops.size(); ++i) {
    EXPECT_EQ(one.ops[i].code, other.ops[i].code);
    EXPECT_EQ(one.ops[i].a, other.ops[i].a);
    EXPECT_EQ(one.ops[i].b, other.ops[i].b);
  }
  EXPECT_EQ(one.coefficients[0].name, "a");
  EXPECT_EQ(other.coefficients[0].name, "a");
}

TEST(ProgramBuilder, DropsWhatNothingUses) {
  ProgramBuilder p;
  const Reg x = p.receptor("input", DType::f32);
  p.coefficient("unused", Tensor::of<float>({1.0F}));
  p.emit(x);
  const Program program = p.finish();
  EXPECT_TRUE(program.coefficients.empty());
  EXPECT_EQ(program.registers, 1U);
}

}  // namespace
}  // namespace ranvier::models
