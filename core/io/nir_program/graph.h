/// A NIR file as a NirGraph: names, types, numbers; nothing interpreted.
#pragma once

#include <string>
#include <vector>

#include "core/io/nir_graph.h"
#include "core/io/nir_program/members.h"

namespace ranvier::nir_program {

/// @param members  of the root. @throws Error bad_file for what is damaged or not read, out_of_memory.
io::NirGraph read_graph(File& file, const std::vector<std::string>& members);

}  // namespace ranvier::nir_program
