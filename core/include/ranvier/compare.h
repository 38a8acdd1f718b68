/// Comparing runs: what two devices, or two conventions, do differently with one network and one input, the first step, node and
/// neuron where their spikes part, and how far apart they are in the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <ranvier/devices.h>
#include <ranvier/export.h>
#include <ranvier/network.h>
#include <ranvier/plan.h>
#include <ranvier/session.h>

namespace ranvier {

/// What differs before the first step: an option, a parameter, a delay, an assumption, a setting of the device.
struct SettingDifference {
  std::string where;  ///< node, "source -> target", "network" or "device"
  std::string what;   ///< "option reset", "parameter tau", "coefficient a", "delay" ...
  std::string a, b;   ///< "none" where one side has no such thing
};

/// What one side had at one neuron in one step. Absent is what the device or the model does not tell.
struct Moment {
  double event = 0;                 ///< the value emitted; 0: none
  std::optional<double> v_before;   ///< v after this step's dynamics, before the reset
  std::optional<double> v;          ///< after the reset
  std::optional<double> input;      ///< sum of this step's terms
  std::optional<double> threshold;  ///< that v_before was held against
};

/// The first step in which the spikes of two runs differ; of several nodes and neurons then, the node that is updated first,
/// its lowest neuron, the lowest lane.
struct SpikeDifference {
  std::uint64_t step = 0;
  std::string node;
  std::uint32_t neuron = 0;
  std::uint32_t lane = 0;
  Moment a, b;
};

/// The first value that differs: of an output, or of a recorded variable; chosen among several as a spike is.
struct ValueDifference {
  std::uint64_t step = 0;
  std::string node;
  std::string variable;  ///< "output", "v" ...
  std::uint32_t neuron = 0;
  std::uint32_t lane = 0;
  double a = 0, b = 0;
};

/// Where spikes differ, for a picture: counts[row * bins + bin] of them, all lanes together. A row is neurons side by side, of
/// which there are as many rows as neurons, or 128; a bin is bin_steps steps, the last one perhaps fewer.
struct DifferenceMap {
  std::uint64_t rows = 0, bins = 0, bin_steps = 1;
  std::vector<std::uint64_t> counts;
};

/// How far apart the spikes of one node are. Rates are events a second, of a lane.
struct LayerDifference {
  std::string node;
  std::uint64_t neurons = 0;
  std::uint64_t a = 0, b = 0;     ///< events of the whole run, all lanes
  std::uint64_t differing = 0;    ///< (step, lane, neuron) whose events differ, in being there or in value
  double rate_a = 0, rate_b = 0;  ///< Hz, the mean over neurons
  double rate_difference = 0;     ///< Hz, the largest of one neuron
  std::uint32_t rate_neuron = 0;  ///< whose it is
  /// van Rossum's D^2 (Neural Computation 13, 2001), the mean over neurons and lanes: 1/tau times the integral of (f - g)^2, where f
  /// and g are the sides' trains with an exponential exp(-t/tau) behind each spike, times its value. 1/2 for one spike against
  /// none, 1 for two that are far apart, 0 for equal trains. Integrated to the end of the last exponential.
  double van_rossum = 0;
  std::optional<ValueDifference> first;  ///< of this node; absent: its events are equal
  DifferenceMap map;
};

/// The neuron of an output whose sum over the run is largest, in each lane; of equal ones the lowest. A class, where lanes are
/// samples.
struct RANVIER_API ArgmaxAgreement {
  std::string node;
  std::vector<std::uint32_t> a, b;  ///< [lanes]

  std::vector<std::uint32_t> differing() const;  ///< lanes
  double fraction() const;                       ///< of lanes that agree
};

/// Two sides, compared.
struct RANVIER_API Pair {
  std::string a, b;  ///< devices, or conventions
  std::uint64_t steps = 0;
  std::size_t lanes = 1;
  double dt_ms = 0;
  std::vector<SettingDifference> settings;
  std::optional<SpikeDifference> spikes;        ///< absent: all spiking nodes emitted the same events
  std::optional<ValueDifference> outputs;       ///< absent: all outputs are equal
  std::vector<LayerDifference> layers;          ///< the spiking nodes, in the order of update
  std::vector<ArgmaxAgreement> argmax;          ///< of the outputs with more than one neuron
  double tau_ms = 0;                            ///< of van Rossum's distance
  std::optional<std::uint64_t> hash_a, hash_b;  ///< spike hashes, summed over the lanes; absent where a device has none

  /// Neither spikes, nor outputs, nor hashes differ; settings may.
  bool equal() const;
  std::string text() const;  ///< tables
};

struct RANVIER_API Comparison {
  std::vector<Pair> pairs;  ///< the first side with each of the others

  bool equal() const;
  /// The pair whose spikes part first; nullptr where none do. Lives as long as the comparison.
  const Pair* first() const;
  std::string text() const;
  /// {"equal": ..., "pairs": [{"a", "b", "equal", "steps", "lanes", "dt_ms", "settings", "spikes", "outputs", "tau_ms", "layers",
  /// "argmax", "events", "hash_a", "hash_b"}]}; what is absent is null, hashes are "0x..." of 16 digits.
  std::string to_json() const;
};

struct CompareOptions {
  SessionOptions session;              ///< lanes, first lane; its settings go to every device
  std::optional<std::uint64_t> steps;  ///< for a run without input
  std::optional<double> tau_ms;        ///< of van Rossum's distance, > 0; default: 10 dt
  /// As in RunOptions, over all the steps that have to be run. @throws Error cancelled from the call.
  std::function<bool(std::uint64_t done, std::uint64_t total)> keep_going;
};

/// Runs the network on each device, twice up to where spikes part; memory stays bounded however long the run is. Each device is
/// held against the first one.
/// @param devices  two or more, as `Network::to` takes them.
/// @throws Error as `Network::to` and `Session::run` do; invalid_argument for fewer than two devices, or no steps;
///         out_of_range for tau_ms.
RANVIER_API Comparison compare(const Network& network, const std::vector<std::string>& devices, const Inputs& inputs,
                               const CompareOptions& options = {});
/// The same for a plan, of which `input` and `threshold` cannot be told.
RANVIER_API Comparison compare(const Plan& plan, const std::vector<std::string>& devices, const Inputs& inputs,
                               const CompareOptions& options = {});

/// Loads a NIR file once in each convention, and compares both on one device.
/// @throws Error as `load` and `compare` do.
RANVIER_API Comparison diff(const std::filesystem::path& path, const std::string& convention_a, const std::string& convention_b,
                            const Inputs& inputs, const LoadOptions& load_options, const CompareOptions& options = {},
                            const std::string& device = "cpu");
/// The same for two networks of which one may be altered; `name_a` and `name_b` stand for them in the result.
RANVIER_API Comparison diff(const Network& a, const std::string& name_a, const Network& b, const std::string& name_b,
                            const Inputs& inputs, const CompareOptions& options = {}, const std::string& device = "cpu");

}  // namespace ranvier
