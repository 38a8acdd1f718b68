#include "core/run/session_impl.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <limits>

#include <ranvier/error.h>
#include <ranvier/plan_view.hpp>

#include "core/run/callbacks.h"
#include "core/run/faults.h"
#include "core/run/input_checksum.h"
#include "core/run/suggest.h"

namespace ranvier {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFirstChunk = 8;

// seconds * 1000, exactly: the decimal point is moved in the shortest text of the number. A multiplication would make
// 0.12300000000000001 ms of 0.000123 s.
double milliseconds(double seconds) {
  std::array<char, 64> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::scientific);
  char* const exponent = std::find(text.data(), written.ptr, 'e') + 1;
  char* const digits = exponent + (*exponent == '+' ? 1 : 0);
  int power = 0;
  std::from_chars(digits, written.ptr, power);
  const auto end = std::to_chars(exponent, text.data() + text.size(), power + 3);
  double result = 0;
  std::from_chars(text.data(), end.ptr, result);
  return result;
}

Shape shape_of_rows(std::uint64_t rows, std::size_t lanes, const Shape& node) {
  Shape shape{static_cast<std::size_t>(rows), lanes};
  shape.insert(shape.end(), node.begin(), node.end());
  return shape;
}

std::string names_of(const std::vector<Port>& ports) {
  std::string text;
  for (const Port& port : ports) text += (text.empty() ? "'" : ", '") + port.name + "'";
  return text.empty() ? "nothing" : text;
}

}  // namespace

Session::Impl::Impl(std::shared_ptr<const run::Compiled> compiled, run::DeviceHandle device, std::size_t lanes_asked,
                    std::uint64_t first_lane)
    : lanes(lanes_asked),
      compiled_(std::move(compiled)),
      driver_(*compiled_->target.driver),
      first_lane_(first_lane),
      device_(std::move(device)),
      chunk_steps_(kFirstChunk) {
  describe_plan();
  describe_deployment();
  open_session();
}

void Session::Impl::describe_deployment() {
  const std::span<const std::byte> plan = compiled_->plan.bytes();
  rvd_plan_header header;
  std::memcpy(&header, plan.data(), sizeof header);
  const run::Target& target = compiled_->target;
  deployment =
      std::make_shared<const Deployment>(Deployment{target.text, target.settings, first_lane_, compiled_->calibrate,
                                                    run::facts_of(driver_, device_.get()), plan.size(), header.crc32c});
}

void Session::Impl::describe_plan() {
  const rvd::PlanView view(compiled_->plan.bytes().data(), compiled_->plan.bytes().size());
  dt_ms = milliseconds(view.network().dt);
  seed_ = view.network().seed;
  nodes_ = run::nodes_of(view);
  inputs = run::input_ports(nodes_);
  for (const run::Node& node : nodes_) {
    const rvd_population& population = view.populations()[node.population];
    if (node.input) input_nodes_.push_back(node.population);
    if (node.output) {
      outputs.push_back({node.name, node.shape, node.type});
      output_probes_.push_back(probes_.size());
    }
    run::Probe spikes;
    spikes.node = &node;
    spikes.variable = "spikes";
    spikes.events = true;
    spikes.planned = spikes.type = node.type;
    probes_.push_back(spikes);
    const auto states = view.states(population);
    for (const rvd_variable& variable : view.variables(population)) {
      run::Probe state;
      state.node = &node;
      state.variable = view.text(variable.name);
      state.planned = state.type = static_cast<DType>(states[variable.state].type);
      probes_.push_back(state);
    }
  }
  for (std::size_t index = 0; index < probes_.size(); ++index) {
    recordable.push_back(probes_[index].node->name + "." + probes_[index].variable);
    by_name_.emplace(recordable.back(), index);
  }
}

void Session::Impl::open_session() {
  rvd_session_args args{};
  args.struct_size = sizeof args;
  args.lanes = static_cast<std::uint32_t>(lanes);
  args.first_lane = first_lane_;
  args.seed = seed_;
  session_ = run::open_session(*compiled_, device_.get(), args);
  clock = 0;
}

