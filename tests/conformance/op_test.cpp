// Each operation against its definition: edge cases written out, then random operands against an independent evaluation.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// One operation on many operands: a population whose neurons each have their own.
struct Case {
  std::uint16_t code;
  std::uint32_t type;
  std::vector<std::uint64_t> a, b, c;  // bits; NaN is allowed
  std::uint64_t imm = 0;
  std::uint32_t from = 0;
};

bool compares(std::uint16_t code) { return code >= RVD_OP_EQ && code <= RVD_OP_GE; }
bool is_nan(std::uint32_t type, std::uint64_t bits) {
  return (type == RVD_F32 || type == RVD_F64) && same_nan(type, bits) == same_nan(type, bits_in(type, kNan));
}
DType dtype(std::uint32_t type) { return static_cast<DType>(type); }

Tensor tensor_of_bits(std::uint32_t type, const std::vector<std::uint64_t>& bits) {
  Tensor result({bits.size()}, dtype(type));
  const std::size_t size = result.bytes() / bits.size();
  for (std::size_t k = 0; k < bits.size(); ++k)
    std::memcpy(static_cast<char*>(result.mutable_data()) + k * size, &bits[k], size);
  return result;
}

/// A register with the operands. Plans hold no NaN: where one is wanted, the program makes it as inf - inf.
std::uint16_t operand(Assembler& as, plan::Population& population, std::uint32_t type, std::vector<std::uint64_t> bits) {
  const auto index = static_cast<std::uint16_t>(population.coefficients.size());
  std::vector<std::uint64_t> wanted(bits.size());
  for (std::size_t k = 0; k < bits.size(); ++k) {
    wanted[k] = is_nan(type, bits[k]);
    if (wanted[k] != 0) bits[k] = 0;
  }
  population.coefficients.push_back({"x" + std::to_string(index), "", tensor_of_bits(type, bits)});
  population.coefficients.push_back({"n" + std::to_string(index), "", tensor_of_bits(RVD_I32, wanted)});
  const auto value = as.coefficient(index);
  if (type == RVD_I32 || type == RVD_I64) return value;
  const auto infinity = as.constant(type, bits_in(type, kInf));
  const auto nan = as.add(RVD_OP_SUB, type, infinity, infinity);
  return as.add(RVD_OP_SELECT, type, as.coefficient(static_cast<std::uint16_t>(index + 1)), nan, value);
}

std::vector<std::uint64_t> evaluate(const std::string& device, const Case& op) {
  plan::Population population;
  population.name = "p";
  population.model = "test@1";
  population.shape = {op.a.size()};
  const std::uint32_t result = compares(op.code) ? std::uint32_t{RVD_I32} : op.type;
  population.value_type = dtype(result);
  Assembler as(population);
  const std::uint32_t first = op.code == RVD_OP_CONVERT ? op.from : op.code == RVD_OP_SELECT ? std::uint32_t{RVD_I32} : op.type;
  const auto a = operand(as, population, first, op.a);
  const auto b = op.b.empty() ? std::uint16_t{0} : operand(as, population, op.type, op.b);
  const auto c = op.c.empty() ? std::uint16_t{0} : operand(as, population, op.type, op.c);
  as.emit(as.add(op.code, op.type, a, b, c, op.imm, op.from));  // not stored: STORE flushes
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {population};
  Rig rig(device);
  const auto session = rig.open(plan::write(description));
  EXPECT_EQ(session->probe(0, "spikes"), RVD_OK);
  EXPECT_EQ(session->run(1), RVD_OK);
  const Events events = session->events(0);
  std::vector<std::uint64_t> bits(op.a.size(), 0);  // zeros of either sign are not emitted
  for (std::size_t k = 0; k < events.size(); ++k) bits[events.id[k]] = events.bits[k];
  return bits;
}

std::vector<std::uint64_t> all(std::uint32_t type, const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(same_nan(type, bits_in(type, value)));
  return bits;
}
std::vector<std::uint64_t> i32s(const std::vector<std::int64_t>& values) {
  std::vector<std::uint64_t> bits;
  for (const std::int64_t value : values) bits.push_back(static_cast<std::uint32_t>(value));
  return bits;
}
std::vector<std::uint64_t> i64s(const std::vector<std::int64_t>& values) { return {values.begin(), values.end()}; }

