// The feedback rule: which edges close a cycle, their delays, and the order in which populations update.
#include <algorithm>
#include <deque>
#include <limits>
#include <queue>

#include "core/models/record.h"
#include "core/net/graph.h"

namespace ranvier::net {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

using Adjacency = std::vector<std::vector<std::size_t>>;  // node -> indices of edges

Adjacency outgoing(const Graph& graph) {
  Adjacency edges(graph.nodes.size());
  for (std::size_t e = 0; e < graph.edges.size(); ++e) edges[graph.edges[e].source].push_back(e);
  return edges;
}

// Tarjan's strongly connected components, with a stack of our own: graphs may be deep. Returns the component of each node.
class Components {
 public:
  Components(const Graph& graph, const Adjacency& out)
      : graph_(graph), out_(out), of_(graph.nodes.size(), kNone), index_(of_), low_(of_) {
    for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
      if (index_[node] == kNone) search(node);
    }
  }
  std::vector<std::size_t> take() { return std::move(of_); }

 private:
  struct Frame {
    std::size_t node;
    std::size_t next = 0;
  };

  void open(std::size_t node, std::vector<Frame>& frames) {
    index_[node] = low_[node] = count_++;
    stack_.push_back(node);
    frames.push_back({node});
  }

  void close(std::size_t node) {
    if (low_[node] != index_[node]) return;
    for (std::size_t member = kNone; member != node;) {
      member = stack_.back();
      stack_.pop_back();
      of_[member] = components_;
    }
    ++components_;
  }

  void search(std::size_t root) {
    std::vector<Frame> frames;
    open(root, frames);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const std::size_t node = frame.node;
      if (frame.next < out_[node].size()) {
        const std::size_t target = graph_.edges[out_[node][frame.next++]].target;
        if (index_[target] == kNone) {
          open(target, frames);
        } else if (of_[target] == kNone) {
          low_[node] = std::min(low_[node], index_[target]);
        }
        continue;
      }
      close(node);
      frames.pop_back();
      if (!frames.empty()) low_[frames.back().node] = std::min(low_[frames.back().node], low_[node]);
    }
  }

  const Graph& graph_;
  const Adjacency& out_;
  std::vector<std::size_t> of_, index_, low_, stack_;
  std::size_t count_ = 0, components_ = 0;
};

bool by_name(const Graph& graph, std::size_t a, std::size_t b) { return graph.nodes[a].name < graph.nodes[b].name; }

// Breadth-first distance of each node from the entries of its own component.
std::vector<std::size_t> distances(const Graph& graph, const Adjacency& out, const std::vector<std::size_t>& component) {
  std::vector<std::size_t> distance(graph.nodes.size(), kNone);
  std::deque<std::size_t> queue;
  const auto enter = [&](std::size_t node, std::size_t at) {
    if (distance[node] != kNone) return;
    distance[node] = at;
    queue.push_back(node);
  };
  for (const Edge& edge : graph.edges) {
    if (component[edge.source] != component[edge.target]) enter(edge.target, 0);
  }
  std::vector<std::size_t> first(graph.nodes.size(), kNone);  // per component: its entry when nothing enters from outside
  std::vector<bool> entered(graph.nodes.size(), false);
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    const std::size_t c = component[node];
    if (distance[node] == 0) entered[c] = true;
    if (first[c] == kNone || by_name(graph, node, first[c])) first[c] = node;
  }
  for (std::size_t c = 0; c < graph.nodes.size(); ++c) {
    if (first[c] != kNone && !entered[c]) enter(first[c], 0);
  }
  while (!queue.empty()) {
    const std::size_t node = queue.front();
    queue.pop_front();
    for (const std::size_t e : out[node]) {
      const std::size_t target = graph.edges[e].target;
      if (component[target] == component[node]) enter(target, distance[node] + 1);
    }
  }
  return distance;
}

