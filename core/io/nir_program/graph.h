/// A NIR file as a NirGraph: names, types, numbers; nothing interpreted.
#pragma once

#include <cstdint>
#include <string>

#include "core/io/nir_graph.h"

namespace ranvier::nir_program {

/// @param data_bytes  the most that all arrays and texts may hold. @throws Error not_found when the file cannot be opened as
/// HDF5, bad_file for what is damaged or not read, out_of_memory.
io::NirGraph read_graph(const std::string& path, std::uint64_t data_bytes);

}  // namespace ranvier::nir_program
