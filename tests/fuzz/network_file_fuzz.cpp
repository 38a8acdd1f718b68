// Any bytes as a network file: an Error, or a graph that is written and read back equal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <variant>
#include <vector>

#include <ranvier/error.h>

#include "core/io/files.h"

namespace {

using namespace ranvier;

std::vector<std::byte> written(const io::FileContent& content) {
  return std::visit([](const auto& graph) { return io::write_network_file(graph); }, content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  io::FileContent content;
  try {
    content = io::parse_network_file(std::as_bytes(std::span(data, size)), "fuzz");
  } catch (const Error&) {
    return 0;
  }
  // From here on an Error is ours: what was read can be written, and comes back the same.
  const std::vector<std::byte> bytes = written(content);
  if (written(io::parse_network_file(bytes, "fuzz")) != bytes) std::abort();
  return 0;
}
