// The frame: header, checksum, section table, texts, arrays; and the network record. What records mean is checked in
// population_checker.cpp, program_checker.cpp and projection_checker.cpp.
#include "core/plan/checker.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <ranvier/error.h>
#include <ranvier/quantity.h>
#include <ranvier/tensor.h>

#include "core/plan/check.h"

namespace ranvier::plan {
namespace {

struct SectionRule {
  std::string_view name;
  std::uint32_t record_size;  ///< of the first minor version; 1: bytes
};

constexpr std::array<SectionRule, RVD_SECTION_BLOB + 1> kSections{{
    {"Section", sizeof(rvd_section)},
    {"Network", sizeof(rvd_network)},
    {"Population", sizeof(rvd_population)},
    {"Projection", offsetof(rvd_projection, window)},  // version 0.1 has no more
    {"Parameter", sizeof(rvd_value)},
    {"Coefficient", sizeof(rvd_value)},
    {"State", sizeof(rvd_state)},
    {"Variable", sizeof(rvd_variable)},
    {"Receptor", sizeof(rvd_receptor)},
    {"Option", sizeof(rvd_option)},
    {"Op", sizeof(rvd_op)},
    {"Note", sizeof(rvd_note)},
    {"Text", 1},
    {"Blob", 1},
}};

constexpr std::string_view kDamaged = "The file was damaged or cut short: copy it or make it again.";

bool known(std::uint32_t kind) { return kind >= RVD_SECTION_NETWORK && kind <= RVD_SECTION_BLOB; }
std::uint64_t end_of(const rvd_section& section) { return section.offset + section.record_size * section.count; }

/// "1 to 9": inclusive.
std::string range_text(std::uint64_t low, std::uint64_t high) { return std::to_string(low) + " to " + std::to_string(high); }

/// Bytes of the well-formed character at the front of `text`; 0 when there is none (Unicode 15, table 3-7).
std::size_t character_length(std::span<const unsigned char> text) {
  const unsigned char lead = text[0];
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text[1] < low || text[1] > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (text[i] < 0x80 || text[i] > 0xBF) return 0;
  }
  return length;
}

}  // namespace

std::string type_text(std::uint32_t type) {
  if (type < RVD_F32 || type > RVD_BOOL) return "type " + std::to_string(type);
  return std::string(name_of(static_cast<DType>(type)));
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

void check_header(const rvd_plan_header& header, std::uint64_t file_length) {
  if (file_length < sizeof header) {
    throw Error(Code::bad_file, "There are " + std::to_string(file_length) + " bytes; a plan has at least " +
                                    std::to_string(sizeof header) + ".");
  }
  if (std::memcmp(header.magic, RVD_PLAN_MAGIC, sizeof header.magic) != 0) {
    throw Error(Code::bad_file, "These bytes are not a plan: they do not begin with \"RVPLAN\\r\\n\".");
  }
  if (header.major != RVD_PLAN_MAJOR) {
    throw Error(Code::incompatible,
                "The plan has version " + std::to_string(header.major) + "." + std::to_string(header.minor) +
                    "; this library reads version " + std::to_string(RVD_PLAN_MAJOR) + "." + std::to_string(RVD_PLAN_MINOR) +
                    ".",
                {}, "Lower the network again with this version of Ranvier.");
  }
  if (header.length != file_length) {
    throw Error(
        Code::bad_file,
        "The header says " + std::to_string(header.length) + " bytes, but there are " + std::to_string(file_length) + ".", {},
        std::string(kDamaged));
  }
}

Checker::Checker(std::span<const std::byte> bytes) : bytes_(bytes), scan_(bytes) {
  rvd_plan_header header{};
  if (bytes.size() >= sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  check_header(header, bytes.size());
  check_checksum(header);
  read_sections(header.section_count);
  check_overlap();
  check_sizes();
  check_utf8();
}

void Checker::check_checksum(const rvd_plan_header& header) const {
  const std::uint32_t actual = checksum(bytes_);
  if (actual == header.crc32c) return;
  throw Error(
      Code::bad_file,
      "The checksum of the bytes is " + std::to_string(actual) + ", but the header says " + std::to_string(header.crc32c) + ".",
      {}, std::string(kDamaged));
}

void Checker::read_sections(std::uint32_t section_count) {
  const std::uint64_t room =
      std::min<std::uint64_t>(kMaxSections, (bytes_.size() - sizeof(rvd_plan_header)) / sizeof(rvd_section));
  if (section_count > room) {
    throw Error(Code::bad_file, "Header: section_count is " + std::to_string(section_count) + "; it must be " +
                                    range_text(2, kMaxSections) + " and fit the file, which has room for " +
                                    std::to_string(room) + ".");
  }
  sections_[0] = {0, sizeof(rvd_section), sizeof(rvd_plan_header), section_count};
  std::array<bool, RVD_SECTION_BLOB + 1> seen{};
  for (std::uint32_t i = 0; i < section_count; ++i) {
    const auto& section = record<rvd_section>({0, i});
    check_section({0, i}, section);
    if (!known(section.kind)) continue;
    if (seen[section.kind]) fail({0, i}, "kind", section.kind, "unique among the sections");
    seen[section.kind] = true;
    sections_[section.kind] = section;
  }
}

void Checker::check_section(Place at, const rvd_section& section) const {
  const std::uint64_t table_end = end_of(sections_[0]);
  const std::uint64_t length = bytes_.size();
  if (section.offset < table_end || section.offset > length) {
    fail(at, "offset", section.offset, range_text(table_end, length) + ", after the section table and in the file");
  }
  if (section.offset % RVD_PLAN_ALIGN != 0) fail(at, "offset", section.offset, "a multiple of 64");
  if (section.record_size != 0 && section.count > (length - section.offset) / section.record_size) {
    fail(at, "count", section.count,
         range_text(0, (length - section.offset) / section.record_size) + " for records of " +
             std::to_string(section.record_size) + " bytes, to lie in the file");
  }
  if (!known(section.kind)) return;
  const SectionRule& rule = kSections[section.kind];
  if (rule.record_size == 1 && section.record_size != 1) fail(at, "record_size", section.record_size, "1");
  if (rule.record_size > 1 && (section.record_size < rule.record_size || section.record_size % 8 != 0)) {
    fail(at, "record_size", section.record_size, "a multiple of 8, at least " + std::to_string(rule.record_size));
  }
}

void Checker::check_overlap() const {
  std::vector<std::pair<rvd_section, Place>> order;
  for (std::uint64_t i = 0; i < count(0); ++i) order.push_back({record<rvd_section>({0, i}), {0, i}});
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.offset, end_of(a.first)) < std::pair(b.first.offset, end_of(b.first));
  });
  for (std::size_t i = 1; i < order.size(); ++i) {
    const std::uint64_t free = end_of(order[i - 1].first);
    if (order[i].first.offset < free) {
      fail(order[i].second, "offset", order[i].first.offset,
           "at least " + std::to_string(free) + ", where section " + std::to_string(order[i - 1].second.record) + " ends");
    }
  }
}

