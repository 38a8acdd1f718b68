// Netx files: the layers that ranvier-nir hands over, the networks made of them, and what is refused. tests/data/netx/make.py says
// what is in each file.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <ranvier/network.h>

#include "core/io/files.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

net::Graph loaded(const std::string& file, const LoadOptions& options = {}) {
  const std::string path = data(file).string();
  return network_of(std::get<NetxFile>(read_file(path)), options, "net", path);
}

const net::Node& node(const net::Graph& graph, const std::string& name) { return graph.nodes[graph.find(name).value()]; }

std::vector<std::string> edges_of(const net::Graph& graph) {
  std::vector<std::string> edges;
  for (const net::Edge& edge : graph.edges) {
    edges.push_back(graph.nodes[edge.source].name + " -> " + graph.nodes[edge.target].name + " " +
                    std::to_string(edge.delay.value()));
  }
  return edges;
}

std::vector<int> numbers(const net::Node& node, const std::string& parameter) {
  std::vector<int> values;
  const Tensor& tensor = node.parameters.at(parameter);
  for (std::size_t i = 0; i < tensor.size(); ++i) values.push_back(static_cast<int>(tensor.at(i)));
  return values;
}

std::string assumed(const net::Graph& graph, const std::string& topic) {
  for (const auto& [about, sentence] : graph.assumptions) {
    if (about == topic) return sentence;
  }
  return "nothing";
}

TEST(Netx, LayersComeAsTheyStand) {
  const auto netx = std::get<NetxFile>(read_hdf5(data("netx/convolution.net")));
  ASSERT_EQ(netx.layers.size(), 4U);
  const NetxFile::Group& conv = netx.layers[1];
  EXPECT_EQ(conv.lists.at("type"), std::vector<std::string>{"conv"});
  EXPECT_EQ(conv.arrays.at("weight").shape(), (Shape{3, 2, 2, 3, 1}));
  EXPECT_EQ(conv.arrays.at("weight").dtype(), DType::f32);
  EXPECT_EQ(conv.groups.at("neuron").arrays.at("iDecay").at(0), 1024);
  EXPECT_EQ(conv.groups.at("neuron").texts.at("type"), "CUBA");
}

TEST(Netx, EverySynapseTakesOneStep) {
  EXPECT_EQ(
      edges_of(loaded("netx/convolution.net")),
      (std::vector<std::string>{"input -> layer0.bias 0", "layer0.bias -> layer0.neuron 0", "layer0.neuron -> layer1.synapse 1",
                                "layer1.synapse -> layer1.neuron 0", "layer1.neuron -> layer3.synapse 1",
                                "layer3.synapse -> layer3.neuron 0", "layer3.neuron -> output 0"}));
  EXPECT_EQ(edges_of(loaded("netx/recurrent.net")),
            (std::vector<std::string>{"input -> spikes 0", "spikes -> layer0.synapse 1", "layer0.synapse -> layer0.neuron 0",
                                      "layer0.neuron -> layer0.recurrent 1", "layer0.recurrent -> layer0.neuron 0",
                                      "layer0.neuron -> output 0"}));
}

TEST(Netx, KeepsShapesAndKernelsAsTheFileHasThem) {
  const net::Graph graph = loaded("netx/convolution.net");
  const net::Node& conv = node(graph, "layer1.synapse");
  EXPECT_EQ(conv.model, "loihi_conv@1");
  EXPECT_EQ(conv.shape, (Shape{3, 3, 5}));
  EXPECT_EQ(conv.parameters.at("weight").shape(), (Shape{3, 2, 2, 3}));
  const auto netx = std::get<NetxFile>(read_hdf5(data("netx/convolution.net")));
  const Tensor& stored = netx.layers[1].arrays.at("weight");
  for (std::size_t i = 0; i < stored.size(); ++i) ASSERT_EQ(conv.parameters.at("weight").at(i), stored.at(i)) << i;
  EXPECT_EQ(numbers(conv, "stride"), (std::vector<int>{2, 1}));
  EXPECT_EQ(numbers(conv, "padding"), (std::vector<int>{0, 1}));
}

TEST(Netx, NeuronsTakeOneOffTheCurrentsDecayAndABiasPerChannel) {
  const net::Node neuron = node(loaded("netx/convolution.net"), "layer1.neuron");
  EXPECT_EQ(numbers(neuron, "du"), std::vector<int>{1023});
  EXPECT_EQ(numbers(neuron, "dv"), std::vector<int>{128});
  EXPECT_EQ(numbers(neuron, "vth"), std::vector<int>{80});
  EXPECT_EQ(numbers(neuron, "bias_exp"), std::vector<int>{6});
  std::vector<int> bias(45, 4);
  std::fill(bias.begin() + 15, bias.begin() + 30, -6);
  std::fill(bias.begin() + 30, bias.end(), 0);
  EXPECT_EQ(numbers(neuron, "bias_mant"), bias);
  EXPECT_FALSE(neuron.parameters.contains("refractory"));
}

