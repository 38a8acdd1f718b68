#include "core/io/nir/flat.h"

#include <map>
#include <optional>
#include <set>

namespace ranvier::io {
namespace {

using Edge = std::pair<std::string, std::string>;

std::string arrow(const Edge& edge) { return edge.first + " -> " + edge.second; }

class Flattening {
 public:
  Flattening(bool strict, Problems& problems) : strict_(strict), problems_(problems) {}

  void add(const NirGraph& graph, const std::string& prefix) {
    for (const NirNode& node : graph.nodes) add_node(node, prefix);
    std::set<Edge> seen;
    for (const Edge& edge : graph.edges) {
      if (seen.insert(edge).second) add_edge(edge, prefix);
      else contradiction(prefix + arrow(edge), "The edge stands in the file twice.", "counted once");
    }
  }

  FlatGraph take() { return std::move(flat_); }

 private:
  struct Ports {
    std::vector<std::string> inputs, outputs;  ///< full names
  };

  void add_node(const NirNode& node, const std::string& prefix) {
    const std::string name = prefix + node.name;
    if (node.type == kIdentity) {
      problems_.add(Code::unsupported, "The node type Identity is not stored in NIR files.", name, "Leave the node out.");
      return;
    }
    if (!names_.insert(name).second) {
      problems_.add(Code::bad_graph, "Two nodes have the name '" + name + "' once nested graphs are laid out flat.", name,
                    "Rename one of them.");
      return;
    }
    if (node.graph != nullptr) {
      Ports& ports = ports_[name];
      for (const NirNode& inner : node.graph->nodes) {
        if (inner.type == "Input") ports.inputs.push_back(name + "." + inner.name);
        if (inner.type == "Output") ports.outputs.push_back(name + "." + inner.name);
      }
      add(*node.graph, name + ".");
      return;
    }
    NirNode flat = node;
    flat.name = name;
    if (!prefix.empty() && (node.type == "Input" || node.type == "Output")) flat.type = kIdentity;
    flat_.nodes.push_back(std::move(flat));
  }

  void add_edge(const Edge& edge, const std::string& prefix) {
    const auto source = end_of(edge.first, prefix, edge, false), target = end_of(edge.second, prefix, edge, true);
    if (source && target) flat_.edges.emplace_back(*source, *target);
  }

  // The node that an end of an edge means, or nothing and a problem.
  std::optional<std::string> end_of(const std::string& end, const std::string& prefix, const Edge& edge, bool target) {
    const std::string name = prefix + end;
    const auto nested = ports_.find(name);
    if (nested == ports_.end()) {
      if (names_.contains(name)) return name;
      contradiction(prefix + arrow(edge), "The edge names the node '" + end + "', which does not exist.", "left out");
      return std::nullopt;
    }
    const std::vector<std::string>& ports = target ? nested->second.inputs : nested->second.outputs;
    if (ports.size() == 1) return ports.front();
    const std::string what = target ? "Input" : "Output";
    problems_.add(Code::bad_graph,
                  "The nested graph '" + end + "' has " + (ports.empty() ? "no " : "several nodes of type ") + what + ".",
                  prefix + arrow(edge), ports.empty() ? "Add one to it." : "Name one: '" + ports.front() + "'.");
    return std::nullopt;
  }

  void contradiction(const std::string& where, const std::string& sentence, const std::string& mended) {
    if (strict_)
      problems_.add(Code::bad_graph, sentence, where,
                    "Mend the file, or load with strict=False, which says what it does instead.");
    else flat_.notes.emplace_back(where, sentence + " It is " + mended + ".");
  }

  bool strict_;
  Problems& problems_;
  FlatGraph flat_;
  std::set<std::string> names_;
  std::map<std::string, Ports> ports_;
};

}  // namespace

FlatGraph flatten(const NirGraph& graph, bool strict, Problems& problems) {
  Flattening flattening(strict, problems);
  flattening.add(graph, "");
  return flattening.take();
}

}  // namespace ranvier::io
