#include <cmath>
#include <optional>

#include <ranvier/quantity.h>

#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  if (kind != Neuron::integrate_and_fire && kind != Neuron::lif && kind != Neuron::cubalif) {
    return reading.undefined(node, std::string(name_of(kind)));
  }
  node.options["update"] = "scaled";
  if (kind != Neuron::integrate_and_fire) node.options["decay"] = reading.choices.decay;
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
}

class Quantisation {
 public:
  explicit Quantisation(Reading& reading) : reading_(reading), graph_(reading.graph), scale_(graph_.nodes.size()) {
    for (const net::Edge& edge : graph_.edges) sources_[edge.target].push_back(edge.source);
  }

  void apply() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].options.contains("update")) scale_neuron(i);
    }
    for (const net::Edge& edge : graph_.edges) {
      if (!scale_[edge.source] || graph_.nodes[edge.target].options.contains("update")) continue;
      reading_.undefined(graph_.nodes[edge.source], "a layer with weights that leads to neurons and to other nodes",
                         "Give each target a layer of its own.");
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (scale_[i]) quantise(graph_.nodes[i], *scale_[i]);
    }
  }

 private:
  static bool has_weights(const net::Node& node) { return node.parameters.contains("weight"); }

  void scale_neuron(std::size_t index) {
    net::Node& node = graph_.nodes[index];
    double largest = 0;
    std::vector<double> bias(element_count(node.shape), 0.0);
    for (const std::size_t source : sources_[index]) {
      const net::Node& layer = graph_.nodes[source];
      if (!has_weights(layer)) {
        return reading_.undefined(node, "a neuron that is fed by anything but Linear, Affine or Conv",
                                  "Put a layer with weights in front of it.");
      }
      for (const std::size_t before : sources_[source]) {
        if (has_weights(graph_.nodes[before]))
          return reading_.undefined(layer, "two layers with weights in a row", "Multiply them into one.");
      }
      const Tensor& weight = layer.parameters.at("weight");
      for (std::size_t i = 0; i < weight.size(); ++i) largest = std::max(largest, std::fabs(weight.at(i)));
      add_bias(layer, bias);
    }
    if (!(largest > 0)) return reading_.undefined(node, "a neuron whose weights are all 0, or that nothing feeds");
    const double scale = 127 / largest;
    for (const std::size_t source : sources_[index]) {
      std::optional<double>& chosen = scale_[source];
      if (chosen && *chosen != scale) {
        return reading_.undefined(graph_.nodes[source], "a layer whose targets ask for different scales of its weights",
                                  "Give each target a layer of its own.");
      }
      chosen = scale;
    }
    reading_.assume(node.name, "v is in the scale of its integer weights, " + format_number(scale) + " for a weight of 1");
    node.parameters["weight_scale"] = Tensor::of<double>({scale});
    Tensor constant(Shape{bias.size()}, DType::f64);
    std::copy(bias.begin(), bias.end(), constant.mutable_data<double>());
    node.parameters["bias"] = constant;
  }

  static void add_bias(const net::Node& layer, std::vector<double>& sum) {
    const auto bias = layer.parameters.find("bias");
    if (bias == layer.parameters.end() || element_count(layer.shape) != sum.size())
      return;  // lowering refuses what does not fit
    const std::size_t run = layer.model == "conv@1" ? sum.size() / layer.shape[0] : 1;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += bias->second.at(bias->second.size() == 1 ? 0 : i / run);
  }

  void quantise(net::Node& node, double scale) {
    const Tensor given = node.parameters.at("weight");
    Tensor weight(given.shape(), DType::f64);
    for (std::size_t i = 0; i < given.size(); ++i) weight.mutable_data<double>()[i] = std::trunc(given.at(i) * scale);
    node.parameters["weight"] = weight;
    reading_.assume(node.name + ".weight", "integers of 8 bits, 127 for the largest of all weights into the same neurons");
    if (!node.parameters.contains("bias")) return;
    reading_.assume(node.name + ".bias", "a constant on v, not filtered by the synapse");
    if (node.model == "conv@1") {
      node.parameters["bias"] = Tensor::of<double>({0});
    } else {
      node.model = "linear@1";
      node.parameters.erase("bias");
    }
  }

  Reading& reading_;
  net::Graph& graph_;
  std::map<std::size_t, std::vector<std::size_t>> sources_;
  std::vector<std::optional<double>> scale_;
};

void whole(Reading& reading) {
  Quantisation(reading).apply();
  if (!reading.choices.hop_delay_given) {
    for (net::Edge& edge : reading.graph.edges) edge.hop_delay = reading.graph.nodes[edge.target].model == "cubalif@1" ? 1 : 0;
  }
  reading.everywhere("precision", "f64");
}

}  // namespace

constinit const Convention kSpinnaker2{
    .name = "spinnaker2",
    .summary = "py-spinnaker2: weights of 8 bits, biases as a constant on v, subtractive reset",
    .reset = "subtract",
    .decay = "euler",
    .input_gain = "dt/tau",
    .overrides = "reset decay hop_delay probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
