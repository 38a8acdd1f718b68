#include "core/run/open.h"

#include <algorithm>
#include <utility>

#include <ranvier/devices.h>
#include <ranvier/error.h>
#include <ranvier/executable.h>
#include <ranvier/plan_view.hpp>

#include "core/run/callbacks.h"
#include "core/run/device_string.h"
#include "core/run/faults.h"
#include "core/run/registry.h"
#include "core/run/session_impl.h"

namespace ranvier::run {
namespace {

constexpr std::size_t kMaxLanes = std::size_t{1} << 24;

// The caller's arrays may change; what was compiled with them may not.
Inputs copies_of(const Inputs& inputs) {
  Inputs copies;
  for (const auto& [name, tensor] : inputs) copies.emplace(name, tensor.clone());
  return copies;
}

}  // namespace

void fail_unless_ok(const Driver& driver, std::string_view entry, rvd_status status, const ReportLines& report) {
  if (!report.broken_rule().empty()) throw Error({rule_broken(driver.name, entry, report.broken_rule())});
  if (status != RVD_OK) throw Error(problems_of(driver.name, entry, status, report.entries()));
}

void require_handle(const Driver& driver, std::string_view entry, const void* handle) {
  if (handle == nullptr) throw Error({rule_broken(driver.name, entry, "an out-parameter is set when the answer is RVD_OK")});
}

Target resolve(const std::string& device, const std::map<std::string, std::string>& settings) {
  const DeviceString parsed = parse_device(device);
  Target target{device, nullptr, parsed.index, merge_settings(parsed, settings)};
  if (target.settings.contains("lanes")) {
    throw Error(Code::invalid_argument, "The number of lanes is no setting of a device.", "lanes",
                "Give it to the call: lanes=64, or --lanes 64 on the command line.");
  }
  target.driver = &Registry::instance().find(parsed);
  return target;
}

void check_lanes(std::size_t lanes, std::uint64_t first_lane) {
  if (lanes < 1 || lanes > kMaxLanes) {
    throw Error(Code::out_of_range,
                std::to_string(lanes) + " lanes were asked for; 1 to " + std::to_string(kMaxLanes) + " are possible.", "lanes",
                "Open several sessions, one after the other, with first_lane going on.");
  }
  // Random numbers have 24 bits for the lane.
  if (first_lane <= kMaxLanes - lanes) return;
  throw Error(Code::out_of_range,
              "first_lane is " + std::to_string(first_lane) + " for " + std::to_string(lanes) + " lanes; it may be 0 to " +
                  std::to_string(kMaxLanes - lanes) + ".",
              "first_lane", "Number samples from 0.");
}

Report check_plan(const Target& target, const Plan& plan, std::size_t lanes, const Samples& samples) {
  Driver& driver = *target.driver;
  std::map<std::string, std::string> values = target.settings;
  values["lanes"] = std::to_string(lanes);
  const Settings settings(std::move(values));
  ReportLines lines;
  rvd_status status = RVD_OK;
  {
    const std::lock_guard lock(driver.calls);
    status = call(driver.api.check, driver.handle, plan.bytes().data(), plan.bytes().size(), settings.raw(), samples.blocks(),
                  samples.count(), lines.raw());
  }
  if (status != RVD_UNSUPPORTED) fail_unless_ok(driver, "check", status, lines);
  Report report;
  report.device = target.text;
  report.entries = lines.take();
  // A driver that says yes beside a line that says no means no.
  report.ok = status == RVD_OK && !any_unsupported(report.entries);
  if (!report.ok && !any_unsupported(report.entries)) {
    report.entries.push_back({"", "this network", "", "", "", Verdict::unsupported,
                              "The driver '" + driver.name + "' gives no reason, which it must; tell its vendor."});
  }
  return report;
}

void require_supported(const Target& target, const Plan& plan, std::size_t lanes) {
  const Report report = check_plan(target, plan, lanes, Samples());
  if (!report.ok) throw Error(problems_of(target.driver->name, "check", RVD_UNSUPPORTED, report.entries));
}

DeviceHandle open_device(const Target& target) {
  Driver& driver = *target.driver;
  const Settings settings(target.settings);
  ReportLines report;
  rvd_device_t* device = nullptr;
  rvd_status status = RVD_OK;
  {
    const std::lock_guard lock(driver.calls);
    status = call(driver.api.device_open, driver.handle, target.index, settings.raw(), report.raw(), &device);
  }
  DeviceHandle handle(status == RVD_OK ? device : nullptr, CloseDevice{&driver});
  fail_unless_ok(driver, "device_open", status, report);
  require_handle(driver, "device_open", device);
  return handle;
}

std::shared_ptr<const Compiled> compile(Target target, const Plan& plan, const Inputs& calibrate) {
  Driver& driver = *target.driver;
  const Settings settings(target.settings);
  const Inputs kept = copies_of(calibrate);
  const Samples samples(plan, kept);
  ReportLines lines;
  rvd_exec_t* executable = nullptr;
  rvd_status status = RVD_OK;
  {
    const std::lock_guard lock(driver.calls);
    status = call(driver.api.compile, driver.handle, plan.bytes().data(), plan.bytes().size(), settings.raw(), samples.blocks(),
                  samples.count(), lines.raw(), &executable);
  }
  ExecutableHandle handle(status == RVD_OK ? executable : nullptr, FreeExecutable{&driver});
  fail_unless_ok(driver, "compile", status, lines);
  require_handle(driver, "compile", executable);
  Report report{target.text, true, lines.take()};
  return std::shared_ptr<const Compiled>(new Compiled{std::move(target), plan, kept, std::move(report), std::move(handle), {}});
}

SessionHandle open_session(const Compiled& compiled, rvd_device_t* device, const rvd_session_args& args) {
  Driver& driver = *compiled.target.driver;
  const std::lock_guard lock(compiled.calls);
  rvd_session_t* session = nullptr;
  const rvd_status status = call(driver.api.session_open, device, compiled.executable.get(), &args, &session);
  if (status != RVD_OK) throw Error({problem_of(driver.name, "session_open", status)});
  require_handle(driver, "session_open", session);
  return SessionHandle(session, FreeSession{&driver});
}

DeviceFacts facts_of(Driver& driver, rvd_device_t* device) {
  FactLines lines;
  const rvd_status status = call(driver.api.device_info, device, lines.raw());
  if (status != RVD_OK && status != RVD_NOT_IMPLEMENTED) throw Error({problem_of(driver.name, "device_info", status)});
  return {driver.name, driver.version, driver.vendor, driver.path, lines.facts()};
}

namespace {

/// What a driver enumerates: index, perhaps with settings, and description.
std::map<std::string, std::string> present_of(Driver& driver) {
  FactLines present;
  const std::lock_guard lock(driver.calls);
  call(driver.api.enumerate, driver.handle, present.raw());
  return present.facts();
}

DeviceInfo opened(Driver& driver, const std::string& name) {
  DeviceInfo info;
  info.name = name;
  info.path = driver.path;
  info.version = driver.version;
  info.vendor = driver.vendor;
  try {
    const DeviceString device = parse_device(name);
    const DeviceHandle handle = open_device({name, &driver, device.index, device.settings});
    info.facts = facts_of(driver, handle.get()).facts;
    info.usable = true;
  } catch (const Error& error) {
    info.reason = error.what();
  }
  return info;
}

/// A driver by its name, and by its name with settings what opens only with these.
void add_infos(const Candidate& candidate, std::vector<DeviceInfo>& infos) {
  if (candidate.driver == nullptr) {
    infos.emplace_back().name = candidate.name;
    infos.back().path = candidate.path;
    infos.back().reason = candidate.reason;
    return;
  }
  Driver& driver = *candidate.driver;
  const std::map<std::string, std::string> present = present_of(driver);
  DeviceInfo plain;
  for (const auto& [where, description] : present) {
    const std::size_t settings = where.find('?');
    if (settings == std::string::npos) continue;
    const std::string index = where.substr(0, settings) == "0" ? "" : ":" + where.substr(0, settings);
    infos.push_back(opened(driver, candidate.name + index + where.substr(settings)));
    infos.back().facts["device " + where] = description;
    plain.reason += (plain.reason.empty() ? "is not there; " : ", ") + infos.back().name + " is";
  }
  const auto is_plain = [](const auto& entry) { return entry.first.find('?') == std::string::npos; };
  if (present.empty() || std::any_of(present.begin(), present.end(), is_plain)) {
    plain = opened(driver, candidate.name);
    for (const auto& [where, description] : present) {
      if (where.find('?') == std::string::npos) plain.facts["device " + where] = description;
    }
  } else {
    plain.name = candidate.name;
    plain.path = driver.path;
    plain.version = driver.version;
    plain.vendor = driver.vendor;
  }
  infos.push_back(std::move(plain));
}

}  // namespace
}  // namespace ranvier::run

