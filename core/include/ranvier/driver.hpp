/// Header-only C++17 for drivers: derive from rvd::Driver, rvd::Executable and rvd::Session, end the file with
///
///     RVD_DEFINE_DRIVER(MyDriver, "mychip", "1.0", "My Company")
///
/// and build a shared library whose only exported symbol is rvd_driver (hidden visibility and a version script). This layer
/// keeps the manners of <ranvier/driver.h>: nothing thrown leaves an entry, sizes of structs are checked, handles are counted.
/// examples/driver/ is a whole driver; devices/ has three more.
///
/// What there is to build from: Failure, Report, Settings, Facts (driver/report.hpp); InputQueue, EventLog, StateLog (driver/
/// session.hpp); SoftSession, all of a session but its steps (driver/soft_session.hpp); PlanCopy, save, load (driver/
/// executable.hpp); PlanView (plan_view.hpp) and FusedView, a plan as chips see it (driver/fused_view.hpp).
///
/// Types of what is read back: a driver sets `type` of a block to the type it computed in, which may be wider than the plan's
/// (f64 for f32 under precision=f64). So a host's buffer for `values` has 8 bytes for each element of `capacity`.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <ranvier/driver.h>
#include <ranvier/driver/executable.hpp>
#include <ranvier/driver/fused_view.hpp>
#include <ranvier/driver/report.hpp>
#include <ranvier/driver/session.hpp>
#include <ranvier/driver/soft_session.hpp>
#include <ranvier/plan_view.hpp>

namespace rvd {

/// Calibration input for `compile`; empty when the host gave none.
struct Samples {
  const rvd_block* blocks = nullptr;
  std::uint64_t count = 0;
};

/// Immutable once made. Shared with its sessions, so the host may free it before them.
class Executable {
 public:
  virtual ~Executable() = default;
  virtual void save(const Sink&) const { throw Failure(RVD_NOT_IMPLEMENTED, "this driver does not save executables"); }
};

using SharedExecutable = std::shared_ptr<const Executable>;

/// An opened device. Derive where there is more to hold than its number.
class Device {
 public:
  explicit Device(std::uint64_t index) : index_(index) {}
  virtual ~Device() = default;
  std::uint64_t index() const { return index_; }

 private:
  std::uint64_t index_;
};

class Driver {
 public:
  virtual ~Driver() = default;

  /// Asks for each setting that the driver knows, then `settings.done()`. device_open calls it to refuse the others early;
  /// check and compile are given the same settings to read themselves.
  virtual void read_settings(Settings& settings) { settings.done(); }
  /// Default: one device, number 0.
  virtual void enumerate(const Facts& facts) { facts.text("0", "software"); }
  virtual std::unique_ptr<Device> open_device(std::uint64_t index) {
    if (index != 0) throw Failure(RVD_NOT_FOUND, "there is one device, number 0");
    return std::make_unique<Device>(index);
  }
  virtual void info(Device& device, const Facts& facts) = 0;

  /// Complete: see driver.h. Compiling and throwing the result away is; override it where compiling takes long.
  virtual void check(PlanView plan, Settings& settings, Samples samples, Report& report) {
    compile(plan, settings, samples, report);
  }
  /// Adds a line to the report for everything that is not exact; lines of "unsupported" make it fail afterwards.
  virtual SharedExecutable compile(PlanView plan, Settings& settings, Samples samples, Report& report) = 0;
  virtual SharedExecutable load(const void*, std::uint64_t, Report&) {
    throw Failure(RVD_NOT_IMPLEMENTED, "this driver does not load executables");
  }
  virtual std::unique_ptr<Session> open_session(Device& device, SharedExecutable executable, const rvd_session_args& args) = 0;

  /// Formats beside the executable's own (extension "export"): facts.text(format, description) for each.
  virtual void formats(const Facts&) {}
  /// @throws Failure RVD_NOT_FOUND for another format, RVD_UNSUPPORTED where it has no place for what there is (see `report`).
  virtual void write(const Executable&, std::string_view format, Report&, const Sink&) {
    throw Failure(RVD_NOT_FOUND, "no format \"" + std::string(format) + "\"");
  }
  /// A table of further entries, or nullptr. "export" is answered without it.
  virtual const void* extension(std::string_view) { return nullptr; }

