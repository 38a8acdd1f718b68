#include "core/io/nir_reader/graph.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <sys/resource.h>

#include <ranvier/error.h>

#include "core/io/nir_reader/dataset.h"
#include "core/io/nir_reader/hdf5.h"
#include "core/io/nir_reader/links.h"
#include "core/io/text.h"

namespace ranvier::nir_reader {
namespace {

using io::in_quotes;
using io::NirGraph;
using io::NirNode;

using Value = std::variant<Tensor, Texts>;

// Slashes part the levels of an HDF5 file, and the reference library does not escape them.
constexpr const char* kSlash = "If the name of a node holds a slash, rename the node and write the file again.";
constexpr const char* kUnfinished = "Write the file again: its writing was cut short.";

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Handle open_file(const std::string& path) {
  // No lock, which read-only media refuse; no plugins, which are libraries from wherever the environment says.
  ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file) {
    try {
      refuse_with_reason("The file cannot be opened as HDF5");
    } catch (const Error& error) {
      throw Error(error.code() == Code::out_of_memory ? error.code() : Code::not_found, error.problems().front().message);
    }
  }
#if !defined(RANVIER_NIR_SANITIZED)
  // From here on no link, whatever its kind, can make the library open a second file. (The sanitizers probe memory by pipes.)
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_NOFILE, &none);
#endif
  return file;
}

Value read_member(const Handle& group, const std::string& name, const std::string& place, Budget& budget) {
  const Member member = open_member(group, name, place);
  if (member.kind == MemberKind::group) {
    refuse("The member " + in_quotes(name) + " of " + place + " is a group; it must be a dataset.", kSlash);
  }
  return read_dataset(member.object, "the dataset " + in_quotes(name) + " of " + place, budget);
}

std::string read_text(const Handle& group, const std::string& name, const std::string& place, Budget& budget) {
  const Value value = read_member(group, name, place, budget);
  const Texts* texts = std::get_if<Texts>(&value);
  if (texts == nullptr || texts->values.size() != 1)
    refuse("The dataset " + in_quotes(name) + " of " + place + " must be one string.");
  return texts->values.front();
}

NirNode read_node(const Handle& nodes, const std::string& name, Budget& budget) {
  const std::string place = "node " + in_quotes(name);
  const Handle group = open_group(nodes, name, "the group '/node/nodes'");
  const std::vector<std::string> members = member_names(group, place);
  if (!contains(members, "type")) {
    refuse("The " + place + " has no dataset 'type'.", kSlash);
  }
  NirNode node;
  node.name = name;
  node.type = read_text(group, "type", place, budget);
  if (node.type.empty()) refuse("The " + place + " has an empty type.");
  if (node.type == "NIRGraph" || contains(members, "nodes")) {
    throw Error(Code::unsupported, "Nested graphs are not supported yet: node " + in_quotes(name) + " is one.", {},
                "Write the graph flat.");
  }
  for (const std::string& member : members) {
    if (member == "type" || member == "metadata") continue;
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

using Edges = std::vector<std::pair<std::string, std::string>>;

Edges read_edges(const Handle& graph, Budget& budget) {
  Value value = read_member(graph, "edges", "the graph", budget);
  if (const Tensor* tensor = std::get_if<Tensor>(&value)) {
    // The reference library writes the empty list as floats.
    if (tensor->empty()) return {};
    refuse("The dataset 'edges' of the graph holds numbers, as files older than NIR 0.2 do; it must hold pairs of node names.",
           "Read and write the file with a newer NIR library.");
  }
  Texts& texts = std::get<Texts>(value);
  if (texts.values.empty()) return {};
  if (texts.shape.size() != 2 || texts.shape[1] != 2) {
    refuse("The dataset 'edges' of the graph has the shape " + to_string(texts.shape) + "; it must be [edges, 2].");
  }
  Edges edges;
  for (std::size_t i = 0; i < texts.values.size(); i += 2) {
    edges.emplace_back(std::move(texts.values[i]), std::move(texts.values[i + 1]));
  }
  return edges;
}

// What kind of HDF5 file this is, if it is no NIR graph, in words that help.
void check_root(const std::vector<std::string>& members) {
  if (contains(members, "node")) return;
  if (contains(members, "nodes")) {
    refuse("The file has no group '/node' but '/nodes': it holds NIR data (recordings), not a NIR graph.", "Load a NIR graph.");
  }
  refuse("The HDF5 file has no group '/node', so it is not a NIR graph.", "Load a NIR graph.");
}

void check_graph(const Handle& group, const std::vector<std::string>& members, Budget& budget) {
  for (const char* needed : {"type", "nodes", "edges"}) {
    if (!contains(members, needed))
      refuse("The group '/node' has no member '" + std::string(needed) + "': the file is incomplete.", kUnfinished);
  }
  for (const std::string& member : members) {
    const bool known = member == "type" || member == "nodes" || member == "edges" || member == "metadata";
    if (!known)
      refuse("The group '/node' has the member " + in_quotes(member) + "; only type, nodes, edges and metadata are read.",
             "Keep extensions in 'metadata'.");
  }
  const std::string type = read_text(group, "type", "the graph", budget);
  if (type != "NIRGraph") refuse("The type of '/node' is " + in_quotes(type) + "; it must be 'NIRGraph'.");
}

}  // namespace

NirGraph read_graph(const std::string& path, std::uint64_t data_bytes) {
  std::error_code error;
  const std::uintmax_t file_bytes = std::filesystem::file_size(path, error);
  if (error) throw Error(Code::not_found, "The file cannot be read: " + error.message() + ".");
  Budget budget(data_bytes, file_bytes);
  const Handle file = open_file(path);
  const Handle root = own(H5Gopen2(file.get(), "/", H5P_DEFAULT), "The root group cannot be opened");
  const std::vector<std::string> members = member_names(root, "the root group");
  check_root(members);

  NirGraph graph;
  if (contains(members, "version")) graph.version = read_text(root, "version", "the root group", budget);
  const Handle node = open_group(root, "node", "the root group");
  check_graph(node, member_names(node, "the group '/node'"), budget);
  const Handle nodes = open_group(node, "nodes", "the group '/node'");
  for (const std::string& name : member_names(nodes, "the group '/node/nodes'")) {
    graph.nodes.push_back(read_node(nodes, name, budget));
  }
  graph.edges = read_edges(node, budget);
  for (const auto& [source, target] : graph.edges) {
    if (source.empty() || target.empty()) refuse("The dataset 'edges' of the graph holds an empty name.");
  }
  return graph;
}

}  // namespace ranvier::nir_reader
