// graph.json of kind "nir-graph": what ranvier-nir emits.
#include <set>
#include <string>
#include <utility>

#include <ranvier/error.h>

#include "core/io/network_file.h"
#include "core/io/text.h"

namespace ranvier::io {
namespace {

NirNode read_node(const nlohmann::json& value, const std::string& path, FileContext& context) {
  Fields fields(value, path, context);
  NirNode node;
  node.name = fields.name("name");
  node.type = fields.name("type");
  node.arrays = fields.each_tensor("arrays");
  fields.each_text("texts", [&](const std::string& name, const std::string& text) { node.texts.emplace(name, text); });
  fields.done();
  return node;
}

}  // namespace

NirGraph read_nir_graph(Fields& fields, FileContext& context) {
  NirGraph graph;
  graph.version = fields.text("version");
  std::set<std::string> names;
  fields.each("nodes", [&](const nlohmann::json& value, const std::string& path) {
    NirNode node = read_node(value, path, context);
    if (!names.insert(node.name).second) context.refuse(path, "has the name " + in_quotes(node.name) + " of another node.");
    graph.nodes.push_back(std::move(node));
  });
  fields.each("edges",
              [&](const nlohmann::json& value, const std::string& path) { graph.edges.push_back(fields.pair(value, path)); });
  return graph;
}

std::vector<std::byte> write_network_file(const NirGraph& graph) {
  nlohmann::ordered_json document = graph_document("nir-graph");
  document["version"] = graph.version;
  document["nodes"] = nlohmann::ordered_json::array();
  document["edges"] = nlohmann::ordered_json::array();
  Tensors tensors;
  for (const NirNode& node : graph.nodes) {
    // By number: names of nodes may hold anything, also slashes, so that two pairs of names could give one array name.
    const std::string prefix = "nodes/" + std::to_string(document["nodes"].size()) + "/";
    nlohmann::ordered_json arrays = nlohmann::ordered_json::object();
    for (const auto& [name, tensor] : node.arrays) {
      arrays[name] = prefix + name;
      tensors.emplace(prefix + name, tensor);
    }
    nlohmann::ordered_json texts = nlohmann::ordered_json::object();
    for (const auto& [name, text] : node.texts) texts[name] = text;
    document["nodes"].push_back({{"name", node.name}, {"type", node.type}, {"arrays", arrays}, {"texts", texts}});
  }
  for (const auto& [source, target] : graph.edges) document["edges"].push_back({source, target});
  return write_document(document, std::move(tensors));
}

}  // namespace ranvier::io
