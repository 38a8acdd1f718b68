#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <variant>

#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

template <class Kind>
Kind read(const std::vector<std::byte>& bytes) {
  return std::get<Kind>(parse_network_file(bytes, "x.net"));
}

void expect_same(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    ASSERT_TRUE(b.contains(name)) << name;
    EXPECT_TRUE(same(tensor, b.at(name))) << name;
  }
}

void expect_same(const NirMetadata& a, const NirMetadata& b) {
  EXPECT_EQ(a.texts, b.texts);
  EXPECT_EQ(a.lists, b.lists);
  expect_same(a.arrays, b.arrays);
  ASSERT_EQ(a.groups.size(), b.groups.size());
  for (const auto& [name, group] : a.groups) expect_same(group, b.groups.at(name));
}

void expect_same(const NirGraph& a, const NirGraph& b) {
  expect_same(a.metadata, b.metadata);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.edges, b.edges);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    SCOPED_TRACE(a.nodes[i].name);
    EXPECT_EQ(a.nodes[i].name, b.nodes[i].name);
    EXPECT_EQ(a.nodes[i].type, b.nodes[i].type);
    EXPECT_EQ(a.nodes[i].texts, b.nodes[i].texts);
    expect_same(a.nodes[i].arrays, b.nodes[i].arrays);
    expect_same(a.nodes[i].metadata, b.nodes[i].metadata);
    ASSERT_EQ(a.nodes[i].graph == nullptr, b.nodes[i].graph == nullptr);
    if (a.nodes[i].graph) expect_same(*a.nodes[i].graph, *b.nodes[i].graph);
  }
}

void expect_same(const net::Edge& a, const net::Edge& b) {
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.target, b.target);
  EXPECT_EQ(a.receptor, b.receptor);
  EXPECT_EQ(a.delay, b.delay);
  EXPECT_EQ(a.hop_delay, b.hop_delay);
  EXPECT_EQ(a.feedback_bias_from_start, b.feedback_bias_from_start);
  ASSERT_EQ(a.weights.has_value(), b.weights.has_value());
  if (a.weights) {
    EXPECT_TRUE(same(*a.weights, *b.weights));
  }
}

void expect_same(const net::Graph& a, const net::Graph& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.dt, b.dt);
  EXPECT_EQ(a.dt_given.value, b.dt_given.value);
  EXPECT_EQ(a.dt_given.unit.symbol, b.dt_given.unit.symbol);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.assumptions, b.assumptions);
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  for (std::size_t i = 0; i < a.nodes.size(); ++i) {
    SCOPED_TRACE(a.nodes[i].name);
    EXPECT_EQ(a.nodes[i].name, b.nodes[i].name);
    EXPECT_EQ(a.nodes[i].model, b.nodes[i].model);
    EXPECT_EQ(a.nodes[i].shape, b.nodes[i].shape);
    EXPECT_EQ(a.nodes[i].options, b.nodes[i].options);
    expect_same(a.nodes[i].parameters, b.nodes[i].parameters);
  }
  ASSERT_EQ(a.edges.size(), b.edges.size());
  for (std::size_t i = 0; i < a.edges.size(); ++i) expect_same(a.edges[i], b.edges[i]);
}

