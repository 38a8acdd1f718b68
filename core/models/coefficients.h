/// Parameters to coefficients, in the stated type and order. A value in seconds that takes a detour through another type or
/// order of operations differs in its last bit, and spikes move; so each rule is written out once, here and in the models.
#pragma once

#include <cmath>
#include <cstddef>

#include "core/models/record.h"

namespace ranvier::models {

/// How many elements a coefficient made of these parameters has: 1 where all are shared, else one per neuron.
template <class... Parameter>
std::size_t extent(const Parameter&... parameters) {
  std::size_t count = 1;
  ((count = parameters.size() > count ? parameters.size() : count), ...);
  return count;
}

/// The element for neuron i, widened to double (exact for f32).
inline double widened(const Tensor& values, std::size_t i) { return values.at(values.size() == 1 ? 0 : i); }

/// Writes `value` as element i of a float tensor, rounded once.
inline void put(Tensor& values, std::size_t i, double value) {
  if (values.dtype() == DType::f64) values.mutable_data<double>()[i] = value;
  else values.mutable_data<float>()[i] = static_cast<float>(value);
}

/// rule(double...) -> double for each neuron, rounded once to `type` (f32, f64).
template <class Rule, class... Parameter>
Tensor rounded_once(DType type, Rule rule, const Parameter&... parameters) {
  Tensor result(Shape{extent(parameters...)}, type);
  for (std::size_t i = 0; i < result.size(); ++i) put(result, i, rule(widened(parameters, i)...));
  return result;
}

/// rule(float...) -> float for each neuron: every parameter is rounded to f32 first, every operation is f32, whatever `type`
/// (f32, f64) holds the result.
template <class Rule, class... Parameter>
Tensor in_f32(DType type, Rule rule, const Parameter&... parameters) {
  Tensor result(Shape{extent(parameters...)}, DType::f32);
  float* out = result.mutable_data<float>();
  for (std::size_t i = 0; i < result.size(); ++i) out[i] = rule(static_cast<float>(widened(parameters, i))...);
  return result.cast(type);
}

/// A number in the type in which a file stores it, with NumPy's rules: f32 with f32 gives f32, anything else f64; a plain
/// number takes the type of the other side. Integers count as f64.
class Stored {
 public:
  Stored(double value, bool wide) : value_(wide ? value : static_cast<double>(static_cast<float>(value))), wide_(wide) {}
  Stored(const Tensor& values, std::size_t i) : Stored(widened(values, i), values.dtype() != DType::f32) {}

  double value() const { return value_; }
  Stored like(double number) const { return {number, wide_}; }

  // Rounding a double result of + - * / on floats to f32 gives the f32 result: 53 >= 2 * 24 + 2 bits.
  friend Stored operator-(Stored a, Stored b) { return {a.value_ - b.value_, a.wide_ || b.wide_}; }
  friend Stored operator*(Stored a, Stored b) { return {a.value_ * b.value_, a.wide_ || b.wide_}; }
  friend Stored operator/(Stored a, Stored b) { return {a.value_ / b.value_, a.wide_ || b.wide_}; }

 private:
  double value_;
  bool wide_;
};

/// rule(Stored...) -> Stored for each neuron, rounded once to `type` (f32, f64) at the end.
template <class Rule, class... Parameter>
Tensor as_stored(DType type, Rule rule, const Parameter&... parameters) {
  Tensor result(Shape{extent(parameters...)}, type);
  for (std::size_t i = 0; i < result.size(); ++i) {
    put(result, i, rule(Stored(parameters, parameters.size() == 1 ? 0 : i)...).value());
  }
  return result;
}

/// rule(Stored...) -> Stored for each neuron, towards zero, as i32. The caller has checked the range.
template <class Rule, class... Parameter>
Tensor truncated(Rule rule, const Parameter&... parameters) {
  Tensor result(Shape{extent(parameters...)}, DType::i32);
  std::int32_t* out = result.mutable_data<std::int32_t>();
  for (std::size_t i = 0; i < result.size(); ++i) {
    out[i] = static_cast<std::int32_t>(rule(Stored(parameters, parameters.size() == 1 ? 0 : i)...).value());
  }
  return result;
}

/// exp(-dt / tau), rounded once; the quotient as the option `rate` has it: in f64, as f32(1 / f32(tau / dt)) (steps), or as
/// f32(f32(dt) f32(1 / tau)) (reciprocal).
Tensor exponential_decay(const Setting& s, const Tensor& tau);

/// The gains, or one where all are one to 1e-5, as importers test it.
Tensor near_one(Tensor gains);

/// 1 - dt / tau in the stored type, kept within 0 .. 1, rounded once (snnTorch's Leaky and Synaptic).
Tensor stored_decay(const Setting& s, const Tensor& tau);

/// (trunc(threshold * 131071) >> 9) << 6: Lava's threshold mantissa at its place in 24 bits.
Tensor shift_threshold(const Tensor& threshold);

/// v_threshold / scale in the stored type, rounded once; v_threshold itself where the scale is one to 1e-5 for all neurons, as
/// snnTorch imports it.
/// @param scale  (tau, factor, threshold) -> the input's gain.
template <class Scale>
Tensor divided_threshold(const Setting& s, Scale scale, const Tensor& tau, const Tensor& factor, const Tensor& threshold) {
  const auto near_one = [&](std::size_t i) {
    const auto at = [i](const Tensor& values) { return Stored(values, values.size() == 1 ? 0 : i); };
    return std::fabs(scale(at(tau), at(factor), at(threshold)).value() - 1) <= 1e-8 + 1e-5;
  };
  bool all = true;
  for (std::size_t i = 0; i < extent(tau, factor); ++i) all = all && near_one(i);
  const auto divided = [&](Stored t, Stored f, Stored thr) { return all ? thr : thr / scale(t, f, thr); };
  return as_stored(s.type(), divided, tau, factor, threshold);
}

}  // namespace ranvier::models
