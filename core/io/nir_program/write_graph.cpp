#include "core/io/nir_program/write_graph.h"

#include <ranvier/error.h>

#include "core/io/nir_program/store.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

using io::in_quotes;
using io::NirGraph;
using io::NirMetadata;
using io::NirNode;

constexpr const char* kLayoutVersion = "1.0.8";  // whose layout this is; for graphs that no NIR library has written

class Writer {
 public:
  explicit Writer(unsigned level) : store_(level) {}

  std::vector<std::byte> write(const NirGraph& graph) {
    store_.text(store_.root(), "version", graph.version.empty() ? kLayoutVersion : graph.version, "the file");
    const Handle node = store_.group(store_.root(), "node", "the file");
    write(node, graph, "the graph", "");
    return store_.image();
  }

 private:
  void write(const Handle& group, const NirGraph& graph, const std::string& place, const std::string& prefix) {
    store_.text(group, "type", "NIRGraph", place);
    write_edges(group, graph, place);
    const Handle nodes = store_.group(group, "nodes", place);
    for (const NirNode& node : graph.nodes) write(store_.group(nodes, node.name, place), node, prefix + node.name);
    write_metadata(group, graph.metadata, place);
  }

  void write(const Handle& group, const NirNode& node, const std::string& path) {
    const std::string place = "node " + in_quotes(path);
    if (node.graph) return write(group, *node.graph, "the graph " + in_quotes(path), path + "/");
    store_.text(group, "type", node.type, place);
    for (const auto& [name, tensor] : node.arrays) store_.tensor(group, checked(name, place), tensor, place);
    for (const auto& [name, text] : node.texts) store_.text(group, checked(name, place), text, place);
    write_metadata(group, node.metadata, place);
  }

  void write_edges(const Handle& group, const NirGraph& graph, const std::string& place) {
    if (graph.edges.empty()) return store_.tensor(group, "edges", Tensor({0}, DType::f64), place);  // as NumPy sees []
    std::vector<std::string> ends;
    for (const auto& [source, target] : graph.edges) {
      ends.push_back(source);
      ends.push_back(target);
    }
    store_.texts(group, "edges", ends, {graph.edges.size(), 2}, place);
  }

  void write_metadata(const Handle& owner, const NirMetadata& metadata, const std::string& place) {
    if (!metadata.empty()) write_metadata_group(store_.group(owner, "metadata", place), metadata, "the metadata of " + place);
  }

  void write_metadata_group(const Handle& group, const NirMetadata& metadata, const std::string& place) {
    for (const auto& [name, text] : metadata.texts) store_.text(group, name, text, place);
    for (const auto& [name, tensor] : metadata.arrays) store_.tensor(group, name, tensor, place);
    for (const auto& [name, list] : metadata.lists) store_.texts(group, name, list, {list.size()}, place);
    for (const auto& [name, inner] : metadata.groups) {
      write_metadata_group(store_.group(group, name, place), inner, "the group " + in_quotes(name) + " of " + place);
    }
  }

  static const std::string& checked(const std::string& name, const std::string& place) {
    if (name != "type" && name != "metadata") return name;
    throw Error(Code::bad_value,
                "A dataset of " + place + " is called " + in_quotes(name) + ", which has a meaning of its own.", {},
                "Rename it.");
  }

  Store store_;
};

}  // namespace

std::vector<std::byte> write_graph(const NirGraph& graph, unsigned level) { return Writer(level).write(graph); }

}  // namespace ranvier::nir_program
