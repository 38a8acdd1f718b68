#include "core/run/input_checksum.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace ranvier::run {
namespace {

// A bijection of `sum` for any word, and of the word for any sum: what differs once stays different.
std::uint64_t fold(std::uint64_t sum, std::uint64_t word) { return std::rotl(sum ^ word, 23) * 0x9E3779B97F4A7C15; }

}  // namespace

std::uint64_t checksum(const Tensor& values) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  constexpr std::size_t kSums = 8;  // side by side, since one multiplication waits for the one before
  const auto* bytes = static_cast<const std::byte*>(values.data());
  std::size_t left = values.bytes();
  std::uint64_t word = 0;
  std::array<std::uint64_t, kSums> sums{};
  for (; left >= kSums * kWord; left -= kSums * kWord) {
    for (std::uint64_t& sum : sums) {
      std::memcpy(&word, bytes, kWord);
      sum = fold(sum, word);
      bytes += kWord;
    }
  }
  std::uint64_t whole = fold(values.bytes(), static_cast<std::uint64_t>(values.dtype()));
  for (const std::uint64_t sum : sums) whole = fold(whole, sum);
  while (left > 0) {
    const std::size_t size = std::min(left, kWord);
    word = 0;
    std::memcpy(&word, bytes, size);
    whole = fold(whole, word);
    left -= size;
    bytes += size;
  }
  return whole;
}

}  // namespace ranvier::run
