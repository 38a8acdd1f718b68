/// What a driver says: texts, report lines and facts, copied and made safe, since nothing that comes from a driver is trusted.
/// The callbacks never throw through the driver's frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/report.h>

namespace ranvier::run {

/// A copy as valid UTF-8 without control characters, cut at 4096 bytes. NULL gives "".
std::string copy_text(rvd_text text);

inline rvd_text text_of(std::string_view text) { return {text.data(), text.size()}; }

/// The settings of one call; borrows nothing.
class Settings {
 public:
  explicit Settings(std::map<std::string, std::string> values);
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  const rvd_settings* raw() const { return &raw_; }

 private:
  std::map<std::string, std::string> values_;
  std::vector<rvd_setting> items_;
  rvd_settings raw_{};
};

/// Collects the lines of one call. Drivers may add from several threads.
class ReportLines {
 public:
  ReportLines();
  ReportLines(const ReportLines&) = delete;
  ReportLines& operator=(const ReportLines&) = delete;

  const rvd_report* raw() const { return &raw_; }
  const std::vector<ReportEntry>& entries() const { return entries_; }
  std::vector<ReportEntry> take() { return std::move(entries_); }
  /// What was wrong with a line itself; empty when nothing was.
  const std::string& broken_rule() const { return broken_rule_; }

 private:
  static void add(void* context, const rvd_entry* entry) noexcept;
  void keep(const rvd_entry* entry);

  std::mutex mutex_;
  std::vector<ReportEntry> entries_;
  std::string broken_rule_;
  rvd_report raw_{};
};

/// Collects facts: texts as they are, numbers in decimal.
class FactLines {
 public:
  FactLines();
  FactLines(const FactLines&) = delete;
  FactLines& operator=(const FactLines&) = delete;

  const rvd_facts* raw() const { return &raw_; }
  const std::map<std::string, std::string>& facts() const { return facts_; }

 private:
  static void text(void* context, rvd_text name, rvd_text value) noexcept;
  static void number(void* context, rvd_text name, std::uint64_t lane, std::uint64_t value) noexcept;
  void keep(std::string name, std::string value);

  std::mutex mutex_;
  std::map<std::string, std::string> facts_;
  rvd_facts raw_{};
};

/// Collects bytes.
class ByteSink {
 public:
  ByteSink();
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  const rvd_sink* raw() const { return &raw_; }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  static rvd_status write(void* context, const void* bytes, std::uint64_t length) noexcept;

  std::vector<std::byte> bytes_;
  rvd_sink raw_{};
};

/// The host's side of rvd_host: passes messages to ranvier::log with the driver's name in front, and checks plans. `name` must
/// outlive the driver.
rvd_host make_host(const std::string* name);

}  // namespace ranvier::run
