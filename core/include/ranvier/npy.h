/// NumPy's array files (.npy): what `numpy.save` writes and `numpy.load` reads. No C++ library for them is packaged by Debian;
/// the documentation of numpy.lib.format describes the format.
#pragma once

#include <filesystem>
#include <string>

#include <ranvier/export.h>
#include <ranvier/tensor.h>

namespace ranvier {

/// Reads an array of f32, f64, i64, i32, i16, i8, u8 or bool, little-endian and in C order.
/// @throws Error not_found, bad_file for what is damaged, bad_type for what Ranvier has no type for, with NumPy's remedy.
RANVIER_API Tensor read_npy(const std::filesystem::path& path);

/// Writes an array, in place. @throws Error bad_file.
RANVIER_API void write_npy(const std::filesystem::path& path, const Tensor& values);

/// The bytes that come before the values in a .npy file; a multiple of 64.
RANVIER_API std::string npy_header(const Tensor& values);

}  // namespace ranvier
