/// A driver's handles, owned: freed by the call that names them. Members must be declared device, executable, session, so that
/// they are freed in the opposite order.
#pragma once

#include <memory>
#include <mutex>

#include <ranvier/driver.h>

#include "core/run/faults.h"
#include "core/run/registry.h"

namespace ranvier::run {

// What these entries answer cannot be acted upon, and nothing may be thrown from a destructor.
struct CloseDevice {
  Driver* driver = nullptr;
  void operator()(rvd_device_t* device) const {
    const std::lock_guard lock(driver->calls);
    call(driver->api.device_close, device);
  }
};
struct FreeExecutable {
  Driver* driver = nullptr;
  void operator()(rvd_exec_t* executable) const {
    const std::lock_guard lock(driver->calls);
    call(driver->api.exec_free, executable);
  }
};
struct FreeSession {
  Driver* driver = nullptr;
  void operator()(rvd_session_t* session) const { call(driver->api.session_free, session); }
};

using DeviceHandle = std::unique_ptr<rvd_device_t, CloseDevice>;
using ExecutableHandle = std::unique_ptr<rvd_exec_t, FreeExecutable>;
using SessionHandle = std::unique_ptr<rvd_session_t, FreeSession>;

}  // namespace ranvier::run
