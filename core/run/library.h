/// Opening one shared library and looking at its table. Shared by the host and the probe program, so that both refuse the same
/// things with the same words. Throws nothing but what the library's own code throws.
#pragma once

#include <string>

#include <ranvier/driver.h>

namespace ranvier::run {

struct Library {
  void* handle = nullptr;        ///< of dlopen; never closed
  const rvd_api* api = nullptr;  ///< the library's own; may have NULL entries
  std::string reason;            ///< why it cannot be used, as the end of "PATH ..."; empty when it can
};

/// Runs the library's constructors and its `rvd_driver`.
Library open_library(const std::string& path);

/// Why this table is refused: another version or size, no name. Empty when it is fine.
std::string refuse_table(const rvd_api* api);

/// A full copy in which every missing entry answers RVD_NOT_IMPLEMENTED, so that nobody ever calls NULL.
rvd_api complete_table(const rvd_api& api);

}  // namespace ranvier::run
