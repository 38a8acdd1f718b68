// Running what a folder holds once more, and holding all of it against what was saved.
#include <algorithm>
#include <charconv>
#include <utility>

#include <ranvier/error.h>
#include <ranvier/npy.h>
#include <ranvier/run_folder.h>
#include <nlohmann/json.hpp>

#include <ranvier/plan_view.hpp>

#include "core/repeat/event_file.h"
#include "core/repeat/first_difference.h"
#include "core/repeat/folder.h"
#include "core/repeat/sha256.h"

namespace ranvier {
namespace repeat {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// What a verified folder holds.
class Folder {
 public:
  explicit Folder(fs::path path) : path_(std::move(path)), manifest_(read_verified(path_)) {}

  const json& at(const char* member) const { return manifest_.at(member); }

  /// The path of a file that run.json names in `entry`; only of those that were verified.
  fs::path file(const json& entry) const {
    const std::string name = entry.at("file").get<std::string>();
    if (!manifest_.at("files").contains(name)) {
      throw Error(Code::bad_file, "run.json names '" + name + "', which is not among its files.", (path_ / kManifest).string());
    }
    return path_ / name;
  }

  Plan plan() const {
    if (manifest_.contains("network")) return load(file(at("network")), {}).lower();
    return Plan::load(file(at("plan")));
  }

  /// @param kind  "inputs" or "calibrate"; folders of older versions lack the second.
  Inputs inputs(const char* kind) const {
    Inputs result;
    if (!manifest_.contains(kind)) return result;
    for (const auto& [node, entry] : at(kind).get_ref<const json::object_t&>()) result.emplace(node, read_npy(file(entry)));
    return result;
  }

  std::optional<std::uint64_t> hash() const {
    if (at("hash").is_null()) return {};
    const std::string text = at("hash").get<std::string>();
    std::uint64_t hash = 0;
    const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), hash, 16);
    return error == std::errc{} ? std::optional(hash) : std::nullopt;
  }

 private:
  fs::path path_;
  json manifest_;
};

std::vector<std::string> nodes_in_order(const Plan& plan) {
  const rvd::PlanView view(plan.bytes().data(), plan.bytes().size());
  std::vector<std::string> names;
  for (const rvd_population& population : view.populations()) names.emplace_back(view.text(population.name));
  return names;
}

/// Node by node in the order of update, so that of several differences in one step the first to arise is told.
class Judge {
 public:
  Judge(const Folder& folder, const Result& now, Rerun& verdict) : folder_(folder), now_(now), verdict_(verdict) {}

  void look_at(const std::string& node) {
    if (folder_.at("spikes").contains(node)) look_at_spikes(node);
    if (folder_.at("outputs").contains(node)) {
      look_at_values(node, "output", folder_.at("outputs")[node], now_.outputs.at(node), 1, verdict_.outputs);
    }
    if (!folder_.at("states").contains(node)) return;
    for (const auto& [variable, entry] : folder_.at("states")[node].items()) {
      look_at_values(node, variable, entry, now_.state(node, variable), now_.every, verdict_.states);
    }
  }

 private:
  void look_at_spikes(const std::string& node) {
    const SpikeTrain saved = read_events(folder_.file(folder_.at("spikes")[node]));
    const std::optional<Place> found = first_difference(saved, now_.spikes(node));
    if (!found || !is_earlier(found->step, verdict_.spikes)) return;
    verdict_.spikes = SpikeDifference{found->step, node, found->neuron, found->lane, {}, {}};
    verdict_.spikes->a.event = found->a;
    verdict_.spikes->b.event = found->b;
  }

  void look_at_values(const std::string& node, const std::string& variable, const json& entry, const Tensor& now,
                      std::uint64_t every, std::optional<ValueDifference>& verdict) {
    const fs::path path = folder_.file(entry);
    const Tensor saved = read_npy(path);
    if (saved.shape() != now.shape()) {
      throw Error(Code::bad_file,
                  "The array has the shape " + to_string(saved.shape()) + "; the run gives " + to_string(now.shape()) + ".",
                  path.string());
    }
    const std::optional<Place> found = first_difference(saved, now, 0, every);
    if (!found || !is_earlier(found->step, verdict)) return;
    verdict = ValueDifference{found->step, node, variable, found->neuron, found->lane, found->a, found->b};
  }

  const Folder& folder_;
  const Result& now_;
  Rerun& verdict_;
};

Session open_again(const Folder& folder, const Plan& plan, const RerunOptions& options) {
  SessionOptions session;
  session.lanes = folder.at("run").at("lanes").get<std::size_t>();
  session.first_lane = folder.at("run").at("first_lane").get<std::uint64_t>();
  session.calibrate = folder.inputs("calibrate");
  if (options.device) {
    session.settings = options.settings;
    return open(plan, *options.device, session);
  }
  session.settings = folder.at("device").at("settings").get<std::map<std::string, std::string>>();
  return open(plan, folder.at("device").at("asked").get<std::string>(), session);
}

Result run_again(const Folder& folder, Session& session, const RerunOptions& options) {
  RunOptions run;
  run.record = folder.at("run").at("record").get<std::vector<std::string>>();
  run.every = folder.at("run").at("every").get<std::uint64_t>();
  run.outputs = !folder.at("outputs").empty();
  run.keep_going = options.keep_going;
  const Inputs inputs = folder.inputs("inputs");
  return inputs.empty() ? session.run(folder.at("run").at("steps").get<std::uint64_t>(), run) : session.run(inputs, run);
}

Rerun rerun_folder(const fs::path& path, const RerunOptions& options) {
  const Folder folder(path);
  const Plan plan = folder.plan();
  Session session = open_again(folder, plan, options);
  const Result now = run_again(folder, session, options);
  Rerun verdict;
  verdict.id = folder.at("id").get<std::string>();
  verdict.device_a = folder.at("device").at("asked").get<std::string>();
  verdict.device_b = session.deployment().device;
  verdict.steps = now.steps;
  verdict.dt_ms = now.dt_ms;
  verdict.same_plan = sha256(plan.bytes()) == folder.at("plan").at("sha256").get<std::string>();
  verdict.hash_a = folder.hash();
  if (!now.lane_hashes.empty()) verdict.hash_b = now.hash();
  Judge judge(folder, now, verdict);
  for (const std::string& node : nodes_in_order(plan)) judge.look_at(node);
  return verdict;
}

}  // namespace
}  // namespace repeat

bool Rerun::equal() const { return !spikes && !outputs && !states && (!hash_a || !hash_b || *hash_a == *hash_b); }

Rerun rerun(const std::filesystem::path& folder, const RerunOptions& options) {
  try {
    return repeat::rerun_folder(folder, options);
  } catch (const nlohmann::json::exception&) {
    throw Error(Code::bad_file, "run.json does not have the members of a run.", (folder / repeat::kManifest).string());
  }
}

}  // namespace ranvier
