// Arrays as the kernels want them, and numbers that find what is wrong with a kernel.
#pragma once

#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <random>

#include "tests/kernels/scalar_program.h"

namespace ranvier::kernels_test {

/// n elements of `size` bytes on a cache line, padded to a multiple of 64 elements; zeros.
class Array {
 public:
  Array(std::size_t n, std::size_t size) : size_(size), padded_((n + 63) / 64 * 64) {
    bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(64, padded_ * 8)));
    std::memset(bytes_.get(), 0, padded_ * 8);
  }

  void* data() const { return bytes_.get(); }
  std::size_t padded() const { return padded_; }
  Word at(std::size_t i) const {
    Word word = 0;
    std::memcpy(&word, bytes_.get() + i * size_, size_);
    return word;
  }
  void set(std::size_t i, Word word) { std::memcpy(bytes_.get() + i * size_, &word, size_); }

 private:
  struct Free {
    void operator()(std::byte* bytes) const { std::free(bytes); }
  };
  std::size_t size_, padded_;
  std::unique_ptr<std::byte, Free> bytes_;
};

template <class T>
std::vector<T> edges() {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>) {
    const T inf = Limits::infinity(), tiny = Limits::denorm_min(), whole = T(1) / Limits::epsilon();
    return {T(0),
            T(-0.0),
            T(1),
            T(-1),
            T(0.5),
            T(-0.5),
            T(2.5),
            T(-2.5),
            Limits::min(),
            -Limits::min(),
            tiny,
            -tiny,
            T(0x1p-100),
            T(-0x1p-100),
            std::nextafter(T(0x1p-100), T(0)),
            Limits::max(),
            -Limits::max(),
            inf,
            -inf,
            Limits::quiet_NaN(),
            whole,
            whole - T(0.5),
            -whole + T(0.5),
            T(0x1p31),
            T(-0x1p31),
            T(0x1p63),
            T(-0x1p63),
            T(2147483520),
            T(-2147483904.0),
            T(709),
            T(-745),
            T(88.5)};
  } else {
    return {0, 1, -1, 2, 7, -7, 4096, -4096, Limits::max(), Limits::min(), Limits::max() - 1, Limits::min() + 1};
  }
}

/// An edge, or any bits, or a number of common size.
template <class T>
T any_number(std::mt19937_64& random) {
  const std::vector<T> known = edges<T>();
  switch (random() % 4) {
    case 0: return known[random() % known.size()];
    case 1: return value_of<T>(random());
    default:
      if constexpr (std::is_integral_v<T>) return static_cast<T>(static_cast<std::int64_t>(random()) >> 44);
      else return std::uniform_real_distribution<T>(T(-4), T(4))(random);
  }
}

inline Word any_word(std::uint32_t type, std::mt19937_64& random) {
  return with_type(type, [&](auto zero) { return word_of(any_number<decltype(zero)>(random)); });
}

/// Sums begin at +0 and so are never -0.
inline Word any_sum(std::uint32_t type, std::mt19937_64& random) {
  const Word word = any_word(type, random);
  const bool minus_zero = type == RVD_F32 ? word == word_of(-0.0F) : type == RVD_F64 && word == word_of(-0.0);
  return minus_zero ? 0 : word;
}

}  // namespace ranvier::kernels_test
