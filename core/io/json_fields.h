/// Reads graph.json strictly: every member is asked for by name and type, once; every mistake is a sentence with its path.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <ranvier/tensor.h>

#include "core/io/safetensors.h"

namespace ranvier::io {

inline constexpr std::size_t kMaxGraphJsonBytes = std::size_t{8} << 20;  ///< a document takes up to 30 times as much memory

/// What the readers of one file share.
struct FileContext {
  std::string file;
  bool newer_minor = false;  ///< then what is unknown is skipped
  Tensors tensors;           ///< not taken yet
  /// While set, arrays are lent: each once, and it may still be taken. Thus the NIR graph that a network came from shares the
  /// network's arrays.
  bool lending = false;
  std::set<std::string> lent;

  /// @throws Error bad_file: "graph.json: <path> <sentence>".
  [[noreturn]] void refuse(const std::string& path, const std::string& sentence) const;
};

/// Parses graph.json: UTF-8, no key twice, at most 192 levels deep; in linear time. @throws Error bad_file.
nlohmann::json parse_json(std::string_view text, const FileContext& context);

/// One object of graph.json. Call `done` last: it refuses members that nobody asked for.
class Fields {
 public:
  Fields(const nlohmann::json& value, std::string path, FileContext& context);

  bool has(const char* key) const { return value_.contains(key); }
  Fields object(const char* key);
  std::string text(const char* key);
  std::string name(const char* key);  ///< a text that is not empty
  std::uint64_t integer(const char* key, std::uint64_t max);
  double number(const char* key);
  bool boolean(const char* key);
  Shape shape(const char* key);
  std::pair<std::string, std::string> pair(const nlohmann::json& value, const std::string& path) const;
  /// The array whose name stands here; taken, so that no two places share one (but see FileContext::lending).
  Tensor tensor(const char* key);
  /// Calls `visit(element, path)` for each element of a list.
  void each(const char* key, const std::function<void(const nlohmann::json&, const std::string&)>& visit);
  /// Calls `visit(name, value, path)` for each member of an object; names are not empty.
  void each_member(const char* key,
                   const std::function<void(const std::string&, const nlohmann::json&, const std::string&)>& visit);
  /// Calls `visit(name, text)` for each member of an object of texts; names are not empty.
  void each_text(const char* key, const std::function<void(const std::string&, const std::string&)>& visit);
  /// The arrays that an object of array names stands for.
  Tensors each_tensor(const char* key);
  void done() const;

  [[noreturn]] void refuse(const char* key, const std::string& sentence) const;

 private:
  const nlohmann::json& at(const char* key);
  std::string path_to(const char* key) const { return path_.empty() ? key : path_ + "." + key; }
  [[noreturn]] void mistake(const char* key, const std::string& wanted) const;
  Tensor take(const std::string& name, const std::string& path);

  const nlohmann::json& value_;
  std::string path_;
  FileContext& context_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace ranvier::io
