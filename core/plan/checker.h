/// Inside the checker: the frame of a plan (header, section table, texts, arrays) and the sentences of refusals. The
/// constructor checks the frame; the functions below it check what the records say, in the order in which they are listed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ranvier/driver.h>

#include "core/plan/ops.h"
#include "core/plan/value_scan.h"

namespace ranvier::plan {

/// Where a refusal points to. Section 0 is the section table itself.
struct Place {
  std::uint32_t section = 0;
  std::uint64_t record = 0;
};

class Checker {
 public:
  /// @throws Error when the frame is broken. Afterwards every record may be read.
  explicit Checker(std::span<const std::byte> bytes);

  /// Records of a section; 0 when it is absent.
  std::uint64_t count(std::uint32_t section) const { return sections_[section].count; }
  std::uint64_t bytes(std::uint32_t section) const { return sections_[section].count * sections_[section].record_size; }
  template <class Record>
  const Record& record(Place at) const {
    return *reinterpret_cast<const Record*>(bytes_.data() + offset_of(at));
  }

  /// The elements of an array that `array` has passed; nullptr for an absent one.
  template <class T>
  const T* data(const rvd_array& array) const {
    return array.count == 0 ? nullptr : reinterpret_cast<const T*>(bytes_.data() + array.offset);
  }

  /// "Population 3 (offset 768): count is 0; it must be 1 to 2147483647."
  [[noreturn]] void fail(Place at, std::string_view field, std::string_view value, std::string_view must) const;
  [[noreturn]] void fail(Place at, std::string_view field, std::uint64_t value, std::string_view must) const;

  void require_zero(Place at, std::string_view field, std::uint64_t value) const;
  /// The string, once it lies in the text section and is whole UTF-8.
  std::string_view text(Place at, std::string_view field, rvd_str string) const;
  /// As `text`, neither empty nor longer than kMaxNameBytes.
  std::string_view name(Place at, std::string_view field, rvd_str string) const;
  /// An absent array, or one of a known type inside the blob section.
  void array(Place at, std::string_view field, const rvd_array& array);
  void finite(Place at, std::string_view field, const rvd_array& array);
  void no_nan(Place at, std::string_view field, const rvd_array& array);

 private:
  std::uint64_t offset_of(Place at) const;
  void check_checksum(const rvd_plan_header& header) const;
  void read_sections(std::uint32_t section_count);
  void check_section(Place at, const rvd_section& section) const;
  void check_overlap() const;
  void check_sizes() const;
  void check_utf8() const;
  bool splits_character(std::uint64_t offset) const;

  std::span<const std::byte> bytes_;
  std::array<rvd_section, RVD_SECTION_BLOB + 1> sections_{};  ///< by kind; [0] is the section table
  ValueScan scan_;
};

/// The names of one scope, which must be unique in it.
class Names {
 public:
  void clear() { names_.clear(); }
  void add(std::string_view name, Place at) { names_.emplace_back(name, at); }
  void require_unique(const Checker& checker, std::string_view field);

 private:
  std::vector<std::pair<std::string_view, Place>> names_;
};

/// "f32", or "type 9".
std::string type_text(std::uint32_t type);
/// "\"lif\""
std::string quoted(std::string_view text);
/// Whether programs compute in it: f32, f64, i32, i64.
constexpr bool is_program_type(std::uint32_t type) { return type >= RVD_F32 && type <= RVD_I64; }
inline constexpr std::string_view kProgramTypes = "f32, f64, i32 or i64";

void check_network(const Checker& checker);
/// Populations, all that belongs to them, and their programs.
void check_populations(Checker& checker);
void check_projections(Checker& checker);

/// Checks programs one by one, keeping its scratch memory.
class ProgramChecker {
 public:
  explicit ProgramChecker(const Checker& checker) : checker_(checker) {}
  /// The program of a population whose parts have been checked.
  void check(Place population);

 private:
  void check_op(Place at, const rvd_op& op);
  void check_types(Place at, const rvd_op& op) const;
  void check_fields(Place at, const rvd_op& op);
  void check_operand(Place at, const rvd_op& op, unsigned operand, std::uint16_t reg) const;
  void check_index(Place at, const rvd_op& op) const;
  std::uint32_t type_of(OpIndex index, std::uint64_t record) const;
  void check_imm(Place at, const rvd_op& op);
  void check_const(Place at, const rvd_op& op) const;
  void check_store(Place at, const rvd_op& op);
  void write_register(Place at, const rvd_op& op);
  [[noreturn]] void fail(Place at, const rvd_op& op, std::string_view field, std::string_view value,
                         std::string_view must) const;

  const Checker& checker_;
  const rvd_population* population_ = nullptr;
  std::vector<std::uint8_t> registers_;  ///< the type of each; 0 before it is written
  std::vector<bool> stored_;             ///< by state
  std::uint64_t emits_ = 0;
};

}  // namespace ranvier::plan
