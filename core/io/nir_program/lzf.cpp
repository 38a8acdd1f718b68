#include "core/io/nir_program/lzf.h"

#include <cstdlib>
#include <cstring>

namespace ranvier::nir_program {
namespace {

constexpr std::size_t kMostPerByte = 90;  // a reference of 3 bytes makes at most 264

// HDF5's filter callback: replaces the chunk by its content, or returns 0. The third of its values is the size of a chunk.
std::size_t filter(unsigned flags, std::size_t count, const unsigned values[], std::size_t bytes, std::size_t* room,
                   void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0 || count < 3) return 0;
  const std::size_t size = values[2];
  if (size == 0 || size / kMostPerByte > bytes) return 0;
  auto* const out = static_cast<unsigned char*>(std::malloc(size));
  if (out == nullptr) return 0;
  if (decompress_lzf({static_cast<const unsigned char*>(*buffer), bytes}, {out, size}) != size) {
    std::free(out);
    return 0;
  }
  std::free(*buffer);
  *buffer = out;
  *room = size;
  return size;
}

}  // namespace

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

void register_lzf() {
  static const H5Z_class2_t kClass{H5Z_CLASS_T_VERS, kLzf, 0, 1, "lzf", nullptr, nullptr, filter};
  H5Zregister(&kClass);
}

}  // namespace ranvier::nir_program
