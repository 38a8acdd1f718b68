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

/// kind "nir-graph": what ranvier-nir emits. kind "network": a Network of ours. kind "netx" comes from ranvier-nir alone.
using FileContent = std::variant<NirGraph, net::Graph, NetxFile>;

/// Parses a network file (format: core/io/README.md). Hostile input is refused with a sentence; memory stays within a few
/// times the size of `bytes`. Tensors are copies. Never a NetxFile. @throws Error bad_file, incompatible.
FileContent parse_network_file(std::span<const std::byte> bytes, const std::string& name);

std::vector<std::byte> write_network_file(const net::Graph& graph);
std::vector<std::byte> write_network_file(const NirGraph& graph);

/// What ranvier-nir and the library exchange: kind "nir-data", "nir-graph", "netx", or the graph that a "network" was made of.
using NirContent = std::variant<NirGraph, NirGraphData, NetxFile>;
NirContent parse_nir_content(std::span<const std::byte> bytes, const std::string& name);
std::vector<std::byte> write_network_file(const NirGraphData& data);
std::vector<std::byte> write_network_file(const NetxFile& netx);

/// Runs ranvier-nir on an HDF5 file, with limits on its memory, time and output: a NIR graph, or the layers of a netx file.
/// @throws Error bad_file with the child's sentence, or ours when it crashed, ran out of memory or time.
FileContent read_hdf5(const std::filesystem::path& path);

/// Likewise the recordings of a NIR data file.
NirGraphData read_nir_data(const std::filesystem::path& path);

/// The content of a NIR file (HDF5), made by ranvier-nir. @param path  for messages. @throws Error bad_value for a name or text
/// that NIR cannot hold.
/// A netx file as a network of Loihi's own models (core/io/README.md). @param name  of the network. @param file  for messages.
/// @throws Error bad_file, unsupported, out_of_range: all problems of the file at once.
net::Graph network_of(const NetxFile& netx, const LoadOptions& options, const std::string& name, const std::string& file);

std::vector<std::byte> nir_file(const NirGraph& graph, const std::filesystem::path& path);
std::vector<std::byte> nir_file(const NirGraphData& data, const std::filesystem::path& path);

/// What a network is in NIR: what it was loaded from, or else its nodes and edges. @throws Error unsupported, naming each model,
/// option and delay that NIR cannot hold.
NirGraph nir_graph_of(const net::Graph& graph);

/// Looks at the first bytes and calls read_hdf5 or parse_network_file. @throws Error not_found, bad_file.
FileContent read_file(const std::filesystem::path& path);

/// Writes a file beside `path` and renames it, so that what stands there is never half. @throws Error bad_file.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace ranvier::io
