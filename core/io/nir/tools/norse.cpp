#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  const Choices& choices = reading.choices;
  const bool own = choices.own_decay() && choices.own_gain();
  switch (kind) {
    case Neuron::i:
    case Neuron::cubali:
    case Neuron::threshold: return reading.undefined(node, std::string(name_of(kind)));
    case Neuron::integrate_and_fire:
      node.options["input_gain"] = "one";
      reading.ignored(node, "r", 1);
      break;
    case Neuron::li:
    case Neuron::lif:
      if (own) node.options["update"] = "increment";
      else linear_form(reading, node, "ignored", "leak");
      node.options["start"] = "v_leak";
      reading.ignored(node, "r", 1);
      break;
    case Neuron::cubalif:
      if (!own) return reading.undefined(node, "another decay or input_gain for a CubaLIF", "Leave decay and input_gain out.");
      node.options["update"] = "increment";
      node.options["start"] = "v_leak";
      break;
  }
  if (kind == Neuron::li) return;
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
}

void whole(Reading& reading) { reading.demand_no_pool_padding(); }

}  // namespace

constinit const Convention kNorse{
    .name = "norse",
    .summary = "Norse: forward Euler in f32, state starting at v_leak",
    .decay = "euler",
    .input_gain = "dt/tau",
    .overrides = "reset decay input_gain comparator several hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
