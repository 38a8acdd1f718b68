/// Network -> Plan.
#pragma once

#include "core/net/graph.h"
#include "core/plan/description.h"

namespace ranvier::lower {

/// @throws Error with all problems of the network at once.
plan::Description lower(const net::Graph& graph);

}  // namespace ranvier::lower
