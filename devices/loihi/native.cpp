#include "devices/loihi/native.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "devices/loihi/fixed_lif.h"
#include "devices/loihi/latency.h"

namespace ranvier::loihi {
namespace {

using fixed::Rules, fixed::Sign;

constexpr std::string_view kOwn[] = {"loihi_lif@1", "loihi_graded@1", "loihi_dense@1", "loihi_conv@1", "binarize@1"};
constexpr std::string_view kModels =
    "loihi_lif, loihi_graded, loihi_dense, loihi_conv, binarize, input, output, flatten, identity";
constexpr int kGradedBits = 32;  // of an event's value on Loihi 2
constexpr std::int32_t kLongestDecay = 4095;

constexpr std::string_view kRuleNames[] = {"lava", "nengo", "brian2"};

Rules rules_named(std::string_view name) {
  return name == "nengo" ? Rules::nengo : name == "brian2" ? Rules::brian2 : Rules::lava;
}

class Taker {
 public:
  Taker(rvd::PlanView plan, const Options& options, rvd::Report& report) : plan_(plan), options_(options), report_(report) {}

  Network take() {
    network_.chip = options_.chip;
    network_.rules = rules();
    network_.populations.resize(plan_.populations().size());
    for (std::uint32_t p = 0; p < network_.populations.size(); ++p) take_population(p);
    check_priors();
    for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
      const Population::Kind kind = network_.populations[p].kind;
      if (kind == Population::Kind::neuron || kind == Population::Kind::graded) take_synapses(p);
      if (kind == Population::Kind::output) take_wires(p);
    }
    if (!report_.refused()) settle_latency(network_, report_);
    return std::move(network_);
  }

 private:
  /// A way back from a target over nodes that only hand on: to a neuron, an input, or a node that does more.
  struct Way {
    std::uint32_t source;
    std::uint64_t delay;
    std::string path;      // from the source to the target
    bool counted = false;  // over a binarize@1
  };

  const rvd_population& record(std::uint32_t p) const { return plan_.populations()[p]; }
  std::string_view model(std::uint32_t p) const { return plan_.text(record(p).model); }
  std::string name(std::uint32_t p) const { return std::string(plan_.text(record(p).name)); }
  bool synapse(std::uint32_t p) const { return model(p) == "loihi_dense@1" || model(p) == "loihi_conv@1"; }
  bool hands_on(std::uint32_t p) const { return model(p) == "flatten@1" || model(p) == "identity@1"; }

  // ------------------------------------------------------------------------------------------------------- populations

  /// The network's own, which its nodes name.
  Rules rules() {
    std::optional<std::string> found;
    for (std::uint32_t p = 0; p < plan_.populations().size(); ++p) {
      if (model(p) != "loihi_lif@1" && !synapse(p)) continue;
      const std::string_view option = plan_.option(record(p), "rules");
      const std::string own(option.empty() ? "lava" : option);
      const std::string_view given = kRuleNames[static_cast<std::size_t>(options_.rules)];
      if (found && own != *found) {
        report_.unsupported(name(p), "rules", own, *found, "", "Give all nodes of a network the same rules.");
      } else if (options_.rules_given && own != given) {
        report_.unsupported(name(p), "rules", own, given, "", "Leave compat out, or build the network with these rules.");
      }
      if (!found) found = own;
    }
    return found ? rules_named(*found) : options_.rules;
  }

  void take_population(std::uint32_t p) {
    Population& made = network_.populations[p];
    made.name = name(p);
    made.count = record(p).count;
    if (model(p) == "input@1") {
      made.kind = Population::Kind::input;
    } else if (model(p) == "output@1") {
      made.kind = Population::Kind::output;
    } else if (model(p) == "loihi_lif@1") {
      take_lif(p, made);
    } else if (model(p) == "loihi_graded@1") {
      made.kind = Population::Kind::graded;
      made.vth = values(p, "vth", 0);
      if (options_.chip == "loihi1") refuse_graded(made.name);
    } else if (!synapse(p) && !hands_on(p) && model(p) != "binarize@1") {
      report_.unsupported(made.name, "neuron model", model(p), kModels, "",
                          "The network has models of the chip, in integers: use no others beside them.");
    }
    if (made.kind == Population::Kind::neuron || made.kind == Population::Kind::graded) {
      report_.exact(made.name, "neuron model", model(p), model(p));
    }
  }