  /// The host that opened the driver.
  const Host& host() const { return host_; }
  void opened_by(const Host& host) { host_ = host; }

 private:
  Host host_;
};

namespace detail {

struct DriverHandle {
  Host host;
  std::unique_ptr<Driver> driver;
  std::atomic<std::uint64_t> devices{0};
  std::atomic<std::uint64_t> executables{0};
};
struct DeviceHandle {
  DriverHandle* parent;
  std::unique_ptr<Device> device;
  std::atomic<std::uint64_t> sessions{0};
};
struct ExecutableHandle {
  DriverHandle* parent;
  SharedExecutable executable;
};
struct SessionHandle {
  DeviceHandle* parent;
  SharedExecutable executable;  // outlives the session that may look into it
  std::unique_ptr<Session> session;
  std::atomic<bool> cancelled{false};
  bool failed = false;
};

template <class Handle, class Opaque>
Handle& handle(Opaque* opaque) {
  if (opaque == nullptr) throw Failure(RVD_INVALID_ARGUMENT, "the handle is NULL");
  return *reinterpret_cast<Handle*>(opaque);
}
inline DriverHandle& of(rvd_driver_t* driver) { return handle<DriverHandle>(driver); }
inline DeviceHandle& of(rvd_device_t* device) { return handle<DeviceHandle>(device); }
inline ExecutableHandle& of(rvd_exec_t* exec) { return handle<ExecutableHandle>(exec); }
inline SessionHandle& of(rvd_session_t* session) { return handle<SessionHandle>(session); }

template <class Pointer>
void need(Pointer* pointer, const char* name) {
  if (pointer == nullptr) throw Failure(RVD_INVALID_ARGUMENT, std::string(name) + " is NULL");
}

// Allocates nothing: it runs where memory may have run out. Lines that refuse say all there is to say.
inline rvd_status complain(const Host& host, const char* entry, rvd_status status, const char* what, Report* report,
                           const char* remedy = "") noexcept {
  if (report != nullptr && report->refused()) return status;
  char line[1024];
  std::snprintf(line, sizeof line, "%s: %s", entry, what);
  host.log(RVD_LOG_ERROR, line);
  if (report != nullptr) report->unsupported("", entry, what, "", "", remedy);
  return status;
}

/// Runs the body of an entry; whatever is thrown becomes a status.
template <class Body>
rvd_status guard(Host host, const char* entry, Report* report, Body&& body) noexcept {  // by value: `close` frees the handle
  try {
    return body();
  } catch (const Failure& failure) {
    return complain(host, entry, failure.status(), failure.what(), report, failure.remedy());
  } catch (const std::bad_alloc&) {
    return complain(host, entry, RVD_OUT_OF_MEMORY, "out of memory", report);
  } catch (const std::exception& error) {
    return complain(host, entry, RVD_INTERNAL, error.what(), report);
  } catch (...) {
    return complain(host, entry, RVD_INTERNAL, "unknown exception", report);
  }
}

inline const Host& host_of(rvd_driver_t* driver) { return of(driver).host; }
inline const Host& host_of(rvd_device_t* device) { return of(device).parent->host; }
inline const Host& host_of(rvd_exec_t* exec) { return of(exec).parent->host; }
inline const Host& host_of(rvd_session_t* session) { return of(session).parent->parent->host; }

template <class Opaque, class Body>
rvd_status enter(Opaque* opaque, const char* name, Body&& body) noexcept {
  if (opaque == nullptr) return RVD_INVALID_ARGUMENT;
  return guard(host_of(opaque), name, nullptr, [&] { return body(of(opaque)); });
}

/// The same for entries with a report, which takes a line for whatever fails.
template <class Body>
rvd_status enter(rvd_driver_t* driver, const char* name, const rvd_report* lines, Body&& body) noexcept {
  if (driver == nullptr || lines == nullptr) return RVD_INVALID_ARGUMENT;
  if (lines->struct_size != sizeof(rvd_report)) return RVD_INCOMPATIBLE;
  Report report(*lines);
  return guard(host_of(driver), name, &report, [&] { return body(of(driver), report); });
}

/// What a plan that the host has checked cannot fail; catches another version's, and a host that hands in something else.
inline PlanView plan_of(const void* plan, std::uint64_t length) {
  need(plan, "plan");
  if (reinterpret_cast<std::uintptr_t>(plan) % RVD_PLAN_ALIGN != 0) {
    throw Failure(RVD_INVALID_ARGUMENT, "the plan is not on a 64-byte boundary");
  }
  const auto* header = static_cast<const rvd_plan_header*>(plan);
  if (length < sizeof *header || std::memcmp(header->magic, RVD_PLAN_MAGIC, sizeof header->magic) != 0 ||
      header->length != length || header->major != RVD_PLAN_MAJOR) {
    throw Failure(RVD_INCOMPATIBLE, "not a plan of version " + std::to_string(RVD_PLAN_MAJOR));
  }
  return {plan, length};
}

inline rvd_status keep(DriverHandle& opened, SharedExecutable made, rvd_exec_t** exec) {
  if (made == nullptr) throw Failure(RVD_INTERNAL, "the driver made no executable");
  *exec = reinterpret_cast<rvd_exec_t*>(new ExecutableHandle{&opened, std::move(made)});
  ++opened.executables;
  return RVD_OK;
}

// ----------------------------------------------------------------------------------------------- the entries of the table

template <class DriverClass>
rvd_status open(const rvd_host* given, rvd_driver_t** driver) {
  static_assert(std::is_base_of<Driver, DriverClass>::value, "derive from rvd::Driver");
  if (given == nullptr || driver == nullptr) return RVD_INVALID_ARGUMENT;
  if (given->struct_size != sizeof(rvd_host) || given->abi_version != RVD_ABI_VERSION) return RVD_INCOMPATIBLE;
  const Host host(*given);
  return guard(host, "open", nullptr, [&] {
    auto opened = std::make_unique<DriverHandle>();
    opened->host = host;
    opened->driver = std::make_unique<DriverClass>();
    opened->driver->opened_by(host);
    *driver = reinterpret_cast<rvd_driver_t*>(opened.release());
    return RVD_OK;
  });
}

inline rvd_status close(rvd_driver_t* driver) {
  return enter(driver, "close", [](DriverHandle& opened) {
    const std::uint64_t devices = opened.devices, executables = opened.executables;
    if (devices + executables != 0) {
      throw Failure(RVD_FAILED_PRECONDITION,
                    "still open: " + std::to_string(devices) + " devices, " + std::to_string(executables) + " executables");
    }
    delete &opened;
    return RVD_OK;
  });
}

inline rvd_status enumerate(rvd_driver_t* driver, const rvd_facts* facts) {
  return enter(driver, "enumerate", [&](DriverHandle& opened) {
    opened.driver->enumerate(Facts(crossed(facts, "facts")));
    return RVD_OK;
  });
}

inline rvd_status device_open(rvd_driver_t* driver, std::uint64_t index, const rvd_settings* settings, const rvd_report* lines,
                              rvd_device_t** device) {
  return enter(driver, "device_open", lines, [&](DriverHandle& opened, Report& report) {
    need(device, "device");
    Settings asked(crossed(settings, "settings"), report);
    opened.driver->read_settings(asked);
    auto made = std::make_unique<DeviceHandle>();
    made->parent = &opened;
    made->device = opened.driver->open_device(index);
    *device = reinterpret_cast<rvd_device_t*>(made.release());
    ++opened.devices;
    return RVD_OK;
  });
}

inline rvd_status device_close(rvd_device_t* device) {
  return enter(device, "device_close", [](DeviceHandle& opened) {
    const std::uint64_t sessions = opened.sessions;
    if (sessions != 0) throw Failure(RVD_FAILED_PRECONDITION, "still open: " + std::to_string(sessions) + " sessions");
    --opened.parent->devices;
    delete &opened;
    return RVD_OK;
  });
}

inline rvd_status device_info(rvd_device_t* device, const rvd_facts* facts) {
  return enter(device, "device_info", [&](DeviceHandle& opened) {
    opened.parent->driver->info(*opened.device, Facts(crossed(facts, "facts")));
    return RVD_OK;
  });
}

inline Samples samples_of(const rvd_block* samples, std::uint64_t count) {
  if (count != 0) need(samples, "samples");
  for (std::uint64_t i = 0; i < count; ++i) crossed(&samples[i], "sample");
  return {samples, count};
}

inline rvd_status check(rvd_driver_t* driver, const void* plan, std::uint64_t length, const rvd_settings* settings,
                        const rvd_block* samples, std::uint64_t sample_count, const rvd_report* lines) {
  return enter(driver, "check", lines, [&](DriverHandle& opened, Report& report) {
    Settings asked(crossed(settings, "settings"), report);
    opened.driver->check(plan_of(plan, length), asked, samples_of(samples, sample_count), report);
    report.stop_if_refused();
    return RVD_OK;
  });
}

inline rvd_status compile(rvd_driver_t* driver, const void* plan, std::uint64_t length, const rvd_settings* settings,
                          const rvd_block* samples, std::uint64_t sample_count, const rvd_report* lines, rvd_exec_t** exec) {
  return enter(driver, "compile", lines, [&](DriverHandle& opened, Report& report) {
    need(exec, "exec");
    Settings asked(crossed(settings, "settings"), report);
    auto made = opened.driver->compile(plan_of(plan, length), asked, samples_of(samples, sample_count), report);
    report.stop_if_refused();
    return keep(opened, std::move(made), exec);
  });
}

inline rvd_status exec_save(rvd_exec_t* exec, const rvd_sink* sink) {
  return enter(exec, "exec_save", [&](ExecutableHandle& made) {
    made.executable->save(Sink(crossed(sink, "sink")));
    return RVD_OK;
  });
}

inline rvd_status exec_load(rvd_driver_t* driver, const void* bytes, std::uint64_t length, const rvd_report* lines,
                            rvd_exec_t** exec) {
  return enter(driver, "exec_load", lines, [&](DriverHandle& opened, Report& report) {
    need(exec, "exec");
    need(bytes, "bytes");
    return keep(opened, opened.driver->load(bytes, length, report), exec);
  });
}

inline rvd_status exec_free(rvd_exec_t* exec) {
  return enter(exec, "exec_free", [](ExecutableHandle& made) {
    --made.parent->executables;
    delete &made;
    return RVD_OK;
  });
}

inline rvd_status session_open(rvd_device_t* device, rvd_exec_t* exec, const rvd_session_args* args, rvd_session_t** session) {
  return enter(device, "session_open", [&](DeviceHandle& opened) {
    need(session, "session");
    if (crossed(args, "args").lanes == 0) throw Failure(RVD_INVALID_ARGUMENT, "lanes is 0");
    auto made = std::make_unique<SessionHandle>();
    made->parent = &opened;
    made->executable = of(exec).executable;
    made->session = opened.parent->driver->open_session(*opened.device, made->executable, *args);
    *session = reinterpret_cast<rvd_session_t*>(made.release());
    ++opened.sessions;
    return RVD_OK;
  });
}

inline rvd_status session_free(rvd_session_t* session) {
  return enter(session, "session_free", [](SessionHandle& opened) {
    --opened.parent->sessions;
    delete &opened;
    return RVD_OK;
  });
}

inline void still_good(const SessionHandle& opened) {
  if (opened.failed) throw Failure(RVD_FAILED_PRECONDITION, "a run of this session has failed; reset it or open another");
}

inline rvd_status write(rvd_session_t* session, const rvd_block* block, rvd_io* io) {
  return enter(session, "write", [&](SessionHandle& opened) {
    still_good(opened);
    crossed(io, "io");
    rvd_io counted{};
    counted.struct_size = sizeof counted;
    opened.session->write(crossed(block, "block"), counted);
    *io = counted;
    return RVD_OK;
  });
}

inline rvd_status run(rvd_session_t* session, std::uint64_t until, std::uint64_t timeout, std::uint64_t* clock) {
  return enter(session, "run", [&](SessionHandle& opened) {
    need(clock, "clock");
    *clock = opened.session->clock();
    still_good(opened);
    opened.cancelled.store(false);
    try {
      const rvd_status status = opened.session->run(until, Watch(opened.cancelled, timeout));
      *clock = opened.session->clock();
      return status;
    } catch (...) {
      opened.failed = true;
      *clock = opened.session->clock();
      throw;
    }
  });
}

inline rvd_status cancel(rvd_session_t* session) {
  return enter(session, "cancel", [](SessionHandle& opened) {
    opened.cancelled.store(true);
    return RVD_OK;
  });
}

inline rvd_status read(rvd_session_t* session, rvd_block* block) {
  return enter(session, "read", [&](SessionHandle& opened) {
    still_good(opened);
    rvd_block filled = crossed(block, "block");
    opened.session->read(filled);
    *block = filled;
    return RVD_OK;
  });
}

inline rvd_status probe_set(rvd_session_t* session, std::uint32_t population, rvd_text variable, std::uint64_t every) {
  return enter(session, "probe_set", [&](SessionHandle& opened) {
    still_good(opened);
    opened.session->probe_set(population, view(variable), every);
    return RVD_OK;
  });
}

inline rvd_status probe_read(rvd_session_t* session, rvd_text variable, rvd_block* block) {
  return enter(session, "probe_read", [&](SessionHandle& opened) {
    still_good(opened);
    rvd_block filled = crossed(block, "block");
    opened.session->probe_read(view(variable), filled);
    *block = filled;
    return RVD_OK;
  });
}

inline rvd_status reset(rvd_session_t* session) {
  return enter(session, "reset", [](SessionHandle& opened) {
    opened.session->reset();
    opened.failed = false;
    return RVD_OK;
  });
}

inline rvd_status counters(rvd_session_t* session, const rvd_facts* facts) {
  return enter(session, "counters", [&](SessionHandle& opened) {
    opened.session->counters(Facts(crossed(facts, "facts")));
    return RVD_OK;
  });
}

inline rvd_status export_formats(rvd_driver_t* driver, const rvd_facts* facts) {
  return enter(driver, "formats", [&](DriverHandle& opened) {
    opened.driver->formats(Facts(crossed(facts, "facts")));
    return RVD_OK;
  });
}

inline rvd_status export_write(rvd_exec_t* exec, rvd_text format, const rvd_report* lines, const rvd_sink* sink) {
  if (exec == nullptr || lines == nullptr) return RVD_INVALID_ARGUMENT;
  if (lines->struct_size != sizeof(rvd_report)) return RVD_INCOMPATIBLE;
  Report report(*lines);
  return guard(host_of(exec), "write", &report, [&] {
    const ExecutableHandle& made = of(exec);
    made.parent->driver->write(*made.executable, view(format), report, Sink(crossed(sink, "sink")));
    return RVD_OK;
  });
}

inline rvd_status extension(rvd_driver_t* driver, rvd_text name, const void** table) {
  return enter(driver, "extension", [&](DriverHandle& opened) {
    need(table, "table");
    static constexpr rvd_export kExport{sizeof(rvd_export), 0, &export_formats, &export_write};
    const void* found = view(name) == RVD_EXTENSION_EXPORT ? &kExport : opened.driver->extension(view(name));
    if (found == nullptr) return RVD_NOT_FOUND;
    *table = found;
    return RVD_OK;
  });
}

template <class DriverClass>
constexpr rvd_api table_of(const char* name, const char* version, const char* vendor) {
  return {sizeof(rvd_api),
          RVD_ABI_VERSION,
          name,
          version,
          vendor,
          &open<DriverClass>,
          &close,
          &enumerate,
          &device_open,
          &device_close,
          &device_info,
          &check,
          &compile,
          &exec_save,
          &exec_load,
          &exec_free,
          &session_open,
          &session_free,
          &write,
          &run,
          &cancel,
          &read,
          &probe_set,
          &probe_read,
          &reset,
          &counters,
          &extension};
}

}  // namespace detail
}  // namespace rvd

/// Defines the one exported symbol. At namespace scope, in one source file.
#define RVD_DEFINE_DRIVER(DriverClass, device_name, device_version, device_vendor)                                   \
  extern "C" RVD_EXPORT const rvd_api* rvd_driver(uint32_t abi_version) {                                            \
    static constexpr rvd_api table = rvd::detail::table_of<DriverClass>(device_name, device_version, device_vendor); \
    return abi_version == RVD_ABI_VERSION ? &table : nullptr;                                                        \
  }
