/// What ranvier-nir may use for a NIR file. Decided here for the library, which starts it, and for the program alone.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ranvier::io {

struct NirLimits {
  std::uint64_t data_bytes = 0;    ///< of all arrays and texts together
  std::uint64_t memory_bytes = 0;  ///< address space of the program
  std::uint64_t cpu_seconds = 0;
};

/// Deflate makes at most 1032 bytes of one. Trained weights compress by less than 10; 64 covers sparse ones, and the 64 MiB on
/// top cover constant parameters of millions of neurons. Thus a small file cannot take much memory, whatever it declares.
constexpr NirLimits nir_limits(std::uint64_t file_bytes) {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  const std::uint64_t size = std::min(file_bytes, 1024 * kMiB);
  NirLimits limits;
  limits.data_bytes = std::min({1032 * size + kMiB, 64 * size + 64 * kMiB, 1024 * kMiB});
  // The arrays, the network file made of them, and what HDF5 and the C++ library need.
  limits.memory_bytes = 512 * kMiB + 3 * limits.data_bytes;
  // HDF5 takes milliseconds for a sound file, and for ever for some damaged ones. Inflating makes 300 MB a second.
  limits.cpu_seconds = 3 + limits.data_bytes / (64 * kMiB);
  return limits;
}

/// For writing: what is read comes from the library, so this only catches our own mistakes. Deflate takes about 20 MB a second.
constexpr NirLimits nir_write_limits(std::uint64_t input_bytes) {
  NirLimits limits;
  limits.memory_bytes = (std::uint64_t{1} << 30) + 8 * input_bytes;
  limits.cpu_seconds = 30 + input_bytes / (std::uint64_t{1} << 22);
  return limits;
}

/// How ranvier-nir ends; the library turns it into an Error.
enum NirExit : int {
  kNirOk = 0,
  kNirUsage = 2,         ///< wrong arguments
  kNirUnreadable = 3,    ///< cannot be opened, or is no HDF5 file
  kNirRefused = 4,       ///< damaged, or holds what is not read; the sentence names it
  kNirOutOfMemory = 5,   ///< more than the limit
  kNirOutputFailed = 6,  ///< nobody reads the other end
  kNirUnsupported = 7,   ///< sound, but larger or deeper than Ranvier's formats hold
};

}  // namespace ranvier::io
