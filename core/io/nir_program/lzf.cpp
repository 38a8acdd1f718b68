#include "core/io/nir_program/lzf.h"

#include <cstring>

namespace ranvier::nir_program {

std::optional<std::size_t> decompress_lzf(std::span<const unsigned char> in, std::span<unsigned char> out) {
  std::size_t from = 0, to = 0;
  while (from < in.size()) {
    const std::size_t control = in[from++];
    if (control < 32) {  // so many bytes and one as they are
      const std::size_t length = control + 1;
      if (length > in.size() - from || length > out.size() - to) return std::nullopt;
      std::memcpy(&out[to], &in[from], length);
      from += length;
      to += length;
      continue;
    }
    std::size_t length = control >> 5;
    if (in.size() - from < (length == 7 ? 2u : 1u)) return std::nullopt;
    if (length == 7) length += in[from++];
    length += 2;
    const std::size_t distance = ((control & 31) << 8 | in[from++]) + 1;
    if (distance > to || length > out.size() - to) return std::nullopt;
    for (; length > 0; --length, ++to) out[to] = out[to - distance];  // byte by byte: source and target may overlap
  }
  return to;
}

}  // namespace ranvier::nir_program
