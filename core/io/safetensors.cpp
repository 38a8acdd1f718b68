#include "core/io/safetensors.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <ranvier/error.h>

#include "core/io/text.h"

namespace ranvier::io {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kDataAlignment = 64;
constexpr std::string_view kMetadata = "__metadata__";
constexpr std::array<std::pair<std::string_view, DType>, 8> kTypes{{{"F32", DType::f32},
                                                                    {"F64", DType::f64},
                                                                    {"I32", DType::i32},
                                                                    {"I64", DType::i64},
                                                                    {"I16", DType::i16},
                                                                    {"I8", DType::i8},
                                                                    {"U8", DType::u8},
                                                                    {"BOOL", DType::boolean}}};

[[noreturn]] void refuse(const std::string& file, const std::string& sentence) { throw Error(Code::bad_file, sentence, file); }

struct Entry {
  std::optional<DType> dtype;
  std::optional<Shape> shape;
  std::optional<std::vector<std::size_t>> offsets;
};

using Entries = std::map<std::string, Entry>;

// The header's structure is fixed, so it is read event by event: no document in memory, no depth to limit, and a key that
// stands twice is seen.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  explicit HeaderReader(const std::string& file) : file_(file) {}

  Entries entries;

  bool null() override { unexpected("null"); }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { unexpected(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { unexpected(text); }
  bool binary(binary_t&) override { unexpected("binary"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      if (entry_->shape->size() == kMaxDimensions) {
        refuse(file_, "The array " + in_quotes(name_) + " has more than " + std::to_string(kMaxDimensions) + " dimensions.");
      }
      entry_->shape->push_back(value);
    } else if (place_ == Place::offsets && entry_->offsets->size() < 2) {
      entry_->offsets->push_back(value);
    } else {
      unexpected(std::to_string(value));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::metadata) return true;
    if (place_ != Place::entry || key_ != "dtype") unexpected(in_quotes(value));
    for (const auto& [name, dtype] : kTypes) {
      if (name == value) entry_->dtype = dtype;
    }
    if (!entry_->dtype) {
      refuse(file_, "The array " + in_quotes(name_) + " has the element type " + in_quotes(value) +
                        "; it must be F32, F64, I32, I64, I16, I8, U8 or BOOL.");
    }
    key_.clear();
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::start) {
      place_ = Place::header;
    } else if (place_ == Place::header) {
      place_ = name_ == kMetadata ? Place::metadata : Place::entry;
      key_.clear();
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(string_t& key) override {
    if (place_ == Place::header) return begin_entry(key);
    if (place_ == Place::metadata) return true;
    const bool known = key == "dtype" || key == "shape" || key == "data_offsets";
    if (!known)
      refuse(file_, "The array " + in_quotes(name_) + " has the key " + in_quotes(key) +
                        "; only dtype, shape and data_offsets are allowed.");
    const bool twice =
        (key == "dtype" && entry_->dtype) || (key == "shape" && entry_->shape) || (key == "data_offsets" && entry_->offsets);
    if (twice) refuse(file_, "The array " + in_quotes(name_) + " has the key " + in_quotes(key) + " twice.");
    key_ = key;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::entry) {
      const bool whole = entry_->dtype && entry_->shape && entry_->offsets && entry_->offsets->size() == 2;
      if (!whole) refuse(file_, "The array " + in_quotes(name_) + " lacks its dtype, its shape or its two data_offsets.");
    }
    place_ = place_ == Place::header ? Place::end : Place::header;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::entry && key_ == "shape") {
      entry_->shape.emplace();
      place_ = Place::shape;
    } else if (place_ == Place::entry && key_ == "data_offsets") {
      entry_->offsets.emplace();
      place_ = Place::offsets;
    } else {
      unexpected("a list");
    }
    return true;
  }

  bool end_array() override {
    key_.clear();
    place_ = Place::entry;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    refuse(file_, "The header is not valid JSON, at its byte " + std::to_string(position) + ".");
  }

 private:
  enum class Place { start, header, entry, shape, offsets, metadata, end };

  bool begin_entry(const std::string& name) {
    if (name.empty()) refuse(file_, "The header has an array without a name.");
    const bool added = name == kMetadata ? !std::exchange(metadata_seen_, true) : entries.try_emplace(name).second;
    if (!added) refuse(file_, "The header has " + in_quotes(name) + " twice.");
    name_ = name;
    if (name != kMetadata) entry_ = &entries[name];
    return true;
  }

  [[noreturn]] void unexpected(const std::string& what) const {
    const std::string place = name_.empty() ? "The header" : "The header, at " + in_quotes(name_) + ",";
    refuse(
        file_,
        place + " has " + what +
            " where it must not; it must be {\"name\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}, ...}.");
  }

  const std::string& file_;
  Place place_ = Place::start;
  std::string name_;
  std::string key_;  // whose value comes next
  Entry* entry_ = nullptr;
  bool metadata_seen_ = false;
};

std::size_t read_length(std::span<const std::byte> bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return length;
}

Entries read_header(std::span<const std::byte> header, const std::string& file) {
  const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());
  if (text.empty() || text.front() != '{') refuse(file, "The header does not begin with '{': this is not a safetensors file.");
  // The parser takes a NUL for the end, and would not look at what follows.
  if (text.find('\0') != text.npos) refuse(file, "The header holds a NUL byte, so it is not valid JSON.");
  HeaderReader reader(file);
  json::sax_parse(text.begin(), text.end(), &reader);
  return std::move(reader.entries);
}