  void refuse_graded(const std::string& where) {
    report_.unsupported(where, "graded events", "values", "1", "",
                        "Use chip=loihi2, or put a binarize in front of the synapses.");
  }

  void take_lif(std::uint32_t p, Population& made) {
    made.kind = Population::Kind::neuron;
    made.du = values(p, "du", 4095);
    made.dv = values(p, "dv", 0);
    made.vth = values(p, "vth", 0);
    made.bias_mant = values(p, "bias_mant", 0);
    made.bias_exp = values(p, "bias_exp", 0);
    made.refractory = values(p, "refractory", 1);
    made.vmin = values(p, "vmin", 1 - fixed::kTop);
    made.vmax = values(p, "vmax", fixed::kTop - 1);
    made.u0 = values(p, "u0", 0);
    made.v0 = values(p, "v0", 0);
    made.reset_interval = values(p, "reset_interval", 0)[0];
    made.reset_offset = values(p, "reset_offset", 0)[0];
    const std::string_view on = plan_.option(record(p), "noise");
    made.noise.on = on == "u" ? Population::Noise::On::u : on == "v" ? Population::Noise::On::v : Population::Noise::On::none;
    made.noise.exponent = values(p, "noise_exp", 0)[0];
    made.noise.offset = values(p, "noise_offset", 0)[0];
    const std::int32_t longest = network_.rules == Rules::brian2 ? fixed::kDecay.high : kLongestDecay;
    demand(made.name, "du", made.du, {0, longest}, "The most keeps nothing of u.");
    demand(made.name, "dv", made.dv, fixed::kDecay, "");
    demand(made.name, "vth", made.vth, fixed::kThreshold, "The threshold is vth * 64.");
    demand(made.name, "bias_mant", made.bias_mant, fixed::kBiasMantissa, "Raise bias_exp.");
    demand(made.name, "bias_exp", made.bias_exp, fixed::kBiasExponent, "");
    demand(made.name, "refractory", made.refractory, fixed::kRefractory, "Shorten it.");
  }

  Values values(std::uint32_t p, std::string_view parameter, std::int32_t fallback) const {
    const rvd_value* given = plan_.find(plan_.parameters(record(p)), parameter);
    if (given == nullptr || given->values.count == 0) return {fallback};
    Values result;
    for (std::uint64_t i = 0; i < given->values.count; ++i) {
      result.push_back(static_cast<std::int32_t>(plan_.number(given->values, i)));
    }
    return result;
  }

  /// Says of the first value outside the range what the limit is.
  void demand(const std::string& where, std::string_view what, const Values& asked, fixed::Range range,
              std::string_view remedy) {
    const auto bad = std::find_if(asked.begin(), asked.end(), [&](std::int32_t x) { return x < range.low || x > range.high; });
    if (bad == asked.end()) return;
    report_.unsupported(where, what, std::to_string(*bad), std::to_string(range.low) + " to " + std::to_string(range.high), "",
                        remedy);
  }

  void check_priors() {
    for (const rvd_projection& projection : plan_.projections()) {
      for (std::uint64_t i = 0; i < projection.prior.count; ++i) {
        if (plan_.number(projection.prior, i) == 0) continue;
        report_.unsupported(name(projection.source) + " -> " + name(projection.target), "events before the first step", "any",
                            "none", "", "Set feedback_bias = 1.");
        break;
      }
    }
  }

  // -------------------------------------------------------------------------------------------------------- projections

  /// A projection that hands each event on to the neuron of the same number.
  bool plain(const rvd_projection& projection) const {
    if (projection.kind != RVD_PROJECTION_ONE_TO_ONE) return false;
    for (std::uint64_t i = 0; i < projection.weights.count; ++i) {
      if (plan_.number(projection.weights, i) != 1) return false;
    }
    return true;
  }

  template <class Visit>
  void each_into(std::uint32_t p, Visit visit) const {
    for (const rvd_projection& projection : plan_.projections()) {
      if (projection.target == p) visit(projection);
    }
  }

