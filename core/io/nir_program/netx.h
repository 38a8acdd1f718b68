/// A netx file of lava-dl as its layers; nothing interpreted.
#pragma once

#include "core/io/nir_graph.h"
#include "core/io/nir_program/members.h"

namespace ranvier::nir_program {

/// Reads the group `layer` alone. @throws Error bad_file for what is damaged or not read, out_of_memory.
io::NetxFile read_netx(File& file);

}  // namespace ranvier::nir_program