constexpr std::int64_t kMin32 = std::numeric_limits<std::int32_t>::min(), kMax32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMin64 = std::numeric_limits<std::int64_t>::min(), kMax64 = std::numeric_limits<std::int64_t>::max();

class Op : public testing::TestWithParam<const char*> {
 protected:
  void expect(const Case& op, const std::vector<std::uint64_t>& expected) {
    EXPECT_EQ(evaluate(GetParam(), op), expected) << "operation " << op.code << " type " << op.type << " from " << op.from;
  }
};
INSTANTIATE_TEST_SUITE_P(Devices, Op, testing::Values("reference", "cpu"));

TEST_P(Op, IntegersWrap) {
  expect({RVD_OP_ADD, RVD_I32, i32s({kMax32, kMin32, -1}), i32s({1, -1, 1}), {}}, i32s({kMin32, kMax32, 0}));
  expect({RVD_OP_SUB, RVD_I32, i32s({kMin32, 0}), i32s({1, kMin32}), {}}, i32s({kMax32, kMin32}));
  expect({RVD_OP_MUL, RVD_I32, i32s({65536, kMin32, 46341}), i32s({65536, -1, 46341}), {}}, i32s({0, kMin32, 46341LL * 46341}));
  expect({RVD_OP_NEG, RVD_I32, i32s({kMin32, 5, -7}), {}, {}}, i32s({kMin32, -5, 7}));
  expect({RVD_OP_ABS, RVD_I32, i32s({kMin32, 5, -7}), {}, {}}, i32s({kMin32, 5, 7}));
  expect({RVD_OP_ADD, RVD_I64, i64s({kMax64, kMin64}), i64s({1, -1}), {}}, i64s({kMin64, kMax64}));
  expect({RVD_OP_MUL, RVD_I64, i64s({std::int64_t{1} << 32, kMin64}), i64s({std::int64_t{1} << 32, -1}), {}},
         i64s({0, kMin64}));
  expect({RVD_OP_NEG, RVD_I64, i64s({kMin64, 9}), {}, {}}, i64s({kMin64, -9}));
  expect({RVD_OP_ABS, RVD_I64, i64s({kMin64, -9}), {}, {}}, i64s({kMin64, 9}));
}

TEST_P(Op, ShiftsAreArithmetic) {
  expect({RVD_OP_SHR, RVD_I32, i32s({-1, kMin32, 7, -7}), {}, {}, 1}, i32s({-1, kMin32 / 2, 3, -4}));
  expect({RVD_OP_SHR, RVD_I32, i32s({-1, kMin32, kMax32}), {}, {}, 31}, i32s({-1, -1, 0}));
  expect({RVD_OP_SHL, RVD_I32, i32s({1, 3, -1}), {}, {}, 31}, i32s({kMin32, kMin32, kMin32}));
  expect({RVD_OP_SHL, RVD_I32, i32s({-5, 5}), {}, {}, 0}, i32s({-5, 5}));
  expect({RVD_OP_SHR, RVD_I64, i64s({-1, kMin64, -7}), {}, {}, 63}, i64s({-1, -1, -1}));
  expect({RVD_OP_SHL, RVD_I64, i64s({1, 3}), {}, {}, 63}, i64s({kMin64, kMin64}));
}

TEST_P(Op, BitsOfIntegers) {
  expect({RVD_OP_AND, RVD_I32, i32s({0x0F0F, -1}), i32s({0x00FF, 5}), {}}, i32s({0x000F, 5}));
  expect({RVD_OP_OR, RVD_I64, i64s({kMin64, 1}), i64s({1, 2}), {}}, i64s({kMin64 + 1, 3}));
  expect({RVD_OP_XOR, RVD_I32, i32s({-1, 6}), i32s({1, 3}), {}}, i32s({-2, 5}));
}

