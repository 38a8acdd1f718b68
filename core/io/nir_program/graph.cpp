#include "core/io/nir_program/graph.h"

#include <memory>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "core/io/nir_program/legacy.h"
#include "core/io/nir_program/members.h"
#include "core/io/nir_program/tree.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

using io::in_quotes;
using io::NirGraph;
using io::NirMetadata;
using io::NirNode;
using Edges = std::vector<std::pair<std::string, std::string>>;

// Where a graph lies: its group, and how messages call it.
struct Place {
  std::string group;   // "/node"
  std::string graph;   // "the graph"
  std::string prefix;  // of its nodes' names: "inner/"
  std::size_t depth = 0;

  std::string the_group() const { return "the group " + in_quotes(group); }
  std::string nodes() const { return (group == "/" ? "" : group) + "/nodes"; }
  std::string the_nodes() const { return "the group " + in_quotes(nodes()); }
  std::string node(const std::string& name) const { return "node " + in_quotes(prefix + name); }
  Place inside(const std::string& name) const {
    return {nodes() + "/" + name, "the graph " + in_quotes(prefix + name), prefix + name + "/", depth + 1};
  }
};

NirMetadata read_metadata_of(const Handle& group, const std::string& place, Budget& budget) {
  return read_tree(open_group(group, "metadata", place), "the metadata of " + place, budget, 1);
}

// Files older than NIR 0.2 name a node by its number.
Edges edges_of_numbers(const Tensor& numbers, const std::set<std::string>& nodes, const std::string& graph) {
  const std::string what = "The dataset 'edges' of " + graph;
  if (is_floating(numbers.dtype()) || numbers.shape().size() != 2 || numbers.shape()[1] != 2) {
    refuse(what + " holds numbers of type " + std::string(name_of(numbers.dtype())) + " and shape " +
           to_string(numbers.shape()) + "; it must be pairs of names, or as in files older than NIR 0.2 pairs of integers.");
  }
  const auto name = [&](std::size_t i) {
    std::string text = std::to_string(static_cast<std::int64_t>(numbers.at(i)));
    if (!nodes.contains(text)) {
      refuse(what + " holds the number " + text + ", as files older than NIR 0.2 do, but there is no node of that name.",
             "Read and write the file with a newer NIR library.");
    }
    return text;
  };
  Edges edges;
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    std::string source = name(i);
    edges.emplace_back(std::move(source), name(i + 1));
  }
  return edges;
}

Edges read_edges(const Handle& group, const std::set<std::string>& nodes, const std::string& graph, Budget& budget) {
  Value value = read_member(group, "edges", graph, budget);
  if (const Tensor* tensor = std::get_if<Tensor>(&value)) {
    // The reference library writes the empty list as floats.
    return tensor->empty() ? Edges{} : edges_of_numbers(*tensor, nodes, graph);
  }
  Texts& texts = std::get<Texts>(value);
  if (texts.values.empty()) return {};
  if (texts.shape.size() != 2 || texts.shape[1] != 2) {
    refuse("The dataset 'edges' of " + graph + " has the shape " + to_string(texts.shape) + "; it must be [edges, 2].");
  }
  Edges edges;
  for (std::size_t i = 0; i < texts.values.size(); i += 2) {
    if (texts.values[i].empty() || texts.values[i + 1].empty())
      refuse("The dataset 'edges' of " + graph + " holds an empty name.");
    edges.emplace_back(std::move(texts.values[i]), std::move(texts.values[i + 1]));
  }
  return edges;
}

void check_graph(const std::vector<std::string>& members, const Place& place) {
  for (const char* needed : {"nodes", "edges"}) {
    if (!contains(members, needed))
      refuse("T" + place.the_group().substr(1) + " has no member '" + needed + "': the file is incomplete.", kUnfinished);
  }
  for (const std::string& member : members) {
    const bool known = member == "type" || member == "nodes" || member == "edges" || member == "metadata";
    if (!known)
      refuse("T" + place.the_group().substr(1) + " has the member " + in_quotes(member) +
                 "; only type, nodes, edges and metadata are read.",
             "Keep extensions in 'metadata'.");
  }
}

