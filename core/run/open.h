/// The steps from a device string to a session: what `check`, `compile`, `open` and `Session::reset(lanes)` share.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <ranvier/plan.h>
#include <ranvier/report.h>
#include <ranvier/session.h>

#include "core/run/callbacks.h"
#include "core/run/handles.h"
#include "core/run/samples.h"

namespace ranvier::run {

/// A device string, understood.
struct Target {
  std::string text;  ///< as the user wrote it
  Driver* driver = nullptr;
  std::uint64_t index = 0;
  std::map<std::string, std::string> settings;
};

/// What compiling gave, shared by executables and their sessions. Immutable, but for the calls that name the executable: one at
/// a time.
struct Compiled {
  Target target;
  Plan plan;
  Inputs calibrate;  ///< own copies
  Report report;
  ExecutableHandle executable;
  mutable std::mutex calls;
};

/// @throws Error bad_value, not_found, bad_driver.
Target resolve(const std::string& device, const std::map<std::string, std::string>& settings);

/// @throws Error out_of_range unless 1 <= lanes <= 2^24.
void check_lanes(std::size_t lanes, std::uint64_t first_lane);

/// What the driver makes of the plan with so many lanes. @throws Error for anything but yes or no.
Report check_plan(const Target& target, const Plan& plan, std::size_t lanes, const Samples& samples);

/// The same without samples, on which the answer does not depend; a no is an Error too, with every line that says
/// "unsupported" as a problem.
void require_supported(const Target& target, const Plan& plan, std::size_t lanes);

DeviceHandle open_device(const Target& target);
std::shared_ptr<const Compiled> compile(Target target, const Plan& plan, const Inputs& calibrate);
SessionHandle open_session(const Compiled& compiled, rvd_device_t* device, const rvd_session_args& args);

/// What every entry with a report and an answer is followed by. @throws Error unless the answer is RVD_OK and no rule was broken.
void fail_unless_ok(const Driver& driver, std::string_view entry, rvd_status status, const ReportLines& report);

/// @throws Error bad_driver where an out-parameter was left as it was.
void require_handle(const Driver& driver, std::string_view entry, const void* handle);

/// What the driver tells about itself and the device.
DeviceFacts facts_of(Driver& driver, rvd_device_t* device);

}  // namespace ranvier::run