  /// Calls visit(way) for each that a projection begins, seen from its target.
  template <class Visit>
  void each_way(const rvd_projection& projection, const std::string& behind, std::uint64_t delay, Visit visit) const {
    const Way way{projection.source, delay + projection.delay, name(projection.source) + " -> " + behind};
    if (!hands_on(projection.source)) return visit(way);
    each_into(projection.source, [&](const rvd_projection& before) { each_way(before, way.path, way.delay, visit); });
  }

  void take_synapses(std::uint32_t target) {
    std::uint32_t sums = 0;
    each_into(target, [&](const rvd_projection& last) {
      if (!plain(last)) return refuse_weights(last, "Give the weights to a loihi_dense in front of the neurons.");
      each_way(last, name(target), 0, [&](const Way& way) {
        if (!synapse(way.source)) return refuse_direct(way);
        take_node(way, target, ++sums);
      });
    });
  }

  /// All that comes to a target through one loihi_dense or loihi_conv, which adds it up before it shifts.
  void take_node(const Way& behind, std::uint32_t target, std::uint32_t sum) {
    each_into(behind.source, [&](const rvd_projection& weights) {
      if (weights.weights.count == 0) return refuse_direct({weights.source, 0, name(weights.source) + " -> " + behind.path});
      each_way(weights, behind.path, behind.delay,
               [&](const Way& way) { take_source(way, weights, target, behind.source, sum); });
    });
  }

  void take_source(Way way, const rvd_projection& weights, std::uint32_t target, std::uint32_t node, std::uint32_t sum) {
    if (model(way.source) == "binarize@1") {
      const std::uint32_t counter = way.source;
      std::uint64_t sources = 0;
      each_into(counter, [&](const rvd_projection& before) {
        if (!plain(before)) return refuse_weights(before, "Give the weights to the loihi_dense behind.");
        each_way(before, way.path, way.delay, [&](const Way& further) {
          ++sources;
          Way counted = further;
          counted.counted = true;
          take_group(counted, weights, target, node, sum);
        });
      });
      if (sources > 1) {
        report_.unsupported(name(counter), "sources", std::to_string(sources), "1", "",
                            "The chip counts events of one population as one: give each its own binarize and loihi_dense.");
      }
      return;
    }
    take_group(way, weights, target, node, sum);
  }

  void take_group(const Way& way, const rvd_projection& weights, std::uint32_t target, std::uint32_t node, std::uint32_t sum) {
    const Population& source = network_.populations[way.source];
    const bool fires = source.kind == Population::Kind::neuron, emits = fires || source.kind == Population::Kind::graded;
    if (!emits && source.kind != Population::Kind::input) {
      return report_.unsupported(way.path, "projection", std::string(model(way.source)), "neurons and inputs", "",
                                 "The chip has nothing between synapses and neurons.");
    }
    Group group;
    group.source = way.source;
    group.target = target;
    group.path = way.path;
    group.delay = way.delay;
    group.joint = sum;
    group.bits = values(node, "num_weight_bits", 8)[0];
    group.exponent = values(node, "weight_exp", 0)[0];
    const std::string_view sign = plan_.option(record(node), "sign_mode");
    group.sign = sign == "excitatory" ? Sign::excitatory : sign == "inhibitory" ? Sign::inhibitory : Sign::mixed;
    group.message_bits = way.counted || fires || options_.chip == "loihi1" ? 0 : kGradedBits;
    group.shift = fixed::sum_shift(network_.rules, group.exponent);
    group.clamped = model(node) == "loihi_conv@1" && network_.rules == Rules::lava;
    demand(group.path, "weight_exp", {group.exponent}, fixed::kWeightExponent, "");
    demand(group.path, "num_weight_bits", {group.bits}, fixed::kWeightBits, "");
    copy_weights(weights, group);
    report_.exact(group.path, "weight", std::to_string(group.weights.size()) + " integers", "as they are", "",
                  {{"max_error", 0.0}, {"mean_error", 0.0}, {"clipped", 0.0}});
    network_.groups.push_back(std::move(group));
  }

