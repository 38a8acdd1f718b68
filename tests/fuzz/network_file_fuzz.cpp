// Any bytes as a network file, of networks, NIR graphs or NIR data: an Error, or what is written and read back equal.
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

template <class Content>
std::vector<std::byte> written(const Content& content) {
  return std::visit([](const auto& graph) { return io::write_network_file(graph); }, content);
}

// What is read can be written, and comes back the same: from there on an Error is ours.
template <class Parse>
void round_trip(std::span<const std::byte> data, Parse parse) {
  decltype(parse(data)) content;
  try {
    content = parse(data);
  } catch (const Error&) {
    return;
  }
  const std::vector<std::byte> bytes = written(content);
  if (written(parse(bytes)) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  round_trip(bytes, [](std::span<const std::byte> file) { return io::parse_network_file(file, "fuzz"); });
  round_trip(bytes, [](std::span<const std::byte> file) { return io::parse_nir_content(file, "fuzz"); });
  return 0;
}
