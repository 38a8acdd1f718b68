/// A NirGraph as a NIR file, laid out as the reference library's version 1.0.8 does.
#pragma once

#include <cstddef>
#include <vector>

#include "core/io/nir_graph.h"

namespace ranvier::nir_program {

/// @param level  of deflate; 0: none. @throws Error bad_value for names and texts that NIR cannot hold, out_of_memory.
std::vector<std::byte> write_graph(const io::NirGraph& graph, unsigned level);

}  // namespace ranvier::nir_program