namespace ranvier {

std::vector<DeviceInfo> devices() {
  std::vector<DeviceInfo> infos;
  for (const run::Candidate& candidate : run::Registry::instance().list()) run::add_infos(candidate, infos);
  std::stable_sort(infos.begin(), infos.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return infos;
}

std::vector<Port> inputs_of(const Plan& plan) {
  return run::input_ports(run::nodes_of({plan.bytes().data(), plan.bytes().size()}));
}

Report check(const Plan& plan, const std::string& device, const SessionOptions& options) {
  run::check_lanes(options.lanes, options.first_lane);
  const run::Target target = run::resolve(device, options.settings);
  return run::check_plan(target, plan, options.lanes, run::Samples(plan, options.calibrate));
}

Executable compile(const Plan& plan, const std::string& device, const CompileOptions& options) {
  run::Target target = run::resolve(device, options.settings);
  run::require_supported(target, plan, 1);
  return Executable(run::compile(std::move(target), plan, options.calibrate));
}

Session open(const Plan& plan, const std::string& device, const SessionOptions& options) {
  run::check_lanes(options.lanes, options.first_lane);
  run::Target target = run::resolve(device, options.settings);
  run::DeviceHandle handle = run::open_device(target);
  run::require_supported(target, plan, options.lanes);
  auto compiled = run::compile(std::move(target), plan, options.calibrate);
  return Session(std::make_unique<Session::Impl>(std::move(compiled), std::move(handle), options.lanes, options.first_lane));
}

}  // namespace ranvier
