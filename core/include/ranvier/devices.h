/// Devices: what can be run on here, and running a Plan there.
///
/// A device is named `name?key=value&key=value`: "cpu", "reference?precision=f64". A path to a shared library may stand for the
/// name: "/opt/vendor/libchip.so?mode=fast". Folders searched, in this order: those of RANVIER_DRIVER_PATH (separated by ':';
/// ignored in a privileged process), then `ranvier/drivers` beside this library. A library outside our own folder is first
/// opened in a child process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ranvier/export.h>
#include <ranvier/plan.h>
#include <ranvier/report.h>
#include <ranvier/session.h>

namespace ranvier {

struct DeviceInfo {
  std::string name;  ///< what `to` takes, with settings where it opens only with these; the file's where the driver told none
  bool usable = false;
  std::string reason;  ///< why not
  std::string path;
  std::string version;
  std::string vendor;
  std::map<std::string, std::string> facts;
};

/// Every driver found, usable or not, and what it opens only with settings ("loihi?kind=emulator"), sorted by name. Opens each.
/// Thread-safe.
RANVIER_API std::vector<DeviceInfo> devices();

/// The nodes that a plan takes input for.
RANVIER_API std::vector<Port> inputs_of(const Plan& plan);

/// The folders searched, in order.
RANVIER_API std::vector<std::string> driver_folders();

struct SessionOptions {
  std::size_t lanes = 1;                        ///< 1 .. 2^24
  std::uint64_t first_lane = 0;                 ///< sample number of lane 0
  std::map<std::string, std::string> settings;  ///< the device's own options, like those after '?'
  Inputs calibrate = {};                        ///< as in CompileOptions
};

/// What `device` makes of a plan. @throws Error not_found when there is no such device, bad_driver when it cannot be loaded.
RANVIER_API Report check(const Plan& plan, const std::string& device, const SessionOptions& options = {});

/// Compiles a plan for `device` and opens a session. @throws Error with everything that the device refuses; for calibration
/// input as `run` does.
RANVIER_API Session open(const Plan& plan, const std::string& device, const SessionOptions& options = {});

}  // namespace ranvier