void Session::Impl::reopen() {
  const std::lock_guard lock(handle_mutex_);
  // First the old one: a chip may have room for one session only.
  session_.reset();
  for (run::Probe& probe : probes_) probe.every = 0;
  set_probes_.clear();
  chunk_steps_ = kFirstChunk;
  fault_ = Problem{Code::failed_precondition, "The session could not be opened again.", {}, {}};
  open_session();
  fault_.reset();
}

void Session::Impl::reset() {
  if (session_ == nullptr) return reopen();
  const rvd_status status = run::call(driver_.api.reset, session_.get());
  if (status == RVD_NOT_IMPLEMENTED) return reopen();
  if (status != RVD_OK) {
    fault_ = run::problem_of(driver_.name, "reset", status);
    throw Error({*fault_});
  }
  for (run::Probe& probe : probes_) probe.since.reset();
  clock = 0;
  fault_.reset();
}

void Session::Impl::reset(std::size_t new_lanes) {
  if (new_lanes == lanes) return reset();
  run::check_lanes(new_lanes, first_lane_);
  run::require_supported(compiled_->target, compiled_->plan, new_lanes);
  lanes = new_lanes;
  reopen();
}

void Session::Impl::cancel() {
  const std::lock_guard lock(handle_mutex_);
  if (!running_ || session_ == nullptr) return;
  cancel_requested_ = true;
  run::call(driver_.api.cancel, session_.get());
}

void Session::Impl::require_healthy() const {
  if (!fault_) return;
  throw Error(Code::failed_precondition, "The session has failed before: " + fault_->message, fault_->where, "Call reset().");
}

void Session::Impl::collect_wishes(const RunOptions& options, Problems& problems) {
  wishes_.clear();
  if (options.outputs) {
    for (const std::size_t probe : output_probes_) wishes_.push_back({probe, 1, true, false});
  }
  if (options.every == 0) problems.add(Code::out_of_range, "every is 0; states are recorded every 1 or more steps.", "every");
  for (const std::string& name : options.record) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      problems.add(Code::unknown_name, "'" + name + "' cannot be recorded; these can: " + run::list_for(name, recordable) + ".",
                   name, "Write node.spikes, or node.variable.");
      continue;
    }
    const std::size_t probe = found->second;
    const auto same = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) { return wish.probe == probe; });
    if (same != wishes_.end()) {
      same->record = true;
    } else {
      wishes_.push_back({probe, probes_[probe].events ? 1 : options.every, false, true});
    }
  }
  std::sort(wishes_.begin(), wishes_.end(), [](const Wish& a, const Wish& b) { return a.probe < b.probe; });
}

Result Session::Impl::run(const Inputs& given, const RunOptions& options) {
  require_healthy();
  Problems problems;
  if (given.empty()) {
    problems.add(Code::invalid_argument, "No input was given, so the number of steps is not known.", "inputs",
                 "Call run(steps) for steps without input.");
  }
  const std::uint64_t steps = run::check_inputs(nodes_, given, lanes, input_rows_, problems);
  collect_wishes(options, problems);
  problems.raise();
  std::map<std::string, std::uint64_t> checksums;
  for (const auto& [name, tensor] : given) checksums.emplace(name, run::checksum(tensor));
  Result result = run_checked(steps, options);
  result.input_checksums = std::move(checksums);
  return result;
}

Result Session::Impl::run(const Tensor& input, const RunOptions& options) {
  if (inputs.size() != 1) {
    throw Error(Code::unknown_name, "One input was given without a name, but this network takes " + names_of(inputs) + ".",
                "inputs", inputs.empty() ? "Call run(steps)." : "Name each input.");
  }
  return run(Inputs{{inputs.front().name, input}}, options);
}

Result Session::Impl::run(std::uint64_t steps, const RunOptions& options) {
  require_healthy();
  Problems problems;
  input_rows_.clear();
  collect_wishes(options, problems);
  problems.raise();
  return run_checked(steps, options);
}

Result Session::Impl::run_checked(std::uint64_t steps, const RunOptions& options) {
  if (steps > std::numeric_limits<std::uint64_t>::max() - clock) {
    throw Error(Code::out_of_range, std::to_string(steps) + " steps from step " + std::to_string(clock) + " on pass 2^64.",
                "steps");
  }
  set_probes();
  Result result;
  allocate(result, steps);
  cancel_requested_ = false;
  running_ = true;
  // keep_going is the caller's and may throw: the flag falls in every case.
  struct Running {
    std::atomic<bool>& flag;
    ~Running() { flag = false; }
  } const running{running_};
  const auto begin = steps == 1 ? Clock::time_point{} : Clock::now();
  run_chunks(steps, options);
  if (steps != 1) result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  result.every = options.every;
  result.deployment = deployment;
  read_counters(result);
  return result;
}

