#include "core/run/callbacks.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include <ranvier/error.h>
#include <ranvier/log.h>

#include "core/plan/check.h"
#include "core/run/faults.h"

namespace ranvier::run {
namespace {

constexpr std::size_t kLongestText = 4096;
constexpr std::size_t kMostLines = 65536;
constexpr std::size_t kMostFacts = 4096;
constexpr std::uint64_t kMostFigures = 256;

// Length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none. Overlong forms and surrogates are not
// well-formed.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool beyond = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
  return overlong || beyond ? 0 : length;
}

void log_for_driver(void* context, std::uint32_t level, rvd_text message) noexcept {
  try {
    const std::string text = copy_text(message);
    if (level >= RVD_LOG_ERROR) last_complaint() = text;
    log(static_cast<LogLevel>(std::min(level, RVD_LOG_ERROR)), *static_cast<const std::string*>(context) + ": " + text);
  } catch (...) {
    // Neither memory nor a hook that throws may unwind the driver's frames.
  }
}

rvd_status check_for_driver(void* context, const void* plan, std::uint64_t length) noexcept {
  try {
    plan::check({static_cast<const std::byte*>(plan), static_cast<std::size_t>(length)});
    return RVD_OK;
  } catch (const Error& error) {
    log_for_driver(context, RVD_LOG_ERROR, text_of(error.what()));
    return RVD_INCOMPATIBLE;
  } catch (...) {
    return RVD_OUT_OF_MEMORY;
  }
}

}  // namespace

std::string copy_text(rvd_text text) {
  if (text.data == nullptr) return {};
  std::string_view rest(text.data, static_cast<std::size_t>(std::min<std::uint64_t>(text.length, kLongestText)));
  // Names of counters come by in every run: plain text is not taken apart.
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  if (std::all_of(rest.begin(), rest.end(), plain)) return std::string(rest);
  std::string copy;
  copy.reserve(rest.size());
  while (!rest.empty()) {
    const std::size_t length = sequence_length(rest);
    const bool control = length == 1 && static_cast<unsigned char>(rest.front()) < 0x20 && rest.front() != '\n';
    if (length == 0 || control) {
      copy += '?';
    } else {
      copy += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return copy;
}

Settings::Settings(std::map<std::string, std::string> values) : values_(std::move(values)) {
  for (const auto& [key, value] : values_) items_.push_back({text_of(key), text_of(value)});
  raw_ = {sizeof(rvd_settings), 0, items_.size(), items_.data()};
}

ReportLines::ReportLines() : raw_{sizeof(rvd_report), 0, this, &ReportLines::add} {}

void ReportLines::add(void* context, const rvd_entry* entry) noexcept {
  try {
    static_cast<ReportLines*>(context)->keep(entry);
  } catch (...) {
    // No memory for the line: the status that follows still fails the call.
  }
}

void ReportLines::keep(const rvd_entry* entry) {
  const std::lock_guard lock(mutex_);
  if (entry == nullptr || entry->struct_size != sizeof(rvd_entry) || entry->verdict > RVD_VERDICT_UNSUPPORTED ||
      (entry->figures == nullptr && entry->figure_count != 0)) {
    broken_rule_ = "a report line has the struct_size of rvd_entry, a known verdict and the figures that it counts";
    return;
  }
  if (entries_.size() >= kMostLines) return;
  ReportEntry line;
  line.node = copy_text(entry->where);
  line.quantity = copy_text(entry->quantity);
  line.asked = copy_text(entry->asked);
  line.limit = copy_text(entry->limit);
  line.unit = copy_text(entry->unit);
  line.verdict = static_cast<Verdict>(entry->verdict);
  line.remedy = copy_text(entry->remedy);
  for (std::uint64_t k = 0; k < std::min(entry->figure_count, kMostFigures); ++k) {
    const rvd_figure& figure = entry->figures[k];
    if (std::isfinite(figure.value)) line.figures[copy_text(figure.name)] = figure.value;
  }
  entries_.push_back(std::move(line));
}

FactLines::FactLines() : raw_{sizeof(rvd_facts), 0, this, &FactLines::text, &FactLines::number} {}

void FactLines::text(void* context, rvd_text name, rvd_text value) noexcept {
  try {
    static_cast<FactLines*>(context)->keep(copy_text(name), copy_text(value));
  } catch (...) {
    // No memory for a fact: it is missing, as one that the driver left out.
  }
}

void FactLines::number(void* context, rvd_text name, std::uint64_t, std::uint64_t value) noexcept {
  try {
    static_cast<FactLines*>(context)->keep(copy_text(name), std::to_string(value));
  } catch (...) {
    // As above.
  }
}

void FactLines::keep(std::string name, std::string value) {
  const std::lock_guard lock(mutex_);
  if (facts_.size() < kMostFacts) facts_[std::move(name)] = std::move(value);
}

ByteSink::ByteSink() : raw_{sizeof(rvd_sink), 0, this, &ByteSink::write} {}

rvd_status ByteSink::write(void* context, const void* bytes, std::uint64_t length) noexcept {
  if (length == 0) return RVD_OK;
  try {
    std::vector<std::byte>& all = static_cast<ByteSink*>(context)->bytes_;
    const auto* const first = static_cast<const std::byte*>(bytes);
    all.insert(all.end(), first, first + length);
    return RVD_OK;
  } catch (...) {
    return RVD_OUT_OF_MEMORY;
  }
}

rvd_host make_host(const std::string* name) {
  return {sizeof(rvd_host), RVD_ABI_VERSION, const_cast<std::string*>(name), &log_for_driver, &check_for_driver};
}

}  // namespace ranvier::run
