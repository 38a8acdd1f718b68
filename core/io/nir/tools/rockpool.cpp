#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  const Choices& choices = reading.choices;
  const bool own = choices.own_decay() && choices.own_gain();
  reading.ignored(node, "r", 1);
  switch (kind) {
    case Neuron::i:
    case Neuron::integrate_and_fire:
    case Neuron::cubali:
    case Neuron::threshold: return reading.undefined(node, std::string(name_of(kind)));
    case Neuron::li:
      reading.ignored(node, "v_leak", 0);
      node.options["rate"] = "reciprocal";
      if (own) node.options["update"] = "filter";
      else linear_form(reading, node, "ignored", "none");
      return;
    case Neuron::lif: linear_form(reading, node, "ignored", "v_leak"); break;
    case Neuron::cubalif:
      if (!choices.own_gain()) {
        return reading.undefined(node, "input_gain = '" + choices.input_gain + "' for a CubaLIF", "Leave input_gain out.");
      }
      reading.ignored(node, "w_in", 1);
      node.options["update"] = "filter";
      node.options["decay"] = choices.decay;
      break;
  }
  node.options["rate"] = "reciprocal";
  reading.demand_positive(node, "v_threshold");
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
}

void whole(Reading& reading) { reading.drop_feedback_bias(); }

}  // namespace

constinit const Convention kRockpool{
    .name = "rockpool",
    .summary = "Rockpool: exponential decay of a current after its input is added, several spikes a step, subtractive reset",
    .reset = "subtract",
    .comparator = "several",
    .decay = "exponential",
    .input_gain = "one",
    .overrides = "reset decay input_gain comparator several hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
