// compare and diff: both sides run in chunks with only their spikes recorded, up to the end; where they part, each side runs
// again up to that step, which alone is recorded in full. So memory does not grow with the run.
#include <ranvier/compare.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <ranvier/error.h>
#include <ranvier/quantity.h>
#include <ranvier/plan_view.hpp>

#include "core/models/record.h"
#include "core/net/graph.h"
#include "core/repeat/first_difference.h"
#include "core/repeat/layer_statistics.h"
#include "core/repeat/settings.h"

namespace ranvier {
namespace {

using repeat::ArgmaxTally;
using repeat::first_difference;
using repeat::is_earlier;
using repeat::LayerStatistics;

constexpr std::uint64_t kChunkBytes = std::uint64_t{64} << 20;  // were every neuron to spike in every step
constexpr std::uint64_t kEventBytes = 24;
constexpr std::uint64_t kLongestChunk = 65536;
constexpr double kTauSteps = 10;

struct Side {
  std::string name;
  std::string device;
  Plan plan;
  const Network* network = nullptr;  ///< null: there is a plan alone
};

struct Node {
  std::string name;
  std::uint64_t neurons = 0;
};

/// Nodes with these flags that both plans have, of one size, in the first one's order.
std::vector<Node> shared_nodes(const Plan& a, const Plan& b, std::uint32_t flag) {
  const rvd::PlanView of_a(a.bytes().data(), a.bytes().size()), of_b(b.bytes().data(), b.bytes().size());
  std::vector<Node> nodes;
  for (const rvd_population& x : of_a.populations()) {
    if ((x.flags & flag) == 0) continue;
    for (const rvd_population& y : of_b.populations()) {
      if ((y.flags & flag) == 0 || of_b.text(y.name) != of_a.text(x.name) || x.count != y.count) continue;
      nodes.push_back({std::string(of_a.text(x.name)), x.count});
    }
  }
  return nodes;
}

std::uint64_t steps_of(const Inputs& inputs, const CompareOptions& options) {
  if (inputs.empty()) {
    if (options.steps) return *options.steps;
    throw Error(Code::invalid_argument, "There is neither input nor a number of steps.", "inputs", "Give one of the two.");
  }
  const auto& [name, first] = *inputs.begin();
  for (const auto& [other, tensor] : inputs) {
    const bool fits = !tensor.shape().empty() && !first.shape().empty() && tensor.shape()[0] == first.shape()[0];
    if (fits && (!options.steps || *options.steps == tensor.shape()[0])) continue;
    throw Error(Code::bad_shape,
                "The input has the shape " + to_string(tensor.shape()) +
                    "; the first axis is that of steps, of which there are " +
                    (options.steps ? std::to_string(*options.steps)
                                   : "as many as in that of '" + name + "', " + to_string(first.shape())) +
                    ".",
                other);
  }
  return first.shape()[0];
}

double tau_ms_of(const CompareOptions& options, double dt_ms) {
  const double tau_ms = options.tau_ms.value_or(kTauSteps * dt_ms);
  if (tau_ms > 0 && std::isfinite(tau_ms)) return tau_ms;
  throw Error(Code::out_of_range, "A time constant of " + format_number(tau_ms) + " ms is none.", "tau",
              "Give a time above 0, or none for 10 dt.");
}

/// Asks the caller between chunks, whichever session they belong to.
class Progress {
 public:
  Progress(const CompareOptions& options, std::uint64_t total) : keep_going_(options.keep_going), total_(total) {}

  void expect(std::uint64_t steps) { total_ += steps; }

  /// RunOptions for the steps after those that were done.
  RunOptions options() {
    RunOptions result;
    if (keep_going_) {
      result.keep_going = [this](std::uint64_t done, std::uint64_t) { return keep_going_(done_ + done, total_); };
    }
    return result;
  }

  void advance(std::uint64_t steps) {
    done_ += steps;
    if (!keep_going_ || keep_going_(done_, total_)) return;
    throw Error(Code::cancelled,
                "The comparison was cancelled after " + std::to_string(done_) + " of " + std::to_string(total_) + " steps.");
  }

