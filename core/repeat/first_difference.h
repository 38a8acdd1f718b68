/// Where two records of the same thing differ first.
#pragma once

#include <cstdint>
#include <optional>

#include <ranvier/session.h>
#include <ranvier/tensor.h>

namespace ranvier::repeat {

/// Equal, or both NaN.
bool same(double a, double b);

/// Of several in one step the lowest neuron, then the lowest lane. All NaNs are equal.
struct Place {
  std::uint64_t step = 0;
  std::uint32_t neuron = 0;
  std::uint32_t lane = 0;
  double a = 0, b = 0;
};

/// Events; 0 stands for none.
std::optional<Place> first_difference(const SpikeTrain& a, const SpikeTrain& b);

/// Values [rows, lanes, ...shape], of any two types and one shape; row k is that of step first_step + k * every.
std::optional<Place> first_difference(const Tensor& a, const Tensor& b, std::uint64_t first_step, std::uint64_t every);

/// Whether a step comes before that of the difference that was found so far.
template <class Difference>
bool is_earlier(std::uint64_t step, const std::optional<Difference>& than) {
  return !than || step < than->step;
}

}  // namespace ranvier::repeat
