/// Reading and writing networks as files: the network file (safetensors), and NIR through the child program `ranvier-nir`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <ranvier/nir_data.h>

#include "core/io/nir_graph.h"
#include "core/net/graph.h"

namespace ranvier::io {

/// kind "nir-graph": what ranvier-nir emits. kind "network": a Network of ours.
using FileContent = std::variant<NirGraph, net::Graph>;

/// Parses a network file (format: core/io/README.md). Hostile input is refused with a sentence; memory stays within a few
/// times the size of `bytes`. Tensors are copies. @throws Error bad_file, incompatible.
FileContent parse_network_file(std::span<const std::byte> bytes, const std::string& name);

std::vector<std::byte> write_network_file(const net::Graph& graph);
std::vector<std::byte> write_network_file(const NirGraph& graph);

/// What ranvier-nir and the library exchange: kind "nir-data", "nir-graph", or the graph that a "network" was made of.
using NirContent = std::variant<NirGraph, NirGraphData>;
NirContent parse_nir_content(std::span<const std::byte> bytes, const std::string& name);
std::vector<std::byte> write_network_file(const NirGraphData& data);

/// Runs ranvier-nir on the file with limits on its memory, time and output. @throws Error bad_file with the child's sentence,
/// or ours when it crashed, ran out of memory or time.
NirGraph read_nir(const std::filesystem::path& path);

/// Likewise the recordings of a NIR data file.
NirGraphData read_nir_data(const std::filesystem::path& path);

/// The content of a NIR file (HDF5), made by ranvier-nir. @param path  for messages. @throws Error bad_value for a name or text
/// that NIR cannot hold.
std::vector<std::byte> nir_file(const NirGraph& graph, const std::filesystem::path& path);
std::vector<std::byte> nir_file(const NirGraphData& data, const std::filesystem::path& path);

/// What a network is in NIR: what it was loaded from, or else its nodes and edges. @throws Error unsupported, naming each model,
/// option and delay that NIR cannot hold.
NirGraph nir_graph_of(const net::Graph& graph);

/// Looks at the first bytes and calls one of the two. @throws Error not_found, bad_file.
FileContent read_file(const std::filesystem::path& path);

/// Writes a file beside `path` and renames it, so that what stands there is never half. @throws Error bad_file.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace ranvier::io
