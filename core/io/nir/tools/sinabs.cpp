#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  if (kind == Neuron::i || kind == Neuron::cubali || kind == Neuron::cubalif || kind == Neuron::threshold) {
    return reading.undefined(node, std::string(name_of(kind)));
  }
  if (kind != Neuron::integrate_and_fire) node.options["rate"] = "steps";
  if (kind == Neuron::li) {
    linear_form(reading, node, "ignored", "none");
    reading.demand_value(node, "r", 1, 0);
    return reading.demand_value(node, "v_leak", 0, 0);
  }
  reading.demand_positive(node, "v_threshold");
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
  reading.ignored(node, "r", 1);
  if (kind == Neuron::lif) {
    linear_form(reading, node, "ignored", "none");
    return reading.demand_value(node, "v_leak", 0, 0);
  }
  node.options["input_gain"] = "one";
  node.options["floor"] = "-threshold";
}

void whole(Reading& reading) { reading.demand_no_pool_padding(); }

}  // namespace

constinit const Convention kSinabs{
    .name = "sinabs",
    .summary = "Sinabs: exponential decay, input added whole, several spikes a step, subtractive reset",
    .reset = "subtract",
    .comparator = "several",
    .decay = "exponential",
    .input_gain = "one",
    .overrides = "reset decay input_gain comparator several hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
