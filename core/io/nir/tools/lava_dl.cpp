#include <cmath>

#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void cubalif(Reading& reading, net::Node& node) {
  for (const char* parameter : {"tau_syn", "tau_mem"}) reading.demand_uniform(node, parameter);
  reading.demand_value(node, "v_leak", 0, 1e-8);
  reading.demand(node, "r", "lava-dl needs r = tau_mem / dt", "Check dt, or load with the convention 'exact' or 'euler'.",
                 [&](std::size_t i) {
                   const double wanted = Reading::at(node, "tau_mem", i, 1) / reading.dt();
                   return std::fabs(Reading::at(node, "r", i, 1) - wanted) <= 1e-8 + 1e-5 * std::fabs(wanted);
                 });
}

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  if (kind != Neuron::integrate_and_fire && kind != Neuron::cubalif) {
    return reading.undefined(node, std::string(name_of(kind)));
  }
  if (kind == Neuron::cubalif) cubalif(reading, node);
  else reading.demand_uniform(node, "r");
  reading.demand_uniform(node, "v_threshold");
  reading.demand(node, "v_threshold", "lava-dl needs 0 to below 2^20, for an IF times r", {}, [&](std::size_t i) {
    const double r = kind == Neuron::cubalif ? 1 : Reading::at(node, "r", i, 1);
    const double threshold = Reading::at(node, "v_threshold", i, 1) * r;
    return threshold >= 0 && threshold < 1048576;
  });
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
  node.options["update"] = "fixed";
}

// Slayer's recurrent block scales the input and not the feedback; one sum of both has one scale.
void demand_unscaled_cycles(Reading& reading) {
  const std::vector<bool> cyclic = net::on_cycle(reading.graph);
  for (std::size_t k = 0; k < cyclic.size(); ++k) {
    const net::Node& node = reading.graph.nodes[k];
    if (!cyclic[k] || node.model != "cubalif@1") continue;
    const std::string parameter = node.parameters.contains("w_in") ? "w_in" : "tau_syn";  // w_in is 1 where the file has none
    reading.demand(node, parameter, "lava-dl needs w_in = tau_syn / dt on a cycle",
                   "Check dt, or load with the convention 'exact' or 'euler'.", [&](std::size_t i) {
                     const double gain = Reading::at(node, "w_in", i, 1) * reading.dt() / Reading::at(node, "tau_syn", i, 1);
                     return std::fabs(gain - 1) <= 1e-8 + 1e-5;
                   });
  }
}

void whole(Reading& reading) {
  demand_unscaled_cycles(reading);
  reading.drop_feedback_bias();
  for (const net::Node& node : reading.graph.nodes) {
    if (node.model == "conv@1") reading.demand_value(node, "bias", 0, 0);
  }
}

}  // namespace

constinit const Convention kLavaDl{
    .name = "lava-dl",
    .summary = "Lava-dl (slayer): CUBA neurons of 64-bit integers with 12-bit decays",
    .overrides = "",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
