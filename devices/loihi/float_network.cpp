#include "devices/loihi/float_network.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "devices/loihi/float_run.h"
#include "devices/loihi/latency.h"
#include "devices/loihi/layer.h"
#include "devices/loihi/quantise.h"
#include "devices/loihi/tell.h"

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

class Maker {
 public:
  Maker(rvd::PlanView plan, const rvd::FusedView& view, const Options& options, rvd::Report& report)
      : plan_(plan), view_(view), options_(options), report_(report) {
    network_.rules = options.rules;
    network_.chip = options.chip;
  }

  Network make() {
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
    for (const std::unique_ptr<Layer>& layer : layers_) {
      if (report_.refused()) break;
      quantise(*layer);
    }
    return std::move(network_);
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
    layer->fires_at_threshold = plan_.option(record, "comparator") == ">=";
    layer->equations = equations_of(plan_, record);
    if (layer->equations.empty()) {
      return report_.unsupported(where, "update rule", plan_.option(record, "update"), "linear between two spikes", "",
                                 "Load the network with another convention, such as exact or snntorch.");
    }
    for (const Equation& e : layer->equations) layer->has_current = layer->has_current || e.i_gain != 0 || e.v_from_i != 0;
    const std::string_view test = plan_.option(record, "test");
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

  /// [step][neuron of all populations]: what arrives where neurons and inputs are silent. Empty where it is the same in all steps.
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
    to->inputs.push_back(&synapses);
    to->largest_events.push_back(1);
    hop_of_[&synapses] = hops_.size();
    hops_.push_back({synapses.source, synapses.target, synapses.delay + to->input_delay, 0});
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
    const std::vector<std::uint64_t> steps = latencies(network_.populations.size(), hops_);
    for (std::size_t p = 0; p < steps.size(); ++p) network_.populations[p].latency = static_cast<std::uint32_t>(steps[p]);
    for (const Wire& wire : network_.wires) {
      Population& output = population(wire.target);
      output.latency = std::max(output.latency, population(wire.source).latency);
    }
    for (const Population& p : network_.populations) {
      if (p.kind == Population::Kind::none || p.kind == Population::Kind::input) continue;
      report_.exact(p.name, "latency", "0", std::to_string(p.latency), "steps", {{"latency", static_cast<double>(p.latency)}});
    }
    for (const auto& [synapses, hop] : hop_of_) tell_delay(*synapses, hops_[hop]);
  }

  /// On the chip: the plan's, and by how much more the target is late than the source.
  std::uint64_t axon_delay(const Hop& hop) {
    return hop.delay + hop.added + population(hop.target).latency - population(hop.source).latency;
  }

  void tell_delay(const rvd::FusedView::Synapses& synapses, const Hop& hop) {
    const std::uint64_t axon = axon_delay(hop);
    const std::string asked = std::to_string(synapses.delay);
    const rvd::Figures figures{{"delay", static_cast<double>(synapses.delay)},
                               {"delay_made", static_cast<double>(hop.delay + hop.added)},
                               {"axon_delay", static_cast<double>(axon)}};
    if (axon > fixed::kDelay.high) {
      report_.unsupported(synapses.path, "delay", std::to_string(axon), "1 to " + std::to_string(fixed::kDelay.high), "steps",
                          "A plan's delay and what its target is later than its source add up. Shorten the delay or the way "
                          "around it, or put a population between.",
                          figures);
    } else if (hop.added != 0) {
      report_.approximate(synapses.path, "delay", asked, std::to_string(hop.delay + hop.added), "steps",
                          "A loop takes a step for each of its populations. Give its edges as many steps of delay.", figures);
    } else {
      report_.exact(synapses.path, "delay", asked, std::to_string(axon) + " on the chip", "steps", figures);
    }
  }

  // ----------------------------------------------------------------------------------------------------------- integers

  void quantise(Layer& layer) {
    const Ranges ranges = worst_ranges(layer);
    Integers made = fitting(layer, ranges);
    made.population.latency = population(layer.population).latency;
    population(layer.population) = made.population;
    tell_semantics(plan_, layer, ranges, made.population, report_);
    tell_parameters(plan_.network().dt, layer, ranges, made, options_.rules, report_);
    check_thresholds(layer, made.population);
    for (std::size_t g = 0; g < made.groups.size(); ++g) {
      Group& group = made.groups[g];
      const Hop& hop = hops_[hop_of_.at(layer.inputs[g])];
      group.delay = hop.delay + hop.added;
      group.axon_delay = static_cast<std::uint32_t>(axon_delay(hop));
      const bool graded = population(group.source).kind == Population::Kind::input && network_.chip == "loihi2";
      group.message_bits = graded ? kMessageBits : 0;
      tell_weights(*layer.inputs[g], made.population, group, report_);
      network_.groups.push_back(std::move(group));
    }
  }

  /// A threshold that became 0 fires without end.
  void check_thresholds(const Layer& layer, const Population& made) {
    for (std::uint64_t t = 0; layer.fires && t < layer.neurons.size(); ++t) {
      if (layer.neurons[t].threshold == 0 || at(made.vth, t) != 0 || layer.fires_at_threshold) continue;
      return report_.unsupported(layer.name, "threshold", rvd::number(layer.neurons[t].threshold), "1 unit", "chip units",
                                 "All that can arrive in a step is far above it: make the fan-in or the weights smaller.");
    }
  }

  /// The best choice of which nothing wraps once its weights are rounded.
  Integers fitting(const Layer& layer, Ranges ranges) {
    constexpr int kTries = 32;
    Integers made;
    for (int k = 0; k < kTries; ++k) {
      for (const Choice& choice : choices(layer, ranges, options_)) {
        made = integers_of(layer, choice, options_);
        if (holds(layer, made)) return made;
      }
      for (double& u : ranges.u) u *= 2;
    }
    return made;
  }

  bool holds(const Layer& layer, const Integers& made) const {
    const Reach reach = reach_of(layer, made, options_.rules);
    return reach.u <= kLargestCurrent && (options_.rules != fixed::Rules::nengo || reach.arriving <= kLargestInput);
  }

  rvd::PlanView plan_;
  const rvd::FusedView& view_;
  const Options& options_;
  rvd::Report& report_;
  Network network_;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<Hop> hops_;
  std::map<const rvd::FusedView::Synapses*, std::size_t> hop_of_;
  std::vector<std::vector<double>> silence_;
  std::vector<std::uint64_t> offset_;  // of a population among `silence_`'s neurons
};

}  // namespace

Network float_network(rvd::PlanView plan, const Options& options, rvd::Samples, rvd::Report& report) {
  std::optional<rvd::FusedView> view;
  try {
    view.emplace(plan);
  } catch (const rvd::Failure& failure) {
    report.unsupported("", "linear nodes", failure.what(), "matrices of 2^26 weights, no loops", "",
                       "Make the layer smaller, or put neurons between linear nodes.");
    return {};
  }
  return Maker(plan, *view, options, report).make();
}

}  // namespace ranvier::loihi
