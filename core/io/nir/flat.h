/// A graph without nesting: what a nested graph holds stands beside the others, under the names "outer.inner".
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ranvier/error.h>

#include "core/io/nir_graph.h"

namespace ranvier::io {

/// What a nested graph's own Input and Output become: they pass on the sum of what arrives.
inline constexpr std::string_view kIdentity = "Identity";

struct FlatGraph {
  std::vector<NirNode> nodes;  ///< none of type NIRGraph
  std::vector<std::pair<std::string, std::string>> edges;
  std::vector<std::pair<std::string, std::string>> notes;  ///< (where, sentence): what was left out or mended
};

/// An edge that names a nested graph leads to its only Input, or from its only Output; "graph.port" names one of several.
/// @param strict  edges that name nothing, or stand twice, are problems; else they are left out, with a note.
FlatGraph flatten(const NirGraph& graph, bool strict, Problems& problems);

}  // namespace ranvier::io
