/// Executable: what a device's driver made of a plan; to be run, saved, or written for a chip's own tools. Made without the
/// hardware: only `open` needs the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <ranvier/export.h>
#include <ranvier/plan.h>
#include <ranvier/report.h>
#include <ranvier/session.h>

namespace ranvier {

namespace run {
struct Compiled;
}

struct CompileOptions {
  std::map<std::string, std::string> settings = {};  ///< the device's own options, like those after '?'
  /// Input that is typical of what will be run, for drivers that choose scales by it: as `run` takes it, all of the same steps
  /// and lanes (samples). A copy is kept.
  Inputs calibrate = {};
};

/// Immutable; copies share one. Safe to share between threads.
class RANVIER_API Executable {
 public:
  /// Reads what `save` wrote.
  /// @param device  of the driver that made it: "loihi?kind=emulator", or the path of its library. Settings that are named must
  ///                be those that it was compiled with; the others are those.
  /// @throws Error not_found, bad_file for the file; incompatible where another driver, or another version of it, wrote it;
  ///         bad_value for a setting that differs.
  static Executable load(const std::filesystem::path& path, const std::string& device);
  /// By its first bytes; false for a file that cannot be read.
  static bool is_saved(const std::filesystem::path& path);
  /// Writes all that `load` needs: plan, settings, report, calibration input, the driver's bytes. The file is whole, or as it
  /// was. @throws Error bad_file; not_implemented where the driver saves none.
  void save(const std::filesystem::path& path) const;

  /// What compiling said.
  const Report& report() const;
  /// As asked for: "loihi?kind=emulator".
  const std::string& device() const;
  /// All of the device's: those after '?' and those of CompileOptions.
  const std::map<std::string, std::string>& settings() const;
  const Plan& plan() const;

  /// Opens the device and a session there, as `ranvier::open` does.
  /// @throws Error with everything that the device refuses of so many lanes; not_found where it is not there.
  Session open(std::size_t lanes = 1, std::uint64_t first_lane = 0) const;

  /// Formats that `write` takes, with a sentence each; empty where the driver has none.
  std::map<std::string, std::string> formats() const;
  /// Writes the executable as a chip's toolchain, or a person, takes it. The file is whole, or as it was.
  /// @return what the driver says about it: what the format cannot hold.
  /// @throws Error unknown_name for a format that is not there; unsupported where it has no place for this network; bad_file.
  Report write(const std::filesystem::path& path, const std::string& format) const;

  /// For the other rooms of the library.
  explicit Executable(std::shared_ptr<const run::Compiled> compiled);

 private:
  std::shared_ptr<const run::Compiled> compiled_;
};

/// Has `device` compile a plan. @throws Error with everything that the device refuses; for calibration input as `run` does.
RANVIER_API Executable compile(const Plan& plan, const std::string& device, const CompileOptions& options = {});

}  // namespace ranvier
