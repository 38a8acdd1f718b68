/// What a driver says to its host and how it hears the user's settings: failures, log, facts, report, settings, bytes out.
/// Part of <ranvier/driver.hpp>.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/driver.h>

namespace rvd {

/// Thrown anywhere in a driver, it leaves the entry as `status`; the text goes to the host's log and report, the remedy to the
/// report of those entries that have one.
class Failure : public std::exception {
 public:
  Failure(rvd_status status, std::string text, std::string remedy = {})
      : status_(status), text_(std::move(text)), remedy_(std::move(remedy)) {}
  rvd_status status() const { return status_; }
  const char* what() const noexcept override { return text_.c_str(); }
  const char* remedy() const noexcept { return remedy_.c_str(); }

 private:
  rvd_status status_;
  std::string text_, remedy_;
};

inline rvd_text text(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view view(rvd_text t) { return t.length == 0 ? std::string_view{} : std::string_view(t.data, t.length); }

/// "0.1", "1e-07": six digits, without the zeros that std::to_string adds.
inline std::string number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

/// A struct that crossed the border, with its presence and size checked.
template <class Struct>
Struct& crossed(Struct* given, const char* name) {
  if (given == nullptr) throw Failure(RVD_INVALID_ARGUMENT, std::string(name) + " is NULL");
  if (given->struct_size != sizeof(Struct)) {
    throw Failure(RVD_INCOMPATIBLE, std::string(name) + " has struct_size " + std::to_string(given->struct_size) +
                                        ", this driver's is " + std::to_string(sizeof(Struct)));
  }
  return *given;
}

/// The host's log. Copyable; good until `close`.
class Host {
 public:
  Host() = default;
  explicit Host(const rvd_host& host) : host_(host) {}
  void log(std::uint32_t level, std::string_view message) const noexcept {
    if (host_.log != nullptr) host_.log(host_.context, level, text(message));
  }
  /// For a plan out of a saved executable. @throws Failure RVD_INCOMPATIBLE, RVD_OUT_OF_MEMORY.
  void check_plan(const void* plan, std::uint64_t length) const {
    const rvd_status status = host_.check_plan(host_.context, plan, length);
    if (status != RVD_OK) throw Failure(status, "the saved executable has a plan that is not valid");
  }

 private:
  rvd_host host_{};
};

class Facts {
 public:
  explicit Facts(const rvd_facts& facts) : facts_(facts) {}
  void text(std::string_view name, std::string_view value) const {
    facts_.text(facts_.context, rvd::text(name), rvd::text(value));
  }
  void number(std::string_view name, std::uint64_t value, std::uint64_t lane = 0) const {
    facts_.number(facts_.context, rvd::text(name), lane, value);
  }

 private:
  const rvd_facts& facts_;
};

class Sink {
 public:
  explicit Sink(const rvd_sink& sink) : sink_(sink) {}
  void write(const void* bytes, std::uint64_t length) const {
    const rvd_status status = sink_.write(sink_.context, bytes, length);
    if (status != RVD_OK) throw Failure(status, "the host did not take the bytes");
  }

 private:
  const rvd_sink& sink_;
};

/// A number behind a line of a report.
struct Figure {
  std::string_view name;
  double value;
};
using Figures = std::vector<Figure>;

/// Collects lines. Add all reasons, then `stop_if_refused` once: a user wants the whole list.
class Report {
 public:
  explicit Report(const rvd_report& report) : report_(report) {}

  void exact(std::string_view where, std::string_view quantity, std::string_view asked, std::string_view limit = {},
             std::string_view unit = {}, const Figures& figures = {}) {
    add(RVD_VERDICT_EXACT, where, quantity, asked, limit, unit, {}, figures);
  }
  void approximate(std::string_view where, std::string_view quantity, std::string_view asked, std::string_view limit,
                   std::string_view unit = {}, std::string_view remedy = {}, const Figures& figures = {}) {
    add(RVD_VERDICT_APPROXIMATE, where, quantity, asked, limit, unit, remedy, figures);
  }
  void unsupported(std::string_view where, std::string_view quantity, std::string_view asked, std::string_view limit,
                   std::string_view unit, std::string_view remedy, const Figures& figures = {}) {
    ++refused_;
    add(RVD_VERDICT_UNSUPPORTED, where, quantity, asked, limit, unit, remedy, figures);
  }
  bool refused() const { return refused_ != 0; }
  void stop_if_refused(rvd_status status = RVD_UNSUPPORTED) const {
    if (refused()) throw Failure(status, "refused, see the report");
  }

 private:
  void add(std::uint32_t verdict, std::string_view where, std::string_view quantity, std::string_view asked,
           std::string_view limit, std::string_view unit, std::string_view remedy, const Figures& figures) {
    std::vector<rvd_figure> numbers;
    for (const Figure& figure : figures) numbers.push_back({text(figure.name), figure.value});
    const rvd_entry entry{sizeof(rvd_entry), verdict,    text(where),  text(quantity), text(asked),
                          text(limit),       text(unit), text(remedy), numbers.data(), numbers.size()};
    report_.add(report_.context, &entry);
  }

  const rvd_report& report_;
  std::uint64_t refused_ = 0;
};

namespace detail {

/// Letters to insert, remove or replace to get from a to b.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace detail

/// Ask for each setting that the driver knows, then call `done`: it refuses the unknown ones and all bad values together.
/// The host hands the same settings to device_open, check and compile, so one function should read them.
class Settings {
 public:
  Settings(const rvd_settings& settings, Report& report) : settings_(settings), report_(report) {
    lanes_ = whole("lanes", 1, 1, std::uint64_t{1} << 24);
  }

  /// Of `check`: how many lanes the session will have.
  std::uint64_t lanes() const { return lanes_; }

  std::string choice(std::string_view key, std::string_view fallback, std::initializer_list<std::string_view> allowed) {
    const rvd_setting* found = find(key);
    if (found == nullptr) return std::string(fallback);
    std::string list;
    for (const std::string_view option : allowed) {
      if (option == view(found->value)) return std::string(option);
      list += (list.empty() ? "" : ", ") + std::string(option);
    }
    refuse(RVD_INVALID_ARGUMENT, key, view(found->value), list, "Use one of: " + list + ".");
    return std::string(fallback);
  }

  std::uint64_t whole(std::string_view key, std::uint64_t fallback, std::uint64_t low, std::uint64_t high) {
    const rvd_setting* found = find(key);
    if (found == nullptr) return fallback;
    const std::string_view digits = view(found->value);
    std::uint64_t value = 0;
    bool good = !digits.empty() && digits.size() < 19;
    for (const char c : digits) {
      good = good && c >= '0' && c <= '9';
      if (good) value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (good && value >= low && value <= high) return value;
    const std::string range = std::to_string(low) + " to " + std::to_string(high);
    refuse(RVD_INVALID_ARGUMENT, key, digits, range, "Give a whole number from " + range + ".");
    return fallback;
  }

  /// For a value that is spelled well and cannot be had: `done` then fails with this status (the first that was refused).
  void refuse(rvd_status status, std::string_view key, std::string_view asked, std::string_view limit,
              std::string_view remedy) {
    report_.unsupported(key, "setting \"" + std::string(key) + "\"", asked, limit, "", remedy);
    if (status_ != RVD_OK) return;
    status_ = status;
    first_ = std::string(key) + ": " + std::string(asked) + ". " + std::string(remedy);
  }

  void done() {
    for (std::uint64_t i = 0; i < settings_.count; ++i) {
      const std::string_view key = view(settings_.items[i].key);
      if (std::find(known_.begin(), known_.end(), key) == known_.end()) refuse_unknown(key);
    }
    if (status_ != RVD_OK) throw Failure(status_, "setting refused: " + first_);
  }

 private:
  const rvd_setting* find(std::string_view key) {
    known_.emplace_back(key);
    const rvd_setting* found = nullptr;
    for (std::uint64_t i = 0; i < settings_.count; ++i) {
      if (view(settings_.items[i].key) != key) continue;
      if (found != nullptr) refuse(RVD_INVALID_ARGUMENT, key, "given twice", "once", "Give it once.");
      found = &settings_.items[i];
    }
    return found;
  }

  void refuse_unknown(std::string_view key) {
    std::string list;
    std::string_view near;
    std::size_t nearest = 3;
    for (const std::string& known : known_) {
      if (known != "lanes") list += (list.empty() ? "" : ", ") + known;  // that one is the host's
      const std::size_t distance = detail::edit_distance(key, known);
      if (distance < nearest) {
        nearest = distance;
        near = known;
      }
    }
    const std::string remedy = near.empty() ? "Leave it out." : "Did you mean \"" + std::string(near) + "\"?";
    refuse(RVD_NOT_FOUND, key, "unknown setting", list, remedy);
  }

  const rvd_settings& settings_;
  Report& report_;
  std::uint64_t lanes_ = 1;
  std::vector<std::string> known_;
  rvd_status status_ = RVD_OK;
  std::string first_;
};

}  // namespace rvd
