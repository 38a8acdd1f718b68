/// Calling a driver, and what its answers mean to a user.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <cxxabi.h>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/report.h>

namespace ranvier::run {

/// Ours: an exception left the entry, which no driver may let happen.
inline constexpr rvd_status kThrew = 0xFFFFFFFFu;

/// What the driver logged as an error during this thread's last `call`: the sentence behind a bare status.
std::string& last_complaint();

/// Calls an entry; an exception that leaves it becomes kThrew.
template <class... Formal, class... Actual>
rvd_status call(rvd_status (*entry)(Formal...), Actual... actual) {
  last_complaint().clear();
  try {
    return entry(actual...);
#ifdef __GLIBCXX__
  } catch (abi::__forced_unwind&) {
    throw;  // the thread is being cancelled
#endif
  } catch (...) {
    return kThrew;
  }
}

/// "The driver 'x' broke a rule: in `run`, ...".
Problem rule_broken(const std::string& driver, std::string_view entry, const std::string& rule);

/// What a status other than RVD_OK means. `where` is a node, where one is known.
Problem problem_of(const std::string& driver, std::string_view entry, rvd_status status, const std::string& where = {});

/// The lines of a failed call as problems of the status' code; those that say "unsupported", or all when none does. A failed
/// call without a line gives one problem that says so.
std::vector<Problem> problems_of(const std::string& driver, std::string_view entry, rvd_status status,
                                 const std::vector<ReportEntry>& lines);

bool any_unsupported(const std::vector<ReportEntry>& lines);

}  // namespace ranvier::run
