#include "core/io/nir/demands.h"

#include <cmath>
#include <string>

namespace ranvier::io {
namespace {

// The file's own type, as the tools compute: f32 arrays stay f32.
double stored(const Tensor& values, double result) {
  return values.dtype() == DType::f32 ? static_cast<double>(static_cast<float>(result)) : result;
}

double at(const net::Node& node, const char* parameter, std::size_t i, double fallback = 1) {
  const auto found = node.parameters.find(parameter);
  return found == node.parameters.end() ? fallback : found->second.at(i);
}

template <class Rule>
void demand(const net::Node& node, const char* parameter, const std::string& range, const std::string& remedy, Rule rule,
            Problems& problems) {
  const auto found = node.parameters.find(parameter);
  if (found == node.parameters.end()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    if (rule(i)) continue;
    problems.add(Code::out_of_range,
                 "The parameter " + std::string(parameter) + " is " + format_number(found->second.at(i)) + " at index " +
                     std::to_string(i) + "; " + range + ".",
                 node.name, remedy);
    return;
  }
}

}  // namespace

void demand_positive_threshold(const net::Node& node, Problems& problems) {
  demand(
      node, "v_threshold", "comparator = 'several' needs thresholds greater than 0", {},
      [&](std::size_t i) { return at(node, "v_threshold", i) > 0; }, problems);
}

void demand_no_leak(const net::Node& node, Problems& problems) {
  demand(
      node, "v_leak", "snnTorch's neurons leak to 0", "Load with convention 'exact' or 'norse'.",
      [&](std::size_t i) { return std::fabs(at(node, "v_leak", i)) <= 1e-8; }, problems);
}

void demand_lif_gain(const net::Node& node, double dt, Problems& problems) {
  demand(
      node, "r", "snnTorch divides the threshold by r dt/tau, which must be finite and greater than 0", {},
      [&](std::size_t i) {
        const double gain = at(node, "r", i) * dt / at(node, "tau", i);
        return std::isfinite(gain) && gain > 0;
      },
      problems);
}

void demand_cuba_gain(const net::Node& node, double dt, Problems& problems) {
  demand(
      node, "r", "snnTorch needs r = tau_mem / dt", "Check dt, or load with convention 'exact' or 'norse'.",
      [&](std::size_t i) {
        const double wanted = stored(node.parameters.at("tau_mem"), at(node, "tau_mem", i) / dt);
        return std::fabs(at(node, "r", i) - wanted) <= 1e-8 + 1e-5 * std::fabs(wanted);
      },
      problems);
  demand(
      node, "w_in", "snnTorch divides the threshold by w_in dt/tau_syn, which must be finite and greater than 0", {},
      [&](std::size_t i) {
        const double gain = at(node, "w_in", i) * (dt / at(node, "tau_syn", i));
        return std::isfinite(gain) && gain > 0;
      },
      problems);
}

void demand_shift(const net::Node& node, double dt, Problems& problems) {
  demand(
      node, "tau", "lava-fixed needs tau >= dt (a decay of 0 to 4095 of 4096)", "Take a smaller dt.",
      [&](std::size_t i) {
        const double decay = dt / at(node, "tau", i) * 4095;
        return decay >= 0 && decay < 4096;
      },
      problems);
  demand(
      node, "v_threshold", "lava-fixed needs 0 to 512", {},
      [&](std::size_t i) {
        const double threshold = at(node, "v_threshold", i);
        return threshold >= 0 && threshold <= 512;
      },
      problems);
}

void demand_no_bias(const net::Node& node, Problems& problems) {
  demand(
      node, "bias", "lava-fixed has no biases", "Load with a convention of floats: exact, norse, snntorch.",
      [&](std::size_t i) { return std::fabs(at(node, "bias", i)) <= 1e-8; }, problems);
}

Tensor in_256ths(const Tensor& weight) {
  Tensor result(weight.shape(), DType::f32);
  for (std::size_t i = 0; i < weight.size(); ++i) {
    result.mutable_data<float>()[i] = static_cast<float>(std::trunc(stored(weight, weight.at(i) * 256)) / 256);
  }
  return result;
}

}  // namespace ranvier::io
