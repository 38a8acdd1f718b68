/// What the user said, as plain data. Network (public) is its face; io fills it from files, lower turns it into a Plan.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/network.h>

namespace ranvier::io {
struct NirGraph;
}

namespace ranvier::net {

struct Node {
  std::string name;
  std::string model;  ///< "lif@1"
  Shape shape;
  Parameters parameters;  ///< as given
  Options options;        ///< explicit choices; the model's defaults fill the rest
};

struct Edge {
  std::size_t source = 0;  ///< index into Graph::nodes
  std::size_t target = 0;
  std::string receptor;
  std::optional<Tensor> weights;
  std::optional<std::uint32_t> delay;     ///< set by the user: holds as it is
  std::uint32_t hop_delay = 0;            ///< else: at least so much
  bool feedback_bias_from_start = false;  ///< if it becomes a feedback edge: carries its source's bias before step 0
};

struct Graph {
  std::string name;
  double dt = 0;            ///< seconds
  Quantity dt_given{0, s};  ///< as the user wrote it
  std::uint64_t seed = 0;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  std::vector<std::pair<std::string, std::string>> assumptions;
  std::shared_ptr<const io::NirGraph> nir;  ///< what was loaded, so that the way back is equal; null once the graph is changed

  std::optional<std::size_t> find(const std::string& node) const;
};

/// The order of update and the delays: order[k] is the node that becomes population k; delays and feedback are per edge.
struct Order {
  std::vector<std::size_t> order;
  std::vector<std::uint32_t> delay;
  std::vector<bool> feedback;
};

/// The feedback rule (core/README.md). @throws Error bad_graph naming a component without a stateful node, or a cycle whose
/// delays the user set to 0.
Order order_of(const Graph& graph);

/// Whether a node can be reached from itself, per node.
std::vector<bool> on_cycle(const Graph& graph);
/// The strongly connected component of each node.
std::vector<std::size_t> components_of(const Graph& graph);

}  // namespace ranvier::net
