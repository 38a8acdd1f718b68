#include "core/io/nir/preset.h"

#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "core/io/nir/flat.h"
#include "core/io/nir/nodes.h"
#include "core/io/nir/reading.h"

namespace ranvier::io {
namespace {

std::optional<Neuron> neuron_of(std::string_view type) {
  for (const Neuron kind :
       {Neuron::i, Neuron::integrate_and_fire, Neuron::li, Neuron::lif, Neuron::cubali, Neuron::cubalif, Neuron::threshold}) {
    if (name_of(kind) == type) return kind;
  }
  return std::nullopt;
}

class Preset {
 public:
  Preset(const std::shared_ptr<const NirGraph>& nir, const LoadOptions& options) : nir_(nir), options_(options) {}

  net::Graph apply(const std::string& name) {
    const Choices choices = choose(options_, problems_);
    take_dt();
    if (choices.convention == nullptr) problems_.raise();
    graph_.name = name;
    graph_.seed = options_.seed;
    assume_choices(choices);

    FlatGraph flat = flatten(*nir_, options_.strict, problems_);
    graph_.nodes = read_nodes(flat, options_.strict, problems_);
    for (const auto& [where, sentence] : flat.notes) graph_.assumptions.emplace_back(where, sentence);
    if (graph_.nodes.empty()) problems_.add(Code::bad_graph, "The graph has no nodes.");
    problems_.raise();

    connect(flat, choices);
    problems_.raise();
    Reading reading{choices, graph_, problems_};
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      const auto kind = neuron_of(flat.nodes[i].type);
      if (!kind) continue;
      choices.convention->neuron(reading, graph_.nodes[i], *kind);
      state_choices(graph_.nodes[i], choices);
    }
    if (choices.convention->whole != nullptr) choices.convention->whole(reading);
    problems_.raise();
    assume_hops(flat);
    graph_.nir = nir_;
    return std::move(graph_);
  }

 private:
  void assume(std::string topic, std::string sentence) {
    graph_.assumptions.emplace_back(std::move(topic), std::move(sentence));
  }

  void take_dt() {
    if (!options_.dt) {
      problems_.add(Code::bad_value, "dt is missing: a NIR file does not hold the time step.", "dt",
                    "Give it with its unit: dt=0.1 * rv.ms in Python, --dt 0.1ms in a shell.");
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

  void assume_choices(const Choices& choices) {
    const Convention& own = *choices.convention;
    assume("convention", std::string(own.name) + ": " + std::string(own.summary));
    assume("reset", choices.reset + (options_.reset ? "" : ", the convention's"));
    if (!own.decay.empty()) {
      assume("decay", choices.decay);
      assume("input_gain", choices.input_gain);
    }
    assume("comparator", "a neuron spikes where v " + std::string(choices.comparator == "several" ? "holds several thresholds"
                                                                  : choices.comparator == ">="    ? ">= v_threshold"
                                                                                                  : "> v_threshold"));
    assume("feedback_bias", "a feedback edge carries its source's bias from step " + std::to_string(choices.feedback_bias));
    assume("probe", "v is recorded " + choices.probe + " the reset");
  }

  // An update rule may have its decay and gain built in; chips and readers of `diff` are told them all the same.
  static void state_choices(net::Node& node, const Choices& choices) {
    const bool cuba = node.model == "cubali@1" || node.model == "cubalif@1",
               leak = node.model == "li@1" || node.model == "lif@1";
    if ((cuba || leak) && !choices.decay.empty()) node.options.try_emplace("decay", choices.decay);
    if (leak && !choices.input_gain.empty()) node.options.try_emplace("input_gain", choices.input_gain);
  }

  // Said last: some conventions delay the edges into some neurons only.
  void assume_hops(const FlatGraph& flat) {
    std::string late;
    bool all = true;
    for (const net::Edge& edge : graph_.edges) {
      const std::string& target = graph_.nodes[edge.target].name;
      if (edge.hop_delay == 0) all = all && !neuron_of(flat.nodes[edge.target].type);
      else if (late.size() < 500) late += (late.empty() ? "" : ", ") + flat.nodes[edge.source].name + " -> " + target;
    }
    if (late.empty()) assume("hop_delay", "0 steps on edges into neurons");
    else assume("hop_delay", all ? "1 step on edges into neurons" : "1 step on " + late + "; 0 on other edges into neurons");
  }

  void connect(const FlatGraph& flat, const Choices& choices) {
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < flat.nodes.size(); ++i) index.emplace(flat.nodes[i].name, i);
    std::map<std::pair<std::string, std::string>, bool> used;
    for (const auto& [ends, steps] : options_.delays) used[ends] = false;
    for (const auto& [source, target] : flat.edges) {
      net::Edge edge;
      edge.source = index.at(source);
      edge.target = index.at(target);
      if (neuron_of(flat.nodes[edge.target].type)) edge.hop_delay = static_cast<std::uint32_t>(choices.hop_delay);
      edge.feedback_bias_from_start = choices.feedback_bias == 0;
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
                      "The network's edges: " + edge_list(flat) + ".");
      }
    }
  }

  static std::string edge_list(const FlatGraph& flat) {
    std::string list;
    for (const auto& [source, target] : flat.edges) {
      if (list.size() > 500) return list + " ...";
      list += (list.empty() ? "" : ", ") + source + " -> " + target;
    }
    return list.empty() ? "none" : list;
  }

  std::shared_ptr<const NirGraph> nir_;
  const LoadOptions& options_;
  net::Graph graph_;
  Problems problems_;
};

}  // namespace

net::Graph apply_preset(const std::shared_ptr<const NirGraph>& nir, const LoadOptions& options, const std::string& name) {
  return Preset(nir, options).apply(name);
}

}  // namespace ranvier::io
