// log and log1p against the wider type of the standard library, at their edges, and bit for bit across compilers.

#include "kernels/math/log.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <vector>

#include "kernels/random/mix.h"
#include "tests/kernels/ulp_distance.h"

namespace {

namespace math = ranvier::math;

constexpr double kLimitUlps = 1.0;

double unit(std::uint64_t i) { return static_cast<double>(ranvier::mix64(i) >> 11) * 0x1p-53; }

/// Positive numbers of all sizes, subnormal ones included, and more of them around 1, where the logarithm passes 0.
template <typename Float, typename Bits>
std::vector<Float> samples() {
  constexpr Bits kAll = std::bit_cast<Bits>(std::numeric_limits<Float>::infinity());
  std::vector<Float> values;
  for (std::uint64_t i = 0; i < 400'000; ++i) {
    values.push_back(std::bit_cast<Float>(static_cast<Bits>(static_cast<Bits>(ranvier::mix64(i)) % kAll)));
    values.push_back(static_cast<Float>(0.5 + 1.5 * unit(i)));
    values.push_back(static_cast<Float>(1.0 + std::ldexp(unit(i) - 0.5, -static_cast<int>(i % 50))));
  }
  return values;
}

/// What log1p takes: from -1 on, and small numbers of both signs.
template <typename Float, typename Bits>
std::vector<Float> samples_above_minus_one() {
  std::vector<Float> values = samples<Float, Bits>();
  for (std::uint64_t i = 0; i < 400'000; ++i) {
    values.push_back(static_cast<Float>(-unit(i)));
    values.push_back(static_cast<Float>(std::ldexp(unit(i) - 0.5, -static_cast<int>(i % 80))));
  }
  std::erase_if(values, [](Float x) { return x <= Float(-1); });
  return values;
}

template <typename Float, typename Function, typename Oracle>
void expect_within_limit(const char* name, const std::vector<Float>& arguments, Function function, Oracle oracle) {
  double worst = 0.0;
  Float where = 0;
  for (const Float x : arguments) {
    const auto got = function(x);
    const auto exact = oracle(x);
    if (got == static_cast<Float>(exact)) continue;
    const double distance = ulp_distance(got, exact);
    if (distance > worst) {
      worst = distance;
      where = x;
    }
  }
  std::printf("%s: at most %.3f ulp, at %.17g\n", name, worst, static_cast<double>(where));
  EXPECT_LE(worst, kLimitUlps) << name << " at " << where;
}

TEST(Log, IsWithinOneUlpOverSamples) {
  expect_within_limit(
      "log, float", samples<float, std::uint32_t>(), [](float x) { return math::log(x); },
      [](float x) { return std::log(static_cast<double>(x)); });
  expect_within_limit(
      "log, double", samples<double, std::uint64_t>(), [](double x) { return math::log(x); },
      [](double x) { return std::log(static_cast<long double>(x)); });
}

TEST(Log1p, IsWithinOneUlpOverSamples) {
  expect_within_limit(
      "log1p, float", samples_above_minus_one<float, std::uint32_t>(), [](float x) { return math::log1p(x); },
      [](float x) { return std::log1p(static_cast<double>(x)); });
  expect_within_limit(
      "log1p, double", samples_above_minus_one<double, std::uint64_t>(), [](double x) { return math::log1p(x); },
      [](double x) { return std::log1p(static_cast<long double>(x)); });
}

template <typename Float>
void expect_edges() {
  constexpr Float kInf = std::numeric_limits<Float>::infinity();
  constexpr Float kNan = std::numeric_limits<Float>::quiet_NaN();
  EXPECT_EQ(math::log(Float(1)), Float(0));
  EXPECT_FALSE(std::signbit(math::log(Float(1))));
  EXPECT_EQ(math::log(Float(0)), -kInf);
  EXPECT_EQ(math::log(-Float(0)), -kInf);
  EXPECT_EQ(math::log(kInf), kInf);
  EXPECT_TRUE(std::isnan(math::log(Float(-1))));
  EXPECT_TRUE(std::isnan(math::log(-std::numeric_limits<Float>::denorm_min())));
  EXPECT_TRUE(std::isnan(math::log(-kInf)));
  EXPECT_TRUE(std::isnan(math::log(kNan)));

  EXPECT_EQ(math::log1p(Float(-1)), -kInf);
  EXPECT_EQ(math::log1p(kInf), kInf);
  EXPECT_TRUE(std::isnan(math::log1p(std::nextafter(Float(-1), Float(-2)))));
  EXPECT_TRUE(std::isnan(math::log1p(-kInf)));
  EXPECT_TRUE(std::isnan(math::log1p(kNan)));
  EXPECT_TRUE(std::isfinite(math::log1p(std::numeric_limits<Float>::max())));
  for (const Float x : {Float(0), std::numeric_limits<Float>::denorm_min(), std::numeric_limits<Float>::min()}) {
    EXPECT_EQ(math::log1p(x), x);
    EXPECT_FALSE(std::signbit(math::log1p(x)));
    EXPECT_EQ(math::log1p(-x), -x);
    EXPECT_TRUE(std::signbit(math::log1p(-x)));
  }
}

TEST(Log, HandlesEdges) {
  expect_edges<float>();
  expect_edges<double>();
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

/// Positive numbers made of bits, so that they are the same everywhere.
template <typename Float, typename Bits>
std::vector<Float> positive(std::size_t count) {
  constexpr Bits kAll = std::bit_cast<Bits>(std::numeric_limits<Float>::infinity());
  std::vector<Float> values(count);
  for (std::size_t i = 0; i < count; ++i)
    values[i] = std::bit_cast<Float>(static_cast<Bits>(static_cast<Bits>(ranvier::mix64(i)) % kAll));
  return values;
}

TEST(Log, HasTheSameBitsUnderEveryCompiler) {
  const std::vector<float> floats = positive<float, std::uint32_t>(250'000);
  const std::vector<double> doubles = positive<double, std::uint64_t>(250'000);
  std::uint64_t hash = 0;
  hash = hash_of<std::uint32_t>(hash, floats, [](float x) { return math::log(x); });
  hash = hash_of<std::uint32_t>(hash, floats, [](float x) { return math::log1p(x); });
  hash = hash_of<std::uint64_t>(hash, doubles, [](double x) { return math::log(x); });
  hash = hash_of<std::uint64_t>(hash, doubles, [](double x) { return math::log1p(x); });
  EXPECT_EQ(hash, 0x43F554541EA5245BU);
}

}  // namespace
