#include "devices/loihi/tensors.h"

#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

namespace ranvier::loihi {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPrefix = 8;
constexpr std::pair<std::string_view, std::uint64_t> kTypes[] = {{"I32", 4}, {"I64", 8}, {"F64", 8}, {"U8", 1}};

[[noreturn]] void refuse(const std::string& why) {
  throw rvd::Failure(RVD_INCOMPATIBLE, "the saved executable's container " + why);
}

/// One of kTypes, which stays; or nullptr.
const std::pair<std::string_view, std::uint64_t>* type_named(std::string_view name) {
  for (const auto& type : kTypes) {
    if (type.first == name) return &type;
  }
  return nullptr;
}

/// A whole number that is not negative, or `refuse`.
std::uint64_t whole(const Json& value, const std::string& of) {
  if (!value.is_number_unsigned()) refuse("has no whole number in \"" + of + "\"");
  return value.get<std::uint64_t>();
}

TensorView tensor_of(const Json& entry, const std::string& name, std::string_view data) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets") ||
      !entry["dtype"].is_string() || !entry["shape"].is_array() || !entry["data_offsets"].is_array() ||
      entry["data_offsets"].size() != 2) {
    refuse("does not describe \"" + name + "\"");
  }
  const auto* type = type_named(entry["dtype"].get_ref<const std::string&>());
  if (type == nullptr) refuse("has \"" + name + "\" of an unknown type");
  const std::uint64_t begin = whole(entry["data_offsets"][0], name), end = whole(entry["data_offsets"][1], name);
  if (begin > end || end > data.size()) refuse("ends before \"" + name + "\"");
  TensorView made{type->first, {}, data.substr(begin, end - begin)};
  std::uint64_t count = 1;
  for (const Json& extent : entry["shape"]) {
    made.shape.push_back(whole(extent, name));
    if (__builtin_mul_overflow(count, made.shape.back(), &count)) refuse("has \"" + name + "\" of an impossible shape");
  }
  if (__builtin_mul_overflow(count, type->second, &count) || count != end - begin) {
    refuse("has \"" + name + "\" of another size than its shape");
  }
  return made;
}

}  // namespace

template <class T>
void TensorWriter::put(std::string name, std::string_view dtype, const T* data, std::uint64_t count,
                       std::vector<std::uint64_t> shape) {
  if (shape.empty()) shape.push_back(count);
  tensors_.emplace_back(std::move(name),
                        TensorView{dtype, std::move(shape), {reinterpret_cast<const char*>(data), count * sizeof(T)}});
}

void TensorWriter::add(std::string name, const std::vector<std::int32_t>& data, std::vector<std::uint64_t> shape) {
  put(std::move(name), "I32", data.data(), data.size(), std::move(shape));
}
void TensorWriter::add(std::string name, const std::vector<std::int64_t>& data, std::vector<std::uint64_t> shape) {
  put(std::move(name), "I64", data.data(), data.size(), std::move(shape));
}
void TensorWriter::add(std::string name, const std::vector<double>& data) {
  put(std::move(name), "F64", data.data(), data.size(), {});
}
void TensorWriter::add(std::string name, const std::byte* data, std::uint64_t count) {
  put(std::move(name), "U8", data, count, {});
}

void TensorWriter::write(const std::map<std::string, std::string>& metadata, std::string& out) const {
  Json header{{"__metadata__", metadata}};
  std::uint64_t at = 0;
  for (const auto& [name, tensor] : tensors_) {
    header[name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {at, at + tensor.bytes.size()}}};
    at += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + kPrefix - 1) / kPrefix * kPrefix, ' ');
  const std::uint64_t length = text.size();
  out.append(reinterpret_cast<const char*>(&length), sizeof length).append(text);
  for (const auto& [name, tensor] : tensors_) out.append(tensor.bytes);
}

TensorReader::TensorReader(std::string_view bytes) {
  std::uint64_t length = 0;
  if (bytes.size() < kPrefix) refuse("is cut short");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - kPrefix) refuse("is cut short");
  const Json header = Json::parse(bytes.substr(kPrefix, length), nullptr, false);
  if (!header.is_object()) refuse("has no header in JSON");
  const std::string_view data = bytes.substr(kPrefix + length);
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") {
      tensors_[name] = tensor_of(entry, name, data);
      continue;
    }
    if (!entry.is_object()) refuse("has metadata that are none");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) refuse("has metadata that are none");
      metadata_[key] = value.get<std::string>();
    }
  }
}

const std::string& TensorReader::metadata(const std::string& key) const {
  const auto at = metadata_.find(key);
  if (at == metadata_.end()) refuse("does not say \"" + key + "\"");
  return at->second;
}

const TensorView& TensorReader::find(const std::string& name, std::string_view dtype) const {
  const auto at = tensors_.find(name);
  if (at == tensors_.end() || at->second.dtype != dtype) refuse("has no \"" + name + "\" of type " + std::string(dtype));
  return at->second;
}

template <class T>
std::vector<T> TensorReader::values(const std::string& name, std::string_view dtype) const {
  const std::string_view bytes = find(name, dtype).bytes;
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<std::int32_t> TensorReader::i32(const std::string& name) const { return values<std::int32_t>(name, "I32"); }
std::vector<std::int64_t> TensorReader::i64(const std::string& name) const { return values<std::int64_t>(name, "I64"); }
std::vector<double> TensorReader::f64(const std::string& name) const { return values<double>(name, "F64"); }
std::string_view TensorReader::u8(const std::string& name) const { return find(name, "U8").bytes; }

}  // namespace ranvier::loihi