TEST_P(Op, MinAndMaxAreWrittenAsConditions) {
  for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
    const auto a = all(t, {1, kNan, 2, -kInf, 3}), b = all(t, {2, 5, kNan, 7, kNan});
    expect({RVD_OP_MIN, t, a, b, {}}, all(t, {1, 5, kNan, -kInf, kNan}));  // a < b ? a : b
    expect({RVD_OP_MAX, t, a, b, {}}, all(t, {2, 5, kNan, 7, kNan}));
  }
  expect({RVD_OP_MIN, RVD_I32, i32s({kMin32, 3}), i32s({0, -3}), {}}, i32s({kMin32, -3}));
  expect({RVD_OP_MAX, RVD_I64, i64s({kMin64, 3}), i64s({-1, -3}), {}}, i64s({-1, 3}));
}

TEST_P(Op, ComparisonsWithNanAreFalseButForNotEqual) {
  for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
    const auto a = all(t, {kNan, 1, kNan, 1, 2, 1, -0.0}), b = all(t, {1, kNan, kNan, 1, 1, 2, 0.0});
    expect({RVD_OP_EQ, t, a, b, {}}, i32s({0, 0, 0, 1, 0, 0, 1}));
    expect({RVD_OP_NE, t, a, b, {}}, i32s({1, 1, 1, 0, 1, 1, 0}));
    expect({RVD_OP_LT, t, a, b, {}}, i32s({0, 0, 0, 0, 0, 1, 0}));
    expect({RVD_OP_LE, t, a, b, {}}, i32s({0, 0, 0, 1, 0, 1, 1}));
    expect({RVD_OP_GT, t, a, b, {}}, i32s({0, 0, 0, 0, 1, 0, 0}));
    expect({RVD_OP_GE, t, a, b, {}}, i32s({0, 0, 0, 1, 1, 0, 1}));
  }
  expect({RVD_OP_LT, RVD_I64, i64s({kMin64, kMax64}), i64s({kMax64, kMin64}), {}}, i32s({1, 0}));
}

TEST_P(Op, SelectTakesAnyNonzeroForTrueAndKeepsBits) {
  for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
    expect({RVD_OP_SELECT, t, i32s({1, 0, -1, kMin32, 0}), all(t, {5, 5, kNan, 1e-40, 1}), all(t, {6, kInf, 6, 6, kNan})},
           all(t, {5, kInf, kNan, 1e-40, kNan}));
  }
  expect({RVD_OP_SELECT, RVD_I64, i32s({2, 0}), i64s({kMin64, 1}), i64s({1, kMax64})}, i64s({kMin64, kMax64}));
}

