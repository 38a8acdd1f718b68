#include "core/run/input_checksum.h"

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
  const auto* bytes = static_cast<const std::byte*>(values.data());
  std::size_t left = values.bytes();
  std::uint64_t sum = fold(left, static_cast<std::uint64_t>(values.dtype()));
  std::uint64_t word = 0;
  for (; left >= kWord; left -= kWord, bytes += kWord) {
    std::memcpy(&word, bytes, kWord);
    sum = fold(sum, word);
  }
  if (left == 0) return sum;
  word = 0;
  std::memcpy(&word, bytes, left);
  return fold(sum, word);
}

}  // namespace ranvier::run
