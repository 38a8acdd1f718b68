// NIR files that we write: read back equal by our own reader. (By the reference library: tests/peers.)
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <ranvier/network.h>

#include "core/io/child_process.h"
#include "core/io/files.h"
#include "core/io/nir/preset.h"
#include "core/io/nir_limits.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

// A file lists its members by name.
NirGraph sorted(NirGraph graph) {
  std::ranges::sort(graph.nodes, {}, &NirNode::name);
  for (NirNode& node : graph.nodes) {
    if (node.graph) node.graph = std::make_shared<NirGraph>(sorted(*node.graph));
  }
  return graph;
}

// Equal to the last bit, since the network file is.
bool equal(const NirGraph& a, const NirGraph& b) { return write_network_file(sorted(a)) == write_network_file(sorted(b)); }

NirGraph written_and_read(const NirGraph& graph) {
  const TemporaryFolder folder;
  write_file(folder / "x.nir", nir_file(graph, "x.nir"));
  return read_nir(folder / "x.nir");
}

TEST(NirWrite, GivesBackEveryFile) {
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data("nir-paper"))) {
    if (entry.path().extension() != ".nir" || error_of([&] { read_nir(entry.path()); })) continue;
    SCOPED_TRACE(entry.path());
    const NirGraph graph = read_nir(entry.path());
    EXPECT_TRUE(equal(graph, written_and_read(graph)));
    ++count;
  }
  EXPECT_EQ(count, 13);
}

NirGraph everything() {
  NirGraph graph;
  graph.version = "1.0.8";
  NirNode node{"1.lif \u00e4\n", "LIF", {}, {{"padding", "same"}, {"empty", ""}}};
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::i16, DType::i8, DType::u8, DType::boolean}) {
    node.arrays.emplace(std::string(name_of(dtype)), Tensor({2, 3}, dtype));
    node.arrays.emplace(std::string(name_of(dtype)) + " scalar", Tensor({}, dtype));
    node.arrays.emplace(std::string(name_of(dtype)) + " empty", Tensor({0, 3}, dtype));
  }
  node.arrays.emplace("large", Tensor({700, 900}));  // several chunks
  node.arrays.at("large").mutable_data<float>()[629'999] = 1.5f;
  node.arrays.emplace("nan", Tensor::of({std::numeric_limits<float>::quiet_NaN(), -0.0f, 1e-45f}));
  node.arrays.emplace("whole", Tensor::of<std::int64_t>({std::numeric_limits<std::int64_t>::min(), -1}));
  node.metadata.texts = {{"a", "b"}};
  node.metadata.lists = {{"tags", {"x", "", "z"}}};
  node.metadata.groups["inner"].arrays = {{"true", Tensor::of({true}).reshape({})}};
  NirGraph inner{"", {{"a", "Scale", {{"scale", Tensor::of({1.0f})}}, {}}}, {}};
  inner.metadata.texts = {{"of", "the graph"}};
  graph.nodes = {node, {"if", "NIRGraph", {}, {}, std::make_shared<NirGraph>(inner)}, {"10", "Input", {}, {}}};
  graph.edges = {{"10", "if"}, {"10", "if"}, {"if", "nowhere"}};
  graph.metadata.arrays = {{"dt", Tensor::of({1e-4}).reshape({})}};
  return graph;
}

TEST(NirWrite, GivesBackEveryTypeAndPlace) {
  EXPECT_TRUE(equal(everything(), written_and_read(everything())));
  NirGraph empty;
  empty.version = "0.2.0";
  EXPECT_TRUE(equal(empty, written_and_read(empty)));
}

// Of every type: what was loaded is forgotten, and the models' own words go out and in again.
TEST(NirWrite, ExportsEveryModelThatNirHasATypeFor) {
  LoadOptions options;
  options.dt = 1 * ms;
  for (const char* file : {"refwriter_all_primitives_gzip.nir", "refwriter_conv1d_nested_rnn_gzip.nir"}) {
    SCOPED_TRACE(file);
    const auto nir = std::make_shared<const NirGraph>(read_nir(data("nir-paper/derived") / file));
    net::Graph graph = apply_preset(nir, options, "net");
    graph.nir = nullptr;
    for (net::Node& node : graph.nodes) {
      if (node.model != "identity@1") continue;  // which has no type
      node.model = "scale@1";
      Tensor ones(node.shape);
      std::fill_n(ones.mutable_data<float>(), ones.size(), 1.0F);
      node.parameters["scale"] = ones;
    }
    net::Graph back = apply_preset(std::make_shared<const NirGraph>(nir_graph_of(graph)), options, "net");
    back.nir = nullptr;
    EXPECT_EQ(text_of(write_network_file(back)), text_of(write_network_file(graph)));
  }
}

