/// A NIR graph as the file has it: names, types, numbers; nothing interpreted.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/tensor.h>

namespace ranvier::io {

/// Graphs within graphs, and groups of metadata within groups; what is deeper is refused.
inline constexpr std::size_t kMaxNirDepth = 32;

/// What a writer noted beside the parameters; no tool may depend on it.
struct NirMetadata {
  std::map<std::string, std::string> texts = {};
  std::map<std::string, Tensor> arrays = {};  ///< [] for a number
  std::map<std::string, std::vector<std::string>> lists = {};
  std::map<std::string, NirMetadata> groups = {};

  bool empty() const { return texts.empty() && arrays.empty() && lists.empty() && groups.empty(); }
};

struct NirGraph;

struct NirNode {
  std::string name;
  std::string type;                                 ///< "LIF", "Affine" ...
  std::map<std::string, Tensor> arrays;             ///< dataset -> values, shape and type as stored; [] for a scalar
  std::map<std::string, std::string> texts;         ///< dataset -> string ("same" for padding)
  std::shared_ptr<const NirGraph> graph = nullptr;  ///< the graph inside a node of type "NIRGraph"; of other types null
  NirMetadata metadata = {};
};

struct NirGraph {
  std::string version;  ///< of the writer; "" in a nested graph, whose file has one
  std::vector<NirNode> nodes;
  std::vector<std::pair<std::string, std::string>> edges;
  NirMetadata metadata = {};  ///< of a nested graph: its node's metadata are these
};

/// A netx file of lava-dl: the group of each layer as it stands.
struct NetxFile {
  using Group = NirMetadata;  ///< datasets and groups in the same form
  std::vector<Group> layers;
};

}  // namespace ranvier::io
