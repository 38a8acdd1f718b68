// graph.json of kind "nir-graph": what ranvier-nir emits; and the same form inside the network that was made of it.
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <ranvier/error.h>

#include "core/io/network_file.h"
#include "core/io/text.h"

namespace ranvier::io {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kGraphType = "NIRGraph";

void check_depth(std::size_t depth, const std::string& path, const FileContext& context) {
  if (depth > kMaxNirDepth) context.refuse(path, "is nested deeper than " + std::to_string(kMaxNirDepth) + " levels.");
}

std::vector<std::string> read_list(const json& value, const std::string& path, const FileContext& context) {
  std::vector<std::string> list;
  if (!value.is_array()) context.refuse(path, "must be a list of texts.");
  for (const json& text : value) {
    if (!text.is_string()) context.refuse(path, "must be a list of texts.");
    list.push_back(text.get<std::string>());
  }
  return list;
}

// Metadata, or a layer of a netx file.
NirMetadata read_metadata(Fields fields, const std::string& path, FileContext& context, std::size_t depth) {
  check_depth(depth, path, context);
  NirMetadata metadata;
  if (fields.has("texts")) {
    fields.each_text("texts", [&](const std::string& name, const std::string& text) { metadata.texts.emplace(name, text); });
  }
  if (fields.has("arrays")) metadata.arrays = fields.each_tensor("arrays");
  if (fields.has("lists")) {
    fields.each_member("lists", [&](const std::string& name, const json& value, const std::string& place) {
      metadata.lists.emplace(name, read_list(value, place, context));
    });
  }
  if (fields.has("groups")) {
    fields.each_member("groups", [&](const std::string& name, const json& value, const std::string& place) {
      metadata.groups.emplace(name, read_metadata(Fields(value, place, context), place, context, depth + 1));
    });
  }
  fields.done();
  return metadata;
}

NirGraph read_body(Fields& fields, const std::string& path, FileContext& context, std::size_t depth);

NirNode read_node(const json& value, const std::string& path, FileContext& context, std::size_t depth) {
  Fields fields(value, path, context);
  NirNode node;
  node.name = fields.name("name");
  node.type = fields.name("type");
  node.arrays = fields.each_tensor("arrays");
  fields.each_text("texts", [&](const std::string& name, const std::string& text) { node.texts.emplace(name, text); });
  if (fields.has("metadata")) node.metadata = read_metadata(fields.object("metadata"), path + ".metadata", context, 1);
  if (fields.has("graph")) {
    Fields inner = fields.object("graph");
    node.graph = std::make_shared<NirGraph>(read_body(inner, path + ".graph", context, depth + 1));
    inner.done();
  }
  fields.done();
  const bool bare = node.arrays.empty() && node.texts.empty() && node.metadata.empty();
  if ((node.type == kGraphType) != (node.graph != nullptr) || (node.graph != nullptr && !bare)) {
    context.refuse(path, "has the type " + in_quotes(node.type) +
                             "; a node has a graph where its type is 'NIRGraph', and then nothing beside it.");
  }
  return node;
}

NirGraph read_body(Fields& fields, const std::string& path, FileContext& context, std::size_t depth) {
  check_depth(depth, path, context);
  NirGraph graph;
  std::set<std::string> names;
  fields.each("nodes", [&](const json& value, const std::string& place) {
    NirNode node = read_node(value, place, context, depth);
    if (!names.insert(node.name).second) context.refuse(place, "has the name " + in_quotes(node.name) + " of another node.");
    graph.nodes.push_back(std::move(node));
  });
  fields.each("edges", [&](const json& value, const std::string& place) { graph.edges.push_back(fields.pair(value, place)); });
  if (fields.has("metadata")) {
    graph.metadata = read_metadata(fields.object("metadata"), (path.empty() ? "" : path + ".") + "metadata", context, 1);
  }
  return graph;
}

bool equal(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.empty() || a.data() == b.data() || std::memcmp(a.data(), b.data(), a.bytes()) == 0);
}

std::size_t hash_of(const Tensor& tensor) {
  return std::hash<std::string_view>{}({static_cast<const char*>(tensor.data()), tensor.bytes()});
}

class Writer {
 public:
  Writer(std::string prefix, Tensors& tensors) : prefix_(std::move(prefix)), tensors_(tensors) {
    for (const auto& [name, tensor] : tensors) shareable_.emplace(hash_of(tensor), name);
  }

