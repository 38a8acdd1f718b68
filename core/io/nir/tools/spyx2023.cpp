#include <cmath>
#include <optional>

#include "core/io/nir/tools/tools.h"
#include "core/models/coefficients.h"

namespace ranvier::io {
namespace {

using models::Stored;

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  if (kind != Neuron::integrate_and_fire && kind != Neuron::lif && kind != Neuron::cubalif) {
    return reading.undefined(node, std::string(name_of(kind)));
  }
  reading.ignore_v_reset(node);
  reading.ignored(node, "v_leak", 0);
  node.options["reset"] = "subtract";
  if (kind == Neuron::integrate_and_fire) node.options["input_gain"] = "one";
  else node.options["update"] = "leaky";
  if (kind == Neuron::cubalif) node.options["decay"] = "euler";
}

bool is_scaling(const net::Node& node) { return node.model == "lif@1" || node.model == "cubalif@1"; }

// What the weights in front of a neuron are multiplied with, computed with the file's own types.
float scale_of(const net::Node& target, std::size_t i, double dt, bool recurrent) {
  const auto number = [&](const char* name) {
    const Tensor& values = target.parameters.at(name);
    return Stored(values, values.size() == 1 ? 0 : i);
  };
  if (target.model == "lif@1") {
    const Stored tau = number("tau"), r = number("r");
    return static_cast<float>((recurrent ? r * r.like(dt) / tau : tau.like(dt) / tau).value());
  }
  const Stored tau = number("tau_syn"), w_in = target.parameters.contains("w_in") ? number("w_in") : tau.like(1);
  return static_cast<float>((recurrent ? w_in * w_in.like(dt) / tau : tau.like(dt) / tau * w_in).value());
}

class Scaling {
 public:
  explicit Scaling(Reading& reading) : reading_(reading), graph_(reading.graph), component_(net::components_of(graph_)) {}

  void apply() {
    std::vector<std::vector<std::size_t>> targets(graph_.nodes.size());
    for (const net::Edge& edge : graph_.edges) targets[edge.source].push_back(edge.target);
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].parameters.contains("weight")) scale(i, targets[i]);
    }
  }

 private:
  void scale(std::size_t index, const std::vector<std::size_t>& targets) {
    net::Node& node = graph_.nodes[index];
    std::optional<std::vector<float>> wanted;
    for (const std::size_t target : targets) {
      std::vector<float> scales = scales_for(index, target);
      if (wanted && *wanted != scales) {
        return reading_.undefined(node, "a node whose targets ask for different scales of its weights",
                                  "Give each target a layer of its own.");
      }
      wanted = std::move(scales);
    }
    if (!wanted) return;
    multiply(node, "weight", *wanted);
    if (node.parameters.contains("bias")) multiply(node, "bias", *wanted);
    for (const float value : *wanted) {
      if (value == 1) continue;
      reading_.assume(node.name, "weights and bias are multiplied with the gain of the neurons behind them, as Spyx does");
      break;
    }
  }

  // One factor per row of the weight; a convolution's rows are its output channels.
  std::vector<float> scales_for(std::size_t index, std::size_t target) {
    const net::Node& node = graph_.nodes[index];
    const net::Node& neuron = graph_.nodes[target];
    const std::size_t count = element_count(node.shape);
    std::vector<float> scales(node.model == "conv@1" ? node.shape[0] : count, 1.0F);
    if (!is_scaling(neuron) || element_count(neuron.shape) != count) return scales;  // lowering refuses what does not fit
    const std::size_t run = count / scales.size();
    const bool recurrent = component_[index] == component_[target];
    bool uniform = true;
    for (std::size_t i = 0; i < count; ++i) {
      const float value = scale_of(neuron, i, reading_.dt(), recurrent);
      if (i % run == 0) scales[i / run] = value;
      uniform = uniform && value == scales[i / run];
    }
    if (!uniform) reading_.undefined(neuron, "time constants that differ inside a channel of a convolution in front");
    return scales;
  }

  static void multiply(net::Node& node, const std::string& name, const std::vector<float>& scales) {
    const Tensor given = node.parameters.at(name).cast(DType::f32);
    Tensor scaled(given.shape(), DType::f32);
    const std::size_t run = given.size() / scales.size();
    for (std::size_t i = 0; i < given.size(); ++i) {
      scaled.mutable_data<float>()[i] = given.data<float>()[i] * scales[i / run];
    }
    node.parameters[name] = scaled;
  }

  Reading& reading_;
  net::Graph& graph_;
  std::vector<std::size_t> component_;
};

// Spyx feeds a step's spikes back within that step. As a delay of one on all edges into the neurons of a cycle, with the test
// after the update, these are the same spikes in the same steps.
void time_cycles(Reading& reading) {
  net::Graph& graph = reading.graph;
  const std::vector<bool> cyclic = net::on_cycle(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    net::Node& node = graph.nodes[i];
    const bool cuba = node.model == "cubalif@1";
    if (node.model == "if@1" && cyclic[i]) reading.undefined(node, "an IF on a cycle");
    if (is_scaling(node) && cyclic[i]) node.options["test"] = cuba ? "early" : "late";
    else if (is_scaling(node) || node.model == "if@1") node.options["test"] = cuba ? "before_twice" : "before";
  }
  for (net::Edge& edge : graph.edges) {
    if (cyclic[edge.target] && is_scaling(graph.nodes[edge.target])) edge.hop_delay = 1;
  }
}

// r counts in one place: the scale of a layer that feeds a LIF back.
void note_r(Reading& reading) {
  const std::vector<bool> cyclic = net::on_cycle(reading.graph);
  for (std::size_t i = 0; i < cyclic.size(); ++i) {
    const net::Node& node = reading.graph.nodes[i];
    if (node.model == "lif@1" && cyclic[i]) {
      reading.assume(node.name + ".r", "used for the scale of feedback only, as spyx@2023 does");
    } else if (is_scaling(node) || node.model == "if@1") {
      reading.ignored(node, "r", 1);
    }
  }
}

void whole(Reading& reading) {
  Scaling(reading).apply();
  time_cycles(reading);
  note_r(reading);
}

}  // namespace

constinit const Convention kSpyx2023{
    .name = "spyx@2023",
    .summary = "Spyx as of 2023: what the step before left is tested, subtractive reset, gains in the weights",
    .reset = "subtract",
    .decay = "euler",
    .input_gain = "dt/tau",
    .probe = "before",
    .overrides = "hop_delay",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