NirGraph nir_graph() {
  NirGraph graph;
  graph.version = "1.0.8";
  NirNode lif{"lif1.lif", "LIF", {}, {}};
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::i16, DType::i8, DType::u8, DType::boolean}) {
    lif.arrays.emplace(std::string(name_of(dtype)), Tensor({2, 3}, dtype));
    lif.arrays.emplace(std::string(name_of(dtype)) + "/scalar", Tensor({}, dtype));
  }
  lif.arrays.emplace("nan", Tensor::of({std::numeric_limits<float>::signaling_NaN(), -0.0f, 1e-45f}));
  lif.arrays.emplace("whole", Tensor::of<std::int64_t>({std::numeric_limits<std::int64_t>::min(), -1}));
  lif.texts = {{"padding", "same"}, {"empty", ""}, {"quote", "\"\\\n\t"}};
  // A node "a/b" with an array "c" and a node "a" with an array "b/c" must not meet.
  graph.nodes = {lif,
                 {"a", "Linear", {{"b/c", Tensor::of({1.0})}}, {}},
                 {"a/b", "Linear", {{"c", Tensor::of({2.0})}}, {}},
                 {"\u00e4\U0001F9E0\"", "Output", {}, {}},
                 {"graph.json", "Input", {}, {}}};
  graph.edges = {{"a", "a/b"}, {"a", "a/b"}, {"nowhere", "a"}};
  NirMetadata metadata;
  metadata.texts = {{"by", "a person"}};
  metadata.arrays = {{"x", Tensor::of({1.5, 2.5})}, {"one", Tensor::of<std::int64_t>({7}).reshape({})}};
  metadata.lists = {{"tags", {"a", "", "c"}}, {"none", {}}};
  metadata.groups["inner"].texts = {{"x", "y"}};
  metadata.groups["hollow"] = {};
  graph.nodes[1].metadata = metadata;
  NirGraph inner{"", {{"a", "Scale", {{"scale", Tensor::of({1.0f})}}, {}}}, {{"a", "a"}}};
  inner.metadata = metadata;
  NirGraph outer{
      "", {{"in", "Input", {}, {}}, {"graph", "NIRGraph", {}, {}, std::make_shared<NirGraph>(inner)}}, {{"in", "graph"}}};
  graph.nodes.push_back({"nested", "NIRGraph", {}, {}, std::make_shared<NirGraph>(outer)});
  graph.metadata = metadata;
  return graph;
}

net::Graph network() {
  net::Graph graph;
  graph.name = "braille";
  graph.dt_given = 0.1 * ms;
  graph.dt = graph.dt_given.si();
  graph.seed = std::numeric_limits<std::uint64_t>::max();
  graph.nodes = {
      {"in", "input@1", {3, 2}, {}, {}},
      {"lif", "lif@1", {2}, {{"tau", Tensor::of({0.1f, 0.2f})}, {"r", Tensor::of({1.0})}}, {{"reset", "zero"}, {"x", ""}}},
      {"out", "output@1", {}, {}, {}}};
  graph.edges = {{0, 1, "", Tensor({6, 2}, DType::f64), {}, 1, false},
                 {1, 1, "inhibitory", {}, std::numeric_limits<std::uint32_t>::max(), 0, true},
                 {1, 2, "", {}, 0u, 0, false}};
  graph.assumptions = {{"convention", "exact"}, {"convention", "said twice"}, {"", ""}};
  return graph;
}

TEST(NetworkFile, RoundTripsANirGraphOfEveryType) {
  const NirGraph graph = nir_graph();
  expect_same(graph, read<NirGraph>(write_network_file(graph)));
}

TEST(NetworkFile, RoundTripsANetwork) {
  const net::Graph graph = network();
  expect_same(graph, read<net::Graph>(write_network_file(graph)));
}

TEST(NetworkFile, KeepsTheNirGraphAndWritesWhatItSharesOnce) {
  net::Graph graph = network();
  NirGraph nir = nir_graph();
  nir.nodes[0].arrays.emplace("shared", graph.nodes[1].parameters.at("tau"));
  nir.nodes[0].arrays.emplace("equal", graph.nodes[1].parameters.at("r").clone());
  nir.nodes[0].arrays.emplace("equal too", graph.nodes[1].parameters.at("r").clone());
  graph.nir = std::make_shared<NirGraph>(nir);
  const auto bytes = write_network_file(graph);
  const auto back = read<net::Graph>(bytes);
  expect_same(graph, back);
  ASSERT_TRUE(back.nir);
  expect_same(nir, *back.nir);
  EXPECT_EQ(back.nir->nodes[0].arrays.at("shared").data(), back.nodes[1].parameters.at("tau").data());
  const Tensors tensors = read_safetensors(bytes, "x");
  EXPECT_FALSE(tensors.contains("nir/nodes/0/shared"));
  EXPECT_FALSE(tensors.contains("nir/nodes/0/equal"));
  EXPECT_TRUE(tensors.contains("nir/nodes/0/equal too"));
  EXPECT_EQ(write_network_file(back), bytes);
}

TEST(NetworkFile, RefusesToWriteANirGraphThatItWouldNotRead) {
  NirGraph graph;
  graph.nodes = {{"a", "NIRGraph", {}, {}}};
  EXPECT_EQ(error_of([&] { write_network_file(graph); })->code(), Code::bad_value);
  graph = {};
  for (std::size_t i = 0; i <= kMaxNirDepth; ++i) {
    const auto inner = std::make_shared<NirGraph>(graph);
    graph.nodes = {{"a", "NIRGraph", {}, {}, inner}};
  }
  EXPECT_EQ(error_of([&] { write_network_file(graph); })->code(), Code::unsupported);
}

