/// Where this library was installed, and where drivers are looked for.
#pragma once

#include <string>
#include <vector>

namespace ranvier::run {

/// `ranvier` beside the library that contains this code; for a program that contains it, `../lib/ranvier` where the former does
/// not exist. Drivers are in `drivers` under it, helper programs in `bin`.
const std::string& own_root();

/// Parts of RANVIER_DRIVER_PATH that are ignored because they depend on the current directory.
std::vector<std::string> ignored_folders();

/// Does `path` lie in our own folder of drivers? Links are followed.
bool is_own(const std::string& path);

}  // namespace ranvier::run
