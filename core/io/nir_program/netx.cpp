#include "core/io/nir_program/netx.h"

#include <string>
#include <vector>

#include "core/io/nir_program/tree.h"
#include "core/io/text.h"

namespace ranvier::nir_program {

io::NetxFile read_netx(File& file) {
  const Handle layers = open_group(file.root, "layer", "the root group");
  const std::vector<std::string> names = list_members(layers, "the group 'layer'", file.budget);
  io::NetxFile netx;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = std::to_string(i);
    if (!contains(names, name)) {
      refuse("The group 'layer' has " + std::to_string(names.size()) + " members, but none is named " + io::in_quotes(name) +
             ": layers are numbered from 0.");
    }
    netx.layers.push_back(read_tree(open_group(layers, name, "the group 'layer'"), "layer " + name, file.budget, 1));
  }
  return netx;
}

}  // namespace ranvier::nir_program
