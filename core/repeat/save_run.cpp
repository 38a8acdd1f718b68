// Writing a run folder: first beside its place, then renamed, so that there is never half of one.
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <span>
#include <utility>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/npy.h>
#include <ranvier/run_folder.h>
#include <nlohmann/json.hpp>

#include <ranvier/driver/session.hpp>
#include <ranvier/plan_view.hpp>

#include "core/repeat/event_file.h"
#include "core/repeat/folder.h"
#include "core/repeat/hex.h"
#include "core/repeat/machine.h"
#include "core/repeat/sha256.h"
#include "core/run/input_checksum.h"

namespace ranvier {
namespace repeat {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;  // its keys are sorted

constexpr const char* kNetworkFile = "network.safetensors";
constexpr const char* kPlanFile = "plan.rvplan";

void check_start(const Result& result, Problems& problems) {
  if (result.first_step == 0) return;
  problems.add(Code::failed_precondition,
               "The run began at step " + std::to_string(result.first_step) +
                   ", so what came before it would be missing from the folder.",
               "run", "Save a run that begins after to(), open() or reset().");
}

void check_plan(const Plan& plan, const Deployment& deployment, Problems& problems) {
  const auto* header = reinterpret_cast<const rvd_plan_header*>(plan.bytes().data());
  if (plan.bytes().size() == deployment.plan_bytes && header->crc32c == deployment.plan_checksum) return;
  problems.add(Code::failed_precondition, "The network is not the one that was run; it may have been changed since.", "network",
               "Save before it is changed, or run it again.");
}

void check_inputs(const Inputs& inputs, const Result& result, Problems& problems) {
  for (const auto& [name, checksum] : result.input_checksums) {
    const auto given = inputs.find(name);
    if (given == inputs.end()) {
      problems.add(Code::failed_precondition, "The run was given an input that is missing here.", name, "Give it too.");
    } else if (run::checksum(given->second) != checksum) {
      problems.add(Code::failed_precondition, "The array is not what the run was given: its values have changed since.", name,
                   "Save before the array is written to again, or run on a copy.");
    }
  }
  for (const auto& [name, values] : inputs) {
    if (result.input_checksums.contains(name)) continue;
    problems.add(Code::failed_precondition, "The run was not given this input.", name, "Leave it out.");
  }
}

std::string time_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

/// The spike hash's share of one population, all lanes.
std::uint64_t hash_of(const SpikeTrain& train, std::uint32_t population) {
  std::uint64_t sum = 0;
  for (std::size_t k = 0; k < train.size(); ++k) sum += rvd::hash_of(population, train.id[k], train.step[k], train.value[k]);
  return sum;
}

class Writer {
 public:
  Writer(fs::path folder, const Plan& plan, const Inputs& inputs, const Result& result)
      : folder_(std::move(folder)), plan_(plan), inputs_(inputs), result_(result) {}

  /// @param network  null where a plan was run.
  std::string write(const Network* network) {
    write_source(network);
    write_inputs("inputs", inputs_);
    write_inputs("calibrate", result_.deployment->calibrate);
    write_results();
    describe_run();
    describe_device();
    describe_machine();
    return write_manifest();
  }

 private:
  /// Makes a file by `fill(path)` and notes its digest.
  void file(const std::string& name, const std::function<void(const fs::path&)>& fill) {
    const fs::path path = folder_ / name;
    fs::create_directories(path.parent_path());
    fill(path);
    manifest_["files"][name] = sha256_of_file(path);
  }

  void array(const std::string& name, const Tensor& values) {
    file(name, [&](const fs::path& path) { write_npy(path, values); });
  }

  void write_source(const Network* network) {
    manifest_["files"] = json::object();
    manifest_["plan"] = {{"bytes", plan_.bytes().size()}, {"sha256", sha256(plan_.bytes())}};
    if (network == nullptr) {
      file(kPlanFile, [&](const fs::path& path) { plan_.save(path); });
      manifest_["plan"]["file"] = kPlanFile;
      return;
    }
    file(kNetworkFile, [&](const fs::path& path) { network->save(path); });
    manifest_["network"] = {{"file", kNetworkFile},
                            {"sha256", manifest_["files"][kNetworkFile]},
                            {"assumptions", network->assumptions()},
                            {"dt_s", network->dt_seconds()}};
  }

  void write_inputs(const std::string& kind, const Inputs& inputs) {
    manifest_[kind] = json::object();
    for (const auto& [node, values] : inputs) {
      const std::string name = kind + "/" + file_name(node) + ".npy";
      array(name, values);
      manifest_[kind][node] = {{"file", name}, {"sha256", manifest_["files"][name]}};
    }
  }

  void write_results() {
    for (const char* const kind : {"outputs", "spikes", "states"}) manifest_[kind] = json::object();
    for (const auto& [node, values] : result_.outputs) {
      const std::string name = "outputs/" + file_name(node) + ".npy";
      array(name, values);
      manifest_["outputs"][node] = {{"file", name}};
    }
    for (const auto& [node, train] : result_.trains) {
      const std::string name = "spikes/" + file_name(node) + ".npy";
      const SpikeTrain& events = train;
      file(name, [&](const fs::path& path) { write_events(path, events); });
      manifest_["spikes"][node] = {{"file", name}, {"events", events.size()}, {"hash", hex(hash_of(events, population(node)))}};
    }
    for (const auto& [node, variables] : result_.states) {
      for (const auto& [variable, values] : variables) {
        const std::string name = "states/" + file_name(node + "." + variable) + ".npy";
        array(name, values);
        manifest_["states"][node][variable] = {{"file", name}};
      }
    }
  }

