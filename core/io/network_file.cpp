// The two doors for network files: which kind is it, and is it of a version that we know.
#include "core/io/network_file.h"

#include <cstdint>
#include <limits>
#include <utility>

#include <ranvier/error.h>

#include "core/io/text.h"

namespace ranvier::io {
namespace {

Tensor take_graph_json(FileContext& context) {
  const auto found = context.tensors.find(kGraphJson);
  if (found == context.tensors.end()) {
    throw Error(Code::bad_file, "The safetensors file has no array 'graph.json', so it is not a network file.", context.file,
                "Use a file that Network.save wrote, or a NIR file.");
  }
  Tensor tensor = std::move(context.tensors.extract(found).mapped());
  const bool text = tensor.dtype() == DType::u8 && tensor.shape().size() == 1;
  if (!text || tensor.size() > kMaxGraphJsonBytes) {
    context.refuse("", "has the type " + std::string(name_of(tensor.dtype())) + " and the shape " + to_string(tensor.shape()) +
                           "; it must be U8 with one dimension of at most " + std::to_string(kMaxGraphJsonBytes) + ".");
  }
  return tensor;
}

void check_version(Fields& fields, FileContext& context) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint32_t>::max();
  const std::string format = fields.text("format");
  if (format != kFormat) fields.refuse("format", "is " + in_quotes(format) + "; it must be '" + std::string(kFormat) + "'.");
  const std::uint64_t major = fields.integer("major", kMax);
  const std::uint64_t minor = fields.integer("minor", kMax);
  if (major != kMajor) {
    throw Error(Code::incompatible,
                "The network file has the format version " + std::to_string(major) + "." + std::to_string(minor) +
                    "; this Ranvier reads " + std::to_string(kMajor) + ".x.",
                context.file, "Use a newer Ranvier.");
  }
  context.newer_minor = minor > kMinor;
}

// `read` takes the members that are left when the kind is known.
template <class Content, class Read>
Content parse(std::span<const std::byte> bytes, const std::string& name, Read read) {
  FileContext context{name, false, read_safetensors(bytes, name), false, {}};
  const Tensor text = take_graph_json(context);
  const nlohmann::json document = parse_json({reinterpret_cast<const char*>(text.data<std::uint8_t>()), text.size()}, context);
  Fields fields(document, "", context);
  check_version(fields, context);
  Content content = read(fields.text("kind"), fields, context);
  fields.done();
  for (const std::string& lent : context.lent) context.tensors.erase(lent);
  if (!context.newer_minor && !context.tensors.empty()) {
    throw Error(Code::bad_file, "The array " + in_quotes(context.tensors.begin()->first) + " is named nowhere in graph.json.",
                name);
  }
  return content;
}

}  // namespace

FileContent parse_network_file(std::span<const std::byte> bytes, const std::string& name) {
  return parse<FileContent>(bytes, name, [&](const std::string& kind, Fields& fields, FileContext& context) -> FileContent {
    if (kind == "nir-graph") return read_nir_graph(fields, context);
    if (kind == "network") return read_network(fields, context);
    fields.refuse("kind", "is " + in_quotes(kind) + "; it must be 'nir-graph' or 'network'.");
  });
}

NirContent parse_nir_content(std::span<const std::byte> bytes, const std::string& name) {
  return parse<NirContent>(bytes, name, [&](const std::string& kind, Fields& fields, FileContext& context) -> NirContent {
    if (kind == "nir-data") return read_nir_data(fields, context);
    if (kind == "nir-graph") return read_nir_graph(fields, context);
    if (kind == "netx") return read_netx(fields, context);
    if (kind != "network")
      fields.refuse("kind", "is " + in_quotes(kind) + "; it must be 'nir-graph', 'nir-data', 'netx' or 'network'.");
    const net::Graph network = read_network(fields, context);
    if (network.nir) return *network.nir;
    throw Error(Code::bad_file, "The network was not loaded from NIR.", name, "Save it as NIR by Network::save.");
  });
}

}  // namespace ranvier::io
