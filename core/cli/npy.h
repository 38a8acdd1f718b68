/// NumPy's files: arrays in (.npy), arrays out (.npz). No C++ library for them is packaged by Debian; numpy.lib.format and
/// PKWARE's APPNOTE describe the two formats.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <ranvier/tensor.h>

namespace ranvier::cli {

/// Reads an array of f32, f64, i64, i32, i16, i8, u8 or bool, little-endian and in C order.
/// @throws Error not_found, bad_file for what is damaged, bad_type for what Ranvier has no type for, with NumPy's remedy.
Tensor read_npy(const std::filesystem::path& path);

/// The bytes that come before the values in a .npy file; a multiple of 64.
std::string npy_header(const Tensor& values);

struct NamedArray {
  std::string name;
  Tensor values;
};

/// Writes an uncompressed .npz, first beside `path`, then renamed. @throws Error bad_file; bad_value for a name that is taken
/// or longer than a zip archive can hold.
void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays);

}  // namespace ranvier::cli