// Components in topological order (ties: the name of a component's first node), nodes inside by distance, then name.
std::vector<std::size_t> base_ranks(const Graph& graph, const std::vector<std::size_t>& component,
                                    const std::vector<std::size_t>& distance) {
  const std::size_t n = graph.nodes.size();
  std::vector<std::vector<std::size_t>> members(n);
  for (std::size_t node = 0; node < n; ++node) members[component[node]].push_back(node);
  for (auto& list : members) {
    std::sort(list.begin(), list.end(), [&](std::size_t a, std::size_t b) {
      return distance[a] != distance[b] ? distance[a] < distance[b] : by_name(graph, a, b);
    });
  }
  std::vector<std::size_t> waiting(n, 0);
  for (const Edge& edge : graph.edges) {
    if (component[edge.source] != component[edge.target]) ++waiting[component[edge.target]];
  }
  const auto later = [&](std::size_t a, std::size_t b) { return by_name(graph, members[b].front(), members[a].front()); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
  for (std::size_t c = 0; c < n; ++c) {
    if (!members[c].empty() && waiting[c] == 0) ready.push(c);
  }
  const Adjacency out = outgoing(graph);
  std::vector<std::size_t> rank(n, 0);
  std::size_t next = 0;
  while (!ready.empty()) {
    const std::size_t c = ready.top();
    ready.pop();
    for (const std::size_t node : members[c]) rank[node] = next++;
    for (const std::size_t node : members[c]) {
      for (const std::size_t e : out[node]) {
        const std::size_t target = component[graph.edges[e].target];
        if (target != c && --waiting[target] == 0) ready.push(target);
      }
    }
  }
  return rank;
}

std::string names_of(const Graph& graph, const std::vector<std::size_t>& nodes) {
  std::string list;
  for (const std::size_t node : nodes) list += (list.empty() ? "" : ", ") + graph.nodes[node].name;
  return list;
}

bool is_stateful(const Node& node) {
  const models::Record* record = models::find(node.model);
  return record != nullptr && record->stateful;
}

// Within one step a cycle of stateless nodes would have to know its own result.
void refuse_stateless_cycles(const Graph& graph, const std::vector<std::size_t>& component, Problems& problems) {
  std::vector<std::vector<std::size_t>> members(graph.nodes.size());
  std::vector<bool> cyclic(graph.nodes.size(), false), stateful(graph.nodes.size(), false);
  for (std::size_t node = 0; node < graph.nodes.size(); ++node) {
    const std::size_t c = component[node];
    members[c].push_back(node);
    if (members[c].size() > 1) cyclic[c] = true;
    if (is_stateful(graph.nodes[node])) stateful[c] = true;
  }
  for (const Edge& edge : graph.edges) {
    if (edge.source == edge.target) cyclic[component[edge.source]] = true;
  }
  for (std::size_t c = 0; c < members.size(); ++c) {
    if (!cyclic[c] || stateful[c]) continue;
    std::sort(members[c].begin(), members[c].end(), [&](std::size_t a, std::size_t b) { return by_name(graph, a, b); });
    problems.add(Code::bad_graph, "The cycle of " + names_of(graph, members[c]) + " has no stateful node.",
                 graph.nodes[members[c].front()].name, "Put a neuron into the cycle, or take an edge out of it.");
  }
}

// Kahn's algorithm over the edges without delay; among the ready nodes the one of the smallest base rank.
std::vector<std::size_t> update_order(const Graph& graph, const std::vector<std::size_t>& rank,
                                      const std::vector<std::uint32_t>& delay, Problems& problems) {
  const std::size_t n = graph.nodes.size();
  std::vector<std::size_t> waiting(n, 0);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    if (delay[e] == 0) ++waiting[graph.edges[e].target];
  }
  const auto later = [&](std::size_t a, std::size_t b) { return rank[a] > rank[b]; };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> ready(later);
  for (std::size_t node = 0; node < n; ++node) {
    if (waiting[node] == 0) ready.push(node);
  }
  const Adjacency out = outgoing(graph);
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const std::size_t e : out[node]) {
      if (delay[e] == 0 && --waiting[graph.edges[e].target] == 0) ready.push(graph.edges[e].target);
    }
  }
  if (order.size() == n) return order;
  std::vector<std::size_t> stuck;
  for (std::size_t node = 0; node < n; ++node) {
    if (waiting[node] != 0) stuck.push_back(node);
  }
  problems.add(Code::bad_graph, "The edges among " + names_of(graph, stuck) + " have a cycle whose delays are all 0.",
               graph.nodes[stuck.front()].name, "Give one edge of the cycle a delay of at least 1 step.");
  return order;
}

}  // namespace

std::optional<std::size_t> Graph::find(const std::string& node) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].name == node) return i;
  }
  return std::nullopt;
}

std::vector<std::size_t> components_of(const Graph& graph) { return Components(graph, outgoing(graph)).take(); }

std::vector<bool> on_cycle(const Graph& graph) {
  const std::vector<std::size_t> component = components_of(graph);
  std::vector<bool> cyclic(graph.nodes.size(), false);
  for (const Edge& edge : graph.edges) {
    if (component[edge.source] == component[edge.target]) cyclic[edge.source] = cyclic[edge.target] = true;
  }
  return cyclic;
}

Order order_of(const Graph& graph) {
  const Adjacency out = outgoing(graph);
  const std::vector<std::size_t> component = Components(graph, out).take();
  Problems problems;
  refuse_stateless_cycles(graph, component, problems);
  problems.raise();

  const std::vector<std::size_t> distance = distances(graph, out, component);
  Order result;
  for (const Edge& edge : graph.edges) {
    const bool feedback = component[edge.source] == component[edge.target] && distance[edge.target] <= distance[edge.source];
    const std::uint32_t least = feedback ? 1 : 0;
    result.delay.push_back(edge.delay.value_or(std::max(least, edge.hop_delay)));
    result.feedback.push_back(feedback);
  }
  result.order = update_order(graph, base_ranks(graph, component, distance), result.delay, problems);
  problems.raise();
  return result;
}

}  // namespace ranvier::net
