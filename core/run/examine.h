/// Examining a library in a child process, since one that is cut short or mutated kills whoever opens it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ranvier::run {

/// Tells whether a file is still the one that was examined.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  bool operator==(const FileStamp&) const = default;
};

/// All zero when there is no such file.
FileStamp stamp_of(const std::string& path);

struct Finding {
  std::string name;    ///< what the driver calls itself; may be empty
  std::string reason;  ///< why it is not usable, as the end of "PATH ..."; empty when it is
};

/// Opens each library in a child of its own (`helper`, the program ranvier-probe), several at a time, with a limit of 2 s each.
/// Never throws for what a library does; nothing of it reaches this process but a line of text.
std::vector<Finding> examine(const std::string& helper, const std::vector<std::string>& paths);

}  // namespace ranvier::run