  void copy_weights(const rvd_projection& projection, Group& group) const {
    const auto* weights = plan_.data<std::int32_t>(projection.weights);
    if (projection.kind == RVD_PROJECTION_DENSE) {
      group.weights.assign(weights, weights + projection.weights.count);
      return;
    }
    if (projection.kind == RVD_PROJECTION_CONVOLUTION) {
      while (&plan_.projections()[static_cast<std::uint64_t>(++group.projection)] != &projection) continue;
    }
    group.dense = false;
    group.rows.push_back(0);
    for (std::uint64_t source = 0; source < record(projection.source).count; ++source) {
      plan_.each_synapse(projection, source, [&](std::uint64_t target, std::uint64_t weight) {
        group.targets.push_back(static_cast<std::int32_t>(target));
        group.weights.push_back(weights[weight]);
      });
      group.rows.push_back(static_cast<std::int64_t>(group.targets.size()));
    }
  }

  void refuse_direct(const Way& way) {
    report_.unsupported(way.path, "projection", "without a weight", "through loihi_dense or loihi_conv", "",
                        "Every synapse of the chip has a weight: put a loihi_dense between.");
  }

  void refuse_weights(const rvd_projection& projection, std::string_view remedy) {
    report_.unsupported(name(projection.source) + " -> " + name(projection.target), "weight", "any", "1", "", remedy);
  }

  void take_wires(std::uint32_t output) {
    each_into(output, [&](const rvd_projection& last) {
      if (!plain(last)) return refuse_weights(last, "An output shows events as they are: end the network with neurons.");
      each_way(last, name(output), 0, [&](const Way& way) {
        const Population::Kind kind = network_.populations[way.source].kind;
        if (kind == Population::Kind::none || kind == Population::Kind::output) {
          return report_.unsupported(way.path, "projection", model(way.source), "neurons and inputs", "",
                                     "End the network with neurons.");
        }
        network_.wires.push_back({way.source, output, way.delay});
      });
    });
  }

  rvd::PlanView plan_;
  const Options& options_;
  rvd::Report& report_;
  Network network_;
};

}  // namespace

void settle_latency(Network& network, rvd::Report& report) {
  std::vector<Hop> hops;
  for (const Group& group : network.groups) hops.push_back({group.source, group.target, group.delay, 0});
  const std::vector<std::uint64_t> steps = latencies(network.populations.size(), hops);
  for (std::size_t p = 0; p < steps.size(); ++p) network.populations[p].latency = static_cast<std::uint32_t>(steps[p]);
  for (const Wire& wire : network.wires) {
    Population& output = network.populations[wire.target];
    output.latency = std::max(output.latency, network.populations[wire.source].latency);
  }
  for (const Population& p : network.populations) {
    if (p.kind == Population::Kind::none || p.kind == Population::Kind::input) continue;
    report.exact(p.name, "latency", "0", std::to_string(p.latency), "steps", {{"latency", static_cast<double>(p.latency)}});
  }
  for (std::size_t g = 0; g < hops.size(); ++g) {
    Group& group = network.groups[g];
    const std::uint64_t axon = group.delay + hops[g].added + steps[group.target] - steps[group.source];
    const std::string limit = "1 to " + std::to_string(fixed::kDelay.high + 1);
    if (hops[g].added != 0) {
      report.unsupported(group.path, "delay", std::to_string(group.delay), std::to_string(group.delay + hops[g].added), "steps",
                         "A loop takes a step for each of its populations. Give its edges as many steps of delay.");
    } else if (axon > static_cast<std::uint64_t>(fixed::kDelay.high) + 1) {
      report.unsupported(group.path, "delay", std::to_string(axon), limit, "steps",
                         "A plan's delay and what its target is later than its source add up: shorten the delay.");
    } else {
      group.axon_delay = static_cast<std::uint32_t>(axon);
      report.exact(group.path, "delay", std::to_string(group.delay), std::to_string(axon) + " on the chip", "steps",
                   {{"delay", static_cast<double>(group.delay)}, {"axon_delay", static_cast<double>(axon)}});
    }
  }
}

bool native(rvd::PlanView plan) {
  for (const rvd_population& population : plan.populations()) {
    if (std::find(std::begin(kOwn), std::end(kOwn), plan.text(population.model)) != std::end(kOwn)) return true;
  }
  return fixed_lif(plan);
}

Network take_native(rvd::PlanView plan, const Options& options, rvd::Report& report) {
  return fixed_lif(plan) ? take_fixed_lif(plan, options, report) : Taker(plan, options, report).take();
}

}  // namespace ranvier::loihi
