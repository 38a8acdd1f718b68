#include "devices/loihi/read_layers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "devices/loihi/float_run.h"
#include "devices/loihi/latency.h"

namespace ranvier::loihi {
namespace {

using Kind = rvd::FusedView::Kind;

constexpr std::array<std::string_view, 3> kFiring{"lif@1", "cubalif@1", "if@1"};
constexpr std::array<std::string_view, 3> kReadouts{"li@1", "cubali@1", "i@1"};
constexpr std::string_view kModels = "lif@1, cubalif@1, if@1; li@1, cubali@1, i@1 as readouts";
constexpr int kMessageBits = 16;                 // of Loihi 2's graded events, as lava's
constexpr std::uint64_t kLongestPrelude = 4096;  // steps

template <class List>
bool contains(const List& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// What linear nodes send a neuron population by themselves.
struct Constants {
  std::vector<double> always, first;  // in all steps but the first, in the first
  double later = 0;                   // the largest difference from `always` after the first step
};

class Reader {
 public:
  Reader(rvd::PlanView plan, const rvd::FusedView& view, const Options& options, rvd::Report& report)
      : plan_(plan), view_(view), options_(options), report_(report) {
    network_.rules = options.rules;
    network_.chip = options.chip;
  }

  Layers read() {
    const auto populations = plan_.populations();
    network_.populations.resize(populations.size());
    for (std::uint32_t p = 0; p < populations.size(); ++p) {
      network_.populations[p].name = name(p);
      network_.populations[p].count = populations[p].count;
    }
    check_priors();
    for (const rvd::FusedView::Node& node : view_.nodes()) take(node);
    for (const rvd::FusedView::Synapses& synapses : view_.synapses()) join(synapses);
    settle_latencies();
    return {std::move(network_), std::move(layers_)};
  }

 private:
  std::string name(std::uint32_t p) const { return std::string(plan_.text(plan_.populations()[p].name)); }
  Population& population(std::uint32_t p) { return network_.populations[p]; }

  void check_priors() {
    for (const rvd_projection& projection : plan_.projections()) {
      const bool linear = (plan_.populations()[projection.source].flags & RVD_POPULATION_STATELESS) != 0;
      for (std::uint64_t i = 0; !linear && i < projection.prior.count; ++i) {
        if (plan_.number(projection.prior, i) == 0) continue;
        report_.unsupported(name(projection.source) + " -> " + name(projection.target), "events before the first step",
                            "of neurons", "none", "", "Set feedback_bias = 1.");
        break;
      }
    }
  }

  // ------------------------------------------------------------------------------------------------------- populations

  void take(const rvd::FusedView::Node& node) {
    switch (node.kind) {
      case Kind::input: return take_input(node.population);
      case Kind::output: return take_output(node);
      case Kind::neuron: return take_neurons(node);
      case Kind::unfusable:
        report_.unsupported(name(node.population), "node", plan_.text(plan_.populations()[node.population].model),
                            "linear nodes", "",
                            "The chip has synapses and neurons and nothing between: it " + node.reason + ".");
    }
  }

  void take_input(std::uint32_t p) {
    population(p).kind = Population::Kind::input;
    const bool graded = options_.chip == "loihi2";
    report_.exact(name(p), "input values", "events", graded ? "whole numbers" : "1", "",
                  {{"message_bits", graded ? static_cast<double>(kMessageBits) : 0.0}});
  }

  void take_output(const rvd::FusedView::Node& node) {
    population(node.population).kind = Population::Kind::output;
    if (node.bias.empty()) return;
    report_.unsupported(name(node.population), "bias", "of a linear node in front of an output", "none", "",
                        "End the network with neurons: LIF, or LI as a readout.");
  }

  void take_neurons(const rvd::FusedView::Node& node) {
    const rvd_population& record = plan_.populations()[node.population];
    const std::string_view model = plan_.text(record.model);
    const std::string where = name(node.population);
    population(node.population).kind = Population::Kind::neuron;
    if (!contains(kFiring, model) && !contains(kReadouts, model)) {
      return report_.unsupported(where, "neuron model", model, kModels, "", "Use one of these, or the chip's own loihi_lif.");
    }
    auto layer = std::make_unique<Layer>();
    layer->population = node.population;
    layer->name = where;
    layer->fires = contains(kFiring, model);
    layer->fires_at_threshold = option_of(plan_, record, "comparator", ">") == ">=";
    layer->drops_overshoot = layer->fires && option_of(plan_, record, "reset", "zero") != "zero";
    layer->floored = option_of(plan_, record, "floor", "none") == "-threshold";
    layer->equations = equations_of(plan_, record);
    if (layer->equations.empty()) {
      return report_.unsupported(where, "update rule", plan_.option(record, "update"), "linear between two spikes", "",
                                 "Load the network with another convention, such as exact or snntorch.");
    }
    for (const Equation& e : layer->equations) layer->has_current = layer->has_current || e.i_gain != 0 || e.v_from_i != 0;
    const std::string_view test = option_of(plan_, record, "test", "after");
    layer->input_delay = test == "before" || test == "before_twice" ? 1 : 0;
    const Constants constants = constants_of(node);
    for (std::size_t t = 0; t < layer->equations.size(); ++t) {
      const double first = layer->input_delay == 0 ? constants.first[t] : 0;
      layer->neurons.push_back(target_of(layer->equations[t], constants.always[t], first));
    }
    if (constants.later != 0) {
      report_.approximate(where, "bias", "not in the first steps", "in all but the first", "", "Set feedback_bias = 0.",
                          {{"difference", constants.later}});
    }
    if (sound(*layer)) layers_.push_back(std::move(layer));
  }

  /// Whether the chip has these decays and thresholds at all.
  bool sound(const Layer& layer) {
    double low_threshold = 0, bad_u = 0.5, bad_v = 0.5;
    for (const Target& n : layer.neurons) {
      if (layer.fires && !(n.threshold >= low_threshold)) low_threshold = n.threshold;
      if (!(n.u_decay >= 0 && n.u_decay < 1)) bad_u = n.u_decay;
      if (!(n.v_decay >= 0 && n.v_decay <= 1)) bad_v = n.v_decay;
    }
    if (low_threshold < 0) {
      report_.unsupported(layer.name, "threshold", rvd::number(low_threshold), "at least 0", "above v_reset",
                          "Reset below the threshold.");
    }
    if (bad_u != 0.5) {
      report_.unsupported(layer.name, "current decay", rvd::number(bad_u), "0 to below 1", "kept in a step",
                          "Choose a smaller dt, or a tau_syn that is not below it.");
    }
    if (bad_v != 0.5) {
      report_.unsupported(layer.name, "potential decay", rvd::number(bad_v), "0 to 1", "kept in a step",
                          "Choose a smaller dt, or a time constant that is not below it.");
    }
    return low_threshold >= 0 && bad_u == 0.5 && bad_v == 0.5;
  }

  /// Linear nodes behind a delay send their constants late, unless something was sent before the first step.
  Constants constants_of(const rvd::FusedView::Node& node) {
    Constants constants;
    constants.always = node.bias;
    constants.always.resize(plan_.populations()[node.population].count, 0.0);
    constants.first = constants.always;
    const std::vector<std::vector<double>>& silence = responses_to_silence();
    const std::size_t steps = silence.size();
    for (std::size_t step = 0; step + 1 < steps; ++step) {
      for (std::size_t t = 0; t < constants.always.size(); ++t) {
        const double more = silence[step][offset_[node.population] + t] - silence[steps - 1][offset_[node.population] + t];
        if (step == 0) constants.first[t] += more;
        else constants.later = std::max(constants.later, std::fabs(more));
      }
    }
    return constants;
  }

  /// [step][neuron of all populations]: what arrives where neurons and inputs are silent. Empty where it is the same in all
  /// steps.
  const std::vector<std::vector<double>>& responses_to_silence() {
    if (!offset_.empty()) return silence_;
    std::uint64_t steps = 0, neurons = 0;
    for (const rvd_population& p : plan_.populations()) {
      offset_.push_back(neurons);
      neurons += p.count;
    }
    for (const rvd_projection& p : plan_.projections()) {
      if ((plan_.populations()[p.source].flags & RVD_POPULATION_STATELESS) != 0) steps += p.delay;
    }
    if (steps == 0) return silence_;
    steps = std::min(steps, kLongestPrelude);
    FloatRun run(plan_, true);
    for (std::uint64_t step = 0; step <= steps; ++step) {
      run.step({});
      std::vector<double>& row = silence_.emplace_back(neurons);
      for (std::uint32_t p = 0; p < offset_.size(); ++p) {
        const rvd_population& record = plan_.populations()[p];
        if (record.receptors.count == 0 || (record.flags & RVD_POPULATION_STATELESS) != 0) continue;
        for (std::uint64_t t = 0; t < record.count; ++t) row[offset_[p] + t] = run.arrived(p, t);
      }
    }
    return silence_;
  }

  // -------------------------------------------------------------------------------------------------------- connections

  Layer* layer_of(std::uint32_t p) {
    for (const std::unique_ptr<Layer>& layer : layers_) {
      if (layer->population == p) return layer.get();
    }
    return nullptr;
  }

  void join(const rvd::FusedView::Synapses& synapses) {
    const Population &source = population(synapses.source), &target = population(synapses.target);
    if (target.kind == Population::Kind::output) return wire(synapses);
    if (source.kind == Population::Kind::output) {
      return report_.unsupported(synapses.path, "projection", "from an output", "to an output", "",
                                 "Connect its source instead.");
    }
    const Layer* from = layer_of(synapses.source);
    if (from != nullptr && !from->fires) {
      report_.unsupported(synapses.path, "graded events", "v of " + from->name, "spikes", "",
                          "Give it a threshold: LIF for LI.");
    }
    Layer* to = layer_of(synapses.target);
    if (to == nullptr) return;
    const bool graded = source.kind == Population::Kind::input && options_.chip == "loihi2";
    to->inputs.push_back({&synapses, synapses.delay + to->input_delay, 1, graded ? kMessageBits : 0, 1});
  }

  void wire(const rvd::FusedView::Synapses& synapses) {
    if (!synapses.weights.identity()) {
      return report_.unsupported(synapses.path, "weight", "into an output", "1", "",
                                 "End the network with neurons: LIF, or LI as a readout, behind these weights.");
    }
    network_.wires.push_back({synapses.source, synapses.target, synapses.delay});
  }

  // ------------------------------------------------------------------------------------------------------------ latency

  void settle_latencies() {
    std::vector<Hop> hops;
    for (const std::unique_ptr<Layer>& layer : layers_) {
      for (const Input& input : layer->inputs) hops.push_back({input.synapses->source, layer->population, input.delay, 0});
    }
    const std::vector<std::uint64_t> steps = latencies(network_.populations.size(), hops);
    for (std::size_t p = 0; p < steps.size(); ++p) network_.populations[p].latency = static_cast<std::uint32_t>(steps[p]);
    for (const Wire& wire : network_.wires) {
      Population& output = population(wire.target);
      output.latency = std::max(output.latency, population(wire.source).latency);
    }
    for (const Population& p : network_.populations) {
      if (p.kind == Population::Kind::none || p.kind == Population::Kind::input) continue;
      report_.exact(p.name, "latency", "0", std::to_string(p.latency), "steps", {{"latency", static_cast<double>(p.latency)}});
    }
    std::size_t h = 0;
    for (const std::unique_ptr<Layer>& layer : layers_) {
      for (Input& input : layer->inputs) {
        const Hop& hop = hops[h++];
        input.delay += hop.added;
        input.axon_delay = input.delay + population(hop.target).latency - population(hop.source).latency;
        tell_delay(input, hop.added);
      }
    }
  }

  /// On the chip a delay is the plan's, and by how much more its target is late than its source.
  void tell_delay(const Input& input, std::uint64_t added) {
    const std::string& where = input.synapses->path;
    const rvd::Figures figures{{"delay", static_cast<double>(input.synapses->delay)},
                               {"delay_made", static_cast<double>(input.delay)},
                               {"axon_delay", static_cast<double>(input.axon_delay)}};
    const std::string asked = std::to_string(input.synapses->delay);
    if (input.axon_delay > fixed::kDelay.high) {
      report_.unsupported(where, "delay", std::to_string(input.axon_delay), "1 to " + std::to_string(fixed::kDelay.high),
                          "steps",
                          "The plan's delay and what the target is later than the source add up. Shorten the delay, or put "
                          "populations between.",
                          figures);
    } else if (added != 0) {
      report_.approximate(where, "delay", asked, std::to_string(input.delay), "steps",
                          "A loop takes a step for each of its populations: give its edges as many steps of delay.", figures);
    } else {
      report_.exact(where, "delay", asked, std::to_string(input.axon_delay) + " on the chip", "steps", figures);
    }
  }

  rvd::PlanView plan_;
  const rvd::FusedView& view_;
  const Options& options_;
  rvd::Report& report_;
  Network network_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::vector<double>> silence_;
  std::vector<std::uint64_t> offset_;  // of a population among `silence_`'s neurons
};

}  // namespace

Layers read_layers(rvd::PlanView plan, const rvd::FusedView& view, const Options& options, rvd::Report& report) {
  return Reader(plan, view, options, report).read();
}

}  // namespace ranvier::loihi