 private:
  std::function<bool(std::uint64_t, std::uint64_t)> keep_going_;
  std::uint64_t done_ = 0;
  std::uint64_t total_;
};

Result run_rows(Session& session, const Inputs& inputs, std::uint64_t begin, std::uint64_t end, const RunOptions& options) {
  if (inputs.empty()) return session.run(end - begin, options);
  Inputs rows;
  for (const auto& [name, tensor] : inputs) rows.emplace(name, tensor.rows(begin, end));
  return session.run(rows, options);
}

/// The plan of a network whose model tells, at one node, what it holds against what; the plan as it is where it does not.
Plan traced(const Side& side, const std::string& node) {
  if (side.network == nullptr) return side.plan;
  auto graph = std::make_unique<net::Graph>(side.network->graph());
  net::Node& target = graph->nodes[graph->find(node).value()];
  const models::Record* const record = models::find(target.model);
  for (const models::OptionSpec& option : record->options) {
    if (option.key == "trace") target.options["trace"] = "all";
    if (option.key == "probe") target.options["probe"] = "after";
  }
  return Network(std::move(graph)).lower();
}

/// One step of one neuron, in full.
class Replay {
 public:
  Replay(const Side& side, const Inputs& inputs, const CompareOptions& options, std::uint64_t chunk)
      : side_(side), inputs_(inputs), options_(options), chunk_(chunk) {}

  Moment at(const SpikeDifference& place, double event, Progress& progress) const {
    Session session = open(traced(side_, place.node), side_.device, options_.session);
    for (std::uint64_t begin = 0; begin < place.step; begin += chunk_) {
      const std::uint64_t end = std::min(begin + chunk_, place.step);
      RunOptions silent = progress.options();
      silent.outputs = false;
      run_rows(session, inputs_, begin, end, silent);
      progress.advance(end - begin);
    }
    RunOptions all;
    all.outputs = false;
    for (const char* const variable : {"v", "v_before", "input", "threshold"}) {
      const std::string name = place.node + "." + variable;
      const auto& known = session.recordable();
      if (std::find(known.begin(), known.end(), name) != known.end()) all.record.push_back(name);
    }
    const Result result = run_rows(session, inputs_, place.step, place.step + 1, all);
    const auto value = [&](const char* variable) { return value_of(result, place, variable); };
    return {event, value("v_before"), value("v"), value("input"), value("threshold")};
  }

 private:
  static std::optional<double> value_of(const Result& result, const SpikeDifference& place, const char* variable) {
    const auto node = result.states.find(place.node);
    if (node == result.states.end()) return {};
    const auto found = node->second.find(variable);
    if (found == node->second.end()) return {};
    const Tensor& values = found->second;
    return values.at(place.lane * (values.size() / result.lanes) + place.neuron);
  }

  const Side& side_;
  const Inputs& inputs_;
  const CompareOptions& options_;
  std::uint64_t chunk_;
};

/// What cannot be looked at stays absent; the rest of the comparison holds all the same.
Moment moment(const Side& side, const Inputs& inputs, const CompareOptions& options, std::uint64_t chunk,
              const SpikeDifference& place, double event, Progress& progress) {
  try {
    return Replay(side, inputs, options, chunk).at(place, event, progress);
  } catch (const Error& error) {
    if (error.code() == Code::cancelled) throw;
    Moment bare;
    bare.event = event;
    return bare;
  }
}

class Contest {
 public:
  Contest(const Side& a, const Side& b, const Inputs& inputs, const CompareOptions& options, Progress& progress)
      : a_(a),
        b_(b),
        inputs_(inputs),
        options_(options),
        progress_(progress),
        spiking_(shared_nodes(a.plan, b.plan, RVD_POPULATION_SPIKING)),
        outputs_(shared_nodes(a.plan, b.plan, RVD_POPULATION_OUTPUT)) {}