// Bytes that the array needs, or nothing past 2^64.
std::optional<std::size_t> need_of(const Entry& entry) {
  std::size_t need = size_of(*entry.dtype);
  for (const std::size_t extent : *entry.shape) {
    if (__builtin_mul_overflow(need, extent, &need)) return std::nullopt;
  }
  return need;
}

void check_offsets(const Entries& entries, std::size_t data_bytes, const std::string& file) {
  std::vector<Entries::const_pointer> sorted;
  for (const auto& item : entries) sorted.push_back(&item);
  std::ranges::sort(sorted, {}, [](const auto* item) { return *item->second.offsets; });
  std::size_t expected = 0;
  for (const auto* item : sorted) {
    const auto& [name, entry] = *item;
    const std::size_t begin = (*entry.offsets)[0];
    const std::size_t end = (*entry.offsets)[1];
    const std::string offsets = "data_offsets " + to_string(*entry.offsets);
    if (begin > end || end > data_bytes) {
      refuse(file, "The array " + in_quotes(name) + " has the " + offsets + ", which must lie in order within the " +
                       std::to_string(data_bytes) + " bytes of data.");
    }
    if (begin != expected) {
      refuse(file, "The array " + in_quotes(name) + " has the " + offsets + "; it must begin at " + std::to_string(expected) +
                       ", where the array before it ends: overlaps and holes are not allowed.");
    }
    const std::optional<std::size_t> need = need_of(entry);
    if (need != end - begin) {
      refuse(file, "The array " + in_quotes(name) + " of type " + std::string(name_of(*entry.dtype)) + " and shape " +
                       to_string(*entry.shape) + " needs " + (need ? std::to_string(*need) : "more than 2^64") +
                       " bytes, but its data_offsets hold " + std::to_string(end - begin) + ".");
    }
    expected = end;
  }
  if (expected != data_bytes) {
    refuse(file, "The arrays end at byte " + std::to_string(expected) + " of the data, but the file has " +
                     std::to_string(data_bytes) + ": it must hold nothing else.");
  }
}

Tensor copy_of(const std::string& name, const Entry& entry, std::span<const std::byte> data, const std::string& file) {
  const auto source = data.subspan((*entry.offsets)[0], (*entry.offsets)[1] - (*entry.offsets)[0]);
  // Any other byte in a C++ bool is undefined behaviour.
  const bool truth =
      *entry.dtype != DType::boolean || std::ranges::all_of(source, [](std::byte b) { return b <= std::byte{1}; });
  if (!truth) refuse(file, "The array " + in_quotes(name) + " of type BOOL holds a byte that is neither 0 nor 1.");
  Tensor tensor(*entry.shape, *entry.dtype);
  if (!source.empty()) std::memcpy(tensor.mutable_data(), source.data(), source.size());
  return tensor;
}

