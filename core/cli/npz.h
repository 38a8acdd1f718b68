/// NumPy's archives of arrays (.npz). PKWARE's APPNOTE describes the container.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <ranvier/tensor.h>

namespace ranvier::cli {

struct NamedArray {
  std::string name;
  Tensor values;
};

/// Writes an uncompressed .npz, first beside `path`, then renamed. @throws Error bad_file; bad_value for a name that is taken
/// or longer than a zip archive can hold.
void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays);

}  // namespace ranvier::cli
