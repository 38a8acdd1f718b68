#include "core/io/json_fields.h"

#include <cmath>
#include <utility>
#include <vector>

#include <ranvier/error.h>

#include "core/io/text.h"

namespace ranvier::io {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxDepth = 192;  // graphs in graphs take three levels each, groups of metadata two

// A value for a sentence: short, whatever it is.
std::string shown(const json& value) {
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  return value.dump();
}

// Builds the document. The library's own builder keeps the last of two equal keys and says nothing, and its variant with a
// callback takes a time that grows with the square of a list's length.
class DocumentReader : public nlohmann::json_sax<json> {
 public:
  explicit DocumentReader(const FileContext& context) : context_(context) {}

  json document;

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& value) override { return put(std::move(value)); }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    context_.refuse("", "is not valid JSON in UTF-8, at its byte " + std::to_string(position) + ".");
  }

 private:
  bool put(json value) {
    if (open_.empty()) {
      document = std::move(value);
      last_ = &document;
    } else if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      last_ = &open_.back()->back();
    } else {
      const auto [place, added] = open_.back()->emplace(key_, std::move(value));
      if (!added) context_.refuse("", "has the key " + in_quotes(key_) + " twice in one object.");
      last_ = &*place;
    }
    return true;
  }

  bool open(json container) {
    if (open_.size() == kMaxDepth) context_.refuse("", "is nested deeper than " + std::to_string(kMaxDepth) + " levels.");
    put(std::move(container));
    open_.push_back(last_);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const FileContext& context_;
  std::vector<json*> open_;  // an open container does not move: its parent takes nothing before it is closed
  json* last_ = nullptr;
  std::string key_;
};

}  // namespace

void FileContext::refuse(const std::string& path, const std::string& sentence) const {
  throw Error(Code::bad_file, "graph.json " + (path.empty() ? "" : "at " + one_line(path, 160) + " ") + sentence, file);
}

json parse_json(std::string_view text, const FileContext& context) {
  // The parser takes a NUL for the end, and would not look at what follows.
  if (text.find('\0') != text.npos) context.refuse("", "holds a NUL byte, so it is not valid JSON.");
  DocumentReader reader(context);
  json::sax_parse(text.begin(), text.end(), &reader);
  return std::move(reader.document);
}

Fields::Fields(const json& value, std::string path, FileContext& context)
    : value_(value), path_(std::move(path)), context_(context) {
  if (!value.is_object()) context.refuse(path_, "is " + shown(value) + "; it must be an object.");
}

void Fields::refuse(const char* key, const std::string& sentence) const { context_.refuse(path_to(key), sentence); }

void Fields::mistake(const char* key, const std::string& wanted) const {
  const auto found = value_.find(key);
  refuse(key, (found == value_.end() ? "is missing" : "is " + shown(*found)) + "; it must be " + wanted + ".");
}

const json& Fields::at(const char* key) {
  asked_.insert(key);
  const auto found = value_.find(key);
  static const json kAbsent;
  return found == value_.end() ? kAbsent : *found;
}

Fields Fields::object(const char* key) { return Fields(at(key), path_to(key), context_); }

std::string Fields::text(const char* key) {
  const json& value = at(key);
  if (!value.is_string()) mistake(key, "a text");
  return value.get<std::string>();
}

std::string Fields::name(const char* key) {
  std::string value = text(key);
  if (value.empty()) mistake(key, "a text that is not empty");
  return value;
}

std::uint64_t Fields::integer(const char* key, std::uint64_t max) {
  const json& value = at(key);
  const bool fits = value.is_number_unsigned() && value.get<std::uint64_t>() <= max;
  if (!fits) mistake(key, "an integer from 0 to " + std::to_string(max));
  return value.get<std::uint64_t>();
}

double Fields::number(const char* key) {
  const json& value = at(key);
  if (!value.is_number()) mistake(key, "a number");
  return value.get<double>();
}

bool Fields::boolean(const char* key) {
  const json& value = at(key);
  if (!value.is_boolean()) mistake(key, "true or false");
  return value.get<bool>();
}

Shape Fields::shape(const char* key) {
  const json& value = at(key);
  const std::string wanted = "a list of at most " + std::to_string(kMaxDimensions) + " extents whose product is below 2^62";
  if (!value.is_array() || value.size() > kMaxDimensions) mistake(key, wanted);
  Shape shape;
  for (const json& extent : value) {
    if (!extent.is_number_unsigned()) mistake(key, wanted);
    shape.push_back(extent.get<std::size_t>());
  }
  try {
    element_count(shape);
  } catch (const Error&) {
    refuse(key, "is " + to_string(shape) + "; it must be " + wanted + ".");
  }
  return shape;
}

std::pair<std::string, std::string> Fields::pair(const json& value, const std::string& path) const {
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string()) {
    context_.refuse(path, "is " + shown(value) + "; it must be a list of two texts.");
  }
  return {value[0].get<std::string>(), value[1].get<std::string>()};
}

Tensor Fields::take(const std::string& name, const std::string& path) {
  const auto found = context_.tensors.find(name);
  if (found == context_.tensors.end() || (context_.lending && !context_.lent.insert(name).second)) {
    context_.refuse(path, "names the array " + in_quotes(name) + ", which the file does not hold or which is named twice.");
  }
  if (context_.lending) return found->second;
  return std::move(context_.tensors.extract(found).mapped());
}

Tensor Fields::tensor(const char* key) { return take(name(key), path_to(key)); }

void Fields::each(const char* key, const std::function<void(const json&, const std::string&)>& visit) {
  const json& list = at(key);
  if (!list.is_array()) mistake(key, "a list");
  std::size_t index = 0;
  for (const json& element : list) visit(element, path_to(key) + "[" + std::to_string(index++) + "]");
}

void Fields::each_member(const char* key,
                         const std::function<void(const std::string&, const json&, const std::string&)>& visit) {
  const json& object = at(key);
  if (!object.is_object()) mistake(key, "an object");
  for (const auto& [name, value] : object.items()) {
    if (name.empty()) mistake(key, "an object whose members have names");
    visit(name, value, path_to(key) + "." + name);
  }
}

void Fields::each_text(const char* key, const std::function<void(const std::string&, const std::string&)>& visit) {
  const json& object = at(key);
  if (!object.is_object()) mistake(key, "an object of texts");
  for (const auto& [name, value] : object.items()) {
    if (name.empty() || !value.is_string()) mistake(key, "an object of texts, each with a name");
    visit(name, value.get_ref<const std::string&>());
  }
}

Tensors Fields::each_tensor(const char* key) {
  Tensors result;
  each_text(key, [&](const std::string& name, const std::string& tensor) {
    result.emplace(name, take(tensor, path_to(key) + "." + name));
  });
  return result;
}

void Fields::done() const {
  if (context_.newer_minor) return;
  for (const auto& [key, value] : value_.items()) {
    if (!asked_.contains(key))
      context_.refuse(path_, "has the key " + in_quotes(key) + ", which this version of the format does not know.");
  }
}

}  // namespace ranvier::io
