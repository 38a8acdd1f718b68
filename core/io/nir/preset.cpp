#include "core/io/nir/preset.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "core/io/nir/convention.h"
#include "core/io/nir/demands.h"

namespace ranvier::io {
namespace {

constexpr std::size_t kMaxNeurons = 0x7FFFFFFF;

// What a NIR type becomes, and which datasets it must and may have.
struct Kind {
  std::string_view type;
  std::string_view model;
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
  std::string_view shaped_by;  ///< the dataset whose shape is the node's
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> kKinds{
      {"Input", "input@1", {"shape"}, {}, ""},
      {"Output", "output@1", {"shape"}, {}, ""},
      {"Linear", "linear@1", {"weight"}, {}, ""},
      {"Affine", "affine@1", {"weight", "bias"}, {}, ""},
      {"LIF", "lif@1", {"tau", "r", "v_leak", "v_threshold"}, {"v_reset"}, "tau"},
      {"CubaLIF", "cubalif@1", {"tau_syn", "tau_mem", "r", "v_leak", "v_threshold"}, {"v_reset", "w_in"}, "tau_mem"},
  };
  return kKinds;
}

const Kind* kind_of(const std::string& type) {
  for (const Kind& kind : kinds()) {
    if (kind.type == type) return &kind;
  }
  return nullptr;
}

class Preset {
 public:
  Preset(const NirGraph& nir, const LoadOptions& options) : nir_(nir), options_(options) {}

  net::Graph apply(const std::string& name) {
    choices_ = choose(options_, problems_);
    take_dt();
    if (choices_.convention == nullptr) problems_.raise();
    graph_.name = name;
    graph_.seed = options_.seed;
    assume_choices();
    for (const NirNode& node : nir_.nodes) add(node);
    connect();
    if (nir_.nodes.empty()) problems_.add(Code::bad_graph, "The graph has no nodes.");
    problems_.raise();
    return std::move(graph_);
  }

 private:
  void assume(std::string topic, std::string sentence) {
    graph_.assumptions.emplace_back(std::move(topic), std::move(sentence));
  }

  void take_dt() {
    if (!options_.dt) {
      problems_.add(Code::bad_value, "dt is missing: a NIR file does not hold the time step.", "dt",
                    "Give it with its unit: 0.1 * ms, or 0.1ms on the command line.");
      return;
    }
    if (options_.dt->unit.dimension != Dimension::time) {
      problems_.add(Code::bad_unit, "dt is " + to_string(*options_.dt) + ", which is not a time.", "dt",
                    "Give it like 0.1 ms.");
      return;
    }
    graph_.dt_given = *options_.dt;
    graph_.dt = options_.dt->si();
    if (std::isfinite(graph_.dt) && graph_.dt > 0) return;
    problems_.add(Code::out_of_range, "dt is " + to_string(*options_.dt) + "; it must be finite and greater than 0.", "dt",
                  "Give it like 0.1 ms.");
  }

  void assume_choices() {
    const Convention& own = *choices_.convention;
    assume("convention", std::string(own.name) + ": " + std::string(own.summary));
    assume("reset", choices_.reset + (choices_.reset == "subtract" && own.subtract == "guarded" ? " (guarded)" : "") +
                        (options_.reset ? "" : ", the convention's"));
    if (!own.decay.empty()) {
      assume("decay", choices_.decay);
      assume("input_gain", choices_.input_gain);
    }
    assume("comparator", "a neuron spikes where v " + std::string(choices_.comparator == "several" ? "holds several thresholds"
                                                                  : choices_.comparator == ">="    ? ">= v_threshold"
                                                                                                   : "> v_threshold"));
    assume("hop_delay", std::to_string(choices_.hop_delay) + " steps on edges into neurons");
    assume("feedback_bias", "a feedback edge carries its source's bias from step " + std::to_string(choices_.feedback_bias));
    assume("probe", "v is recorded " + choices_.probe + " the reset");
  }

  void add(const NirNode& nir) {
    const Kind* kind = kind_of(nir.type);
    if (kind == nullptr) {
      std::string list;
      for (const Kind& known : kinds()) list += (list.empty() ? "" : ", ") + std::string(known.type);
      problems_.add(Code::unsupported, "The node type " + nir.type + " is not supported yet.", nir.name,
                    "Supported: " + list + ".");
      return;
    }
    net::Node node;
    node.name = nir.name;
    node.model = kind->model;
    if (!take_datasets(nir, *kind, node)) return;
    if (nir.type == "LIF") lif(node);
    if (nir.type == "CubaLIF") cubalif(node);
    if (nir.type == "Linear" || nir.type == "Affine") linear(node);
    index_.emplace(node.name, graph_.nodes.size());
    graph_.nodes.push_back(std::move(node));
  }