  Pair run() {
    pair_.a = a_.name;
    pair_.b = b_.name;
    pair_.steps = steps_of(inputs_, options_);
    pair_.lanes = options_.session.lanes;
    run_both();
    if (pair_.spikes) look_closely(*pair_.spikes);
    return std::move(pair_);
  }

 private:
  std::uint64_t chunk_steps() const {
    std::uint64_t neurons = 1;
    for (const std::vector<Node>* nodes : {&spiking_, &outputs_}) {
      for (const Node& node : *nodes) neurons += node.neurons;
    }
    return std::clamp<std::uint64_t>(kChunkBytes / (kEventBytes * neurons * options_.session.lanes), 1, kLongestChunk);
  }

  // Its sessions end here: a chip may have room for one only, which look_closely needs.
  void run_both() {
    Session session_a = open(a_.plan, a_.device, options_.session);
    Session session_b = open(b_.plan, b_.device, options_.session);
    pair_.dt_ms = session_a.dt_ms();
    pair_.tau_ms = tau_ms_of(options_, pair_.dt_ms);
    begin_statistics();
    repeat::add_device_differences(session_a, session_b, pair_.settings);
    const std::uint64_t chunk = chunk_steps();
    std::uint64_t begin = 0;
    do {  // a run of no steps, too, has a hash
      const std::uint64_t end = std::min(begin + chunk, pair_.steps);
      const Result of_a = run_chunk(session_a, begin, end);
      const Result of_b = run_chunk(session_b, begin, end);
      take(of_a, of_b);
      begin = end;
    } while (begin < pair_.steps);
    end_statistics(session_b.dt_ms());
  }

  void begin_statistics() {
    const std::size_t lanes = options_.session.lanes;
    const double tau = pair_.tau_ms / pair_.dt_ms;
    for (const Node& node : spiking_) layers_.emplace_back(node.name, node.neurons, lanes, pair_.steps, tau);
    for (const Node& node : outputs_) tallies_.emplace_back(node.name, node.neurons, lanes);
  }

  void end_statistics(double dt_b_ms) {
    for (const LayerStatistics& layer : layers_) {
      pair_.layers.push_back(layer.finish(pair_.dt_ms, dt_b_ms));
      const auto& found = pair_.layers.back().first;
      if (!found || !is_earlier(found->step, pair_.spikes)) continue;
      pair_.spikes = SpikeDifference{found->step, found->node, found->neuron, found->lane, {}, {}};
      pair_.spikes->a.event = found->a;
      pair_.spikes->b.event = found->b;
    }
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      if (outputs_[k].neurons > 1) pair_.argmax.push_back(tallies_[k].finish());
    }
  }

  void look_closely(SpikeDifference& place) {
    progress_.expect(2 * place.step);
    const std::uint64_t chunk = chunk_steps();
    place.a = moment(a_, inputs_, options_, chunk, place, place.a.event, progress_);
    place.b = moment(b_, inputs_, options_, chunk, place, place.b.event, progress_);
  }

  Result run_chunk(Session& session, std::uint64_t begin, std::uint64_t end) {
    RunOptions options = progress_.options();
    for (const Node& node : spiking_) options.record.push_back(node.name + ".spikes");
    Result result = run_rows(session, inputs_, begin, end, options);
    progress_.advance(end - begin);
    return result;
  }

  void take(const Result& a, const Result& b) {
    for (std::size_t k = 0; k < layers_.size(); ++k) layers_[k].take(a.spikes(spiking_[k].name), b.spikes(spiking_[k].name));
    const bool looking = !pair_.outputs;
    for (std::size_t k = 0; k < outputs_.size(); ++k) {
      const Node& node = outputs_[k];
      const Tensor &of_a = a.outputs.at(node.name), &of_b = b.outputs.at(node.name);
      tallies_[k].take(of_a, of_b);
      const auto found = looking ? first_difference(of_a, of_b, a.first_step, 1) : std::nullopt;
      if (!found || !is_earlier(found->step, pair_.outputs)) continue;
      pair_.outputs = ValueDifference{found->step, node.name, "output", found->neuron, found->lane, found->a, found->b};
    }
    if (!a.lane_hashes.empty()) pair_.hash_a = a.hash();
    if (!b.lane_hashes.empty()) pair_.hash_b = b.hash();
  }

