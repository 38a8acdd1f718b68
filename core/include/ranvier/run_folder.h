/// Run folders: a run that a stranger can repeat, and `rerun`, which says whether the same comes out.
///
/// A folder holds, where NODE is the node's name with every character but letters, digits, '.', '_' and '-' as %XX:
///
///   run.json                  what ran where, and the SHA-256 of every other file; core/repeat/README.md has its members
///   network.safetensors       the network, as `Network::save` writes it; or plan.rvplan, where a plan was run
///   inputs/NODE.npy           as the run was given it
///   calibrate/NODE.npy        as the network was compiled with it
///   outputs/NODE.npy          [steps, lanes, ...shape]
///   spikes/NODE.npy           structured: step (u8), lane (u4), i (u4), value (f8); sorted by step, lane, i
///   states/NODE.VARIABLE.npy  [rows, lanes, ...shape]
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ranvier/compare.h>
#include <ranvier/export.h>
#include <ranvier/network.h>
#include <ranvier/plan.h>
#include <ranvier/session.h>

namespace ranvier {

/// Writes a run to a folder that does not exist yet, or is empty: the whole of it, or nothing.
/// @param network  that the session was opened with, as it was then.
/// @param inputs   that the run was given; empty for a run of steps alone.
/// @return the folder's id, 64 hexadecimal digits: the SHA-256 of run.json with the id as zeros.
/// @throws Error failed_precondition where the run did not begin at the session's first step, the network is another one or the
///         inputs have changed since; bad_file where the folder cannot be written.
RANVIER_API std::string save_run(const std::filesystem::path& folder, const Network& network, const Inputs& inputs,
                                 const Result& result);
/// The same for a run of a plan.
RANVIER_API std::string save_run(const std::filesystem::path& folder, const Plan& plan, const Inputs& inputs,
                                 const Result& result);

struct RerunOptions {
  std::optional<std::string> device;                                        ///< absent: the one it ran on, with its settings
  std::map<std::string, std::string> settings;                              ///< of `device`
  std::function<bool(std::uint64_t done, std::uint64_t total)> keep_going;  ///< as in RunOptions
};

/// A run, and the same run again. Side `a` of a difference is what the folder holds, `b` what came out now.
struct RANVIER_API Rerun {
  std::string id;
  std::string device_a, device_b;
  std::uint64_t steps = 0;
  double dt_ms = 0;
  bool same_plan = true;                  ///< false: this version lowers the network to another plan
  std::optional<SpikeDifference> spikes;  ///< of recorded nodes
  std::optional<ValueDifference> outputs, states;
  std::optional<std::uint64_t> hash_a, hash_b;  ///< of all spiking nodes, recorded or not

  /// Every recorded event, trace and output is equal, and so is the spike hash where both devices have one.
  bool equal() const;
  std::string text() const;     ///< a line if equal, else what differs first
  std::string to_json() const;  ///< the members above, and "equal"
};

/// Verifies a folder: every byte of every file is what was saved.
/// @return its id. @throws Error bad_file with each file that is damaged, missing or one too many; not_found without run.json;
///         incompatible for a folder of another version.
RANVIER_API std::string verify_run(const std::filesystem::path& folder);

/// Verifies the folder, runs its network again and compares all that was saved.
/// @throws Error as `verify_run`, `Network::to` and `Session::run` do.
RANVIER_API Rerun rerun(const std::filesystem::path& folder, const RerunOptions& options = {});

}  // namespace ranvier
