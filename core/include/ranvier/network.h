/// Network: what the user said. Nodes, edges, dt, seed; tied to no device.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/devices.h>
#include <ranvier/executable.h>
#include <ranvier/export.h>
#include <ranvier/plan.h>
#include <ranvier/quantity.h>
#include <ranvier/report.h>
#include <ranvier/session.h>
#include <ranvier/tensor.h>

namespace ranvier {

namespace net {
struct Graph;
}

/// Parameter name -> one value, or one per neuron (any shape of as many elements); numbers as NIR has them (seconds, no unit
/// for v). f32, f64 or integers.
using Parameters = std::map<std::string, Tensor>;
/// Option of a model -> choice; core/models/README.md lists them. What is not named has the model's default.
using Options = std::map<std::string, std::string>;

struct Connection {
  /// Absent: neuron i to neuron i, the event's own value. [n_source, n_target]: all to all. [n] or []: neuron i to neuron i.
  std::optional<Tensor> weights;
  /// In steps. Absent: 0, or 1 where the edge closes a cycle (core/README.md, feedback).
  std::optional<std::uint32_t> delay;
  std::string receptor;  ///< of the target's model; "" is its first
};

/// A node as it stands in a network, for reading.
struct NodeInfo {
  std::string name;
  std::string model;  ///< "lif@1", "affine@1", "input@1" ...
  Shape shape;
  Parameters parameters;
  Options options;
};

/// An edge as it will run. Delays are known once the graph is whole.
struct EdgeInfo {
  std::string source, target;
  std::uint32_t delay = 0;
  bool feedback = false;
};

/// Copies share nothing. Not thread-safe.
class RANVIER_API Network {
 public:
  /// @param dt    > 0, a time. @throws Error bad_unit, out_of_range.
  /// @param seed  of all random numbers.
  explicit Network(Quantity dt, std::uint64_t seed = 0);
  Network(const Network& other);
  Network(Network&&) noexcept;
  Network& operator=(Network other) noexcept;
  ~Network();

  /// A place where the caller's events enter. @throws Error bad_value for a name that is taken or empty, bad_shape.
  void input(const std::string& name, const Shape& shape);
  /// A place where the sum of what arrives is read.
  void output(const std::string& name, const Shape& shape);
  /// Adds neurons, or a stateless node. Parameters are checked by `lower`, all together.
  /// @param model  "lif@1", "affine@1", "conv@1" ...; the version may be left out. core/models/README.md lists them.
  /// @throws Error unknown_name, bad_value for the name, bad_shape.
  void add(const std::string& name, const std::string& model, const Shape& shape, const Parameters& parameters,
           const Options& options = {});
  /// Connects two nodes that exist. An edge into a linear node uses that node's weights; it must not bring its own.
  /// @throws Error unknown_name.
  void connect(const std::string& source, const std::string& target, const Connection& connection = {});

  double dt_seconds() const;
  std::uint64_t seed() const;
  std::vector<NodeInfo> nodes() const;  ///< in the order of update where the graph has one, else as added
  std::vector<EdgeInfo> edges() const;  ///< by source, then target, in that order
  /// What loading assumed: convention, reset, feedback ...: (topic, sentence).
  const std::vector<std::pair<std::string, std::string>>& assumptions() const;
  /// Nodes, shapes, parameters and every assumption as text.
  std::string describe() const;

  /// The waist. @throws Error with all problems of the network.
  Plan lower() const;
  /// @throws Error when the network itself is wrong; what the device refuses stands in the report.
  Report check(const std::string& device, const SessionOptions& options = {}) const;
  /// For saving, exporting, or opening many sessions. @throws Error as `to` does.
  Executable compile(const std::string& device, const CompileOptions& options = {}) const;
  /// @throws Error with all problems of the network, or else of the device. The network stays as it was.
  Session to(const std::string& device, const SessionOptions& options = {}) const;
  /// Writes a network file (safetensors), which `load` reads back equal; or where the extension is .nir, .h5 or .hdf5, a NIR
  /// file (HDF5): the graph that the network was loaded from, as long as it was not changed, else its nodes and edges. NIR has
  /// no dt, seed or convention. @throws Error bad_file; for NIR unsupported, naming each model, option and delay that it lacks.
  void save(const std::filesystem::path& path) const;

  /// For the other rooms of the library.
  const net::Graph& graph() const { return *graph_; }
  explicit Network(std::unique_ptr<net::Graph> graph);

 private:
  std::unique_ptr<net::Graph> graph_;
};

struct LoadOptions {
  std::optional<Quantity> dt;  ///< required for a NIR file; of a netx file 1 ms; refused for a network file, which has its own
  std::string convention = "exact";       ///< one of `conventions()`
  std::optional<std::string> reset;       ///< zero, subtract; absent: the convention's
  std::optional<std::string> decay;       ///< euler, exponential
  std::optional<std::string> input_gain;  ///< one, dt/tau, 1-exp
  std::optional<std::string> comparator;  ///< >, >=, several
  std::optional<int> hop_delay;           ///< 0, 1: steps on every edge into a stateful node
  std::optional<int> feedback_bias;       ///< 0, 1: first step at which a feedback edge carries its source's bias
  std::optional<std::string> probe;       ///< before, after the reset
  /// (source, target) -> steps.
  std::map<std::pair<std::string, std::string>, std::uint32_t> delays;
  std::uint64_t seed = 0;
  /// Whether a NIR file that contradicts itself (shapes, edges, unknown datasets) is refused; else what can be loaded is, and
  /// `assumptions` say what was done. What cannot be mended is refused either way.
  bool strict = true;
};

/// Reads a NIR file or a netx file of lava-dl (HDF5: by content, in a child process) or a network file. A netx file takes dt and
/// seed alone.
/// @throws Error not_found, bad_file, bad_value, unsupported, bad_graph: all problems of the network at once.
RANVIER_API Network load(const std::filesystem::path& path, const LoadOptions& options);

/// Writes a NIR file or a network file as what the extension of `to` says, as `Network::save` does. A NIR graph stays one (kind
/// nir-graph): its arrays and edges as they are. Nothing is interpreted, so it takes neither dt nor convention; `load` asks for
/// them when it reads that file.
/// @throws Error as `load` does for a file that cannot be read, and as `Network::save` does.
RANVIER_API void convert_nir(const std::filesystem::path& from, const std::filesystem::path& to);

/// The conventions that `load` knows, with a sentence each.
RANVIER_API std::vector<std::pair<std::string, std::string>> conventions();

}  // namespace ranvier