// Are the device's probes those that are wished for, and do rows start at this step?
bool Session::Impl::probes_fit() const {
  if (set_probes_.size() != wishes_.size()) return false;
  for (std::size_t k = 0; k < wishes_.size(); ++k) {
    const run::Probe& probe = probes_[wishes_[k].probe];
    if (set_probes_[k] != wishes_[k].probe || probe.every != wishes_[k].every) return false;
    if (probe.every > 1 && (!probe.since || (clock - *probe.since) % probe.every != 0)) return false;
  }
  return true;
}

void Session::Impl::set_probes() {
  if (probes_fit()) return;
  const auto set = [&](run::Probe& probe, std::uint64_t every) {
    const rvd_status status =
        run::call(driver_.api.probe_set, session_.get(), probe.node->population, run::text_of(probe.variable), every);
    if (status != RVD_OK) {
      Problem problem = run::problem_of(driver_.name, "probe_set", status, probe.node->name + "." + probe.variable);
      if (status == RVD_UNSUPPORTED || status == RVD_FAILED_PRECONDITION) {
        problem.remedy = "A device may need to know what is recorded before it compiles: name it before `to`.";
      }
      throw Error({problem});
    }
    probe.every = every;
    probe.since = clock;
  };
  const auto wished = [&](std::size_t probe) {
    return std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) { return wish.probe == probe; });
  };
  // The list follows the device one call at a time, so that it stays true when one of them fails.
  for (std::size_t k = set_probes_.size(); k-- > 0;) {
    if (wished(set_probes_[k])) continue;
    set(probes_[set_probes_[k]], 0);
    set_probes_.erase(set_probes_.begin() + static_cast<std::ptrdiff_t>(k));
  }
  for (const Wish& wish : wishes_) {
    run::Probe& probe = probes_[wish.probe];
    const bool in_phase = wish.every == 1 || (probe.since && (clock - *probe.since) % wish.every == 0);
    if (probe.every == wish.every && in_phase) continue;
    set(probe, wish.every);
    const auto place = std::lower_bound(set_probes_.begin(), set_probes_.end(), wish.probe);
    if (place == set_probes_.end() || *place != wish.probe) set_probes_.insert(place, wish.probe);
  }
}

void Session::Impl::allocate(Result& result, std::uint64_t steps) {
  result.first_step = first_step_ = clock;
  result.steps = steps;
  result.lanes = lanes;
  result.dt_ms = dt_ms;
  event_targets_.clear();
  row_targets_.clear();
  for (const Wish& wish : wishes_) {
    run::Probe& probe = probes_[wish.probe];
    const run::Node& node = *probe.node;
    if (!probe.events) {
      const std::uint64_t rows = steps / wish.every + (steps % wish.every != 0 ? 1 : 0);
      Tensor& tensor = result.states[node.name][probe.variable];
      tensor = run::unset(shape_of_rows(rows, lanes, node.shape), probe.type);
      row_targets_.push_back({&probe, &tensor, clock, 0});
      continue;
    }
    if (!wish.record) {  // dense values need no detour through events
      Tensor& tensor = result.outputs[node.name];
      tensor = run::unset(shape_of_rows(steps, lanes, node.shape), probe.type);
      row_targets_.push_back({&probe, &tensor, clock, 0});
      continue;
    }
    run::EventTarget target;
    target.first_step = clock;
    if (wish.output) {
      target.output = &result.outputs[node.name];
      *target.output = Tensor(shape_of_rows(steps, lanes, node.shape), probe.type);
    }
    if (wish.record) {
      target.train = &result.trains[node.name];
      target.train->first_step = clock;
      target.train->steps = steps;
      target.train->lanes = lanes;
      target.train->shape = node.shape;
      target.train->dt_ms = dt_ms;
    }
    event_targets_.emplace_back(wish.probe, target);
  }
}

}  // namespace ranvier
