#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

constexpr std::string_view kOverrides = "reset decay input_gain comparator several hop_delay feedback_bias probe";

// I and IF have no time constant: their gain is r dt, or one.
void integrate(Reading& reading, net::Node& node, std::string_view foreign) {
  const std::string& gain = reading.choices.input_gain;
  if (gain == foreign)
    return reading.undefined(node, "input_gain = '" + gain + "' for an integrator, which has no tau",
                             "Leave it out, or take 'one'.");
  node.options["input_gain"] = gain == "one" ? "one" : "dt";
}

void neuron(Reading& reading, net::Node& node, Neuron kind, const std::string& own, std::string_view foreign_gain) {
  const Choices& choices = reading.choices;
  switch (kind) {
    case Neuron::threshold:
      if (choices.comparator != "several") node.options["comparator"] = choices.comparator;
      return;
    case Neuron::i: return integrate(reading, node, foreign_gain);
    case Neuron::integrate_and_fire: integrate(reading, node, foreign_gain); break;
    case Neuron::li:
    case Neuron::lif:
      if (choices.own_decay() && choices.own_gain()) node.options["update"] = own;
      else linear_form(reading, node, "used", "leak");
      break;
    case Neuron::cubali:
    case Neuron::cubalif:
      if (!choices.own_gain()) {
        return reading.undefined(node, "input_gain = '" + choices.input_gain + "' for a " + std::string(name_of(kind)),
                                 "Leave input_gain out.");
      }
      node.options["update"] = choices.decay == "exponential" ? "linear" : "euler";
      break;
  }
  if (kind != Neuron::li && kind != Neuron::cubali) reading.threshold_options(node);
}

void exact(Reading& reading, net::Node& node, Neuron kind) { neuron(reading, node, kind, "linear", "dt/tau"); }
void euler(Reading& reading, net::Node& node, Neuron kind) { neuron(reading, node, kind, "euler", "1-exp"); }

}  // namespace

void linear_form(const Reading& reading, net::Node& node, const std::string& r, const std::string& drive) {
  node.options["update"] = "linear";
  node.options["decay"] = reading.choices.decay;
  node.options["input_gain"] = reading.choices.input_gain;
  node.options["r"] = r;
  node.options["drive"] = drive;
}

constinit const Convention kExact{
    .name = "exact",
    .summary = "Ranvier's own: the exact solution over one step with the input held",
    .decay = "exponential",
    .input_gain = "1-exp",
    .overrides = kOverrides,
    .neuron = exact,
};

constinit const Convention kEuler{
    .name = "euler",
    .summary = "Ranvier's own: forward Euler, the synapse before the membrane",
    .decay = "euler",
    .input_gain = "dt/tau",
    .overrides = kOverrides,
    .neuron = euler,
};

}  // namespace ranvier::io
