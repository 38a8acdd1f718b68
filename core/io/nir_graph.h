/// A NIR graph as the file has it: names, types, numbers; nothing interpreted.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/tensor.h>

namespace ranvier::io {

struct NirNode {
  std::string name;
  std::string type;                          ///< "LIF", "Affine" ...
  std::map<std::string, Tensor> arrays;      ///< dataset -> values, shape and type as stored; [] for a scalar
  std::map<std::string, std::string> texts;  ///< dataset -> string ("same" for padding)
};

struct NirGraph {
  std::string version;  ///< of the writer
  std::vector<NirNode> nodes;
  std::vector<std::pair<std::string, std::string>> edges;
};

}  // namespace ranvier::io
