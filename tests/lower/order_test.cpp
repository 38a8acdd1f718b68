// The feedback rule (core/README.md) on graphs small enough to work out by hand.
#include <algorithm>

#include <gtest/gtest.h>

#include "core/net/graph.h"

namespace ranvier::net {
namespace {

struct Wire {
  const char* source;
  const char* target;
  std::optional<std::uint32_t> delay = std::nullopt;
};

Graph graph_of(std::vector<std::pair<std::string, std::string>> nodes, const std::vector<Wire>& wires) {
  Graph graph;
  for (auto& [name, model] : nodes) graph.nodes.push_back({name, model, {1}, {}, {}});
  for (const Wire& wire : wires) {
    Edge edge;
    edge.source = *graph.find(wire.source);
    edge.target = *graph.find(wire.target);
    edge.delay = wire.delay;
    graph.edges.push_back(edge);
  }
  return graph;
}

std::vector<std::string> names(const Graph& graph, const Order& order) {
  std::vector<std::string> list;
  for (const std::size_t node : order.order) list.push_back(graph.nodes[node].name);
  return list;
}

std::string message_of(const Graph& graph) {
  try {
    order_of(graph);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Order, PutsTheDelayOnTheEdgeBackToTheEntry) {
  const Graph g = graph_of({{"in", "input@1"}, {"lif", "lif@1"}, {"rec", "linear@1"}, {"out", "output@1"}},
                           {{"rec", "lif"}, {"lif", "rec"}, {"in", "lif"}, {"lif", "out"}});
  const Order order = order_of(g);
  EXPECT_EQ(order.delay, (std::vector<std::uint32_t>{1, 0, 0, 0}));
  EXPECT_EQ(order.feedback, (std::vector<bool>{true, false, false, false}));
  EXPECT_EQ(names(g, order), (std::vector<std::string>{"in", "lif", "rec", "out"}));
}

TEST(Order, DelaysEdgesBetweenEquallyNearNodesAndToThemselves) {
  const Graph g = graph_of({{"in", "input@1"}, {"a", "lif@1"}, {"b", "lif@1"}},
                           {{"in", "a"}, {"in", "b"}, {"a", "b"}, {"b", "a"}, {"a", "a"}});
  EXPECT_EQ(order_of(g).delay, (std::vector<std::uint32_t>{0, 0, 1, 1, 1}));
}

TEST(Order, KeepsResidualPathsWithoutDelay) {
  const Graph g = graph_of({{"in", "input@1"}, {"w", "linear@1"}, {"n", "lif@1"}}, {{"in", "n"}, {"in", "w"}, {"w", "n"}});
  EXPECT_EQ(order_of(g).delay, (std::vector<std::uint32_t>{0, 0, 0}));
}

TEST(Order, OrdersIndependentNodesByNameInBytes) {
  const Graph g = graph_of({{"b", "input@1"}, {"a", "input@1"}, {"B", "input@1"}, {"10", "input@1"}, {"2", "input@1"}}, {});
  EXPECT_EQ(names(g, order_of(g)), (std::vector<std::string>{"10", "2", "B", "a", "b"}));
}

TEST(Order, StartsAClosedCycleAtItsFirstName) {
  const Graph g = graph_of({{"q", "lif@1"}, {"p", "lif@1"}}, {{"p", "q"}, {"q", "p"}});
  EXPECT_EQ(order_of(g).delay, (std::vector<std::uint32_t>{0, 1}));
}

TEST(Order, HoldsTheUsersDelaysAndFollowsThem) {
  const Graph g = graph_of({{"in", "input@1"}, {"lif", "lif@1"}, {"rec", "linear@1"}},
                           {{"in", "lif"}, {"lif", "rec", 3}, {"rec", "lif", 0}});
  const Order order = order_of(g);
  EXPECT_EQ(order.delay, (std::vector<std::uint32_t>{0, 3, 0}));
  EXPECT_EQ(names(g, order), (std::vector<std::string>{"in", "rec", "lif"}));
}

TEST(Order, RefusesACycleWhoseDelaysAreZero) {
  const Graph g = graph_of({{"lif", "lif@1"}, {"rec", "linear@1"}}, {{"lif", "rec", 0}, {"rec", "lif", 0}});
  EXPECT_NE(message_of(g).find("The edges among lif, rec have a cycle whose delays are all 0."), std::string::npos)
      << message_of(g);
}

TEST(Order, RefusesACycleWithoutAStatefulNodeNamingIt) {
  const Graph g = graph_of({{"in", "input@1"}, {"x", "linear@1"}, {"y", "affine@1"}}, {{"in", "x"}, {"x", "y"}, {"y", "x"}});
  EXPECT_NE(message_of(g).find("The cycle of x, y has no stateful node."), std::string::npos) << message_of(g);
}

TEST(Order, SurvivesAVeryLongChain) {
  constexpr std::size_t kLength = 200000;
  Graph g;
  for (std::size_t i = 0; i < kLength; ++i) g.nodes.push_back({std::to_string(i), "lif@1", {1}, {}, {}});
  for (std::size_t i = 0; i < kLength; ++i) {
    Edge edge;
    edge.source = i;
    edge.target = (i + 1) % kLength;
    g.edges.push_back(edge);
  }
  const Order order = order_of(g);
  EXPECT_EQ(std::count(order.delay.begin(), order.delay.end(), 1U), 1);
}

}  // namespace
}  // namespace ranvier::net