TEST(Netx, AnInputLayersNeuronsAreDrivenByTheirBias) {
  const net::Graph graph = loaded("netx/convolution.net");
  EXPECT_EQ(numbers(node(graph, "layer0.neuron"), "du"), std::vector<int>{4095});
  EXPECT_EQ(numbers(node(graph, "layer0.bias"), "weight"), (std::vector<int>{1, 1}));
  EXPECT_NE(assumed(graph, "input").find("40 x + 36"), std::string::npos);
}

TEST(Netx, WeightsGetTheExponentAndBitsThatLavaDlFinds) {
  const net::Graph graph = loaded("netx/odd.net");
  const net::Node first = node(graph, "layer0.synapse"), second = node(graph, "layer1.synapse");
  EXPECT_EQ(numbers(first, "weight_exp"), std::vector<int>{-5});
  EXPECT_EQ(numbers(first, "num_weight_bits"), std::vector<int>{4});
  EXPECT_EQ(first.options.at("sign_mode"), "mixed");
  EXPECT_EQ(numbers(second, "weight_exp"), std::vector<int>{-2});
  EXPECT_EQ(numbers(second, "num_weight_bits"), std::vector<int>{4});
  EXPECT_EQ(second.options.at("sign_mode"), "excitatory");
  const auto netx = std::get<NetxFile>(read_hdf5(data("netx/odd.net")));
  const std::vector<int> weights = numbers(first, "weight");
  for (std::size_t i = 0; i < weights.size(); ++i) ASSERT_EQ(weights[i], 32 * netx.layers[0].arrays.at("weight").at(i));
}

TEST(Netx, KeepsARefractoryPeriodAndSaysSo) {
  const net::Graph graph = loaded("netx/odd.net");
  EXPECT_EQ(numbers(node(graph, "layer1.neuron"), "refractory"), std::vector<int>{4});
  EXPECT_NE(assumed(graph, "layer1.neuron").find("refDelay is 4"), std::string::npos);
}

TEST(Netx, ADelayIsSynapsesOfItsOwn) {
  const net::Graph graph = loaded("netx/delays.net");
  EXPECT_EQ(edges_of(graph),
            (std::vector<std::string>{"input -> spikes 0", "spikes -> layer2.synapse.delay0 1",
                                      "spikes -> layer2.synapse.delay3 4", "spikes -> layer2.synapse.delay62 63",
                                      "layer2.synapse.delay0 -> layer2.neuron 0", "layer2.synapse.delay3 -> layer2.neuron 0",
                                      "layer2.synapse.delay62 -> layer2.neuron 0", "layer2.neuron -> output 0"}));
  EXPECT_EQ(assumed(graph, "layer2.synapse"), "1 of 4 delays are longer than the chip's 62 steps and are that");
  // One delay for each target, of which 1 and 3 have the same: together the parts are the whole, and no weight is in two.
  const auto netx = std::get<NetxFile>(read_hdf5(data("netx/delays.net")));
  const Tensor& whole = netx.layers[2].arrays.at("weight");
  const std::map<std::string, std::vector<std::size_t>> targets{{"delay0", {0}}, {"delay3", {1, 3}}, {"delay62", {2}}};
  for (const auto& [name, rows] : targets) {
    const std::vector<int> part = numbers(node(graph, "layer2.synapse." + name), "weight");
    for (std::size_t k = 0; k < part.size(); ++k) {
      const bool own = std::ranges::find(rows, k / 5) != rows.end();
      ASSERT_EQ(part[k], own ? 4 * whole.at(k) : 0) << name << " " << k;
    }
  }
}

TEST(Netx, ALayerWithoutNeuronIntegrates) {
  const net::Graph graph = loaded("netx/no_neuron.net");
  EXPECT_EQ(numbers(node(graph, "layer1.neuron"), "vth"), std::vector<int>{131071});
  EXPECT_NE(assumed(graph, "layer1.neuron").find("the layer has no neuron"), std::string::npos);
}

