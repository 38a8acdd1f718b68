#include "core/run/folders.h"

#include <dlfcn.h>
#include <sys/auxv.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <ranvier/devices.h>

namespace ranvier::run {
namespace {

namespace fs = std::filesystem;

fs::path find_root() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&find_root), &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  // The main program is named as it was started, which may be a bare name.
  fs::path file = fs::canonical(info.dli_fname, error);
  if (error) file = fs::canonical("/proc/self/exe", error);
  fs::path beside = file.parent_path() / "ranvier";
  if (fs::is_directory(beside / "drivers", error) || fs::is_directory(beside / "bin", error)) return beside;
  fs::path installed = (file.parent_path() / "../lib/ranvier").lexically_normal();
  return fs::is_directory(installed, error) ? installed : beside;
}

std::vector<std::string> parts_of_variable() {
  const char* const value = std::getenv("RANVIER_DRIVER_PATH");
  // In a program that runs with another user's rights the environment is not to be trusted.
  if (value == nullptr || getauxval(AT_SECURE) != 0) return {};
  std::vector<std::string> parts;
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    if (colon != 0) parts.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return parts;
}

}  // namespace

const std::string& own_root() {
  static const std::string root = find_root().string();
  return root;
}

std::vector<std::string> ignored_folders() {
  std::vector<std::string> ignored;
  for (std::string& part : parts_of_variable()) {
    if (!part.starts_with('/')) ignored.push_back(std::move(part));
  }
  return ignored;
}

bool is_own(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::canonical(own_root() + "/drivers", error);
  if (error) return false;
  const fs::path file = fs::canonical(path, error);
  return !error && file.parent_path() == folder;
}

}  // namespace ranvier::run

namespace ranvier {

std::vector<std::string> driver_folders() {
  std::vector<std::string> folders;
  for (std::string& part : run::parts_of_variable()) {
    if (part.starts_with('/')) folders.push_back(std::move(part));
  }
  folders.push_back(run::own_root() + "/drivers");
  return folders;
}

}  // namespace ranvier
