/// Reading and writing networks as files: the network file (safetensors), and NIR through the child program `ranvier-nir`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

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

/// Runs ranvier-nir on the file with limits on its memory, time and output. @throws Error bad_file with the child's sentence,
/// or ours when it crashed, ran out of memory or time.
NirGraph read_nir(const std::filesystem::path& path);

/// Looks at the first bytes and calls one of the two. @throws Error not_found, bad_file.
FileContent read_file(const std::filesystem::path& path);

}  // namespace ranvier::io