  const Side& a_;
  const Side& b_;
  const Inputs& inputs_;
  const CompareOptions& options_;
  Progress& progress_;
  std::vector<Node> spiking_, outputs_;
  std::vector<LayerStatistics> layers_;  // as spiking_
  std::vector<ArgmaxTally> tallies_;     // as outputs_
  Pair pair_;
};

Comparison compare_devices(const Plan& plan, const Network* network, const std::vector<std::string>& devices,
                           const Inputs& inputs, const CompareOptions& options) {
  if (devices.size() < 2) {
    throw Error(Code::invalid_argument, std::to_string(devices.size()) + " devices were named; a comparison takes two or more.",
                "devices", "Name another, or the same one with other settings: reference?precision=f64.");
  }
  Progress progress(options, 2 * (devices.size() - 1) * steps_of(inputs, options));
  const Side first{devices.front(), devices.front(), plan, network};
  Comparison result;
  for (std::size_t k = 1; k < devices.size(); ++k) {
    const Side other{devices[k], devices[k], plan, network};
    result.pairs.push_back(Contest(first, other, inputs, options, progress).run());
  }
  return result;
}

}  // namespace

std::vector<std::uint32_t> ArgmaxAgreement::differing() const {
  std::vector<std::uint32_t> lanes;
  for (std::uint32_t lane = 0; lane < a.size(); ++lane) {
    if (a[lane] != b[lane]) lanes.push_back(lane);
  }
  return lanes;
}

double ArgmaxAgreement::fraction() const { return 1 - static_cast<double>(differing().size()) / static_cast<double>(a.size()); }

bool Pair::equal() const { return !spikes && !outputs && (!hash_a || !hash_b || *hash_a == *hash_b); }

bool Comparison::equal() const {
  return std::all_of(pairs.begin(), pairs.end(), [](const Pair& pair) { return pair.equal(); });
}

const Pair* Comparison::first() const {
  const Pair* found = nullptr;
  for (const Pair& pair : pairs) {
    if (pair.spikes && (found == nullptr || pair.spikes->step < found->spikes->step)) found = &pair;
  }
  return found;
}

Comparison compare(const Network& network, const std::vector<std::string>& devices, const Inputs& inputs,
                   const CompareOptions& options) {
  return compare_devices(network.lower(), &network, devices, inputs, options);
}

Comparison compare(const Plan& plan, const std::vector<std::string>& devices, const Inputs& inputs,
                   const CompareOptions& options) {
  return compare_devices(plan, nullptr, devices, inputs, options);
}

Comparison diff(const Network& a, const std::string& name_a, const Network& b, const std::string& name_b, const Inputs& inputs,
                const CompareOptions& options, const std::string& device) {
  const Side side_a{name_a, device, a.lower(), &a}, side_b{name_b, device, b.lower(), &b};
  Progress progress(options, 2 * steps_of(inputs, options));
  std::vector<SettingDifference> settings;
  repeat::add_network_differences(a, b, settings);
  repeat::add_plan_differences(side_a.plan, side_b.plan, settings);
  Pair pair = Contest(side_a, side_b, inputs, options, progress).run();
  pair.settings.insert(pair.settings.begin(), settings.begin(), settings.end());
  return {{std::move(pair)}};
}

Comparison diff(const std::filesystem::path& path, const std::string& convention_a, const std::string& convention_b,
                const Inputs& inputs, const LoadOptions& load_options, const CompareOptions& options,
                const std::string& device) {
  LoadOptions of_a = load_options, of_b = load_options;
  of_a.convention = convention_a;
  of_b.convention = convention_b;
  return diff(load(path, of_a), convention_a, load(path, of_b), convention_b, inputs, options, device);
}

}  // namespace ranvier
