/// Errors: what is wrong, where, and what to do about it; several at once.
///
/// Building throws `Error`; from `Session::run` down a device answers with a `Code` alone (`Status`). The numbers of the first
/// thirteen codes are those of <ranvier/driver.h>, so that C, C++ and Python speak of the same thing.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/export.h>

namespace ranvier {

enum class Code : std::uint32_t {
  ok = 0,
  invalid_argument = 1,
  not_found = 2,
  unsupported = 3,
  not_implemented = 4,
  incompatible = 5,
  out_of_memory = 6,
  failed_precondition = 7,
  timeout = 8,
  cancelled = 9,
  device_lost = 10,
  internal = 11,
  data_loss = 12,
  // Only while building:
  unknown_name = 32,
  bad_shape = 33,
  bad_type = 34,
  bad_value = 35,
  out_of_range = 36,
  bad_unit = 37,
  bad_graph = 38,
  bad_file = 39,
  bad_driver = 40,
};

/// "unknown_name" for Code::unknown_name. Never fails: an unlisted number gives "internal".
RANVIER_API std::string_view name_of(Code code);

/// What a call that may not throw answers: a code, and nothing to allocate.
struct [[nodiscard]] Status {
  Code code = Code::ok;
  explicit operator bool() const { return code == Code::ok; }
};

/// One thing that is wrong.
struct Problem {
  Code code = Code::internal;
  std::string message;  ///< a sentence with the name, the value and the allowed range
  std::string where;    ///< node, edge, file or argument; may be empty
  std::string remedy;   ///< what to do; may be empty
};

/// All that is wrong with what was asked. `code`, `where`, `remedy` are those of the first problem; `what()` lists all.
class RANVIER_API Error : public std::exception {
 public:
  explicit Error(std::vector<Problem> problems);
  Error(Code code, std::string message, std::string where = {}, std::string remedy = {});

  const char* what() const noexcept override { return text_.c_str(); }
  Code code() const { return problems_.front().code; }
  const std::string& where() const { return problems_.front().where; }
  const std::string& remedy() const { return problems_.front().remedy; }
  const std::vector<Problem>& problems() const { return problems_; }  ///< never empty

 private:
  std::vector<Problem> problems_;
  std::string text_;
};

/// Collects problems so that a user sees all of them at once.
class RANVIER_API Problems {
 public:
  void add(Code code, std::string message, std::string where = {}, std::string remedy = {});
  void take(Problems other);  ///< appends all of another's
  bool empty() const { return problems_.empty(); }
  /// @throws Error with everything collected, if anything was.
  void raise() const;

 private:
  std::vector<Problem> problems_;
};

}  // namespace ranvier
