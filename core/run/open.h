/// The steps from a device string to a device: what `check`, `open` and `Session::reset(lanes)` share.
#pragma once

#include <map>
#include <string>

#include <ranvier/plan.h>
#include <ranvier/report.h>
#include <ranvier/session.h>

#include "core/run/handles.h"

namespace ranvier::run {

/// A device string, understood.
struct Target {
  std::string text;  ///< as the user wrote it
  Driver* driver = nullptr;
  std::uint64_t index = 0;
  std::map<std::string, std::string> settings;
};

/// @throws Error bad_value, not_found, bad_driver.
Target resolve(const std::string& device, const std::map<std::string, std::string>& settings);

/// @throws Error out_of_range unless 1 <= lanes <= 2^24.
void check_lanes(std::size_t lanes, std::uint64_t first_lane);

/// What the driver makes of the plan with so many lanes. @throws Error for anything but yes or no.
Report check_plan(const Target& target, const Plan& plan, std::size_t lanes);

/// The same, but a no is an Error too, with every line that says "unsupported" as a problem.
void require_supported(const Target& target, const Plan& plan, std::size_t lanes);

DeviceHandle open_device(const Target& target);
ExecutableHandle compile(const Target& target, const Plan& plan, Report& report);
SessionHandle open_session(Driver& driver, rvd_device_t* device, rvd_exec_t* executable, const rvd_session_args& args);

/// What the driver tells about itself and the device.
DeviceFacts facts_of(Driver& driver, rvd_device_t* device);

}  // namespace ranvier::run
