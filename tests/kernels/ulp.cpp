// Measures exp, expm1, log and log1p: every float against double, 10^8 random doubles against long double. `./dev ulp` runs it
// (minutes). Fails when one result is more than two units in the last place off.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <thread>
#include <vector>

#include "kernels/math/exp.h"
#include "kernels/math/log.h"
#include "kernels/random/mix.h"
#include "tests/kernels/ulp_distance.h"

namespace {

namespace math = ranvier::math;

constexpr double kLimitUlps = 2.0;
constexpr std::uint64_t kAllFloats = std::uint64_t{1} << 32;
constexpr std::uint64_t kRandomDoubles = 100'000'000;

struct Worst {
  double ulps = 0.0;
  double argument = 0.0;
};

float float_argument(std::uint64_t i) { return std::bit_cast<float>(static_cast<std::uint32_t>(i)); }

// By turns uniform over all results that are neither 0 nor infinite, uniform near 0, and spread over the small exponents.
double double_argument(std::uint64_t i) {
  const double unit = static_cast<double>(ranvier::mix64(i) >> 11) * 0x1p-53;
  switch (i % 3) {
    case 0: return unit * 1456.0 - 746.0;
    case 1: return unit * 80.0 - 40.0;
    default: return std::ldexp(unit - 0.5, -static_cast<int>(i / 3 % 60));
  }
}

// By turns any positive number, around 1, and close to 1.
double positive_argument(std::uint64_t i) {
  const std::uint64_t random = ranvier::mix64(i);
  const double unit = static_cast<double>(random >> 11) * 0x1p-53;
  switch (i % 3) {
    case 0: return std::bit_cast<double>(random % std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity()));
    case 1: return 0.5 + 1.5 * unit;
    default: return 1.0 + std::ldexp(unit - 0.5, -static_cast<int>(i / 3 % 60));
  }
}

template <typename Argument, typename Function, typename Oracle>
Worst worst_in(std::uint64_t first, std::uint64_t last, Argument argument, Function function, Oracle oracle) {
  Worst worst;
  for (std::uint64_t i = first; i < last; ++i) {
    const auto x = argument(i);
    const auto got = function(x);
    const auto exact = oracle(x);
    if (got == static_cast<decltype(got)>(exact)) {
      continue;  // correctly rounded, half a unit at most: not worth the time to measure
    }
    const double distance = ulp_distance(got, exact);
    if (distance > worst.ulps) {
      worst = {distance, static_cast<double>(x)};
    }
  }
  return worst;
}

template <typename Argument, typename Function, typename Oracle>
bool is_within_limit(const char* name, std::uint64_t count, Argument argument, Function function, Oracle oracle) {
  const unsigned workers = std::max(1U, std::thread::hardware_concurrency());
  std::vector<Worst> found(workers);
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < workers; ++w) {
    threads.emplace_back([=, &found] {
      found[w] =
          worst_in(count / workers * w, w + 1 == workers ? count : count / workers * (w + 1), argument, function, oracle);
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const Worst worst = *std::max_element(found.begin(), found.end(), [](Worst a, Worst b) { return a.ulps < b.ulps; });
  std::printf("%-14s %10llu arguments: at most %.4f ulp, at %.17g (%a)\n", name, static_cast<unsigned long long>(count),
              worst.ulps, worst.argument, worst.argument);
  std::fflush(stdout);
  return worst.ulps <= kLimitUlps;
}

}  // namespace

int main() {
  bool is_good = is_within_limit(
      "exp(float)", kAllFloats, float_argument, [](float x) { return math::exp(x); },
      [](float x) { return std::exp(static_cast<double>(x)); });
  is_good &= is_within_limit(
      "expm1(float)", kAllFloats, float_argument, [](float x) { return math::expm1(x); },
      [](float x) { return std::expm1(static_cast<double>(x)); });
  is_good &= is_within_limit(
      "exp(double)", kRandomDoubles, double_argument, [](double x) { return math::exp(x); },
      [](double x) { return std::exp(static_cast<long double>(x)); });
  is_good &= is_within_limit(
      "expm1(double)", kRandomDoubles, double_argument, [](double x) { return math::expm1(x); },
      [](double x) { return std::expm1(static_cast<long double>(x)); });
  is_good &= is_within_limit(
      "log(float)", kAllFloats, float_argument, [](float x) { return math::log(x); },
      [](float x) { return std::log(static_cast<double>(x)); });
  is_good &= is_within_limit(
      "log1p(float)", kAllFloats, float_argument, [](float x) { return math::log1p(x); },
      [](float x) { return std::log1p(static_cast<double>(x)); });
  is_good &= is_within_limit(
      "log(double)", kRandomDoubles, positive_argument, [](double x) { return math::log(x); },
      [](double x) { return std::log(static_cast<long double>(x)); });
  is_good &= is_within_limit(
      "log1p(double)", kRandomDoubles, positive_argument, [](double x) { return math::log1p(x - 1); },
      [](double x) { return std::log1p(static_cast<long double>(x - 1)); });
  return is_good ? 0 : 1;
}