  ordered_json graph(const NirGraph& graph, const std::string& place, std::size_t depth) {
    check(depth, "graphs");
    ordered_json nodes = ordered_json::array();
    // By number: names of nodes may hold anything, also slashes, so that two pairs of names could give one array name.
    for (const NirNode& one : graph.nodes)
      nodes.push_back(node(one, place + "nodes/" + std::to_string(nodes.size()) + "/", depth));
    ordered_json edges = ordered_json::array();
    for (const auto& [source, target] : graph.edges) edges.push_back({source, target});
    ordered_json value{{"nodes", nodes}, {"edges", edges}};
    if (!graph.metadata.empty()) value["metadata"] = metadata(graph.metadata, 1);
    return value;
  }

  ordered_json layers(const NetxFile& netx) {
    ordered_json layers = ordered_json::array();
    for (const NetxFile::Group& layer : netx.layers) layers.push_back(metadata(layer, 1));
    return layers;
  }

 private:
  ordered_json node(const NirNode& node, const std::string& place, std::size_t depth) {
    if ((node.type == kGraphType) != (node.graph != nullptr)) {
      throw Error(
          Code::bad_value,
          "A node has a graph where its type is 'NIRGraph', and only there; this one is of type " + in_quotes(node.type) + ".",
          node.name);
    }
    ordered_json arrays = ordered_json::object();
    for (const auto& [name, tensor] : node.arrays) arrays[name] = add(place + name, tensor);
    ordered_json texts = ordered_json::object();
    for (const auto& [name, text] : node.texts) texts[name] = text;
    ordered_json value{{"name", node.name}, {"type", node.type}, {"arrays", arrays}, {"texts", texts}};
    if (!node.metadata.empty()) value["metadata"] = metadata(node.metadata, 1);
    if (node.graph) value["graph"] = graph(*node.graph, place + "graph/", depth + 1);
    return value;
  }

  ordered_json metadata(const NirMetadata& metadata, std::size_t depth) {
    check(depth, "groups of metadata");
    ordered_json value = ordered_json::object();
    for (const auto& [name, text] : metadata.texts) value["texts"][name] = text;
    for (const auto& [name, tensor] : metadata.arrays) {
      value["arrays"][name] = add("metadata/" + std::to_string(metadata_arrays_++), tensor);
    }
    for (const auto& [name, list] : metadata.lists) value["lists"][name] = list;
    for (const auto& [name, group] : metadata.groups) value["groups"][name] = this->metadata(group, depth + 1);
    return value;
  }

  std::string add(const std::string& place, const Tensor& tensor) {
    const auto [begin, end] = shareable_.equal_range(shareable_.empty() ? 0 : hash_of(tensor));
    for (auto candidate = begin; candidate != end; ++candidate) {
      if (!equal(tensors_.at(candidate->second), tensor)) continue;
      return shareable_.extract(candidate).mapped();
    }
    return tensors_.emplace(prefix_ + place, tensor).first->first;
  }

  static void check(std::size_t depth, const std::string& what) {
    if (depth <= kMaxNirDepth) return;
    throw Error(Code::unsupported, "The NIR graph has " + what + " nested deeper than " + std::to_string(kMaxNirDepth) +
                                       " levels; no more can be written.");
  }

  std::string prefix_;
  Tensors& tensors_;
  std::multimap<std::size_t, std::string> shareable_;  // hash -> name
  std::size_t metadata_arrays_ = 0;
};

}  // namespace

NirGraph read_nir_graph(Fields& fields, FileContext& context) {
  std::string version = fields.text("version");
  NirGraph graph = read_body(fields, "", context, 0);
  graph.version = std::move(version);
  return graph;
}

ordered_json nir_graph_document(const NirGraph& graph, const std::string& prefix, Tensors& tensors) {
  ordered_json document{{"version", graph.version}};
  document.update(Writer(prefix, tensors).graph(graph, "", 0));
  return document;
}

std::vector<std::byte> write_network_file(const NirGraph& graph) {
  ordered_json document = graph_document("nir-graph");
  Tensors tensors;
  document.update(nir_graph_document(graph, "", tensors));
  return write_document(document, std::move(tensors));
}

NetxFile read_netx(Fields& fields, FileContext& context) {
  NetxFile netx;
  fields.each("layers", [&](const json& value, const std::string& path) {
    netx.layers.push_back(read_metadata(Fields(value, path, context), path, context, 1));
  });
  return netx;
}

std::vector<std::byte> write_network_file(const NetxFile& netx) {
  ordered_json document = graph_document("netx");
  Tensors tensors;
  document["layers"] = Writer("", tensors).layers(netx);
  return write_document(document, std::move(tensors));
}

}  // namespace ranvier::io
