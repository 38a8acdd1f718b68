// exp and expm1 against the wider type of the standard library, at their edges, and bit for bit across compilers.

#include "kernels/math/exp.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <numbers>
#include <vector>

#include "kernels/random/mix.h"
#include "tests/kernels/ulp_distance.h"

namespace {

namespace math = ranvier::math;

constexpr double kLimitUlps = 2.0;
constexpr float kInfF = std::numeric_limits<float>::infinity();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr float kNanF = std::numeric_limits<float>::quiet_NaN();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double unit(std::uint64_t i) { return static_cast<double>(ranvier::mix64(i) >> 11) * 0x1p-53; }

// Numbers of both signs with 2^lowest <= |x| < 2^(lowest + exponents), made of bits so that they are the same everywhere.
template <typename Float, typename Bits>
std::vector<Float> spread(std::size_t count, int lowest, unsigned exponents) {
  constexpr int kMantissaBits = std::numeric_limits<Float>::digits - 1;
  constexpr int kBias = std::numeric_limits<Float>::max_exponent - 1;
  std::vector<Float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t random = ranvier::mix64(i + 1);
    const Bits mantissa = static_cast<Bits>(ranvier::mix64(random)) & ((Bits{1} << kMantissaBits) - 1);
    const Bits exponent = static_cast<Bits>(kBias + lowest) + static_cast<Bits>(random >> 1) % exponents;
    const Bits sign = static_cast<Bits>(random & 1) << (std::numeric_limits<Bits>::digits - 1);
    values[i] = std::bit_cast<Float>(sign | exponent << kMantissaBits | mantissa);
  }
  return values;
}

// Where errors peak: each range of the exponent, the ends of the reduced range, subnormal results, small arguments.
template <typename Float, typename Bits>
std::vector<Float> samples(double lowest, double highest, int smallest_exponent) {
  std::vector<Float> values = spread<Float, Bits>(200'000, smallest_exponent, static_cast<unsigned>(3 - smallest_exponent));
  for (std::uint64_t i = 0; i < 400'000; ++i) {
    values.push_back(static_cast<Float>(lowest + unit(i) * (highest - lowest)));
    values.push_back(static_cast<Float>(unit(i) * 4.0 - 2.0));
  }
  for (double half = std::floor(lowest / std::numbers::ln2) - 0.5; half < highest / std::numbers::ln2; half += 0.5) {
    const Float boundary = static_cast<Float>(half * std::numbers::ln2);
    for (int i = -50; i <= 50; ++i) {
      values.push_back(boundary + static_cast<Float>(i) * std::fabs(boundary) * std::numeric_limits<Float>::epsilon());
    }
  }
  return values;
}

template <typename Float, typename Function, typename Oracle>
void expect_within_limit(const char* name, const std::vector<Float>& arguments, Function function, Oracle oracle) {
  double worst = 0.0;
  Float where = 0;
  for (const Float x : arguments) {
    const double distance = ulp_distance(function(x), oracle(x));
    if (distance > worst) {
      worst = distance;
      where = x;
    }
  }
  std::printf("%s: at most %.3f ulp, at %.17g\n", name, worst, static_cast<double>(where));
  EXPECT_LE(worst, kLimitUlps) << name << " at " << where;
}

TEST(Exp, IsWithinTwoUlpOverSamples) {
  expect_within_limit(
      "exp, float", samples<float, std::uint32_t>(-105.0, 89.0, -30), [](float x) { return math::exp(x); },
      [](float x) { return std::exp(static_cast<double>(x)); });
  expect_within_limit(
      "exp, double", samples<double, std::uint64_t>(-747.0, 710.0, -60), [](double x) { return math::exp(x); },
      [](double x) { return std::exp(static_cast<long double>(x)); });
}

TEST(Expm1, IsWithinTwoUlpOverSamples) {
  expect_within_limit(
      "expm1, float", samples<float, std::uint32_t>(-21.0, 89.0, -30), [](float x) { return math::expm1(x); },
      [](float x) { return std::expm1(static_cast<double>(x)); });
  expect_within_limit(
      "expm1, double", samples<double, std::uint64_t>(-41.0, 710.0, -60), [](double x) { return math::expm1(x); },
      [](double x) { return std::expm1(static_cast<long double>(x)); });
}

TEST(Exp, IsOneAtBothZeros) {
  EXPECT_EQ(math::exp(0.0F), 1.0F);
  EXPECT_EQ(math::exp(-0.0F), 1.0F);
  EXPECT_EQ(math::exp(0.0), 1.0);
  EXPECT_EQ(math::exp(-0.0), 1.0);
}

TEST(Exp, GivesOneForArgumentsBelowHalfAnUlp) {
  EXPECT_EQ(math::exp(std::numeric_limits<float>::denorm_min()), 1.0F);
  EXPECT_EQ(math::exp(-std::numeric_limits<double>::denorm_min()), 1.0);
  EXPECT_EQ(math::exp(0x1p-26F), 1.0F);
  EXPECT_EQ(math::exp(-0x1p-55), 1.0);
}

TEST(Exp, HandlesInfinitiesAndNan) {
  EXPECT_EQ(math::exp(kInfF), kInfF);
  EXPECT_EQ(math::exp(kInf), kInf);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(math::exp(-kInfF)), 0U);
  EXPECT_EQ(std::bit_cast<std::uint64_t>(math::exp(-kInf)), 0U);
  EXPECT_TRUE(std::isnan(math::exp(kNanF)));
  EXPECT_TRUE(std::isnan(math::exp(-kNanF)));
  EXPECT_TRUE(std::isnan(math::exp(kNan)));
  EXPECT_TRUE(std::isnan(math::exp(-kNan)));
}

