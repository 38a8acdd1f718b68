#include "core/io/nir/reading.h"

#include <cmath>

#include <ranvier/quantity.h>

namespace ranvier::io {

double Reading::at(const net::Node& node, const std::string& parameter, std::size_t i, double fallback) {
  const auto found = node.parameters.find(parameter);
  if (found == node.parameters.end()) return fallback;
  return found->second.at(found->second.size() == 1 ? 0 : i);
}

void Reading::ignored(const net::Node& node, const std::string& parameter, double harmless) {
  const auto found = node.parameters.find(parameter);
  if (found == node.parameters.end()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    if (found->second.at(i) == harmless) continue;
    assume(node.name + "." + parameter, "ignored, as " + std::string(choices.convention->name) + " does");
    return;
  }
}

void Reading::undefined(const net::Node& node, const std::string& what, const std::string& remedy) {
  problems.add(Code::unsupported, std::string(choices.convention->name) + " does not define " + what + ".", node.name,
               remedy.empty() ? "Load with the convention 'exact' or 'euler', which define all of NIR." : remedy);
}

void Reading::demand(const net::Node& node, const std::string& parameter, const std::string& range, const std::string& remedy,
                     const std::function<bool(std::size_t)>& rule) {
  const auto found = node.parameters.find(parameter);
  if (found == node.parameters.end()) return;
  for (std::size_t i = 0; i < found->second.size(); ++i) {
    if (rule(i)) continue;
    problems.add(Code::out_of_range,
                 "The parameter " + parameter + " is " + format_number(found->second.at(i)) + " at index " + std::to_string(i) +
                     "; " + range + ".",
                 node.name, remedy);
    return;
  }
}

void Reading::demand_positive(const net::Node& node, const std::string& parameter) {
  const bool several = choices.comparator == "several" && choices.convention->comparator != "several";
  demand(node, parameter,
         several ? "comparator = 'several' needs it to be greater than 0"
                 : std::string(choices.convention->name) + " needs it to be greater than 0",
         {}, [&](std::size_t i) { return static_cast<float>(at(node, parameter, i, 1)) > 0; });
}

void Reading::demand_value(const net::Node& node, const std::string& parameter, double wanted, double tolerance) {
  demand(node, parameter, std::string(choices.convention->name) + " needs " + format_number(wanted),
         "Load with the convention 'exact' or 'euler', which use it.",
         [&](std::size_t i) { return std::fabs(at(node, parameter, i, wanted) - wanted) <= tolerance; });
}

void Reading::demand_uniform(const net::Node& node, const std::string& parameter) {
  demand(node, parameter, std::string(choices.convention->name) + " needs one value for all neurons of a node",
         "Load with the convention 'exact' or 'euler', or split the node.",
         [&](std::size_t i) { return at(node, parameter, i, 0) == at(node, parameter, 0, 0); });
}

void Reading::threshold_options(net::Node& node, const std::string& subtract) {
  node.options["reset"] = choices.reset == "subtract" ? subtract : choices.reset;
  node.options["comparator"] = choices.comparator;
  node.options["probe"] = choices.probe;
  if (choices.comparator == "several" && choices.convention->comparator != "several") demand_positive(node, "v_threshold");
}

void Reading::ignore_v_reset(net::Node& node) {
  node.options["v_reset"] = "ignored";
  ignored(node, "v_reset", 0);
}

void Reading::demand_no_pool_padding() {
  for (const net::Node& node : graph.nodes) {
    if (node.model == "sumpool@1") demand_value(node, "padding", 0, 0);
  }
}

void Reading::drop_feedback_bias() {
  const std::vector<bool> cyclic = net::on_cycle(graph);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    net::Node& node = graph.nodes[i];
    if (node.model != "affine@1" || !cyclic[i]) continue;
    ignored(node, "bias", 0);
    node.model = "linear@1";
    node.parameters.erase("bias");
  }
}

void Reading::everywhere(const std::string& option, const std::string& choice) {
  for (net::Node& node : graph.nodes) node.options[option] = choice;
}

}  // namespace ranvier::io
