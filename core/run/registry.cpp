#include "core/run/registry.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include <ranvier/devices.h>
#include <ranvier/error.h>

#include "core/run/callbacks.h"
#include "core/run/faults.h"
#include "core/run/folders.h"
#include "core/run/library.h"
#include "core/run/suggest.h"

namespace ranvier::run {
namespace {

namespace fs = std::filesystem;

std::string stem_of(const std::string& path) { return fs::path(path).stem().string(); }

// The .so files of a folder, sorted. A folder that is not there has none.
std::vector<std::string> libraries_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".so") paths.push_back(at->path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<std::string> libraries_everywhere() {
  std::vector<std::string> paths;
  for (const std::string& folder : driver_folders()) {
    for (std::string& path : libraries_in(folder)) {
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(std::move(path));
    }
  }
  return paths;
}

// Who bears a name: the file that is called like it before one that is not, then the order of search.
bool goes_before(const Candidate& a, const Candidate& b) {
  const bool own_a = stem_of(a.path) == a.name;
  const bool own_b = stem_of(b.path) == b.name;
  return own_a && !own_b;
}

void mark_shadowed(std::vector<Candidate>& found) {
  for (Candidate& loser : found) {
    for (const Candidate& winner : found) {
      if (!winner.reason.empty() || !loser.reason.empty() || &winner == &loser || winner.name != loser.name) continue;
      if (goes_before(loser, winner) || (!goes_before(winner, loser) && &loser < &winner)) continue;
      loser.reason = "is shadowed by " + winner.path + ", which has the same name";
      loser.driver = nullptr;
    }
  }
}

[[noreturn]] void not_usable(const Candidate& candidate) {
  throw Error(Code::bad_driver, "The driver " + candidate.path + " " + candidate.reason + ".", candidate.name,
              "Build it again with this release's <ranvier/driver.h>, or take it out of the folder.");
}

std::string not_found_message(const std::string& name, const std::vector<Candidate>& tried) {
  std::string text = "There is no device '" + name + "'. Searched:";
  for (const std::string& folder : driver_folders()) text += "\n  " + folder + "/" + name + ".so does not exist.";
  for (const Candidate& candidate : tried) {
    text += "\n  " + candidate.path + " " + (candidate.reason.empty() ? "is '" + candidate.name + "'" : candidate.reason) + ".";
  }
  for (const std::string& folder : ignored_folders()) {
    text += "\n  " + folder + " of RANVIER_DRIVER_PATH is ignored: it does not begin with '/'.";
  }
  return text;
}

}  // namespace

Registry& Registry::instance() {
  // Never destroyed: drivers stay in use until the process has ended.
  static Registry* const registry = new Registry;
  return *registry;
}

void Registry::examine_all(const std::vector<std::string>& paths) {
  std::vector<std::string> unknown;
  for (const std::string& path : paths) {
    const FileStamp stamp = stamp_of(path);
    const auto known = findings_.find(path);
    if (known != findings_.end() && known->second.first == stamp) continue;
    // A file that is not there is told apart without a child.
    if (stamp.size != 0 && !is_own(path)) unknown.push_back(path);
  }
  std::vector<FileStamp> stamps;
  for (const std::string& path : unknown) stamps.push_back(stamp_of(path));
  std::vector<Finding> findings = examine(own_root() + "/bin/ranvier-probe", unknown);
  for (std::size_t i = 0; i < unknown.size(); ++i) findings_[unknown[i]] = {stamps[i], std::move(findings[i])};
}

const Finding& Registry::finding_of(const std::string& path) {
  static const Finding trusted;
  examine_all({path});
  const auto known = findings_.find(path);
  return known == findings_.end() ? trusted : known->second.second;
}

Candidate Registry::load(const std::string& path) {
  const Finding& finding = finding_of(path);
  if (!finding.reason.empty()) return {path, finding.name.empty() ? stem_of(path) : finding.name, finding.reason, nullptr};
  return open_in_process(path);
}

Candidate Registry::open_in_process(const std::string& path) {
  const Library library = open_library(path);
  if (!library.reason.empty()) return {path, stem_of(path), library.reason, nullptr};
  if (const auto known = drivers_.find(library.handle); known != drivers_.end()) {
    return {path, known->second->name, "", known->second.get()};
  }
  auto driver = std::make_unique<Driver>();
  driver->name = library.api->name;
  driver->path = path;
  driver->version = copy_text(text_of(library.api->version));
  driver->vendor = copy_text(text_of(library.api->vendor));
  driver->api = complete_table(*library.api);
  driver->host = make_host(&driver->name);
  const rvd_status status = call(driver->api.open, &driver->host, &driver->handle);
  if (status != RVD_OK)
    return {path, driver->name, "does not open: " + problem_of(driver->name, "open", status).message, nullptr};
  if (driver->handle == nullptr) return {path, driver->name, "answers RVD_OK to open, but gives no driver", nullptr};
  const auto kept = drivers_.emplace(library.handle, std::move(driver)).first;
  return {path, kept->second->name, "", kept->second.get()};
}

std::vector<Candidate> Registry::list() {
  const std::lock_guard lock(mutex_);
  const std::vector<std::string> paths = libraries_everywhere();
  examine_all(paths);
  std::vector<Candidate> found;
  for (const std::string& path : paths) found.push_back(load(path));
  mark_shadowed(found);
  return found;
}

Driver& Registry::find(const DeviceString& device) {
  const std::lock_guard lock(mutex_);
  return device.is_path ? find_by_path(device.name) : find_by_name(device.name);
}

Driver& Registry::find_by_path(const std::string& path) {
  // Absolute, or the loader would look for a bare name in its own folders.
  const Candidate candidate = load(fs::absolute(path).lexically_normal().string());
  if (candidate.driver != nullptr) return *candidate.driver;
  if (stamp_of(candidate.path) == FileStamp{}) {
    throw Error(Code::not_found, "The driver " + candidate.path + " " + candidate.reason + ".", path);
  }
  not_usable(candidate);
}

Driver& Registry::find_by_name(const std::string& name) {
  std::vector<Candidate> tried;
  std::vector<std::string> others;
  for (const std::string& folder : driver_folders()) {
    const std::string path = folder + "/" + name + ".so";
    if (stamp_of(path) == FileStamp{}) continue;
    Candidate candidate = load(path);
    // The file that bears the name is meant, broken or not: another in its place would be a silent fallback.
    if (candidate.driver == nullptr) not_usable(candidate);
    if (candidate.name == name) return *candidate.driver;
    tried.push_back(std::move(candidate));
  }
  for (std::string& path : libraries_everywhere()) {
    if (stem_of(path) != name) others.push_back(std::move(path));
  }
  examine_all(others);
  for (const std::string& path : others) {
    const Finding& finding = finding_of(path);
    // A stranger's library whose name is known is not loaded for another name's sake.
    const bool other_name = !finding.name.empty() && finding.name != name;
    tried.push_back(other_name ? Candidate{path, finding.name, finding.reason, nullptr} : load(path));
    if (tried.back().name != name) continue;
    if (tried.back().driver == nullptr) not_usable(tried.back());
    return *tried.back().driver;
  }
  std::vector<std::string> names;
  for (const Candidate& candidate : tried) {
    if (candidate.reason.empty()) names.push_back(candidate.name);
  }
  const std::vector<std::string> near = near_matches(name, names);
  throw Error(Code::not_found, not_found_message(name, tried), name,
              near.empty() ? "Usable are " + list_for(name, names) + "; `ranvier devices` lists all."
                           : "Did you mean '" + near.front() + "'?");
}

}  // namespace ranvier::run