TEST(Exp, OverflowsExactlyWhereTheTrueValueRoundsToInfinity) {
  constexpr float kLastF = 0x1.62e42ep6F;
  constexpr double kLast = 0x1.62e42fefa39efp9;
  EXPECT_TRUE(std::isfinite(math::exp(kLastF)));
  EXPECT_EQ(math::exp(std::nextafter(kLastF, kInfF)), kInfF);
  EXPECT_EQ(math::exp(std::numeric_limits<float>::max()), kInfF);
  EXPECT_TRUE(std::isfinite(math::exp(kLast)));
  EXPECT_EQ(math::exp(std::nextafter(kLast, kInf)), kInf);
  EXPECT_EQ(math::exp(std::numeric_limits<double>::max()), kInf);
}

TEST(Exp, UnderflowsThroughSubnormalsToZero) {
  EXPECT_EQ(math::exp(-103.9F), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(math::exp(-103.98F), 0.0F);
  EXPECT_EQ(math::exp(std::numeric_limits<float>::lowest()), 0.0F);
  EXPECT_EQ(math::exp(-745.1), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(math::exp(-745.14), 0.0);
  EXPECT_EQ(math::exp(std::numeric_limits<double>::lowest()), 0.0);
}

TEST(Expm1, KeepsZerosAndTinyArgumentsAsTheyAre) {
  for (const float x :
       {0.0F, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::min(), 0x1p-60F, 0x1.fp-27F}) {
    EXPECT_EQ(std::bit_cast<std::uint32_t>(math::expm1(x)), std::bit_cast<std::uint32_t>(x));
    EXPECT_EQ(std::bit_cast<std::uint32_t>(math::expm1(-x)), std::bit_cast<std::uint32_t>(-x));
  }
  for (const double x :
       {0.0, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::min(), 0x1p-500, 0x1.fp-56}) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(math::expm1(x)), std::bit_cast<std::uint64_t>(x));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(math::expm1(-x)), std::bit_cast<std::uint64_t>(-x));
  }
}

TEST(Expm1, ApproachesMinusOneAndInfinity) {
  EXPECT_EQ(math::expm1(-17.5F), -1.0F);
  EXPECT_EQ(math::expm1(std::numeric_limits<float>::lowest()), -1.0F);
  EXPECT_EQ(math::expm1(-kInfF), -1.0F);
  EXPECT_EQ(math::expm1(-37.5), -1.0);
  EXPECT_EQ(math::expm1(std::numeric_limits<double>::lowest()), -1.0);
  EXPECT_EQ(math::expm1(-kInf), -1.0);
  EXPECT_TRUE(std::isfinite(math::expm1(0x1.62e42ep6F)));
  EXPECT_EQ(math::expm1(std::nextafter(0x1.62e42ep6F, kInfF)), kInfF);
  EXPECT_EQ(math::expm1(kInfF), kInfF);
  EXPECT_TRUE(std::isfinite(math::expm1(0x1.62e42fefa39efp9)));
  EXPECT_EQ(math::expm1(std::nextafter(0x1.62e42fefa39efp9, kInf)), kInf);
  EXPECT_EQ(math::expm1(kInf), kInf);
}

TEST(Expm1, PassesNanOn) {
  EXPECT_TRUE(std::isnan(math::expm1(kNanF)));
  EXPECT_TRUE(std::isnan(math::expm1(-kNanF)));
  EXPECT_TRUE(std::isnan(math::expm1(kNan)));
  EXPECT_TRUE(std::isnan(math::expm1(-kNan)));
}

// Results go through arrays, so that an optimising compiler makes vector code of the very loop that is hashed.
template <typename Bits, typename Float, typename Function>
std::uint64_t hash_of(std::uint64_t hash, const std::vector<Float>& arguments, Function function) {
  std::vector<Float> results(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    results[i] = function(arguments[i]);
  }
  for (const Float result : results) {
    hash = ranvier::mix64(hash ^ std::bit_cast<Bits>(result));
  }
  return hash;
}

TEST(Exp, HasTheSameBitsUnderEveryCompiler) {
  constexpr std::size_t kArguments = 250'000;
  const std::vector<float> floats = spread<float, std::uint32_t>(kArguments, -32, 39);
  const std::vector<double> doubles = spread<double, std::uint64_t>(kArguments, -60, 70);
  std::uint64_t hash = 0;
  hash = hash_of<std::uint32_t>(hash, floats, [](float x) { return math::exp(x); });
  hash = hash_of<std::uint32_t>(hash, floats, [](float x) { return math::expm1(x); });
  hash = hash_of<std::uint64_t>(hash, doubles, [](double x) { return math::exp(x); });
  hash = hash_of<std::uint64_t>(hash, doubles, [](double x) { return math::expm1(x); });
  EXPECT_EQ(hash, 0xDDADD6415A88680CU);
}

}  // namespace
