#include "core/run/faults.h"

#include <algorithm>
#include <utility>

namespace ranvier::run {
namespace {

struct Meaning {
  rvd_status status;
  const char* sentence;
  const char* remedy;
};

constexpr Meaning kMeanings[] = {
    {RVD_INVALID_ARGUMENT, "refused an argument or a setting", ""},
    {RVD_NOT_FOUND, "found no such device, population, variable or setting", ""},
    {RVD_UNSUPPORTED, "cannot do what was asked", ""},
    {RVD_NOT_IMPLEMENTED, "does not implement this call", "Ask its vendor for a newer driver."},
    {RVD_INCOMPATIBLE, "was given a plan or executable of another version", "Build driver and Ranvier from the same release."},
    {RVD_OUT_OF_MEMORY, "ran out of memory", "Use fewer lanes, record less, or run fewer steps at once."},
    {RVD_FAILED_PRECONDITION, "says that the call came at the wrong moment", ""},
    {RVD_TIMEOUT, "ran out of time", ""},
    {RVD_CANCELLED, "was cancelled", ""},
    {RVD_DEVICE_LOST, "lost its device", "Connect the device again and open a new session."},
    {RVD_INTERNAL, "reports a fault of its own", "Tell its vendor."},
    {RVD_DATA_LOSS, "lost events, or received them too late", ""},
};

std::string amount(const std::string& value, const std::string& unit) { return unit.empty() ? value : value + " " + unit; }

// "delay: 70 steps, limit 62 steps."
std::string sentence_of(const ReportEntry& line) {
  std::string text = line.quantity.empty() ? "this network" : line.quantity;
  if (line.asked.empty() && line.limit.empty()) return text + " is not supported.";
  if (!line.asked.empty()) text.append(": ").append(amount(line.asked, line.unit));
  if (!line.limit.empty()) text.append(line.asked.empty() ? ": limit " : ", limit ").append(amount(line.limit, line.unit));
  return text.ends_with('.') ? text : text + ".";
}

}  // namespace

std::string& last_complaint() {
  // A driver's text comes through the log, on the thread that called it or not at all; the call that failed is over by then.
  thread_local std::string text;
  return text;
}

Problem rule_broken(const std::string& driver, std::string_view entry, const std::string& rule) {
  return {Code::bad_driver,
          "The driver '" + driver + "' broke a rule of driver.h in " + std::string(entry) + ": " + rule + ".",
          {},
          "Tell its vendor."};
}

Problem problem_of(const std::string& driver, std::string_view entry, rvd_status status, const std::string& where) {
  if (status == kThrew) {
    Problem problem = rule_broken(driver, entry, "no exception leaves an entry, but one did");
    problem.where = where;
    return problem;
  }
  for (const Meaning& meaning : kMeanings) {
    if (meaning.status != status) continue;
    std::string text = "The driver '" + driver + "' " + meaning.sentence + " (" + std::string(entry) + ").";
    if (!last_complaint().empty()) text.append(" It says: ").append(last_complaint());
    return {static_cast<Code>(status), std::move(text), where, meaning.remedy};
  }
  return rule_broken(driver, entry, "a status is one of those listed, but " + std::to_string(status) + " was answered");
}

std::vector<Problem> problems_of(const std::string& driver, std::string_view entry, rvd_status status,
                                 const std::vector<ReportEntry>& lines) {
  const bool chosen = any_unsupported(lines);
  const Problem general = problem_of(driver, entry, status);
  std::vector<Problem> problems;
  for (const ReportEntry& line : lines) {
    if (chosen && line.verdict != Verdict::unsupported) continue;
    // A line about the call itself is what <ranvier/driver.hpp> makes of an exception.
    const bool of_call = line.quantity == entry && line.limit.empty();
    problems.push_back(
        {general.code,
         of_call ? "The driver '" + driver + "' says in " + line.quantity + ": " + line.asked + "." : sentence_of(line),
         line.node, line.remedy});
  }
  // A broken rule is more than the lines can say.
  if (problems.empty() || general.code == Code::bad_driver) problems.insert(problems.begin(), general);
  return problems;
}

bool any_unsupported(const std::vector<ReportEntry>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const ReportEntry& line) { return line.verdict == Verdict::unsupported; });
}

}  // namespace ranvier::run
