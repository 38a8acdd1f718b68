#include <cmath>

#include <ranvier/quantity.h>

#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

// In the file's own type, as the tool computes: f32 arrays stay f32.
double stored(const Tensor& values, double result) {
  return values.dtype() == DType::f32 ? static_cast<double>(static_cast<float>(result)) : result;
}

void demand_gain(Reading& reading, const net::Node& node, const std::string& parameter, const std::string& gain,
                 const std::string& tau) {
  reading.demand(node, parameter, "snntorch divides the threshold by " + gain + ", which must be finite and greater than 0", {},
                 [&](std::size_t i) {
                   const double value = Reading::at(node, parameter, i, 1) * (reading.dt() / Reading::at(node, tau, i, 1));
                   return std::isfinite(value) && value > 0;
                 });
}

void demand_r(Reading& reading, const net::Node& node) {
  reading.demand(node, "r", "snntorch needs r = tau_mem / dt", "Check dt, or load with convention 'exact' or 'norse'.",
                 [&](std::size_t i) {
                   const double wanted =
                       stored(node.parameters.at("tau_mem"), Reading::at(node, "tau_mem", i, 1) / reading.dt());
                   return std::fabs(Reading::at(node, "r", i, 1) - wanted) <= 1e-8 + 1e-5 * std::fabs(wanted);
                 });
}

// The importer makes a leaky neuron of an IF: beta = 0.9, gain one. As a LIF that is tau = 10 dt, r = tau / dt.
void leaky_for_if(Reading& reading, net::Node& node) {
  reading.demand_value(node, "r", 1, 0);
  reading.assume(node.name,
                 "an IF is read as a leaky neuron with beta = 0.9, as snnTorch does: a LIF with tau = 10 dt and r = 10");
  node.model = "lif@1";
  node.parameters["tau"] = Tensor::of<double>({10 * reading.dt()});
  node.parameters["r"] = Tensor::of<double>({10});
  if (reading.choices.reset_given) return;
  node.options["reset"] = "guarded";
  reading.assume(node.name + ".reset", "subtract, snnTorch's for an IF");
}

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  const Choices& choices = reading.choices;
  if (kind == Neuron::i || kind == Neuron::li || kind == Neuron::cubali || kind == Neuron::threshold) {
    return reading.undefined(node, std::string(name_of(kind)));
  }
  reading.threshold_options(node, "guarded");
  reading.ignore_v_reset(node);
  node.options["update"] = "leaky";
  if (kind == Neuron::integrate_and_fire) return leaky_for_if(reading, node);
  reading.demand(node, "v_leak", "snntorch's neurons leak to 0", "Load with convention 'exact' or 'norse'.",
                 [&](std::size_t i) { return std::fabs(Reading::at(node, "v_leak", i, 0)) <= 1e-8; });
  if (choices.own_gain()) node.options["threshold"] = "divided";
  if (kind == Neuron::lif) {
    if (!choices.own_decay() || !choices.own_gain()) linear_form(reading, node, "used", "none");
    if (choices.own_gain()) demand_gain(reading, node, "r", "r dt/tau", "tau");
    return;
  }
  if (!choices.own_gain()) {
    return reading.undefined(node, "input_gain = '" + choices.input_gain + "' for a CubaLIF", "Leave input_gain out.");
  }
  node.options["decay"] = choices.decay;
  demand_r(reading, node);
  demand_gain(reading, node, "w_in", "w_in dt/tau_syn", "tau_syn");
}

void whole(Reading& reading) { reading.demand_no_pool_padding(); }

}  // namespace

constinit const Convention kSnntorch{
    .name = "snntorch",
    .summary = "snnTorch: beta = 1 - dt/tau, the input's gain moved into the threshold",
    .decay = "euler",
    .input_gain = "one",
    .feedback_bias = 0,
    .overrides = "reset decay input_gain comparator hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
