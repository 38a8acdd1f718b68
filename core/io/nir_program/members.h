/// Opening a file, and the members of its groups as values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/io/nir_program/dataset.h"
#include "core/io/nir_program/hdf5.h"
#include "core/io/nir_program/links.h"

namespace ranvier::nir_program {

using Value = std::variant<Tensor, Texts>;

/// Slashes part the levels of an HDF5 file, and the reference library does not escape them.
inline constexpr const char* kSlash = "If the name of a node holds a slash, rename the node and write the file again.";
inline constexpr const char* kUnfinished = "Write the file again: its writing was cut short.";

/// An open file with what may be read of it. From here on the process can open no other.
struct File {
  File(const std::string& path, std::uint64_t data_bytes);  ///< @throws Error not_found, out_of_memory.
  Budget budget;
  Handle file;
  Handle root;
};

inline bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// The names of a group's members, counted: a file may link one group a thousand times.
std::vector<std::string> list_members(const Handle& group, const std::string& place, Budget& budget);

/// A member that must be a dataset. @param place  "node 'lif'". @throws Error bad_file.
Value read_member(const Handle& group, const std::string& name, const std::string& place, Budget& budget);
/// One that must be a single string.
std::string read_text(const Handle& group, const std::string& name, const std::string& place, Budget& budget);
/// The single string that the value must be.
std::string single_text(const Value& value, const std::string& name, const std::string& place);

}  // namespace ranvier::nir_program
