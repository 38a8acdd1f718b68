/// The container of a network file: named arrays in one file, as the safetensors library writes them.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <ranvier/tensor.h>

namespace ranvier::io {

using Tensors = std::map<std::string, Tensor>;

inline constexpr std::size_t kMaxHeaderBytes = 100'000'000;  ///< the safetensors library's own limit
inline constexpr std::size_t kMaxDimensions = 8;

/// Reads all arrays, as aligned copies. Strict: no unknown key, no key twice, no hole, no overlap, nothing left over. The
/// texts of `__metadata__` are skipped.
/// @param name  of the file, for messages. @throws Error bad_file.
Tensors read_safetensors(std::span<const std::byte> bytes, const std::string& name);

/// The same arrays give the same bytes: widest elements first, then by name, so that each array is aligned in the file.
/// @throws Error bad_value for a name that is empty or not UTF-8, or an array of more than 8 dimensions; unsupported for a
/// header of more than 100 MB.
std::vector<std::byte> write_safetensors(const Tensors& tensors);

}  // namespace ranvier::io