NirGraph read_graph_group(const Handle& group, const std::vector<std::string>& members, const Place& place, Budget& budget);

NirNode read_node(const Handle& nodes, const std::string& name, const Place& graph, Budget& budget) {
  const std::string place = graph.node(name);
  const Handle group = open_group(nodes, name, graph.the_nodes());
  const std::vector<std::string> members = list_members(group, place, budget);
  if (!contains(members, "type")) refuse("The " + place + " has no dataset 'type'.", kSlash);
  NirNode node;
  node.name = name;
  node.type = read_text(group, "type", place, budget);
  if (node.type.empty()) refuse("The " + place + " has an empty type.");
  if (node.type == "NIRGraph") {
    const Place inside = graph.inside(name);
    check_graph(members, inside);
    node.graph = std::make_shared<NirGraph>(read_graph_group(group, members, inside, budget));
    return node;
  }
  for (const std::string& member : members) {
    if (member == "type") continue;
    if (member == "metadata") {
      node.metadata = read_metadata_of(group, place, budget);
      continue;
    }
    Value value = read_member(group, member, place, budget);
    if (Tensor* tensor = std::get_if<Tensor>(&value)) {
      node.arrays.emplace(member, std::move(*tensor));
      continue;
    }
    const Texts& texts = std::get<Texts>(value);
    if (texts.values.size() != 1) {
      refuse("The dataset " + in_quotes(member) + " of " + place + " holds " + std::to_string(texts.values.size()) +
             " texts; a node's text must be one.");
    }
    node.texts.emplace(member, texts.values.front());
  }
  return node;
}

NirGraph read_graph_group(const Handle& group, const std::vector<std::string>& members, const Place& place, Budget& budget) {
  check_depth(place.depth, place.graph);
  NirGraph graph;
  const Handle nodes = open_group(group, "nodes", place.the_group());
  std::set<std::string> names;
  for (const std::string& name : list_members(nodes, place.the_nodes(), budget)) {
    graph.nodes.push_back(read_node(nodes, name, place, budget));
    names.insert(name);
  }
  graph.edges = read_edges(group, names, place.graph, budget);
  if (contains(members, "metadata")) graph.metadata = read_metadata_of(group, place.graph, budget);
  return graph;
}

// What kind of HDF5 file this is, if it is no NIR graph, in words that help.
[[noreturn]] void refuse_root(const std::vector<std::string>& members) {
  if (contains(members, "nodes")) {
    refuse("The file has no group '/node' but '/nodes': it holds NIR data (recordings), not a NIR graph.",
           "Load a NIR graph; read_nir_data reads recordings.");
  }
  refuse("The HDF5 file has no group '/node', so it is not a NIR graph.", "Load a NIR graph.");
}

}  // namespace

NirGraph read_graph(File& file, const std::vector<std::string>& members) {
  if (!contains(members, "node")) {
    if (!contains(members, "nodes") || !contains(members, "edges")) refuse_root(members);
    NirGraph graph = read_graph_group(file.root, members, {"/", "the graph", "", 0}, file.budget);
    modernise(graph);
    return graph;
  }
  const Place place{"/node", "the graph", "", 0};
  const std::string version =
      contains(members, "version") ? read_text(file.root, "version", "the root group", file.budget) : "";
  const Handle node = open_group(file.root, "node", "the root group");
  const std::vector<std::string> parts = list_members(node, place.the_group(), file.budget);
  if (!contains(parts, "type")) refuse("The group '/node' has no member 'type': the file is incomplete.", kUnfinished);
  const std::string type = read_text(node, "type", place.graph, file.budget);
  if (type != "NIRGraph") refuse("The type of '/node' is " + in_quotes(type) + "; it must be 'NIRGraph'.");
  check_graph(parts, place);
  NirGraph graph = read_graph_group(node, parts, place, file.budget);
  graph.version = version;
  return graph;
}

}  // namespace ranvier::nir_program