TEST_P(Op, ConversionTruncatesAndSaturates) {
  for (const std::uint32_t from : {RVD_F32, RVD_F64}) {
    const auto values =
        all(from, {1.9, -1.9, 0.5, kNan, kInf, -kInf, 3e9, -3e9, 1e30, 2147483520, -2147483648.0, 2147483648.0});
    expect({RVD_OP_CONVERT, RVD_I32, values, {}, {}, 0, from},
           i32s({1, -1, 0, 0, kMax32, kMin32, kMax32, kMin32, kMax32, 2147483520, kMin32, kMax32}));
    expect({RVD_OP_CONVERT,
            RVD_I64,
            all(from, {3e9, -1.5, kNan, kInf, -1e19, 9223372036854775808.0, -9223372036854775808.0}),
            {},
            {},
            0,
            from},
           i64s({3'000'000'000, -1, 0, kMax64, kMin64, kMax64, kMin64}));
  }
  expect({RVD_OP_CONVERT, RVD_F32, all(RVD_F64, {0.1, 1e300, 1e-320, kNan, -kInf, 0x1p-149}), {}, {}, 0, RVD_F64},
         all(RVD_F32, {0.1F, kInf, 0, kNan, -kInf, 0x1p-149}));
  expect({RVD_OP_CONVERT, RVD_F64, all(RVD_F32, {0.1F, 0x1p-149, kNan}), {}, {}, 0, RVD_F32},
         all(RVD_F64, {0.1F, 0x1p-149, kNan}));
  expect({RVD_OP_CONVERT, RVD_F32, i32s({16777217, kMin32, -3}), {}, {}, 0, RVD_I32},
         all(RVD_F32, {16777216, -2147483648.0, -3}));
  // Rounded once: through a double, 2^54 + 2^30 + 1 would end at the tie.
  expect({RVD_OP_CONVERT, RVD_F32, i64s({(std::int64_t{1} << 54) + (std::int64_t{1} << 30) + 1, kMax64}), {}, {}, 0, RVD_I64},
         {std::bit_cast<std::uint32_t>(0x1.000002p54F), std::bit_cast<std::uint32_t>(0x1p63F)});
  expect({RVD_OP_CONVERT, RVD_I32, i64s({(std::int64_t{5} << 32) + 7, -1, kMin64 + 3}), {}, {}, 0, RVD_I64}, i32s({7, -1, 3}));
  expect({RVD_OP_CONVERT, RVD_I64, i32s({-1, kMin32, 7}), {}, {}, 0, RVD_I32}, i64s({-1, kMin32, 7}));
}

TEST_P(Op, SignsOfFloatsAreBits) {
  for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
    expect({RVD_OP_NEG, t, all(t, {1, -2, kInf, 1e-40, kNan}), {}, {}}, all(t, {-1, 2, -kInf, -1e-40, kNan}));
    expect({RVD_OP_ABS, t, all(t, {1, -2, -kInf, -1e-40, kNan}), {}, {}}, all(t, {1, 2, kInf, 1e-40, kNan}));
  }
}

TEST_P(Op, FloorKeepsWhatIsWholeAlready) {
  for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
    expect({RVD_OP_FLOOR,
            t,
            all(t, {1.5, -1.5, -0.25, 0.75, 2.5, 3.5, -2, 8388607.5, -8388607.5, 1e30, kInf, -kInf, kNan, 1e-40, -1e-40}),
            {},
            {}},
           all(t, {1, -2, -1, 0, 2, 3, -2, 8388607, -8388608, 1e30, kInf, -kInf, kNan, 0, -1}));
  }
  expect({RVD_OP_FLOOR, RVD_F64, all(RVD_F64, {4503599627370495.5, -4503599627370495.5, 0x1p52 + 1}), {}, {}},
         all(RVD_F64, {4503599627370495.0, -4503599627370496.0, 0x1p52 + 1}));
}

TEST_P(Op, SubnormalsAreKeptInRegisters) {
  expect({RVD_OP_MUL, RVD_F32, all(RVD_F32, {0x1p-140, 0x1p-149, 0x1p-126}), all(RVD_F32, {0.5, 0.75, 0.5}), {}},
         all(RVD_F32, {0x1p-141, 0x1p-149, 0x1p-127}));
  expect({RVD_OP_ADD, RVD_F64, all(RVD_F64, {5e-324}), all(RVD_F64, {5e-324}), {}}, all(RVD_F64, {1e-323}));
}

TEST_P(Op, ExponentialsOfTheEdges) {
  for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
    expect({RVD_OP_EXP, t, all(t, {0, kInf, -kInf, kNan, 1e30, -1e30}), {}, {}}, all(t, {1, kInf, 0, kNan, kInf, 0}));
    expect({RVD_OP_EXPM1, t, all(t, {0, kInf, -kInf, kNan, 1e-40}), {}, {}}, all(t, {0, kInf, -1, kNan, 1e-40}));
    expect({RVD_OP_LOG, t, all(t, {1, kInf, 0, -1, kNan, -kInf}), {}, {}}, all(t, {0, kInf, -kInf, kNan, kNan, kNan}));
    expect({RVD_OP_LOG1P, t, all(t, {0, kInf, -1, -2, kNan, 1e-40}), {}, {}}, all(t, {0, kInf, -kInf, kNan, kNan, 1e-40}));
  }
}

// ------------------------------------------------------------------------------------------------------- random operands

std::vector<std::uint64_t> random_bits(std::mt19937_64& random, std::uint32_t type, std::size_t count) {
  std::vector<std::uint64_t> bits(count);
  for (std::uint64_t& word : bits) {
    word = random();
    if (type == RVD_F32 || type == RVD_I32) word &= 0xFFFF'FFFF;
    if (random() % 2 == 0) word = bits_in(type, std::uniform_real_distribution<double>(-100, 100)(random));
    word = same_nan(type, word);
  }
  return bits;
}

