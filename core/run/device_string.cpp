#include "core/run/device_string.h"

#include <charconv>
#include <string_view>

#include <ranvier/error.h>

namespace ranvier::run {
namespace {

constexpr const char* kForm = "Write name, name:index or the path of a .so, then ?key=value&key=value.";

[[noreturn]] void refuse(const std::string& text, const std::string& problem) {
  throw Error(Code::bad_value, "The device '" + text + "' " + problem + ".", "device", kForm);
}

// Takes ":<digits>" off the end of `head`. A ':' that anything else follows belongs to a path.
std::uint64_t take_index(const std::string& text, std::string_view& head) {
  const std::size_t colon = head.rfind(':');
  if (colon == std::string_view::npos) return 0;
  const std::string_view digits = head.substr(colon + 1);
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    if (head.find('/') != std::string_view::npos) return 0;
    refuse(text, "has '" + std::string(digits) + "' where the number of a device belongs");
  }
  head = head.substr(0, colon);
  return index;
}

void take_settings(const std::string& text, std::string_view list, std::map<std::string, std::string>& settings) {
  while (true) {
    const std::size_t cut = list.find('&');
    const std::string_view item = list.substr(0, cut);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      refuse(text, "has the setting '" + std::string(item) + "', which is not key=value");
    }
    const std::string key(item.substr(0, equals));
    if (!settings.emplace(key, item.substr(equals + 1)).second) refuse(text, "sets '" + key + "' twice");
    if (cut == std::string_view::npos) return;
    list.remove_prefix(cut + 1);
  }
}

}  // namespace

bool is_driver_name(const std::string& name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
}

DeviceString parse_device(const std::string& text) {
  DeviceString device;
  std::string_view head = text;
  if (const std::size_t mark = head.find('?'); mark != std::string_view::npos) {
    take_settings(text, head.substr(mark + 1), device.settings);
    head = head.substr(0, mark);
  }
  device.index = take_index(text, head);
  device.name = head;
  device.is_path = head.find('/') != std::string_view::npos || head.ends_with(".so");
  if (device.name.empty()) refuse(text, "has no name");
  if (!device.is_path && !is_driver_name(device.name)) {
    refuse(text, "has a name that is not lower-case letters, digits, '_' and '-' after a first letter");
  }
  return device;
}

std::map<std::string, std::string> merge_settings(const DeviceString& device,
                                                  const std::map<std::string, std::string>& options) {
  std::map<std::string, std::string> merged = device.settings;
  for (const auto& [key, value] : options) {
    const auto [at, added] = merged.emplace(key, value);
    if (!added && at->second != value) {
      throw Error(Code::bad_value,
                  "The setting '" + key + "' is '" + at->second + "' in the device's name and '" + value + "' in the options.",
                  device.name, "Give it once.");
    }
  }
  return merged;
}

}  // namespace ranvier::run
