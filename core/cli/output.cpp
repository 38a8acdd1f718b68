#include "core/cli/output.h"

#include <cinttypes>
#include <cstdio>
#include <iostream>

namespace ranvier::cli {

const char* const kExitCodes =
    "Exit codes: 0 done; 1 an internal error or a fault of the device; 2 arguments that cannot be used (an unknown option, a "
    "bad "
    "value, unit, shape or name); 3 not supported by the device or the convention; 4 a file, device or driver that is missing, "
    "damaged or of another version; 5 the two sides of rerun, compare or diff differ; 130 interrupted.";

Exit exit_of(Code code) {
  switch (code) {
    case Code::ok: return Exit::ok;
    case Code::invalid_argument:
    case Code::unknown_name:
    case Code::bad_shape:
    case Code::bad_type:
    case Code::bad_value:
    case Code::out_of_range:
    case Code::bad_unit: return Exit::bad_arguments;
    case Code::unsupported:
    case Code::not_implemented: return Exit::unsupported;
    case Code::not_found:
    case Code::incompatible:
    case Code::bad_graph:
    case Code::bad_file:
    case Code::bad_driver: return Exit::bad_file;
    case Code::cancelled: return Exit::interrupted;
    case Code::out_of_memory:
    case Code::failed_precondition:
    case Code::timeout:
    case Code::device_lost:
    case Code::internal:
    case Code::data_loss: break;
  }
  return Exit::fault;
}

void print_errors(const Error& error, bool json) {
  std::cerr << "ranvier: " << error.what() << '\n';
  if (!json) return;
  Json errors = Json::array();
  for (const Problem& problem : error.problems()) {
    errors.push_back(
        {{"code", name_of(problem.code)}, {"message", problem.message}, {"where", problem.where}, {"remedy", problem.remedy}});
  }
  print_json({{"errors", std::move(errors)}});
}

void print_json(const Json& json) { std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n'; }

Json to_json(const Report& report) {
  Json entries = Json::array();
  for (const ReportEntry& entry : report.entries) {
    entries.push_back({{"node", entry.node},
                       {"quantity", entry.quantity},
                       {"asked", entry.asked},
                       {"limit", entry.limit},
                       {"unit", entry.unit},
                       {"verdict", name_of(entry.verdict)},
                       {"remedy", entry.remedy},
                       {"figures", entry.figures}});
  }
  return {{"device", report.device}, {"ok", report.ok}, {"entries", std::move(entries)}};
}

Json to_json(const std::vector<DeviceInfo>& devices) {
  Json list = Json::array();
  for (const DeviceInfo& device : devices) {
    list.push_back({{"name", device.name},
                    {"usable", device.usable},
                    {"reason", device.reason},
                    {"path", device.path},
                    {"version", device.version},
                    {"vendor", device.vendor},
                    {"facts", device.facts}});
  }
  return {{"devices", std::move(list)}};
}

std::string hex(std::uint64_t number) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%016" PRIx64, number);
  return text;
}

}  // namespace ranvier::cli
