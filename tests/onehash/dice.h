/// Random choices that are the same on every machine: no function of libm, no distribution that a library may change. Whoever throws
/// twice in one expression leaves the order to the compiler, unless braces or ?: give it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <random>

namespace ranvier::onehash {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::mt19937_64& engine() { return engine_; }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  /// From `low` to `high`, both possible.
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  /// True in `percent` of 100 cases.
  bool chance(std::size_t percent) { return below(100) < percent; }
  double real(double low, double high) { return low + (high - low) * (static_cast<double>(engine_() >> 11) * 0x1p-53); }
  /// Of about unit variance around 0.
  double bell() {
    double sum = 0;
    for (int k = 0; k < 3; ++k) sum += real(-1.5, 1.5);
    return sum;
  }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return choices.begin()[below(choices.size())];
  }
  template <class Range>
  const auto& any(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace ranvier::onehash