void Checker::check_sizes() const {
  for (std::uint32_t kind = RVD_SECTION_NETWORK; kind < RVD_SECTION_TEXT; ++kind) {
    for (std::uint64_t i = 0; i < count(kind); ++i) {
      const auto size = record<std::uint32_t>({kind, i});
      if (size < kSections[kind].record_size || size > sections_[kind].record_size) {
        fail({kind, i}, "size", size, range_text(kSections[kind].record_size, sections_[kind].record_size));
      }
    }
  }
}

// Once for the whole section: then a string is valid when it begins and ends between two characters, and any number of strings
// may share the bytes without making the check slow.
void Checker::check_utf8() const {
  const rvd_section& section = sections_[RVD_SECTION_TEXT];
  const std::span text(reinterpret_cast<const unsigned char*>(bytes_.data() + section.offset), section.count);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.subspan(at));
    if (length == 0) fail({RVD_SECTION_TEXT, at}, "the byte", text[at], "part of a well-formed UTF-8 character");
    at += length;
  }
}

std::uint64_t Checker::offset_of(Place at) const {
  return sections_[at.section].offset + sections_[at.section].record_size * at.record;
}

void Checker::fail(Place at, std::string_view field, std::string_view value, std::string_view must) const {
  std::string sentence(kSections[at.section].name);
  sentence += " " + std::to_string(at.record) + " (offset " + std::to_string(offset_of(at)) + "): ";
  sentence.append(field).append(" is ").append(value).append("; it must be ").append(must).append(".");
  throw Error(Code::bad_file, sentence);
}

void Checker::fail(Place at, std::string_view field, std::uint64_t value, std::string_view must) const {
  fail(at, field, std::to_string(value), must);
}

void Checker::require_zero(Place at, std::string_view field, std::uint64_t value) const {
  if (value != 0) fail(at, field, value, "0, for it is not used");
}

bool Checker::splits_character(std::uint64_t offset) const {
  return offset < end_of(sections_[RVD_SECTION_TEXT]) && (bytes_[offset] & std::byte{0xC0}) == std::byte{0x80};
}

