/// Session: a network on a device, with its state and clock; Result: what a run gave.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ranvier/export.h>
#include <ranvier/report.h>
#include <ranvier/tensor.h>

namespace ranvier {

/// One event. Several events of one neuron in one step are one, with their sum as value.
struct Spike {
  std::uint64_t step;  ///< in which it was emitted
  std::uint32_t lane;
  std::uint32_t i;  ///< neuron, row-major over the node's shape
  double t;         ///< (step + 1) * dt, in milliseconds
  double value;     ///< 1 for a plain spike
};

/// The events of one node in one run, sorted by (step, lane, neuron).
class RANVIER_API SpikeTrain {
 public:
  std::uint64_t first_step = 0;  ///< of the run
  std::uint64_t steps = 0;
  std::size_t lanes = 1;
  Shape shape;  ///< of the node
  double dt_ms = 0;
  std::vector<std::uint64_t> step;
  std::vector<std::uint32_t> lane;
  std::vector<std::uint32_t> id;
  std::vector<double> value;

  std::size_t size() const { return step.size(); }
  Spike operator[](std::size_t k) const;

  class Iterator {
   public:
    Iterator(const SpikeTrain* train, std::size_t at) : train_(train), at_(at) {}
    Spike operator*() const { return (*train_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const SpikeTrain* train_;
    std::size_t at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

  /// [steps, lanes, ...shape], i32. @throws Error bad_value when a value is not a whole number of 32 bits.
  Tensor counts() const;
  /// [steps, lanes, ...shape], bool. @throws Error bad_value when any value differs from 1, naming the first such event.
  Tensor raster() const;
  /// [steps, lanes, ...shape] of the values themselves.
  Tensor dense(DType dtype) const;
};

struct DeviceFacts {
  std::string name;     ///< "cpu"
  std::string version;  ///< of the driver
  std::string vendor;
  std::string path;                          ///< of the shared library
  std::map<std::string, std::string> facts;  ///< "kind", "grade", "isa", "verified", limits ...
};

/// Where a session runs, and what: with the plan and the input, enough to run it again.
struct Deployment {
  std::string device;                           ///< as asked for: "cpu?precision=f64"
  std::map<std::string, std::string> settings;  ///< all of the device's: those after '?' and those of SessionOptions
  std::uint64_t first_lane = 0;
  std::map<std::string, Tensor> calibrate;  ///< input that it was compiled with, by node
  DeviceFacts facts;
  std::uint64_t plan_bytes = 0;     ///< length of the plan
  std::uint32_t plan_checksum = 0;  ///< that of its header
};

/// What one call of `run` gave. Counters and hashes count from the last reset on, so that a run in pieces ends with those of a
/// run in one.
class RANVIER_API Result {
 public:
  std::uint64_t first_step = 0;
  std::uint64_t steps = 0;
  std::size_t lanes = 1;
  double dt_ms = 0;
  std::map<std::string, Tensor> outputs;  ///< output node -> [steps, lanes, ...shape]
  std::map<std::string, SpikeTrain> trains;
  std::map<std::string, std::map<std::string, Tensor>> states;  ///< node -> variable -> [rows, lanes, ...shape]
  std::vector<std::uint64_t> lane_hashes;  ///< spike hash of each lane (design: driver.h, end); empty if the device has none
  /// "spikes" and "spikes.<node>", "synaptic_operations", "effective_acs", "effective_macs", "dense_operations",
  /// "dense_operations_avoided", "neuron_updates", "steps", "late", "lost": over all lanes; <ranvier/driver.h> says what each
  /// counts. What a device cannot see is absent.
  std::map<std::string, std::uint64_t> counters;
  std::uint64_t every = 1;  ///< states have a row for every so many steps
  double seconds = 0;       ///< of wall time that the run took; 0 for a run of one step, which is not measured
  /// Input node -> a checksum of the array it was given, to notice one that was changed since.
  std::map<std::string, std::uint64_t> input_checksums;
  std::shared_ptr<const Deployment> deployment;  ///< the session's

  /// Sum of the lanes' hashes modulo 2^64.
  std::uint64_t hash() const;
  /// @throws Error unknown_name when the node's spikes were not recorded.
  const SpikeTrain& spikes(const std::string& node) const;
  /// @throws Error unknown_name when the variable was not recorded.
  const Tensor& state(const std::string& node, const std::string& variable) const;
};

/// Input for a run: input node -> [steps, lanes, N], or [steps, N] where there is one lane; N may be spread over the node's
/// shape. u8, bool, integers and floats are converted to the node's type; NaN, infinities and what does not fit are refused.
using Inputs = std::map<std::string, Tensor>;

struct RunOptions {
  std::vector<std::string> record;  ///< "node.spikes", "node.v": the last dot splits
  std::uint64_t every = 1;          ///< states are recorded every so many steps, from the run's first on
  bool outputs = true;              ///< fill Result::outputs
  /// Called between chunks (at most about 0.05 s of work) with the steps done; false ends the run after that chunk: `run`
  /// then throws Error cancelled, and the session may go on from there.
  std::function<bool(std::uint64_t done, std::uint64_t total)> keep_going;
};

/// A node that a session takes input for or gives output of.
struct Port {
  std::string name;
  Shape shape;
  DType dtype;  ///< the network's; a device that was asked for more precision gives its own
};

/// Movable, not copyable. Used from one thread at a time; `cancel` from any. Different sessions are independent.
class RANVIER_API Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// Goes on from where the session is, for as many steps as the inputs have rows.
  /// @throws Error bad_shape, bad_type, bad_value, unknown_name for input and record names (all problems together); cancelled;
  ///         a device's fault with its code; bad_driver where it breaks a rule of <ranvier/driver.h>; data_loss when an event
  ///         was lost or late. After a fault of the device the session answers failed_precondition until it is reset.
  Result run(const Inputs& inputs, const RunOptions& options = {});
  /// The same for a network with one input.
  Result run(const Tensor& input, const RunOptions& options = {});
  /// `steps` steps without input.
  Result run(std::uint64_t steps, const RunOptions& options = {});
  /// One step of a closed loop, for a network of f32 with one input and one output: allocates nothing once it has run a few
  /// times, if the driver does not (`cpu` does not). Records and progress are `run`'s; the two may take turns.
  /// @param input   [lanes][neurons of the input], row-major
  /// @param output  [lanes][neurons of the output]: what the output is in this step
  /// @throws Error bad_shape for other sizes, bad_value for NaN or infinities, bad_type, unsupported for other networks; a
  ///         device's fault with its code, after which the session answers failed_precondition until it is reset.
  void step(std::span<const float> input, std::span<float> output);
  void step(std::span<const std::uint8_t> input, std::span<float> output);
  /// Hashes and counters since the last reset, as a Result of no steps: for whoever streams.
  Result counters();
  /// Back to the first step and the initial state.
  void reset();
  /// As reset, and with another number of lanes. @throws Error as `to` does.
  void reset(std::size_t lanes);
  /// Ends a run that goes on in another thread within 0.1 s; without one it has no effect. `run` throws Error cancelled there,
  /// and the session may go on, or asks for a reset where the device could not finish the steps it had input for.
  void cancel();

  std::size_t lanes() const;
  std::uint64_t clock() const;  ///< number of the next step
  double dt_ms() const;
  const DeviceFacts& device() const;
  const Deployment& deployment() const;
  const Report& report() const;  ///< what compiling said
  const std::vector<Port>& inputs() const;
  const std::vector<Port>& outputs() const;
  /// What `record` takes: "node.spikes", "node.v" ...
  const std::vector<std::string>& recordable() const;

  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace ranvier