  std::uint32_t population(const std::string& node) const {
    const rvd::PlanView view(plan_.bytes().data(), plan_.bytes().size());
    std::uint32_t index = 0;
    for (const rvd_population& candidate : view.populations()) {
      if (view.text(candidate.name) == node) return index;
      ++index;
    }
    throw Error(Code::internal, "The result has spikes of '" + node + "', which the plan lacks.");
  }

  void describe_run() {
    const rvd::PlanView view(plan_.bytes().data(), plan_.bytes().size());
    std::vector<std::string> record;
    for (const auto& entry : result_.trains) record.push_back(entry.first + ".spikes");
    for (const auto& [node, variables] : result_.states) {
      for (const auto& entry : variables) record.push_back(node + "." + entry.first);
    }
    manifest_["run"] = {{"steps", result_.steps},
                        {"lanes", result_.lanes},
                        {"first_lane", result_.deployment->first_lane},
                        {"record", record},
                        {"every", result_.every},
                        {"dt_ms", result_.dt_ms},
                        {"seed", view.network().seed},
                        {"seconds", result_.seconds},
                        {"saved", time_now()}};
    manifest_["counters"] = result_.counters;
    json lanes = json::array();
    for (const std::uint64_t hash : result_.lane_hashes) lanes.push_back(hex(hash));
    manifest_["lane_hashes"] = std::move(lanes);
    manifest_["hash"] = result_.lane_hashes.empty() ? json() : json(hex(result_.hash()));
  }

  void describe_device() {
    const Deployment& d = *result_.deployment;
    manifest_["device"] = {{"asked", d.device},          {"settings", d.settings},   {"name", d.facts.name},
                           {"version", d.facts.version}, {"vendor", d.facts.vendor}, {"abi", RVD_ABI_VERSION},
                           {"facts", d.facts.facts}};
  }

  void describe_machine() {
    const Machine machine = this_machine();
    manifest_["machine"] = {{"ranvier", machine.ranvier},
                            {"compiler", machine.compiler},
                            {"system", machine.system},
                            {"processor", machine.processor}};
  }

  std::string write_manifest() {
    const std::string zeros(64, '0');
    manifest_["format"] = kFormat;
    manifest_["schema"] = kSchema;
    manifest_["id"] = zeros;
    std::string text = manifest_.dump(1) + "\n";
    const std::string id = sha256(std::as_bytes(std::span(text)));
    text.replace(text.find('"' + zeros + '"') + 1, zeros.size(), id);
    std::ofstream file(folder_ / kManifest, std::ios::binary);
    file << text;
    file.close();
    if (file) return id;
    throw Error(Code::bad_file, "The file cannot be written.", (folder_ / kManifest).string(), "Check that there is room.");
  }

  fs::path folder_;
  const Plan& plan_;
  const Inputs& inputs_;
  const Result& result_;
  json manifest_;
};

void check_place(const fs::path& folder) {
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    throw Error(Code::bad_file, "The folder exists and is not empty.", folder.string(), "Give the path of a new folder.");
  }
}

std::string save(const fs::path& folder, const Plan& plan, const Network* network, const Inputs& inputs, const Result& result) {
  if (result.deployment == nullptr)
    throw Error(Code::invalid_argument, "The result is not one that Session::run gave.", "result");
  Problems problems;
  check_start(result, problems);
  check_plan(plan, *result.deployment, problems);
  check_inputs(inputs, result, problems);
  problems.raise();
  fs::path part = folder.has_filename() ? folder : folder.parent_path();
  part += "." + std::to_string(getpid()) + ".part";
  try {
    check_place(folder);
    fs::create_directories(part);
    const std::string id = Writer(part, plan, inputs, result).write(network);
    fs::rename(part, folder);
    return id;
  } catch (const fs::filesystem_error& fault) {
    std::error_code ignored;
    fs::remove_all(part, ignored);
    throw Error(Code::bad_file, "The folder cannot be written: " + fault.code().message() + ".", folder.string(),
                "Check its path, and that there is room.");
  } catch (const json::type_error&) {
    std::error_code ignored;
    fs::remove_all(part, ignored);
    throw Error(Code::bad_value, "A name or text of the run is not UTF-8, so it cannot be written.", folder.string(),
                "Rename the node or setting.");
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(part, ignored);
    throw;
  }
}

}  // namespace
}  // namespace repeat

std::string save_run(const std::filesystem::path& folder, const Network& network, const Inputs& inputs, const Result& result) {
  return repeat::save(folder, network.lower(), &network, inputs, result);
}

std::string save_run(const std::filesystem::path& folder, const Plan& plan, const Inputs& inputs, const Result& result) {
  return repeat::save(folder, plan, nullptr, inputs, result);
}

}  // namespace ranvier