std::string_view Checker::text(Place at, std::string_view field, rvd_str string) const {
  const std::string what(field);
  if (string.length == 0) {
    require_zero(at, what + ".offset", string.offset);
    return {};
  }
  const rvd_section& section = sections_[RVD_SECTION_TEXT];
  const std::uint64_t end = end_of(section);
  if (string.offset < section.offset || string.offset > end) {
    fail(at, what + ".offset", string.offset, range_text(section.offset, end) + ", in the text section");
  }
  if (string.length > end - string.offset) {
    fail(at, what + ".length", string.length, range_text(0, end - string.offset) + ", to end in the text section");
  }
  if (splits_character(string.offset)) fail(at, what + ".offset", string.offset, "the start of a UTF-8 character");
  if (splits_character(string.offset + string.length)) {
    fail(at, what + ".length", string.length, "such that the string ends after a whole UTF-8 character");
  }
  return {reinterpret_cast<const char*>(bytes_.data() + string.offset), string.length};
}

std::string_view Checker::name(Place at, std::string_view field, rvd_str string) const {
  if (string.length == 0 || string.length > kMaxNameBytes) {
    fail(at, std::string(field) + ".length", string.length, range_text(1, kMaxNameBytes));
  }
  return text(at, field, string);
}

void Checker::array(Place at, std::string_view field, const rvd_array& array) {
  const std::string what(field);
  require_zero(at, what + ".zero", array.zero);
  if (array.count == 0) {
    require_zero(at, what + ".offset", array.offset);
    require_zero(at, what + ".type", array.type);
    return;
  }
  if (array.type < RVD_F32 || array.type > RVD_BOOL) fail(at, what + ".type", array.type, range_text(RVD_F32, RVD_BOOL));
  const rvd_section& section = sections_[RVD_SECTION_BLOB];
  const std::uint64_t end = end_of(section);
  if (array.offset < section.offset || array.offset > end) {
    fail(at, what + ".offset", array.offset, range_text(section.offset, end) + ", in the blob section");
  }
  if (array.offset % RVD_PLAN_ALIGN != 0) fail(at, what + ".offset", array.offset, "a multiple of 64");
  const std::uint64_t room = (end - array.offset) / size_of(static_cast<DType>(array.type));
  if (array.count > room) fail(at, what + ".count", array.count, range_text(0, room) + ", to end in the blob section");
  const std::uint64_t index = scan_.first_non_bool(array);
  if (index < array.count) fail(at, what + "[" + std::to_string(index) + "]", "another byte", "0 or 1, for it is a bool");
}

void Checker::finite(Place at, std::string_view field, const rvd_array& array) {
  const std::uint64_t index = scan_.first_non_finite(array);
  if (index < array.count) fail(at, std::string(field) + "[" + std::to_string(index) + "]", "infinite or NaN", "finite");
}

void Checker::no_nan(Place at, std::string_view field, const rvd_array& array) {
  const std::uint64_t index = scan_.first_nan(array);
  if (index < array.count) fail(at, std::string(field) + "[" + std::to_string(index) + "]", "NaN", "a number");
}

void Names::require_unique(const Checker& checker, std::string_view field) {
  std::sort(names_.begin(), names_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.record) < std::pair(b.first, b.second.record);
  });
  const auto twin =
      std::adjacent_find(names_.begin(), names_.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twin == names_.end()) return;
  checker.fail((twin + 1)->second, field, quoted(twin->first),
               "unique, but record " + std::to_string(twin->second.record) + " has it");
}

void check_network(const Checker& checker) {
  if (checker.count(RVD_SECTION_NETWORK) != 1) {
    throw Error(Code::bad_file,
                "The plan has " + std::to_string(checker.count(RVD_SECTION_NETWORK)) + " network records; it must have one.");
  }
  const Place at{RVD_SECTION_NETWORK, 0};
  const auto& network = checker.record<rvd_network>(at);
  checker.require_zero(at, "zero", network.zero);
  if (!std::isfinite(network.dt) || network.dt <= 0) checker.fail(at, "dt", format_number(network.dt), "finite and above 0");
  checker.text(at, "name", network.name);
}

void check(std::span<const std::byte> bytes) {
  Checker checker(bytes);
  check_network(checker);
  check_populations(checker);
  check_projections(checker);
  for (std::uint64_t i = 0; i < checker.count(RVD_SECTION_NOTE); ++i) {
    const Place at{RVD_SECTION_NOTE, i};
    const auto& note = checker.record<rvd_note>(at);
    checker.require_zero(at, "zero", note.zero);
    checker.text(at, "where", note.where);
    checker.text(at, "text", note.text);
  }
}

}  // namespace ranvier::plan
