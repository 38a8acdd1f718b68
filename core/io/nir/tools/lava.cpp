// Lava: its floating-point processes, and its bit-accurate model of Loihi.
#include <cmath>

#include "core/io/nir/tools/tools.h"

namespace ranvier::io {
namespace {

void only_lif(Reading& reading, net::Node& node, Neuron kind) {
  if (kind != Neuron::lif) return reading.undefined(node, std::string(name_of(kind)));
  reading.threshold_options(node);
  reading.ignore_v_reset(node);
  reading.ignored(node, "r", 1);
  reading.ignored(node, "v_leak", 0);
}

void neuron(Reading& reading, net::Node& node, Neuron kind) {
  only_lif(reading, node, kind);
  node.options["update"] = "stored";
}

void fixed_neuron(Reading& reading, net::Node& node, Neuron kind) {
  only_lif(reading, node, kind);
  node.options["update"] = "shift";
  reading.demand(node, "tau", "lava-fixed needs tau >= dt (a decay of 0 to 4095 of 4096)", "Take a smaller dt.",
                 [&](std::size_t i) {
                   const double decay = reading.dt() / Reading::at(node, "tau", i, 1) * 4095;
                   return decay >= 0 && decay < 4096;
                 });
  reading.demand(node, "v_threshold", "lava-fixed needs 0 to 512", {}, [&](std::size_t i) {
    const double threshold = Reading::at(node, "v_threshold", i, 1);
    return threshold >= 0 && threshold <= 512;
  });
}

// A Dense has no bias.
void drop_zero_bias(Reading& reading) {
  for (net::Node& node : reading.graph.nodes) {
    reading.demand_value(node, "bias", 0, 1e-8);
    if (node.model == "affine@1") {
      node.model = "linear@1";
      node.parameters.erase("bias");
    } else if (node.model == "conv@1") {
      node.parameters["bias"] = Tensor::of<float>({0});
    }
  }
}

void whole(Reading& reading) {
  drop_zero_bias(reading);
  reading.everywhere("precision", "f64");
}

// trunc(256 w) / 256, the product in the stored type.
Tensor in_256ths(const Tensor& weight) {
  Tensor result(weight.shape(), DType::f32);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double product = weight.at(i) * 256;
    const double stored = weight.dtype() == DType::f32 ? static_cast<double>(static_cast<float>(product)) : product;
    result.mutable_data<float>()[i] = static_cast<float>(std::trunc(stored) / 256);
  }
  return result;
}

void fixed_whole(Reading& reading) {
  drop_zero_bias(reading);
  for (net::Node& node : reading.graph.nodes) {
    const auto weight = node.parameters.find("weight");
    if (weight == node.parameters.end()) continue;
    weight->second = in_256ths(weight->second);
    reading.assume(node.name + ".weight", "rounded towards zero to multiples of 1/256");
  }
}

}  // namespace

constinit const Convention kLava{
    .name = "lava",
    .summary = "Lava's floating-point LIF (PyLifModelFloat): f64, every edge into a neuron one step late",
    .decay = "euler",
    .input_gain = "dt/tau",
    .hop_delay = 1,
    .overrides = "comparator hop_delay feedback_bias probe",
    .neuron = neuron,
    .whole = whole,
};

constinit const Convention kLavaFixed{
    .name = "lava-fixed",
    .summary = "Lava's fixed-point LIF (PyLifModelBitAcc): 24-bit state, 12-bit decay",
    .hop_delay = 1,
    .overrides = "",
    .neuron = fixed_neuron,
    .whole = fixed_whole,
};

}  // namespace ranvier::io