TEST(NirWrite, HasTheSameBytesEveryTime) { EXPECT_EQ(nir_file(everything(), "x"), nir_file(everything(), "x")); }

TEST(NirWrite, NamesTheLayoutsVersionWhereTheGraphHasNone) { EXPECT_EQ(written_and_read(NirGraph{}).version, "1.0.8"); }

TEST(NirWrite, RefusesWhatNirCannotHold) {
  const auto refusal = [](const NirGraph& graph) {
    const auto error = error_of([&] { nir_file(graph, "x.nir"); });
    if (!error) return std::string("nothing was refused");
    EXPECT_EQ(error->code(), Code::bad_value) << error->what();
    EXPECT_EQ(error->where(), "x.nir");
    return error->problems().front().message;
  };
  const auto with_node = [](NirNode node) { return NirGraph{"1", {std::move(node)}, {}}; };
  EXPECT_EQ(refusal(with_node({"a/b", "LIF", {}, {}})), "The name 'a/b' in the graph cannot be written to a NIR file.");
  EXPECT_NE(refusal(with_node({".", "LIF", {}, {}})).find("The name '.'"), std::string::npos);
  EXPECT_NE(refusal(with_node({std::string("a\0b", 3), "LIF", {}, {}})).find("The name 'a\\x00b'"), std::string::npos);
  EXPECT_NE(refusal(with_node({"a", "LIF", {{"x/y", Tensor()}}, {}})).find("The name 'x/y' in node 'a'"), std::string::npos);
  EXPECT_NE(refusal(with_node({"a", "LIF", {{"type", Tensor()}}, {}})).find("is called 'type'"), std::string::npos);
  EXPECT_NE(refusal(with_node({"a", "LIF", {}, {{"x", std::string("\0", 1)}}})).find("holds a NUL"), std::string::npos);
}

