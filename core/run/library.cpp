#include "core/run/library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace ranvier::run {
namespace {

// One stub a signature: a single stub without arguments, called through another type, is undefined and traps where calls are
// checked (CFI, wasm).
template <class... Arguments>
rvd_status not_implemented(Arguments...) {
  return RVD_NOT_IMPLEMENTED;
}

template <class... Arguments>
void fill(rvd_status (*&entry)(Arguments...)) {
  if (entry == nullptr) entry = &not_implemented<Arguments...>;
}

std::string missing_file(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? "does not exist" : std::string("cannot be read: ") + std::strerror(errno);
  }
  if (S_ISDIR(status.st_mode)) return "is a folder, not a library";
  return status.st_size == 0 ? "is empty" : "";
}

std::string loader_reason(const std::string& path) {
  const char* const said = dlerror();
  const std::string text = said == nullptr ? "no reason given" : said;
  const bool other_file = text.find("cannot open shared object file") != std::string::npos && text.rfind(path, 0) != 0;
  if (other_file) return "needs a library that was not found: " + text;
  if (text.find("undefined symbol") != std::string::npos) return "uses a symbol that nobody defines: " + text;
  return "cannot be loaded: " + text;
}

}  // namespace

Library open_library(const std::string& path) {
  Library library;
  library.reason = missing_file(path);
  if (!library.reason.empty()) return library;
  // NOW: a missing symbol is found here rather than in the middle of a run. LOCAL: drivers do not see each other.
  library.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library.handle == nullptr) {
    library.reason = loader_reason(path);
    return library;
  }
  const auto entry = reinterpret_cast<rvd_driver_fn>(dlsym(library.handle, "rvd_driver"));
  if (entry == nullptr) {
    library.reason = "is not a driver: it does not export rvd_driver";
    return library;
  }
  library.api = entry(RVD_ABI_VERSION);
  library.reason = refuse_table(library.api);
  return library;
}

std::string refuse_table(const rvd_api* api) {
  const std::string ours = std::to_string(RVD_ABI_VERSION);
  if (api == nullptr) return "has no table for version " + ours + " of the driver interface; rebuild it with this driver.h";
  if (api->abi_version != RVD_ABI_VERSION) {
    return "was built for version " + std::to_string(api->abi_version) + " of the driver interface, this Ranvier has version " +
           ours;
  }
  if (api->struct_size != sizeof(rvd_api)) {
    return "has a table of " + std::to_string(api->struct_size) + " bytes, this Ranvier's has " +
           std::to_string(sizeof(rvd_api)) + "; rebuild it with this driver.h";
  }
  if (api->name == nullptr || api->name[0] == '\0') return "does not tell its name";
  constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyz";
  if (std::strchr(kLetters, api->name[0]) == nullptr ||
      std::strspn(api->name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != std::strlen(api->name)) {
    return "has a name that is not [a-z][a-z0-9_-]*";
  }
  if (api->version == nullptr) return "does not tell its version";
  if (api->vendor == nullptr) return "does not tell its vendor";
  return "";
}

rvd_api complete_table(const rvd_api& api) {
  rvd_api table = api;
  fill(table.open);
  fill(table.close);
  fill(table.enumerate);
  fill(table.device_open);
  fill(table.device_close);
  fill(table.device_info);
  fill(table.check);
  fill(table.compile);
  fill(table.exec_save);
  fill(table.exec_load);
  fill(table.exec_free);
  fill(table.session_open);
  fill(table.session_free);
  fill(table.write);
  fill(table.run);
  fill(table.cancel);
  fill(table.read);
  fill(table.probe_set);
  fill(table.probe_read);
  fill(table.reset);
  fill(table.counters);
  fill(table.extension);
  return table;
}

}  // namespace ranvier::run
