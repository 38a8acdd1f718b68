#include <ranvier/executable.h>

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include <ranvier/error.h>

#include "core/base/write_whole.h"
#include "core/run/device_string.h"
#include "core/run/executable_file.h"
#include "core/run/faults.h"
#include "core/run/open.h"
#include "core/run/session_impl.h"
#include "core/run/suggest.h"

namespace ranvier {
namespace run {
namespace {

// Settings name what was compiled: those of the device string may repeat them, not change them.
Target target_of(const SavedExecutable& saved, const std::string& device) {
  for (const auto& [key, value] : parse_device(device).settings) {
    const auto found = saved.settings.find(key);
    if (found != saved.settings.end() && found->second == value) continue;
    throw Error(Code::bad_value,
                "The executable was compiled " +
                    (found == saved.settings.end() ? "without the setting '" + key + "'"
                                                   : "with " + key + "=" + found->second + ", not " + key + "=" + value) +
                    ".",
                "device", "Leave the setting out, or compile again.");
  }
  Target target = resolve(device, saved.settings);
  if (target.driver->name == saved.driver) return target;
  throw Error(Code::incompatible,
              "The executable was made by '" + saved.driver + "' " + saved.driver_version + "; '" + target.driver->name +
                  "' cannot load it.",
              "device", "Name the device that it was compiled for: '" + saved.device + "'.");
}

ExecutableHandle load_bytes(Driver& driver, const std::vector<std::byte>& bytes) {
  ReportLines lines;
  rvd_exec_t* executable = nullptr;
  rvd_status status = RVD_OK;
  {
    const std::lock_guard lock(driver.calls);
    status = call(driver.api.exec_load, driver.handle, bytes.data(), bytes.size(), lines.raw(), &executable);
  }
  ExecutableHandle handle(status == RVD_OK ? executable : nullptr, FreeExecutable{&driver});
  fail_unless_ok(driver, "exec_load", status, lines);
  require_handle(driver, "exec_load", executable);
  return handle;
}

// nullptr where the driver has no such extension.
const rvd_export* export_table(const Driver& driver) {
  const void* table = nullptr;
  const rvd_status status = call(driver.api.extension, driver.handle, text_of(RVD_EXTENSION_EXPORT), &table);
  if (status == RVD_NOT_FOUND || status == RVD_NOT_IMPLEMENTED) return nullptr;
  if (status != RVD_OK) throw Error({problem_of(driver.name, "extension", status)});
  const auto* const found = static_cast<const rvd_export*>(table);
  if (found == nullptr || found->struct_size != sizeof(rvd_export) || found->formats == nullptr || found->write == nullptr) {
    throw Error({rule_broken(driver.name, "extension", "the table of \"export\" has its size and both entries")});
  }
  return found;
}

}  // namespace
}  // namespace run

Executable::Executable(std::shared_ptr<const run::Compiled> compiled) : compiled_(std::move(compiled)) {}

Executable Executable::load(const std::filesystem::path& path, const std::string& device) {
  run::SavedExecutable saved = run::read_executable(path);
  run::Target target = run::target_of(saved, device);
  // Only kept, for run folders; but what is kept is input of this plan.
  const run::Samples samples(saved.plan, saved.calibrate);
  run::ExecutableHandle handle = run::load_bytes(*target.driver, saved.bytes);
  Report report{target.text, true, std::move(saved.entries)};
  return Executable(std::shared_ptr<const run::Compiled>(
      new run::Compiled{std::move(target), saved.plan, saved.calibrate, std::move(report), std::move(handle), {}}));
}

bool Executable::is_saved(const std::filesystem::path& path) { return run::is_executable(path); }

void Executable::save(const std::filesystem::path& path) const {
  const run::Compiled& made = *compiled_;
  const run::Driver& driver = *made.target.driver;
  run::ByteSink sink;
  {
    const std::lock_guard lock(made.calls);
    const rvd_status status = run::call(driver.api.exec_save, made.executable.get(), sink.raw());
    if (status != RVD_OK) throw Error({run::problem_of(driver.name, "exec_save", status)});
  }
  write_whole(path, "executable",
              run::bytes_of({driver.name, driver.version, made.target.text, made.target.settings, made.report.entries,
                             made.calibrate, made.plan, sink.bytes()}));
}

const Report& Executable::report() const { return compiled_->report; }
const std::string& Executable::device() const { return compiled_->target.text; }
const std::map<std::string, std::string>& Executable::settings() const { return compiled_->target.settings; }
const Plan& Executable::plan() const { return compiled_->plan; }

Session Executable::open(std::size_t lanes, std::uint64_t first_lane) const {
  run::check_lanes(lanes, first_lane);
  run::DeviceHandle device = run::open_device(compiled_->target);
  // One lane is what compiling asked for.
  if (lanes != 1) run::require_supported(compiled_->target, compiled_->plan, lanes);
  return Session(std::make_unique<Session::Impl>(compiled_, std::move(device), lanes, first_lane));
}

std::map<std::string, std::string> Executable::formats() const {
  run::Driver& driver = *compiled_->target.driver;
  const rvd_export* const table = run::export_table(driver);
  if (table == nullptr) return {};
  run::FactLines facts;
  const std::lock_guard lock(driver.calls);
  const rvd_status status = run::call(table->formats, driver.handle, facts.raw());
  if (status != RVD_OK) throw Error({run::problem_of(driver.name, "formats", status)});
  return facts.facts();
}

Report Executable::write(const std::filesystem::path& path, const std::string& format) const {
  const run::Compiled& made = *compiled_;
  const run::Driver& driver = *made.target.driver;
  std::vector<std::string> names;
  for (const auto& [name, sentence] : formats()) names.push_back(name);
  if (std::find(names.begin(), names.end(), format) == names.end()) {
    throw Error(Code::unknown_name,
                "The device '" + driver.name + "' writes no format '" + format + "'; it has " +
                    (names.empty() ? "none" : run::list_for(format, names)) + ".",
                "format", names.empty() ? "Save the executable without a format." : "Name one of them.");
  }
  run::ReportLines lines;
  run::ByteSink sink;
  {
    const std::lock_guard lock(made.calls);
    const rvd_status status =
        run::call(run::export_table(driver)->write, made.executable.get(), run::text_of(format), lines.raw(), sink.raw());
    run::fail_unless_ok(driver, "write", status, lines);
  }
  write_whole(path, format + " file", sink.bytes());
  return {made.target.text, true, lines.take()};
}

}  // namespace ranvier
