// Coefficients whose definition is a tool's own NumPy expression, evaluated in the type in which the file stores its arrays.
#include <algorithm>
#include <cmath>

#include "core/models/coefficients.h"
#include "kernels/math/exp.h"

namespace ranvier::models {

Tensor exponential_decay(const Setting& s, const Tensor& tau) {
  const double dt = s.dt();
  const auto rate = [&](double t) {
    if (s.is("rate", "steps")) return static_cast<double>(1.0F / static_cast<float>(t / dt));
    if (s.is("rate", "reciprocal")) return static_cast<double>(static_cast<float>(dt) * (1.0F / static_cast<float>(t)));
    return dt / t;
  };
  return rounded_once(
      s.type(), [&](double t) { return math::exp(-rate(t)); }, tau);
}

Tensor near_one(Tensor gains) {
  for (std::size_t i = 0; i < gains.size(); ++i) {
    if (std::fabs(gains.at(i) - 1) > 1e-8 + 1e-5) return gains;
  }
  return Tensor::of<float>({1});
}

Tensor stored_decay(const Setting& s, const Tensor& tau) {
  const double dt = s.dt();
  const auto decay = [=](Stored t) {
    const Stored beta = t.like(1) - t.like(dt) / t;
    return beta.like(std::clamp(beta.value(), 0.0, 1.0));
  };
  return as_stored(s.type(), decay, tau);
}

Tensor shift_threshold(const Tensor& threshold) {
  Tensor result(Shape{threshold.size()}, DType::i32);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const Stored thr(threshold, i);
    const auto scaled = static_cast<std::int32_t>((thr * thr.like(131071)).value());
    result.mutable_data<std::int32_t>()[i] = (scaled >> 9) << 6;
  }
  return result;
}

}  // namespace ranvier::models
