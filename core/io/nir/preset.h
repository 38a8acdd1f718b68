/// Presets: how a simulator reads a NIR graph, expanded into explicit model options and parameters. Nothing downstream knows
/// the word "convention".
#pragma once

#include <memory>

#include "core/io/nir_graph.h"
#include "core/net/graph.h"

namespace ranvier::io {

/// @throws Error with all problems: dt missing, unknown convention or override, an undefined combination, a node or parameter
/// that the convention cannot express, dangling edges, shapes that contradict each other.
net::Graph apply_preset(const std::shared_ptr<const NirGraph>& nir, const LoadOptions& options, const std::string& name);

}  // namespace ranvier::io
