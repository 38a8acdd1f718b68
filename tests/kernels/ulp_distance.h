// How far a computed number lies from the true one, in units of the last place: shared by exp_test.cpp and ulp.cpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

/// |got - exact| in spacings of Float at `exact` (the subnormal spacing near 0). Infinity stands for the power of two after the
/// largest finite number. 0 when both are NaN, infinite when one is.
template <typename Float, typename Wide>
double ulp_distance(Float got, Wide exact) {
  using Limits = std::numeric_limits<Float>;
  if (std::isnan(got) || std::isnan(exact)) {
    return std::isnan(got) && std::isnan(exact) ? 0.0 : std::numeric_limits<double>::infinity();
  }
  const Wide infinity = std::ldexp(Wide(1), Limits::max_exponent);
  const Wide from = std::isinf(got) ? std::copysign(infinity, static_cast<Wide>(got)) : static_cast<Wide>(got);
  const Wide to = std::clamp(exact, -infinity, infinity);
  const int exponent = std::clamp(std::ilogb(to), Limits::min_exponent - 1, Limits::max_exponent - 1);
  return static_cast<double>(std::ldexp(std::fabs(from - to), Limits::digits - 1 - exponent));
}
