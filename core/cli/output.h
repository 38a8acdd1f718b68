/// What the program says: exit codes, errors as sentences and as JSON, reports and devices as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <ranvier/devices.h>
#include <ranvier/error.h>
#include <ranvier/report.h>

namespace ranvier::cli {

/// Keys keep the order in which they are written.
using Json = nlohmann::ordered_json;

enum class Exit : int { ok = 0, fault = 1, bad_arguments = 2, unsupported = 3, bad_file = 4, different = 5, interrupted = 130 };

/// For --help.
extern const char* const kExitCodes;

Exit exit_of(Code code);

/// Sentences to stderr; with `json` also {"errors": [...]} to stdout.
void print_errors(const Error& error, bool json);

/// Indented, to stdout. Bytes that are no UTF-8 are replaced.
void print_json(const Json& json);

Json to_json(const Report& report);
Json to_json(const std::vector<DeviceInfo>& devices);

/// "0x00ab...": sixteen digits. JSON's numbers are doubles to most readers, so a hash is text.
std::string hex(std::uint64_t number);

}  // namespace ranvier::cli
