// LZF as a filter of HDF5.
#include <cstdlib>

#include "core/io/nir_program/hdf5.h"
#include "core/io/nir_program/lzf.h"

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

void register_lzf() {
  static const H5Z_class2_t kClass{H5Z_CLASS_T_VERS, kLzf, 0, 1, "lzf", nullptr, nullptr, filter};
  H5Zregister(&kClass);
}

}  // namespace ranvier::nir_program
