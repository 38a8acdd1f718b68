#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "core/plan/check.h"
#include "tests/plan/mutable_plan.h"
#include "tests/plan/sample.h"

namespace ranvier::plan {
namespace {

constexpr std::uint8_t kTypes[] = {RVD_F32, RVD_F64, RVD_I32, RVD_I64};
constexpr std::uint16_t kFloatsOnly[] = {RVD_OP_DIV, RVD_OP_SQRT, RVD_OP_EXP, RVD_OP_EXPM1, RVD_OP_FLOOR};
constexpr std::uint16_t kIntegersOnly[] = {RVD_OP_SHL, RVD_OP_SHR, RVD_OP_AND, RVD_OP_OR, RVD_OP_XOR};
constexpr std::uint16_t kUnary[] = {RVD_OP_NEG,   RVD_OP_ABS,   RVD_OP_SQRT, RVD_OP_EXP,
                                    RVD_OP_EXPM1, RVD_OP_FLOOR, RVD_OP_SHL,  RVD_OP_SHR};
constexpr std::uint16_t kBinary[] = {RVD_OP_ADD, RVD_OP_SUB, RVD_OP_MUL, RVD_OP_DIV, RVD_OP_MIN,
                                     RVD_OP_MAX, RVD_OP_AND, RVD_OP_OR,  RVD_OP_XOR, RVD_OP_EQ,
                                     RVD_OP_NE,  RVD_OP_LT,  RVD_OP_LE,  RVD_OP_GT,  RVD_OP_GE};

template <std::size_t N>
bool contains(const std::uint16_t (&codes)[N], std::uint16_t code) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

rvd_op& op(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_op>(RVD_SECTION_OP, i); }

/// "" when a population with this program passes.
std::string refusal_of(const std::vector<rvd_op>& ops, std::uint32_t registers, DType value_type) {
  try {
    write(with_program(ops, registers, value_type));
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

/// const, const, the operation on both, emit of an operand: passes when the operation does.
std::string refusal_of(std::uint16_t code, std::uint8_t type, bool unary) {
  const rvd_op zero = make_op(RVD_OP_CONST, type, {.dst = 0});
  const rvd_op tested = unary ? make_op(code, type, {.dst = 1, .a = 0}) : make_op(code, type, {.dst = 1, .a = 0, .b = 0});
  return refusal_of({zero, tested, make_op(RVD_OP_EMIT, type, {.a = 0})}, 2, static_cast<DType>(type));
}

TEST(ProgramChecker, KnowsTheTypesOfEachOperation) {
  for (const std::uint8_t type : kTypes) {
    const bool is_float = type == RVD_F32 || type == RVD_F64;
    const auto expect = [&](std::uint16_t code, bool unary) {
      const bool legal = is_float ? !contains(kIntegersOnly, code) : !contains(kFloatsOnly, code);
      const std::string refusal = refusal_of(code, type, unary);
      if (legal) {
        EXPECT_EQ(refusal, "") << "code " << code << " type " << int{type};
      } else {
        EXPECT_NE(refusal.find(is_float ? "it must be i32 or i64." : "it must be f32 or f64."), std::string::npos) << refusal;
      }
    };
    for (const std::uint16_t code : kUnary) expect(code, true);
    for (const std::uint16_t code : kBinary) expect(code, false);
  }
}

TEST(ProgramChecker, ConvertsBetweenAllTypes) {
  for (const std::uint8_t from : kTypes) {
    for (const std::uint8_t to : kTypes) {
      EXPECT_EQ(refusal_of({make_op(RVD_OP_CONST, from, {.dst = 0}),
                            make_op(RVD_OP_CONVERT, to, {.dst = 1, .a = 0, .from = from}), make_op(RVD_OP_EMIT, to, {.a = 1})},
                           2, static_cast<DType>(to)),
                "");
    }
  }
}

TEST(ProgramChecker, GivesComparisonsTheTypeI32) {
  for (const unsigned code : {RVD_OP_EQ, RVD_OP_NE, RVD_OP_LT, RVD_OP_LE, RVD_OP_GT, RVD_OP_GE}) {
    const std::vector<rvd_op> ops{make_op(RVD_OP_CONST, RVD_F64, {.dst = 0}),
                                  make_op(static_cast<std::uint16_t>(code), RVD_F64, {.dst = 1, .a = 0, .b = 0}),
                                  make_op(RVD_OP_EMIT, RVD_I32, {.a = 1})};
    EXPECT_EQ(refusal_of(ops, 2, DType::i32), "");
  }
}

TEST(ProgramChecker, DemandsKnownOperationsAndTypes) {
  expect_refused({
      {"Op 3: code is 0; it must be a known operation.", [](MutablePlan& p) { op(p, 3).code = 0; }},
      {"Op 3: code is 58; it must be a known operation.", [](MutablePlan& p) { op(p, 3).code = 58; }},
      {"Op 3: the type of mul.i16 is i16; it must be f32, f64, i32 or i64.", [](MutablePlan& p) { op(p, 3).type = RVD_I16; }},
      {"Op 3: the type of mul.type 0 is type 0; it must be f32, f64, i32 or i64.", [](MutablePlan& p) { op(p, 3).type = 0; }},
      {"Op 17: from of convert.f32 is u8; it must be f32, f64, i32 or i64.", [](MutablePlan& p) { op(p, 17).from = RVD_U8; }},
      {"Op 3: from is 1; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 3).from = RVD_F32; }},
  });
}

TEST(ProgramChecker, DemandsRegistersWrittenOnceBeforeTheyAreRead) {
  expect_refused({
      {"Op 3: operand a of mul.f32 is register 16; it must be below 16, the number of registers.",
       [](MutablePlan& p) { op(p, 3).a = 16; }},
      {"Op 3: operand b of mul.f32 is register 3; it must be one that an operation before has written.",
       [](MutablePlan& p) { op(p, 3).b = 3; }},
      {"Op 10: operand a of select.f32 is register 6 of type f32; it must be i32.", [](MutablePlan& p) { op(p, 10).a = 6; }},
      {"Op 10: operand c of select.f32 is register 8 of type i32; it must be f32.", [](MutablePlan& p) { op(p, 10).c = 8; }},
      {"Op 17: operand a of convert.f32 is register 8 of type i32; it must be i64.",
       [](MutablePlan& p) { op(p, 17).from = RVD_I64; }},
      {"Op 3: dst of mul.f32 is 16; it must be below 16, the number of registers.", [](MutablePlan& p) { op(p, 3).dst = 16; }},
      {"Op 3: dst of mul.f32 is 2; it must be a register that is not written yet.", [](MutablePlan& p) { op(p, 3).dst = 2; }},
      {"Population 1: registers is 20; it must be 0 to 19, the number of ops.",
       [](MutablePlan& p) { p.record<rvd_population>(RVD_SECTION_POPULATION, 1).registers = 20; }},
  });
}

TEST(ProgramChecker, ForgetsTheRegistersOfThePopulationBefore) {
  // Register 9 of population 2 does not exist although population 1 has one.
  expect_refused({{"Op 27: operand b of and.i64 is register 9; it must be below 9", [](MutablePlan& p) { op(p, 27).b = 9; }}});
}

TEST(ProgramChecker, DemandsIndicesOfThePopulationsOwnRecords) {
  expect_refused({
      {"Op 0: index a of receptor.f32 is 1; it must be below 1.", [](MutablePlan& p) { op(p, 0).a = 1; }},
      {"Op 1: index a of state.f32 is 2; it must be below 2.", [](MutablePlan& p) { op(p, 1).a = 2; }},
      {"Op 2: index a of coeff.f32 is 3; it must be below 3.", [](MutablePlan& p) { op(p, 2).a = 3; }},
      {"Op 0: the type of receptor.i32 is i32; it must be f32, that of what it reads.",
       [](MutablePlan& p) { op(p, 0).type = RVD_I32; }},
      {"Op 1: the type of state.f32 is f32; it must be i32, that of what it reads.", [](MutablePlan& p) { op(p, 1).a = 1; }},
      {"Op 20: the type of coeff.f32 is f32; it must be f64, that of what it reads.",
       [](MutablePlan& p) { op(p, 20).type = RVD_F32; }},
  });
}

TEST(ProgramChecker, DemandsThatAStateIsStoredAtMostOnceAndInItsType) {
  expect_refused({
      {"Op 11: state imm of store.f32 is 2; it must be below 2, the number of states.",
       [](MutablePlan& p) { op(p, 11).imm = 2; }},
      {"Op 11: the type of store.f32 is f32; it must be i32, the state's.", [](MutablePlan& p) { op(p, 11).imm = 1; }},
      {"Op 12: state imm of store.f32 is 0; it must be a state that is not stored yet.",
       [](MutablePlan& p) { op(p, 12) = op(p, 11); }},
      {"Op 11: dst is 3; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 11).dst = 3; }},
  });
}

TEST(ProgramChecker, DemandsZeroWhereAFieldIsNotUsed) {
  expect_refused({
      {"Op 0: b is 1; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 0).b = 1; }},
      {"Op 3: c is 1; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 3).c = 1; }},
      {"Op 9: a is 1; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 9).a = 1; }},
      {"Op 3: imm is 1; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 3).imm = 1; }},
      {"Op 18: dst is 1; it must be 0, for it is not used.", [](MutablePlan& p) { op(p, 18).dst = 1; }},
  });
}

TEST(ProgramChecker, DemandsConstantsThatAreNumbersOfTheirType) {
  expect_refused({
      {"Op 13: imm of const.i32 is 18446744073709551615; it must be below 2^32.",
       [](MutablePlan& p) { op(p, 13).imm = std::numeric_limits<std::uint64_t>::max(); }},
      {"Op 9: imm of const.f32 is NaN; it must be the bits of a number.", [](MutablePlan& p) { op(p, 9).imm = 0xFF80'0001; }},
      {"Op 23: imm of const.f64 is NaN; it must be the bits of a number.",
       [](MutablePlan& p) { op(p, 23).imm = 0x7FF8'0000'0000'0000; }},
  });
}

TEST(ProgramChecker, AcceptsInfiniteConstants) {
  const std::uint64_t bits = std::bit_cast<std::uint32_t>(-std::numeric_limits<float>::infinity());
  EXPECT_EQ(refusal_of({make_op(RVD_OP_CONST, RVD_F32, {.imm = bits}), make_op(RVD_OP_EMIT, RVD_F32, {})}, 1, DType::f32), "");
}

TEST(ProgramChecker, RandomBitsAreWordsAndAtMost256) {
  const auto drawn = [](std::uint8_t type, std::uint64_t draw) {
    return refusal_of({make_op(RVD_OP_RANDOM, type, {.imm = draw}), make_op(RVD_OP_EMIT, type, {})}, 1,
                      static_cast<DType>(type));
  };
  EXPECT_EQ(drawn(RVD_I32, 0), "");
  EXPECT_EQ(drawn(RVD_I32, 255), "");
  EXPECT_NE(drawn(RVD_I32, 256).find("imm of random.i32 is 256; it must be below 256."), std::string::npos);
  EXPECT_NE(drawn(RVD_I64, 0).find("the type of random.i64 is i64; it must be i32."), std::string::npos);
}

TEST(ProgramChecker, DemandsShiftsBelowTheWidth) {
  for (const std::uint16_t code : {std::uint16_t{RVD_OP_SHL}, std::uint16_t{RVD_OP_SHR}}) {
    for (const std::uint8_t type : {std::uint8_t{RVD_I32}, std::uint8_t{RVD_I64}}) {
      const std::uint64_t width = type == RVD_I32 ? 32 : 64;
      const auto refusal = [&](std::uint64_t shift) {
        return refusal_of({make_op(RVD_OP_CONST, type, {.dst = 0}), make_op(code, type, {.dst = 1, .imm = shift}),
                           make_op(RVD_OP_EMIT, type, {.a = 1})},
                          2, static_cast<DType>(type));
      };
      EXPECT_EQ(refusal(width - 1), "");
      EXPECT_NE(refusal(width).find("is " + std::to_string(width) + "; it must be below " + std::to_string(width)),
                std::string::npos);
    }
  }
}

TEST(ProgramChecker, DemandsExactlyOneEmit) {
  expect_refused({
      {"Op 18: the type of emit.i32 is i32; it must be f32, the population's value_type.",
       [](MutablePlan& p) {
         op(p, 18).type = RVD_I32;
         op(p, 18).a = 8;
       }},
  });
  const rvd_op emit = make_op(RVD_OP_EMIT, RVD_F32, {});
  EXPECT_NE(refusal_of({make_op(RVD_OP_CONST, RVD_F32, {}), emit, emit}, 1, DType::f32)
                .find("the number of emit ops is 2; it must be 1."),
            std::string::npos);
  EXPECT_NE(refusal_of({}, 0, DType::f32).find("the number of emit ops is 0; it must be 1."), std::string::npos);
}

TEST(ProgramChecker, LimitsTheNumberOfOperations) {
  std::vector<rvd_op> ops;
  for (std::uint16_t i = 0; i < kMaxOps - 1; ++i) ops.push_back(make_op(RVD_OP_CONST, RVD_F32, {.dst = i}));
  ops.push_back(make_op(RVD_OP_EMIT, RVD_F32, {}));
  EXPECT_EQ(refusal_of(ops, kMaxOps - 1, DType::f32), "");
  ops.push_back(make_op(RVD_OP_CONST, RVD_F32, {.dst = kMaxOps - 1}));
  EXPECT_NE(refusal_of(ops, kMaxOps, DType::f32).find("ops.count is 4097; it must be 0 to 4096."), std::string::npos);
}

}  // namespace
}  // namespace ranvier::plan