std::string_view type_text(DType dtype) {
  return std::ranges::find(kTypes, dtype, &std::pair<std::string_view, DType>::second)->first;
}

void check_writable(const std::string& name, const Tensor& tensor) {
  if (name.empty() || !is_utf8(name) || name == kMetadata) {
    throw Error(Code::bad_value, "The array name " + in_quotes(name) + " cannot be written; it must be UTF-8 and not empty.");
  }
  if (tensor.shape().size() > kMaxDimensions) {
    throw Error(Code::bad_value, "The array " + in_quotes(name) + " has " + std::to_string(tensor.shape().size()) +
                                     " dimensions; at most " + std::to_string(kMaxDimensions) + " can be written.");
  }
}

std::string entry_text(const Tensor& tensor, std::size_t begin) {
  nlohmann::ordered_json entry;
  entry["dtype"] = type_text(tensor.dtype());
  entry["shape"] = tensor.shape();
  entry["data_offsets"] = {begin, begin + tensor.bytes()};
  return entry.dump();
}

}  // namespace

Tensors read_safetensors(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.size() < kLengthBytes) {
    refuse(name, "The file has " + std::to_string(bytes.size()) + " bytes, too few for a safetensors file.");
  }
  const std::size_t length = read_length(bytes);
  const std::size_t room = bytes.size() - kLengthBytes;
  if (length > room || length > kMaxHeaderBytes) {
    refuse(name, "The header is said to have " + std::to_string(length) + " bytes; it must have at most " +
                     std::to_string(std::min(room, kMaxHeaderBytes)) + ". The file is cut short, or is no safetensors file.");
  }
  const Entries entries = read_header(bytes.subspan(kLengthBytes, length), name);
  const auto data = bytes.subspan(kLengthBytes + length);
  check_offsets(entries, data.size(), name);
  Tensors tensors;
  for (const auto& [key, entry] : entries) tensors.emplace(key, copy_of(key, entry, data, name));
  return tensors;
}

std::vector<std::byte> write_safetensors(const Tensors& tensors) {
  std::vector<Tensors::const_pointer> order;
  for (const auto& item : tensors) order.push_back(&item);
  std::ranges::stable_sort(order, std::greater{}, [](const auto* item) { return size_of(item->second.dtype()); });

  std::string header = "{";
  std::size_t data_bytes = 0;
  for (const auto* item : order) {
    check_writable(item->first, item->second);
    header += (header.size() == 1 ? "" : ",") + json(item->first).dump() + ":" + entry_text(item->second, data_bytes);
    data_bytes += item->second.bytes();
  }
  header += "}";
  header.resize((kLengthBytes + header.size() + kDataAlignment - 1) / kDataAlignment * kDataAlignment - kLengthBytes, ' ');
  if (header.size() > kMaxHeaderBytes) {
    throw Error(Code::unsupported, "The names of " + std::to_string(tensors.size()) + " arrays take more than the " +
                                       std::to_string(kMaxHeaderBytes) + " bytes that a safetensors file has for them.");
  }

  std::vector<std::byte> bytes(kLengthBytes + header.size() + data_bytes);
  for (std::size_t i = 0; i < kLengthBytes; ++i) bytes[i] = static_cast<std::byte>(header.size() >> (8 * i));
  std::byte* out = bytes.data() + kLengthBytes;
  std::memcpy(out, header.data(), header.size());
  out += header.size();
  for (const auto* item : order) {
    const Tensor& tensor = item->second;
    if (!tensor.empty()) std::memcpy(out, tensor.data(), tensor.bytes());
    out += tensor.bytes();
  }
  return bytes;
}

}  // namespace ranvier::io