  bool take_datasets(const NirNode& nir, const Kind& kind, net::Node& node) {
    bool whole = true;
    for (const std::string_view name : kind.required) {
      if (nir.arrays.contains(std::string(name))) continue;
      problems_.add(Code::bad_file, "The " + nir.type + " has no dataset '" + std::string(name) + "'.", nir.name,
                    "Write the file again with the tool that made it.");
      whole = false;
    }
    for (const auto& [dataset, values] : nir.arrays) {
      const std::string& name = dataset;  // clang 14 captures no structured bindings
      const auto known = [&](const auto& list) { return std::find(list.begin(), list.end(), name) != list.end(); };
      if (known(kind.required) || known(kind.optional)) continue;
      problems_.add(Code::bad_file, "The " + nir.type + " has the unknown dataset '" + name + "'.", nir.name,
                    "Keep what is not NIR's in the node's metadata.");
      whole = false;
    }
    return whole && take_shape(nir, kind, node);
  }

  bool take_shape(const NirNode& nir, const Kind& kind, net::Node& node) {
    if (kind.required.front() == "shape") return take_stored_shape(nir, node);
    if (kind.required.front() == "weight") return take_linear_shape(nir, node);
    node.shape = nir.arrays.at(std::string(kind.shaped_by)).shape();
    for (const auto& [name, values] : nir.arrays) {
      if (values.shape() == node.shape) continue;
      problems_.add(Code::bad_shape,
                    "The parameter " + name + " has the shape " + to_string(values.shape()) + ", but " +
                        std::string(kind.shaped_by) + " has " + to_string(node.shape) + ".",
                    nir.name, "All parameters of a NIR neuron node have one shape.");
      return false;
    }
    node.parameters = nir.arrays;
    return check_count(nir.name, node.shape);
  }

  bool take_stored_shape(const NirNode& nir, net::Node& node) {
    const Tensor& stored = nir.arrays.at("shape");
    node.shape.clear();
    for (std::size_t i = 0; i < stored.size(); ++i) {
      const double extent = stored.at(i);
      if (!(extent >= 1 && extent <= static_cast<double>(kMaxNeurons) && extent == std::floor(extent))) {
        problems_.add(
            Code::out_of_range,
            "The shape's extent " + std::to_string(i) + " is " + format_number(extent) + "; it must be 1 to 2^31 - 1.",
            nir.name);
        return false;
      }
      node.shape.push_back(static_cast<std::size_t>(extent));
    }
    return check_count(nir.name, node.shape);
  }

  bool take_linear_shape(const NirNode& nir, net::Node& node) {
    const Shape& weight = nir.arrays.at("weight").shape();
    if (weight.size() != 2) {
      problems_.add(Code::unsupported, "The weight has the shape " + to_string(weight) + "; only [out, in] is supported.",
                    nir.name);
      return false;
    }
    node.shape = {weight[0]};
    const auto bias = nir.arrays.find("bias");
    if (bias != nir.arrays.end() && bias->second.shape() != node.shape) {
      problems_.add(Code::bad_shape,
                    "The bias has the shape " + to_string(bias->second.shape()) + "; the weight " + to_string(weight) +
                        " needs [" + std::to_string(weight[0]) + "].",
                    nir.name);
      return false;
    }
    node.parameters = nir.arrays;
    return check_count(nir.name, node.shape);
  }

  bool check_count(const std::string& name, const Shape& shape) {
    std::size_t count = 0;
    if (shape.size() <= 8) count = element_count(shape);
    if (count >= 1 && count <= kMaxNeurons) return true;
    problems_.add(Code::out_of_range,
                  "The shape " + to_string(shape) + " is not allowed: a node has 1 to 2^31 - 1 neurons and at most 8 axes.",
                  name);
    return false;
  }

  void membrane(net::Node& node) {
    const Convention& own = *choices_.convention;
    node.options["start"] = own.start;
    node.options["v_reset"] = own.v_reset;
    node.options["reset"] = choices_.reset == "subtract" ? std::string(own.subtract) : choices_.reset;
    node.options["comparator"] = choices_.comparator;
    node.options["probe"] = choices_.probe;
    node.options["threshold"] = own.threshold;
    if (own.v_reset == "ignored") assume_ignored(node, "v_reset", 0);
    if (choices_.comparator == "several") demand_positive_threshold(node, problems_);
    if (own.name == "snntorch") demand_no_leak(node, problems_);
  }

  void assume_ignored(const net::Node& node, const std::string& parameter, double harmless) {
    const auto at = node.parameters.find(parameter);
    if (at == node.parameters.end()) return;
    for (std::size_t i = 0; i < at->second.size(); ++i) {
      if (at->second.at(i) == harmless) continue;
      assume(node.name + "." + parameter, "ignored, as " + std::string(choices_.convention->name) + " does");
      return;
    }
  }