TEST(Netx, DtIsToldOrOneMillisecond) {
  EXPECT_NE(assumed(loaded("netx/odd.net"), "dt").find("1 ms"), std::string::npos);
  LoadOptions options;
  options.dt = 0.1 * ms;
  EXPECT_EQ(load(data("netx/odd.net"), options).dt_seconds(), 1e-4);
  EXPECT_EQ(assumed(loaded("netx/odd.net", options), "dt"), "nothing");
  options.dt = 1 * mV;
  EXPECT_EQ(error_of([&] { load(data("netx/odd.net"), options); })->code(), Code::bad_unit);
}

TEST(Netx, TakesNoConvention) {
  LoadOptions options;
  options.convention = "norse";
  options.hop_delay = 1;
  const auto error = error_of([&] { load(data("netx/odd.net"), options); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->problems().size(), 2U);
  EXPECT_NE(std::string(error->what()).find("convention is given, but a netx file is in the chip's integers"),
            std::string::npos);
}

TEST(Netx, IsFoundByContentAndSavedAsANetwork) {
  const TemporaryFolder folder;
  std::filesystem::copy_file(data("netx/convolution.net"), folder / "x.h5");
  convert_nir(folder / "x.h5", folder / "x.safetensors");
  EXPECT_EQ(load(folder / "x.safetensors", {}).nodes().size(), loaded("netx/convolution.net").nodes.size());
  const auto error = error_of([&] { load(folder / "x.h5", {}).save(folder / "x.nir"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::unsupported);
}

NetxFile::Group input_of(std::int64_t extent) {
  NetxFile::Group layer;
  layer.texts["type"] = "input";
  layer.arrays["shape"] = Tensor::of<std::int64_t>({extent});
  layer.groups["neuron"].texts["type"] = "CUBA";
  for (const char* key : {"iDecay", "vDecay", "vThMant"}) layer.groups["neuron"].arrays[key] = Tensor::of<std::int64_t>({1});
  return layer;
}

TEST(Netx, ASmallFileTakesNoMoreMemoryThanItMay) {
  EXPECT_EQ(network_of({{input_of(1000)}}, {}, "net", "x.net").nodes.size(), 4U);
  for (const std::int64_t extent :
       {std::int64_t{1} << 30, (std::int64_t{1} << 31) - 1, std::int64_t{1} << 31, std::int64_t{0}}) {
    const auto error = error_of([&] { network_of({{input_of(extent)}}, {}, "net", "x.net"); });
    ASSERT_TRUE(error) << extent;
    EXPECT_EQ(error->where(), "x.net");
  }
}

TEST(Netx, RefusesByName) {
  const std::pair<const char*, const char*> refusals[] = {
      {"average", "The layer 1 is of type 'average', which is not read."},
      {"bias", "'bias' of the layer 1 has 5 values"},
      {"delay", "'delay' of the layer 0 has the shape [7]"},
      {"exponent", "'wgtExp' of the neuron of the layer 0 is not 0"},
      {"first_conv", "The first layer is a convolution"},
      {"fraction", "'weight' of the layer 0 holds 0.5"},
      {"gap", "none is named '0'"},
      {"graded", "emits graded spikes (gradedSpike)"},
      {"kernel", "'weight' of the layer 1 has the shape [3, 2, 2]"},
      {"learning", "'learning_rule' of the layer 0 is not read"},
      {"link", "The member 'weight' of layer 0 is an external link"},
      {"loop", "nested deeper than 32 levels, or one lies within itself"},
      {"neuron_number", "'neuron' of the layer 0 must be a group"},
      {"nine_bits", "they take 9 bits, and the chip has 8"},
      {"no_decay", "'iDecay' of the neuron of the layer 0 is 0"},
      {"no_type", "'type' of the layer 0 must be one text"},
      {"no_weight", "'weight' of the layer 0 is missing"},
      {"nothing", "The group 'layer' is empty"},
      {"sdnn", "The neuron of the layer 0 is of type 'SDNN'"},
      {"second_input", "'type' of the layer 1 is 'input', but it is not the first"},
      {"shape", "'weight' of the layer 0 does not fit 3 neurons"},
      {"threshold", "'vThMant' of the neuron of the layer 0 holds 131072"},
      {"wide", "'weight' of the layer 0 holds -300"},
  };
  for (const auto& [file, said] : refusals) {
    const std::filesystem::path path = data(std::string("netx/refused_") + file + ".net");
    const auto error = error_of([&] { load(path, {}); });
    ASSERT_TRUE(error) << file;
    EXPECT_TRUE(error->code() == Code::bad_file || error->code() == Code::unsupported) << file;
    EXPECT_EQ(error->where(), path.string());
    EXPECT_NE(std::string(error->what()).find(said), std::string::npos) << error->what();
  }
}

}  // namespace
}  // namespace ranvier::io
