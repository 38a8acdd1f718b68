/// What a Session holds: a device's handles, what can be recorded, and the buffers that runs share.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/devices.h>
#include <ranvier/plan.h>
#include <ranvier/session.h>

#include "core/run/handles.h"
#include "core/run/inputs.h"
#include "core/run/open.h"
#include "core/run/reader.h"

namespace ranvier {

struct Session::Impl {
 public:
  Impl(std::shared_ptr<const run::Compiled> compiled, run::DeviceHandle device, std::size_t lanes, std::uint64_t first_lane);

  Result run(const Inputs& inputs, const RunOptions& options);
  Result run(const Tensor& input, const RunOptions& options);
  Result run(std::uint64_t steps, const RunOptions& options);
  template <class T>
  void step(std::span<const T> input, std::span<float> output);
  Result counters();
  void reset();
  void reset(std::size_t lanes);
  void cancel();
  const Report& report() const { return compiled_->report; }

  // For the getters of Session; constant, but for lanes and clock.
  std::size_t lanes;
  std::uint64_t clock = 0;
  double dt_ms = 0;
  std::shared_ptr<const Deployment> deployment;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<std::string> recordable;

 private:
  // A probe that a run wants, and what for.
  struct Wish {
    std::size_t probe;
    std::uint64_t every;
    bool output;
    bool record;
  };

  void describe_plan();
  void describe_deployment();
  void open_session();
  void reopen();

  void require_healthy() const;
  void collect_wishes(const RunOptions& options, Problems& problems);
  Result run_checked(std::uint64_t steps, const RunOptions& options);
  bool probes_fit() const;
  void set_probes();
  void allocate(Result& result, std::uint64_t steps);
  void run_chunks(std::uint64_t total, const RunOptions& options);
  std::uint64_t most_steps() const;
  void run_chunk(std::uint64_t until);
  void adapt(std::uint64_t steps, double seconds);
  void write_inputs(std::uint64_t until);
  void run_device(std::uint64_t until);
  [[noreturn]] void stop(std::uint64_t begin, std::uint64_t until, rvd_status status);
  void read_records(std::uint64_t begin);
  void drop_records(std::uint64_t begin);
  void read_counters(Result& result);

  const float* take_step_input(std::span<const float> input, const run::Node& node);
  const float* take_step_input(std::span<const std::uint8_t> input, const run::Node& node);
  void write_step(const run::Node& node, const float* values);
  void read_step(run::Probe& probe, std::span<float> output);

  std::shared_ptr<const run::Compiled> compiled_;
  run::Driver& driver_;
  std::uint64_t first_lane_;
  std::uint64_t seed_ = 0;
  run::DeviceHandle device_;
  run::SessionHandle session_;

  std::vector<run::Node> nodes_;                // one a population
  std::vector<std::size_t> input_nodes_;        // indices into nodes_
  std::vector<std::size_t> output_probes_;      // indices into probes_
  std::vector<run::Probe> probes_;              // one a line of `recordable`
  std::map<std::string, std::size_t> by_name_;  // "node.variable" -> index into probes_

  // Of the run that goes on; kept for their memory.
  std::vector<run::InputRows> input_rows_;
  std::vector<Wish> wishes_;             // sorted by probe
  std::vector<std::size_t> set_probes_;  // those that the device has on, sorted
  std::vector<std::pair<std::size_t, run::EventTarget>> event_targets_;
  std::vector<run::RowTarget> row_targets_;
  run::InputBlocks blocks_;
  run::Reader reader_;
  std::vector<double> step_room_;  // of a streamed step; a driver may want 8 bytes a value
  std::uint64_t first_step_ = 0;
  std::uint64_t chunk_steps_;

  std::optional<Problem> fault_;  // the first one; the session is of no use until a reset
  // `cancel` comes from other threads: it must not meet a handle that is being replaced.
  std::mutex handle_mutex_;
  std::atomic<bool> running_{false};
  std::atomic<bool> cancel_requested_{false};
};

}  // namespace ranvier
