/// What a user writes for a device, taken apart: `name[:index]?key=value&key=value`, or a path in place of the name.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace ranvier::run {

struct DeviceString {
  std::string name;  ///< of a driver, or the path of its library
  bool is_path = false;
  std::uint64_t index = 0;  ///< which of the driver's devices
  std::map<std::string, std::string> settings;
};

/// Text with a '/' or ending in ".so" (before any ':' and '?') is a path; everything else is a name, [a-z][a-z0-9_-]*. Nothing
/// is unescaped; a path cannot hold '?', a value cannot hold '&'.
/// @throws Error bad_value, quoting the text and the part that is wrong.
DeviceString parse_device(const std::string& text);

/// A driver's name: [a-z][a-z0-9_-]*.
bool is_driver_name(const std::string& name);

/// `settings` of the device string and of the options, together. @throws Error bad_value for a key that both give differently.
std::map<std::string, std::string> merge_settings(const DeviceString& device,
                                                  const std::map<std::string, std::string>& options);

}  // namespace ranvier::run
