#include <cmath>

#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

bool equal(double value, double wanted) { return std::fabs(value - wanted) <= 1e-12 + 1e-6 * std::fabs(wanted); }

void demand_equal(Reading& reading, const net::Node& node, const std::string& parameter, const std::string& wanted,
                  const std::function<double(std::size_t)>& value) {
  reading.demand(node, parameter, "spikingjelly needs " + wanted, "Check dt, or load with the convention 'exact' or 'euler'.",
                 [&](std::size_t i) { return equal(Reading::at(node, parameter, i, 0), value(i)); });
}

void lif(Reading& reading, net::Node& node) {
  const auto steps = [&](std::size_t i) { return Reading::at(node, "tau", i, 1) / reading.dt(); };
  const auto r = [&](std::size_t i) { return Reading::at(node, "r", i, 1); };
  reading.demand(node, "tau", "spikingjelly needs tau > dt", "Take a smaller dt.",
                 [&](std::size_t i) { return static_cast<float>(steps(i)) > 1; });
  demand_equal(reading, node, "v_leak", "v_leak = v_reset", [&](std::size_t i) { return Reading::at(node, "v_reset", i, 0); });
  const std::size_t count = element_count(node.shape);
  bool all_one = true, all_steps = true;
  for (std::size_t i = 0; i < count; ++i) {
    all_one = all_one && equal(r(i), 1);
    all_steps = all_steps && equal(r(i), steps(i));
  }
  node.options["update"] = all_one ? "quotient" : "decay_quotient";
  if (!all_one && !all_steps) {
    reading.demand(node, "r", "spikingjelly needs r = 1 for all neurons of a node, or r = tau/dt for all",
                   "Check dt, or load with the convention 'exact' or 'euler'.",
                   [&](std::size_t i) { return equal(r(i), steps(i)); });
  }
}

void cubalif(Reading& reading, net::Node& node) {
  const auto steps = [&](const std::string& tau, std::size_t i) { return Reading::at(node, tau, i, 1) / reading.dt(); };
  node.options["update"] = "leaky";
  node.options["coefficients"] = "wide";
  node.options["decay"] = "euler";
  demand_equal(reading, node, "r", "r = tau_mem/dt", [&](std::size_t i) { return steps("tau_mem", i); });
  const auto w_in = [&](std::size_t i) { return steps("tau_syn", i); };
  if (node.parameters.contains("w_in")) {
    demand_equal(reading, node, "w_in", "w_in = tau_syn/dt", w_in);
  } else {
    reading.demand(node, "tau_syn", "spikingjelly needs w_in = tau_syn/dt, and w_in is 1 where the file has none",
                   "Take dt = tau_syn.", [&](std::size_t i) { return equal(1, w_in(i)); });
  }
  reading.demand_value(node, "v_leak", 0, 1e-12);
  for (const char* tau : {"tau_syn", "tau_mem"}) {
    reading.demand(node, tau, "spikingjelly needs at least dt", "Take a smaller dt.",
                   [&](std::size_t i) { return steps(tau, i) >= 1; });
  }
}

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  switch (kind) {
    case Neuron::i:
    case Neuron::li:
    case Neuron::cubali:
    case Neuron::threshold: return reading.undefined(node, std::string(name_of(kind)));
    case Neuron::integrate_and_fire:
      node.options["input_gain"] = "one";
      demand_equal(reading, node, "r", "r = 1/dt", [&](std::size_t) { return 1 / reading.dt(); });
      break;
    case Neuron::lif: lif(reading, node); break;
    case Neuron::cubalif: cubalif(reading, node); break;
  }
  reading.threshold_options(node);
  node.options["start"] = "v_reset";
  if (reading.choices.reset == "subtract") {
    reading.demand(node, "v_reset", "spikingjelly's subtractive reset needs 0", "Load with reset='zero'.",
                   [&](std::size_t i) { return Reading::at(node, "v_reset", i, 0) == 0; });
  }
}

void whole(Reading& reading) {
  reading.demand_no_pool_padding();
  for (const net::Node& node : reading.graph.nodes) {
    if (node.model == "conv@1" && node.parameters.at("groups").at(0) != 1) reading.undefined(node, "grouped convolutions");
  }
}

}  // namespace

constinit const Convention kSpikingjelly{
    .name = "spikingjelly",
    .summary = "SpikingJelly: forward Euler, spike where v >= v_threshold, hard reset to v_reset",
    .comparator = ">=",
    .overrides = "reset comparator several hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

}  // namespace ranvier::io
