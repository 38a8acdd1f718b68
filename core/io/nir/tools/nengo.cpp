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
  reading.demand_positive(node, "v_threshold");
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
}

bool has_synapse(const net::Node& node) { return node.model == "cubalif@1" || node.model == "li@1"; }

// A synapse delivers in the next step.
void delay_synapses(Reading& reading) {
  for (net::Edge& edge : reading.graph.edges) edge.hop_delay = has_synapse(reading.graph.nodes[edge.target]) ? 1 : 0;
}

// Without the edges into synapses no cycle may be left: Nengo cannot build one.
void demand_synapses_in_cycles(Reading& reading) {
  net::Graph rest;
  rest.nodes = reading.graph.nodes;
  for (const net::Edge& edge : reading.graph.edges) {
    if (!has_synapse(rest.nodes[edge.target])) rest.edges.push_back(edge);
  }
  const std::vector<bool> cyclic = net::on_cycle(rest);
  for (std::size_t i = 0; i < cyclic.size(); ++i) {
    if (cyclic[i]) reading.undefined(rest.nodes[i], "a cycle without a CubaLIF or LI, which have a synapse");
  }
}

void whole(Reading& reading) {
  if (!reading.choices.hop_delay_given) delay_synapses(reading);
  demand_synapses_in_cycles(reading);
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
