#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  switch (kind) {
    case Neuron::i:
    case Neuron::cubali:
    case Neuron::threshold: return reading.undefined(node, std::string(name_of(kind)));
    case Neuron::li:
      node.options["update"] = "lowpass";
      reading.demand_uniform(node, "tau");
      reading.ignored(node, "r", 1);
      return reading.ignored(node, "v_leak", 0);
    case Neuron::integrate_and_fire:
      node.options["update"] = "unit";
      reading.demand_value(node, "r", 1, 0);
      break;
    case Neuron::lif:
      node.options["update"] = "substep";
      reading.demand_value(node, "r", 1, 0);
      reading.demand_value(node, "v_leak", 0, 0);
      reading.demand_uniform(node, "tau");
      break;
    case Neuron::cubalif:
      node.options["update"] = "substep";
      for (const char* parameter : {"r", "tau_syn", "tau_mem", "v_threshold"}) reading.demand_uniform(node, parameter);
      reading.demand_value(node, "v_leak", 0, 0);
      reading.demand(node, "tau_syn", "nengo needs tau_syn >= dt", "Take a smaller dt.",
                     [&](std::size_t i) { return Reading::at(node, "tau_syn", i, 1) >= reading.dt(); });
      break;
  }
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
  reading.demand_positive(node, "v_threshold", "nengo");
}

// A synapse delivers in the next step; and only a synapse can close a cycle.
void delay_synapses(Reading& reading) {
  net::Graph& graph = reading.graph;
  const auto synapse = [&](std::size_t node) {
    return graph.nodes[node].model == "cubalif@1" || graph.nodes[node].model == "li@1";
  };
  if (!reading.choices.hop_delay_given) {
    for (net::Edge& edge : graph.edges) edge.hop_delay = synapse(edge.target) ? 1 : 0;
  }
  const std::vector<bool> cyclic = net::on_cycle(graph);
  const std::vector<std::size_t> component = net::components_of(graph);
  std::vector<bool> filtered(graph.nodes.size(), false);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (synapse(i)) filtered[component[i]] = true;
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (cyclic[i] && !filtered[component[i]]) {
      reading.undefined(graph.nodes[i], "a cycle without a CubaLIF or LI, which have a synapse");
    }
  }
}

void whole(Reading& reading) {
  delay_synapses(reading);
  reading.everywhere("precision", "f64");
}

}  // namespace

constinit const Convention kNengo{
    .name = "nengo",
    .summary = "Nengo: f64, v in units of the threshold, spikes with a time inside the step",
    .decay = "exponential",
    .input_gain = "one",
    .overrides = "hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
