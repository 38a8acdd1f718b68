/// h5py's filter lzf, for reading: LZF is Marc Lehmann's format of literal runs and references back (liblzf).
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace ranvier::nir_program {

inline constexpr int kLzf = 32000;  ///< registered with the HDF Group

/// Fills `out` from the start and returns how many bytes that took; nothing for what is no LZF stream, or makes more than fits.
std::optional<std::size_t> decompress_lzf(std::span<const unsigned char> in, std::span<unsigned char> out);

/// Makes HDF5 know the filter.
void register_lzf();

}  // namespace ranvier::nir_program
