/// Files of NIR 0.0.x (2023), which had other names: /nodes/0, /nodes/1 ..., edges between their numbers, and no version.
#pragma once

#include "core/io/nir_graph.h"

namespace ranvier::nir_program {

/// Gives nodes and datasets the names that they have had since: weights -> weight, v_th -> v_threshold, a Linear with a bias is
/// an Affine.
void modernise(io::NirGraph& graph);

}  // namespace ranvier::nir_program
