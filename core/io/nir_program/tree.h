/// Groups within groups with all that they hold: metadata of a NIR file, layers of a netx file.
#pragma once

#include <cstddef>
#include <string>

#include "core/io/nir_graph.h"
#include "core/io/nir_program/dataset.h"

namespace ranvier::nir_program {

/// @param place  for messages. @throws Error bad_file past io::kMaxNirDepth levels, which a group within itself has.
void check_depth(std::size_t depth, const std::string& place);

/// @param depth  of this group. @throws Error bad_file for what is damaged or not read, out_of_memory.
io::NirMetadata read_tree(const Handle& group, const std::string& place, Budget& budget, std::size_t depth);

}  // namespace ranvier::nir_program
