// Any bytes as an LZF stream: it fills at most what it was given, which AddressSanitizer sees since the memory ends there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "core/io/nir_program/lzf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t room = static_cast<std::size_t>(data[0]) << 8 | data[1];
  const auto out = std::make_unique<unsigned char[]>(room);
  const auto made = ranvier::nir_program::decompress_lzf(std::span(data + 2, size - 2), {out.get(), room});
  if (made && *made > room) std::abort();
  return 0;
}
