/// NIR data files: recordings by node and observable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ranvier/nir_data.h>

namespace ranvier::nir_program {

/// As read_graph does it. @throws Error not_found, bad_file, out_of_memory.
NirGraphData read_data(const std::string& path, std::uint64_t data_bytes);

/// @param level  of deflate; 0: none. @throws Error bad_value for names that NIR cannot hold, out_of_memory.
std::vector<std::byte> write_data(const NirGraphData& data, unsigned level);

}  // namespace ranvier::nir_program