TEST(NirWrite, ObeysTheCompression) {
  const auto size = [](const std::vector<std::string>& arguments) {
    const ChildResult result =
        run_child(RANVIER_NIR, arguments, {std::size_t{1} << 30, std::chrono::seconds(30)}, write_network_file(everything()));
    EXPECT_EQ(result.number, kNirOk) << result.errors;
    return result.output.bytes().size();
  };
  EXPECT_GT(size({"write", "--compression", "none"}), 700u * 900u * 4u);
  EXPECT_LT(size({"write", "--compression", "gzip"}), 200'000u);
  EXPECT_EQ(size({"write"}), size({"write", "--compression", "gzip"}));
}

// Network::save ------------------------------------------------------------------------------------------------------

TEST(NetworkSave, GivesBackTheNirFileThatWasLoaded) {
  const TemporaryFolder folder;
  net::Graph graph;
  graph.dt_given = 0.1 * ms;
  graph.dt = graph.dt_given.si();
  graph.nir = std::make_shared<NirGraph>(everything());
  const Network loaded(std::make_unique<net::Graph>(graph));
  for (const char* name : {"x.nir", "x.h5", "x.HDF5"}) {
    loaded.save(folder / name);
    EXPECT_TRUE(equal(read_nir(folder / name), everything())) << name;
  }
  loaded.save(folder / "x.net");
  load(folder / "x.net", {}).save(folder / "again.nir");
  EXPECT_EQ(read_text(folder / "again.nir"), read_text(folder / "x.nir"));
  EXPECT_FALSE(std::filesystem::exists(folder / "x.nir.part"));
}

TEST(NetworkSave, ForgetsTheNirFileWhenTheNetworkIsChanged) {
  net::Graph graph;
  graph.dt = 1;
  graph.nodes = {{"a", "input@1", {2}, {}, {}}};
  graph.nir = std::make_shared<NirGraph>(everything());
  const Network loaded(std::make_unique<net::Graph>(graph));
  Network added = loaded, connected = loaded;
  added.output("out", {2});
  EXPECT_FALSE(added.graph().nir);
  connected.connect("a", "a");
  EXPECT_FALSE(connected.graph().nir);
  EXPECT_TRUE(loaded.graph().nir);
}

Network built() {
  Network network(0.1 * ms);
  network.input("in", {3});
  network.add("w", "affine@1", {2}, {{"weight", Tensor({2, 3})}, {"bias", Tensor({2})}});
  network.add("lif", "lif@1", {2},
              {{"tau", Tensor::of({0.02})},
               {"r", Tensor::of({1.0f})},
               {"v_leak", Tensor::of({0.0f, 1.0f})},
               {"v_threshold", Tensor::of({1.0f})}});
  network.output("out", {2});
  network.connect("in", "w");
  network.connect("w", "lif");
  network.connect("lif", "out");
  return network;
}

TEST(NetworkSave, WritesABuiltNetworkInNirsWords) {
  const TemporaryFolder folder;
  built().save(folder / "x.nir");
  const NirGraph graph = read_nir(folder / "x.nir");
  const std::vector<std::pair<std::string, std::string>> edges{{"in", "w"}, {"w", "lif"}, {"lif", "out"}};
  EXPECT_EQ(graph.edges, edges);
  ASSERT_EQ(graph.nodes.size(), 4u);
  const NirNode& lif = graph.nodes[1];
  EXPECT_EQ(lif.type, "LIF");
  EXPECT_TRUE(same(lif.arrays.at("tau"), Tensor::of({0.02, 0.02})));
  EXPECT_TRUE(same(lif.arrays.at("v_leak"), Tensor::of({0.0f, 1.0f})));
  EXPECT_FALSE(lif.arrays.contains("v_reset"));  // NIR's default, too
  EXPECT_TRUE(same(graph.nodes[0].arrays.at("shape"), Tensor::of<std::int64_t>({3})));
  // And it is the same network: lowered to the same plan but for what only the assumptions say.
  LoadOptions options;
  options.dt = 0.1 * ms;
  const Network back = load(folder / "x.nir", options);
  EXPECT_EQ(back.nodes().size(), 4u);
  EXPECT_EQ(back.edges().size(), 3u);
}

TEST(NetworkSave, GivesWeightsOfEdgesANodeOfTheirOwn) {
  Network network(1 * ms);
  network.input("in", {2});
  network.output("out", {3});
  network.output("in_out", {2});
  Connection all_to_all, one_to_one;
  all_to_all.weights = Tensor::of({1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}).reshape({2, 3});
  one_to_one.weights = Tensor::of({7.0f});
  network.connect("in", "out", all_to_all);
  network.connect("in", "in_out", one_to_one);
  const NirGraph graph = sorted(nir_graph_of(network.graph()));
  ASSERT_EQ(graph.nodes.size(), 5u);
  EXPECT_EQ(graph.nodes[1].name, "in_in_out");
  EXPECT_EQ(graph.nodes[1].type, "Scale");
  EXPECT_TRUE(same(graph.nodes[1].arrays.at("scale"), Tensor::of({7.0f, 7.0f})));
  EXPECT_EQ(graph.nodes[3].name, "in_out_1");  // the first choice is taken
  EXPECT_EQ(graph.nodes[3].type, "Linear");
  EXPECT_TRUE(same(graph.nodes[3].arrays.at("weight"), Tensor::of({1.0f, 4.0f, 2.0f, 5.0f, 3.0f, 6.0f}).reshape({3, 2})));
  const std::vector<std::pair<std::string, std::string>> edges{
      {"in", "in_out_1"}, {"in_out_1", "out"}, {"in", "in_in_out"}, {"in_in_out", "in_out"}};
  EXPECT_EQ(graph.edges, edges);
}

TEST(NetworkSave, NamesAllThatNirCannotHold) {
  Network network = built();
  network.add("b", "lif@1", {2}, {{"v_threshold", Tensor::of({1.0f, 2.0f, 3.0f})}}, {{"reset", "subtract"}});
  Connection late;
  late.delay = 3;
  late.receptor = "inhibitory";
  network.connect("lif", "b", late);
  network.input("image", {2, 3});
  Connection flat;
  flat.weights = Tensor({6, 2});
  network.connect("image", "b", flat);
  const TemporaryFolder folder;
  const auto error = error_of([&] { network.save(folder / "x.nir"); });
  ASSERT_TRUE(error);
  const std::string text = error->what();
  EXPECT_NE(text.find("NIR cannot hold the option reset = subtract"), std::string::npos) << text;
  EXPECT_NE(text.find("NIR cannot hold the delay of 3 steps"), std::string::npos) << text;
  EXPECT_NE(text.find("NIR cannot hold the receptor inhibitory"), std::string::npos) << text;
  EXPECT_NE(text.find("v_threshold has the shape [3]"), std::string::npos) << text;
  EXPECT_NE(text.find("tau is missing"), std::string::npos) << text;
  EXPECT_NE(text.find("these have the shapes [2, 3] and [2]"), std::string::npos) << text;
  EXPECT_FALSE(std::filesystem::exists(folder / "x.nir"));
  EXPECT_FALSE(std::filesystem::exists(folder / "x.nir.part"));
}

TEST(NetworkSave, LeavesTheOldFileWhereItCannotWrite) {
  const auto error = error_of([] { built().save("/nonexistent/x.nir"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::bad_file);
  EXPECT_EQ(error->where(), "/nonexistent/x.nir");
}

}  // namespace
}  // namespace ranvier::io
