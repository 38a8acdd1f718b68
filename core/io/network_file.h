/// graph.json of a network file: the part that both kinds share. The format stands in core/io/README.md.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/io/files.h"
#include "core/io/json_fields.h"

namespace ranvier::io {

inline constexpr std::string_view kFormat = "ranvier-network";
inline constexpr unsigned kMajor = 0;
inline constexpr unsigned kMinor = 2;
inline constexpr const char* kGraphJson = "graph.json";

NirGraph read_nir_graph(Fields& fields, FileContext& context);
net::Graph read_network(Fields& fields, FileContext& context);
NirGraphData read_nir_data(Fields& fields, FileContext& context);
NetxFile read_netx(Fields& fields, FileContext& context);

/// {"version", "nodes", "edges", "metadata"} of a graph. Its arrays go to `tensors` under names that begin with `prefix`; one
/// that is there already is shared. @throws Error bad_value, unsupported for what cannot be written.
nlohmann::ordered_json nir_graph_document(const NirGraph& graph, const std::string& prefix, Tensors& tensors);

/// {"format", "major", "minor", "kind"}, for the writer of a kind to fill.
nlohmann::ordered_json graph_document(std::string_view kind);

/// Adds the document to the arrays and makes the file. @throws Error bad_value for a text that is not UTF-8.
std::vector<std::byte> write_document(const nlohmann::ordered_json& document, Tensors tensors);

}  // namespace ranvier::io
