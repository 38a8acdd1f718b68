#include "core/io/nir_program/legacy.h"

#include <string>
#include <utility>

namespace ranvier::nir_program {
namespace {

void rename(io::NirNode& node, const std::string& from, const std::string& to) {
  if (node.arrays.contains(to)) return;
  auto entry = node.arrays.extract(from);
  if (entry.empty()) return;
  entry.key() = to;
  node.arrays.insert(std::move(entry));
}

}  // namespace

void modernise(io::NirGraph& graph) {
  for (io::NirNode& node : graph.nodes) {
    rename(node, "weights", "weight");
    rename(node, "v_th", "v_threshold");
    if (node.type == "Linear" && node.arrays.contains("bias")) node.type = "Affine";
  }
}

}  // namespace ranvier::nir_program