/// One operation of the machine's.
template <class Float>
Float float_result(std::uint16_t code, Float a, Float b) {
  switch (code) {
    case RVD_OP_ADD: return a + b;
    case RVD_OP_SUB: return a - b;
    case RVD_OP_MUL: return a * b;
    case RVD_OP_DIV: return a / b;
    case RVD_OP_SQRT: return std::sqrt(a);
    default: return std::floor(a);
  }
}

std::uint64_t bits_without_zero(std::uint32_t type, std::uint64_t bits) {
  const std::uint64_t sign = type == RVD_F32 ? 0x8000'0000 : 0x8000'0000'0000'0000;
  return (bits & ~sign) == 0 ? 0 : same_nan(type, bits);
}

TEST_P(Op, RandomFloats) {
  std::mt19937_64 random(1);
  for (const std::uint16_t code :
       std::initializer_list<std::uint16_t>{RVD_OP_ADD, RVD_OP_SUB, RVD_OP_MUL, RVD_OP_DIV, RVD_OP_SQRT, RVD_OP_FLOOR}) {
    const bool unary = code == RVD_OP_SQRT || code == RVD_OP_FLOOR;
    for (const std::uint32_t t : {RVD_F32, RVD_F64}) {
      const auto a = random_bits(random, t, 2000), b = random_bits(random, t, 2000);
      std::vector<std::uint64_t> expected;
      for (std::size_t k = 0; k < a.size(); ++k) {
        const std::uint64_t word =
            t == RVD_F32
                ? std::bit_cast<std::uint32_t>(float_result(code, std::bit_cast<float>(static_cast<std::uint32_t>(a[k])),
                                                            std::bit_cast<float>(static_cast<std::uint32_t>(b[k]))))
                : std::bit_cast<std::uint64_t>(float_result(code, std::bit_cast<double>(a[k]), std::bit_cast<double>(b[k])));
        expected.push_back(bits_without_zero(t, word));
      }
      expect({code, t, a, unary ? std::vector<std::uint64_t>{} : b, {}}, expected);
    }
  }
}

TEST_P(Op, RandomIntegers) {
  std::mt19937_64 random(2);
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{RVD_OP_ADD, RVD_OP_SUB, RVD_OP_MUL}) {
    for (const std::uint32_t t : {RVD_I32, RVD_I64}) {
      const auto a = random_bits(random, t, 2000), b = random_bits(random, t, 2000);
      std::vector<std::uint64_t> expected;
      for (std::size_t k = 0; k < a.size(); ++k) {
        const unsigned __int128 x = a[k], y = b[k];
        const unsigned __int128 wide = code == RVD_OP_ADD ? x + y : code == RVD_OP_SUB ? x - y : x * y;
        expected.push_back(static_cast<std::uint64_t>(wide) & (t == RVD_I32 ? 0xFFFF'FFFF : ~std::uint64_t{0}));
      }
      expect({code, t, a, b, {}}, expected);
    }
  }
}

TEST_P(Op, ExponentialsAndLogarithmsAreWithinOneUlp) {
  std::mt19937_64 random(3);
  std::vector<double> values(4000);
  for (const std::uint16_t code : std::initializer_list<std::uint16_t>{RVD_OP_EXP, RVD_OP_EXPM1, RVD_OP_LOG, RVD_OP_LOG1P}) {
    const bool exponential = code == RVD_OP_EXP || code == RVD_OP_EXPM1;
    for (double& value : values) value = std::uniform_real_distribution<double>(exponential ? -87 : 0, 88)(random);
    const std::vector<std::uint64_t> bits = evaluate(GetParam(), {code, RVD_F32, all(RVD_F32, values), {}, {}});
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double x = static_cast<float>(values[k]);
      const double exact = code == RVD_OP_EXP     ? std::exp(x)
                           : code == RVD_OP_EXPM1 ? std::expm1(x)
                           : code == RVD_OP_LOG   ? std::log(x)
                                                  : std::log1p(x);
      const float got = std::bit_cast<float>(static_cast<std::uint32_t>(bits[k]));
      const float rounded = static_cast<float>(exact);
      const double ulp = std::fabs(static_cast<double>(std::nextafterf(rounded, INFINITY)) - static_cast<double>(rounded));
      EXPECT_LE(std::fabs(static_cast<double>(got) - exact), ulp) << x;
    }
  }
}

}  // namespace
}  // namespace ranvier::conformance
