// Writing graph.json, whatever its kind. Apart from network_file.cpp so that ranvier-nir needs no more than this.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <ranvier/error.h>

#include "core/io/network_file.h"

namespace ranvier::io {

nlohmann::ordered_json graph_document(std::string_view kind) {
  return {{"format", kFormat}, {"major", kMajor}, {"minor", kMinor}, {"kind", kind}};
}

std::vector<std::byte> write_document(const nlohmann::ordered_json& document, Tensors tensors) {
  std::string text;
  try {
    text = document.dump();
  } catch (const nlohmann::json::type_error&) {
    throw Error(Code::bad_value, "A name or text of the network is not UTF-8, so it cannot be written.", {}, "Rename it.");
  }
  if (text.size() > kMaxGraphJsonBytes) {
    throw Error(Code::unsupported, "The description of the network takes " + std::to_string(text.size()) +
                                       " bytes; a network file holds at most " + std::to_string(kMaxGraphJsonBytes) + ".");
  }
  Tensor bytes({text.size()}, DType::u8);
  std::memcpy(bytes.mutable_data(), text.data(), text.size());
  tensors.emplace(kGraphJson, std::move(bytes));
  return write_safetensors(tensors);
}

}  // namespace ranvier::io