  void lif(net::Node& node) {
    const Convention& own = *choices_.convention;
    membrane(node);
    if (own.update == "shift") {
      demand_shift(node, graph_.dt, problems_);
      node.options = {{"update", "shift"}};
      assume_ignored(node, "r", 1);
      assume_ignored(node, "v_leak", 0);
      return;
    }
    node.options["update"] = own.update;
    if (!choices_.own_update() || own.update == "linear") {
      node.options["update"] = "linear";
      node.options["decay"] = choices_.decay;
      node.options["input_gain"] = choices_.input_gain;
      node.options["r"] = own.lif_r;
      if (choices_.input_gain == "one" && own.threshold == "plain") assume_ignored(node, "r", 1);
    }
    if (choices_.input_gain != own.input_gain) node.options["threshold"] = "plain";
    if (own.lif_r == "ignored") assume_ignored(node, "r", 1);
    if (node.options["threshold"] == "divided") demand_lif_gain(node, graph_.dt, problems_);
  }

  void cubalif(net::Node& node) {
    const Convention& own = *choices_.convention;
    membrane(node);
    node.options["update"] = own.update;
    const bool other_gain = choices_.input_gain != own.input_gain;
    const bool other_decay = choices_.decay != own.decay;
    if (own.update == "shift" || other_gain || (other_decay && own.name == "norse")) {
      const std::string what = own.update == "shift" ? "CubaLIF"
                               : other_gain          ? "input_gain = '" + choices_.input_gain + "' for a CubaLIF"
                                                     : "decay = '" + choices_.decay + "' for a CubaLIF";
      problems_.add(Code::unsupported, "The convention '" + std::string(own.name) + "' does not define " + what + ".",
                    node.name, "Leave it out, or choose the convention 'exact'.");
      return;
    }
    if (own.name == "exact" && other_decay) node.options["update"] = "euler";
    if (own.update == "leaky") {
      node.options["decay"] = choices_.decay;
      demand_cuba_gain(node, graph_.dt, problems_);
    }
  }

  void linear(net::Node& node) {
    if (choices_.convention->update != "shift") return;
    demand_no_bias(node, problems_);
    node.parameters["weight"] = in_256ths(node.parameters.at("weight"));
    assume(node.name + ".weight", "rounded towards zero to multiples of 1/256");
  }

  void connect() {
    std::map<std::pair<std::string, std::string>, bool> used;
    for (const auto& [ends, steps] : options_.delays) used[ends] = false;
    for (const auto& [source, target] : nir_.edges) {
      for (const std::string& end : {source, target}) {
        if (!knows(end)) {
          problems_.add(Code::bad_graph, "The edge names the node '" + end + "', which does not exist.",
                        source + " -> " + target);
        }
      }
      const auto from = index_.find(source), to = index_.find(target);
      if (from == index_.end() || to == index_.end()) continue;
      net::Edge edge;
      edge.source = from->second;
      edge.target = to->second;
      const std::string& model = graph_.nodes[edge.target].model;
      if (model == "lif@1" || model == "cubalif@1") edge.hop_delay = static_cast<std::uint32_t>(choices_.hop_delay);
      edge.feedback_bias_from_start = choices_.feedback_bias == 0;
      const auto delay = options_.delays.find({source, target});
      if (delay != options_.delays.end()) {
        edge.delay = delay->second;
        used[delay->first] = true;
      }
      graph_.edges.push_back(std::move(edge));
    }
    for (const auto& [ends, found] : used) {
      if (!found) {
        problems_.add(Code::unknown_name,
                      "delays names the edge " + ends.first + " -> " + ends.second + ", which does not exist.", "delays",
                      "The network's edges: " + edge_list() + ".");
      }
    }
  }

  std::string edge_list() const {
    std::string list;
    for (const auto& [source, target] : nir_.edges) {
      if (list.size() > 500) return list + " ...";
      list += (list.empty() ? "" : ", ") + source + " -> " + target;
    }
    return list.empty() ? "none" : list;
  }

  bool knows(const std::string& name) const {
    return std::any_of(nir_.nodes.begin(), nir_.nodes.end(), [&](const NirNode& node) { return node.name == name; });
  }

  const NirGraph& nir_;
  const LoadOptions& options_;
  Choices choices_;
  net::Graph graph_;
  std::map<std::string, std::size_t> index_;
  Problems problems_;
};

}  // namespace

net::Graph apply_preset(const NirGraph& nir, const LoadOptions& options, const std::string& name) {
  return Preset(nir, options).apply(name);
}

}  // namespace ranvier::io