TEST(NetworkFile, RoundTripsTheEmptyGraph) { expect_same(NirGraph{}, read<NirGraph>(write_network_file(NirGraph{}))); }

TEST(NetworkFile, KeepsEveryTimeStepExactly) {
  for (const Quantity dt : {0.1 * ms, 1.0 / 3.0 * ms, 5e-324 * s, 1.7976931348623157e308 * s, 100.0 * us, 1e-4 * s}) {
    net::Graph graph = network();
    graph.dt_given = dt;
    graph.dt = dt.si();
    const auto back = read<net::Graph>(write_network_file(graph));
    EXPECT_EQ(back.dt, graph.dt);
    EXPECT_EQ(back.dt_given.value, dt.value);
    EXPECT_EQ(back.dt_given.unit.symbol, dt.unit.symbol);
  }
}

TEST(NetworkFile, HasTheSameBytesEveryTime) {
  EXPECT_EQ(write_network_file(network()), write_network_file(network()));
  const auto bytes = write_network_file(nir_graph());
  EXPECT_EQ(write_network_file(read<NirGraph>(bytes)), bytes);
}

TEST(NetworkFile, DescribesANirGraphAsDocumented) {
  NirGraph graph{
      "1.0.8", {{"input", "Input", {{"shape", Tensor::of<std::int64_t>({2})}}, {{"note", "x"}}}}, {{"input", "out"}}};
  const Tensors tensors = read_safetensors(write_network_file(graph), "x");
  const Tensor& text = tensors.at("graph.json");
  EXPECT_EQ(
      std::string(reinterpret_cast<const char*>(text.data()), text.size()),
      R"({"format":"ranvier-network","major":0,"minor":2,"kind":"nir-graph","version":"1.0.8","nodes":[)"
      R"({"name":"input","type":"Input","arrays":{"shape":"nodes/0/shape"},"texts":{"note":"x"}}],"edges":[["input","out"]]})");
  EXPECT_TRUE(tensors.contains("nodes/0/shape"));
}

TEST(NetworkFile, DescribesANetworkAsDocumented) {
  net::Graph graph = network();
  graph.nodes.resize(2);
  graph.edges.resize(2);
  graph.assumptions.resize(1);
  const Tensors tensors = read_safetensors(write_network_file(graph), "x");
  const Tensor& text = tensors.at("graph.json");
  EXPECT_EQ(
      std::string(reinterpret_cast<const char*>(text.data()), text.size()),
      R"({"format":"ranvier-network","major":0,"minor":2,"kind":"network","name":"braille","dt":0.0001,"dt_given":"0.1 ms",)"
      R"("seed":18446744073709551615,"nodes":[{"name":"in","model":"input@1","shape":[3,2],"parameters":{},"options":{}},)"
      R"({"name":"lif","model":"lif@1","shape":[2],"parameters":{"r":"nodes/1/r","tau":"nodes/1/tau"},)"
      R"("options":{"reset":"zero","x":""}}],"edges":[{"source":"in","target":"lif","receptor":"","weights":"edges/0/weights",)"
      R"("hop_delay":1,"feedback_bias_from_start":false},{"source":"lif","target":"lif","receptor":"inhibitory",)"
      R"("delay":4294967295,"hop_delay":0,"feedback_bias_from_start":true}],"assumptions":[["convention","exact"]]})");
}

TEST(NetworkFile, WritesNothingItWouldNotRead) {
  net::Graph graph = network();
  graph.nodes[0].name = "\xff";
  EXPECT_EQ(error_of([&] { write_network_file(graph); })->code(), Code::bad_value);
  graph = network();
  graph.dt = 0;
  EXPECT_EQ(error_of([&] { write_network_file(graph); })->code(), Code::bad_value);
  NirGraph nir = nir_graph();
  nir.nodes[0].texts["long"] = std::string(17'000'000, 'x');
  EXPECT_EQ(error_of([&] { write_network_file(nir); })->code(), Code::unsupported);
}

}  // namespace
}  // namespace ranvier::io
