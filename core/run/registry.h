/// The drivers of this process: found, examined, opened once, never unloaded.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/driver.h>

#include "core/run/device_string.h"
#include "core/run/examine.h"

namespace ranvier::run {

/// A driver in this process. Lives until the process ends, so plain references to it are safe.
struct Driver {
  std::string name;
  std::string path;
  std::string version;
  std::string vendor;
  rvd_api api{};  ///< no entry is NULL
  rvd_host host{};
  rvd_driver_t* handle = nullptr;
  /// Held for open, close, enumerate, device_open, device_close, check, compile, exec_load, exec_free and formats.
  std::mutex calls;
};

/// One library that was found, and what came of it.
struct Candidate {
  std::string path;
  std::string name;    ///< the driver's own; the file's stem where it did not tell
  std::string reason;  ///< why it is not usable, as the end of "PATH ..."; empty when it is
  Driver* driver = nullptr;
};

/// Thread-safe: one lock, held while libraries are examined and opened.
class Registry {
 public:
  static Registry& instance();

  /// The driver that a device string means, opened.
  /// @throws Error not_found with every path tried and what came of it, and near matches; bad_driver when the file that bears
  ///         the name, or the path given, is not usable.
  Driver& find(const DeviceString& device);

  /// Every library of every folder, in the order of search. A name that an earlier one has makes a later one not usable.
  std::vector<Candidate> list();

 private:
  Candidate load(const std::string& path);
  Candidate open_in_process(const std::string& path);
  Driver& find_by_path(const std::string& path);
  Driver& find_by_name(const std::string& name);
  void examine_all(const std::vector<std::string>& paths);
  const Finding& finding_of(const std::string& path);

  std::mutex mutex_;
  std::map<void*, std::unique_ptr<Driver>> drivers_;  // by dlopen's handle: one library under two paths is opened once
  std::map<std::string, std::pair<FileStamp, Finding>> findings_;
};

}  // namespace ranvier::run
