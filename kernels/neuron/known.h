// The programs that have a fused loop: those of LIF, CubaLIF, IF, LI and I under the conventions that compute in f32, and of
// nodes without state. core/models has what they come from, docs/conventions what they mean.
#pragma once

#include <cstddef>
#include <iterator>
#include <string_view>

#include "kernels/neuron/equations.h"

namespace ranvier::neuron {

namespace text {

using Text = const char*;

// One step of the dynamics: u, the membrane before threshold and reset.
constexpr Text kLinear = "u = (a*v + b*x) + c;";
constexpr Text kEuler = "u = v + k*((leak - v) + r*x);";
constexpr Text kIntegrate = "u = v + b*x;";
constexpr Text kAdd = "u = v + x;";
constexpr Text kLeaky = "u = beta*v + x;";
constexpr Text kIncrement = "u = v + k*((x + leak) - v);";
constexpr Text kIncrementOfLi = "u = v + k*((leak - v) + x);";
constexpr Text kFilter = "u = (v + x)*a;";
constexpr Text kQuotient = "u = v + (x - (v - rest))/steps;";
constexpr Text kDecayQuotient = "u = (v - (v - rest)/steps) + x;";
constexpr Text kCubaLinear = "d = w*x; i' = a_i*i + b_i*d; u = ((a*v + p*(i - d)) + q*d) + c;";
constexpr Text kCubaEuler = "j = i + k_i*(w*x - i); i' = j; u = v + k*((leak - v) + r*j);";
constexpr Text kCubaIncrement = "j = i + k_i*((leak - i) + w*x); i' = j; u = v + k*((r*j + leak) - v);";
constexpr Text kCubaLeaky = "j = alpha*i + x; i' = j; u = beta*v + j;";
constexpr Text kCubaFilter = "j = (i + x)*a_i; i' = j; u = (a*v + j) + leak;";
// Spyx takes the threshold of a spike away before the next step's dynamics.
constexpr Text kCubaLeakyEarly = "e = v - (v > t)*t; j = alpha*i + x; i' = j; u = beta*e + j;";

// Threshold and reset.
constexpr Text kZero = "s = u > t; v' = s ? reset : u; emit s";
constexpr Text kZeroAt = "s = u >= t; v' = s ? reset : u; emit s";
constexpr Text kSubtract = "s = u > t; v' = s ? u - step : u; emit s";
constexpr Text kSubtractAt = "s = u >= t; v' = s ? u - step : u; emit s";
constexpr Text kSeveral = "n = u > 0 ? floor(u/t) : 0; v' = u - n*step; emit n";
constexpr Text kSeveralFloored = "n = u > 0 ? floor(u/t) : 0; v' = max((u - n*step) + t, 0) - t; emit n";
constexpr Text kGuarded = "late = v > t; g = u - late*t; s = g > t; v' = g - (s - late)*t; emit s";
constexpr Text kLate = "g = u - (v > t)*t; v' = g; emit g > t";
constexpr Text kBefore = "s = v > t; v' = u - s*t; emit s";
constexpr Text kEarly = "v' = u; emit u > t";
constexpr Text kPass = "v' = u; emit u";

}  // namespace text

/// Dynamics with each of these ways to fire.
struct Known {
  text::Text update;
  text::Text fires[4];
};

constexpr Known kKnown[] = {
    {text::kLinear, {text::kZero, text::kSubtract, text::kSeveral, text::kPass}},  // exact; sinabs, rockpool
    {text::kEuler, {text::kZero, text::kSubtract, text::kPass}},                   // euler
    {text::kIncrement, {text::kZero, text::kSubtract}},                            // norse
    {text::kIncrementOfLi, {text::kPass}},                                         // norse
    {text::kLeaky, {text::kZero, text::kGuarded, text::kBefore, text::kLate}},     // snntorch; spyx
    {text::kQuotient, {text::kZeroAt, text::kSubtractAt}},                         // spikingjelly
    {text::kDecayQuotient, {text::kZeroAt, text::kSubtractAt}},                    // spikingjelly
    {text::kFilter, {text::kPass}},                                                // rockpool
    {text::kIntegrate, {text::kZero, text::kSubtract, text::kPass}},               // exact, euler
    {text::kAdd, {text::kZero, text::kSubtract, text::kBefore}},                   // norse; spyx
    {text::kAdd, {text::kZeroAt, text::kSubtractAt, text::kSeveralFloored}},       // spikingjelly; sinabs
    {text::kCubaLinear, {text::kZero, text::kSubtract, text::kPass}},              // exact
    {text::kCubaEuler, {text::kZero, text::kSubtract, text::kPass}},               // euler
    {text::kCubaIncrement, {text::kZero, text::kSubtract}},                        // norse
    {text::kCubaLeaky, {text::kZero, text::kGuarded}},                             // snntorch
    {text::kCubaLeaky, {text::kZeroAt, text::kSubtractAt}},                        // spikingjelly
    {text::kCubaLeakyEarly, {text::kEarly, text::kBefore}},                        // spyx
    {text::kCubaFilter, {text::kSeveral}},                                         // rockpool
    {"", {"emit x > t"}},                                                          // threshold
    {"", {"emit x", "emit x + bias"}},                                             // sums, linear; affine, convolution
    {"", {"emit scale*x", "emit x/size"}},                                         // scale; average
};

struct Source {
  std::string_view update, fire;
};

/// Number `index` of all pairs in kKnown; empty where there are no more.
constexpr Source source(std::size_t index) {
  for (const Known& known : kKnown) {
    for (const text::Text fire : known.fires) {
      if (fire != nullptr && index-- == 0) return {known.update, fire};
    }
  }
  return {};
}

constexpr std::size_t kKnownCount = [] {
  std::size_t count = 0;
  while (!source(count).fire.empty()) ++count;
  return count;
}();

constexpr Equations parsed(std::size_t index, bool front) {
  EquationParser parser(front);
  parser.read(source(index).update);
  parser.read(source(index).fire);
  return parser.result();
}

/// By number among kKnown's pairs, without a front or with one. A constant each: compilers limit what one may take.
template <std::size_t kIndex, bool kFront>
inline constexpr Equations kEquations = parsed(kIndex, kFront);

}  // namespace ranvier::neuron
