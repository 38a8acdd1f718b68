/// NIR's nodes as nodes of a network, before any convention: which datasets a type must and may have, shapes, windows.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/io/nir/flat.h"
#include "core/net/graph.h"

namespace ranvier::io {

/// What a NIR type becomes.
struct Primitive {
  std::string_view type;   ///< "LIF"
  std::string_view model;  ///< "lif@1"
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
};

const Primitive* primitive_of(std::string_view type);

/// The graph's nodes, in its order; shapes that a file leaves out are those of what arrives.
/// @param strict  a shape that contradicts another is a problem; else the one that arrives holds, with a note in `graph`.
std::vector<net::Node> read_nodes(FlatGraph& graph, bool strict, Problems& problems);

}  // namespace ranvier::io
