/// A saved executable: what the host knows of it, around the driver's own bytes.
///
/// Little-endian, in this order: magic "RANVIERX", version u32, CRC-32C u32 of the whole with this field as zero, and then fields;
/// a text, and any bytes, with their length as u64 in front; a list with its count:
/// name and version of the driver; device as asked for; settings; lines of the report (node, quantity, asked, limit, unit,
/// remedy, verdict, figures); calibration input (node, type, extents, values); the plan; what exec_save wrote.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <ranvier/plan.h>
#include <ranvier/report.h>
#include <ranvier/session.h>

namespace ranvier::run {

struct SavedExecutable {
  std::string driver, driver_version;
  std::string device;
  std::map<std::string, std::string> settings;
  std::vector<ReportEntry> entries;
  Inputs calibrate;
  Plan plan;
  std::vector<std::byte> bytes;
};

std::vector<std::byte> bytes_of(const SavedExecutable& saved);

bool is_executable(const std::filesystem::path& path);

/// @throws Error not_found; bad_file for what is damaged or no executable; incompatible for another version's.
SavedExecutable read_executable(const std::filesystem::path& path);

}  // namespace ranvier::run
