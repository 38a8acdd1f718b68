#include "devices/loihi/tell.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace ranvier::loihi {
namespace {

using rvd::number;

double one_of(const std::vector<double>& values, std::uint64_t i) { return values[values.size() == 1 ? 0 : i]; }

/// "0.5", or "0.5 to 2" of several.
class Span {
 public:
  void add(double value) {
    low_ = any_ ? std::min(low_, value) : value;
    high_ = any_ ? std::max(high_, value) : value;
    any_ = true;
  }
  std::string text() const { return low_ == high_ ? number(low_) : number(low_) + " to " + number(high_); }

 private:
  bool any_ = false;
  double low_ = 0, high_ = 0;
};

/// What is asked and what is made of each neuron, and the worst of them.
class Pairs {
 public:
  void add(double asked, double made, double error) {
    asked_.add(asked);
    made_.add(made);
    if (count_++ != 0 && error <= error_) return;
    worst_ = {{"asked", asked}, {"made", made}, {"relative_error", error}};
    error_ = error;
  }
  void tell(const std::string& where, std::string_view quantity, std::string_view unit, rvd::Report& report,
            std::string_view remedy = {}) const {
    if (count_ == 0) return;
    if (error_ == 0) report.exact(where, quantity, asked_.text(), made_.text(), unit, worst_);
    else report.approximate(where, quantity, asked_.text(), made_.text(), unit, remedy, worst_);
  }

 private:
  Span asked_, made_;
  std::uint64_t count_ = 0;
  double error_ = 0;
  rvd::Figures worst_;
};

/// 1 where nothing was asked for.
double relative(double asked, double made) {
  if (asked == made) return 0;
  return asked == 0 ? 1 : std::fabs((made - asked) / asked);
}

// -------------------------------------------------------------------------------------------------------------- semantics

/// By how many thresholds v can at most be above its threshold when it fires.
double overshoot(const Layer& layer, const Ranges& ranges) {
  double most = 0;
  for (std::size_t t = 0; t < layer.neurons.size(); ++t) {
    const double height = layer.neurons[t].threshold;
    if (height > 0) most = std::max(most, ranges.high[t] / height - 1);
  }
  return most;
}

void tell_reset(std::string_view asked, const Layer& layer, const Ranges& ranges, rvd::Report& report) {
  if (asked == "zero") return report.exact(layer.name, "reset", "v := v_reset", "v := v_reset");
  report.approximate(layer.name, "reset", asked, "v := v_reset", "",
                     "Train with a reset to zero, or calibrate: thresholds are then fitted to what the reset drops.",
                     {{"overshoot_limit", overshoot(layer, ranges)}});
}

void tell_comparator(std::string_view asked, const Layer& layer, const Ranges& ranges, const Population& made,
                     rvd::Report& report) {
  if (asked == ">=") {
    double early = 0;
    for (std::uint64_t i = 0; i < made.vth.size(); ++i) early = std::max(early, 1.0 / (made.vth[i] + 1));
    return report.approximate(layer.name, "comparator", ">=", "> of a unit less", "", "", {{"early_limit", early}});
  }
  if (asked == "several") {
    return report.approximate(layer.name, "comparator", "several events in a step", "one", "",
                              "Keep what arrives in a step below the threshold.",
                              {{"events_limit", std::floor(1 + overshoot(layer, ranges))}});
  }
  report.exact(layer.name, "comparator", ">", ">");
}

void tell_test(std::string_view asked, const Layer& layer, rvd::Report& report) {
  if (asked == "after" || asked == "early") return report.exact(layer.name, "threshold test", asked, "after the dynamics");
  double lost = 0;  // the share of a threshold that decays before the plan's reset takes it away
  for (const Target& n : layer.neurons) lost = std::max(lost, 1 - n.v_decay);
  const bool shifted = layer.input_delay != 0;
  report.approximate(layer.name, "threshold test", asked,
                     shifted ? "after the dynamics, a step later" : "after the dynamics; the reset in the same step", "",
                     "Load the network with a convention that tests v after its dynamics.",
                     {{"reset_late", 1}, {"reset_difference", lost}});
}

void tell_floor(const Layer& layer, const Ranges& ranges, const Population& made, double limit, rvd::Report& report) {
  if (!layer.floored) return;
  if (made.vmin[0] != 1 - fixed::kTop) {
    return report.approximate(layer.name, "floor", "-threshold", "-threshold, a unit of v above", "", "",
                              {{"asked", -layer.neurons[0].threshold}, {"made", made.vmin[0] / made.v_scale[0]}});
  }
  double below = 0;
  for (std::size_t t = 0; t < layer.neurons.size(); ++t) {
    if (layer.neurons[t].threshold > 0) below = std::max(below, std::min(ranges.low[t] / layer.neurons[t].threshold, limit));
  }
  if (below <= 1) report.exact(layer.name, "floor", "-threshold", "never reached");
  else
    report.approximate(layer.name, "floor", "-threshold", "none", "", "Load the network without a floor.",
                       {{"below_limit", below}});
}

void tell_order(rvd::PlanView plan, const rvd_population& record, const Layer& layer, rvd::Report& report) {
  if (!layer.has_current) return;
  double worst = 0;
  std::map<std::vector<double>, double> known;
  for (std::size_t t = 0; t < layer.neurons.size(); ++t) {
    const Equation& e = layer.equations[t];
    const auto [at, fresh] = known.try_emplace({e.i_decay, e.i_gain, e.v_decay, e.v_from_i, e.v_gain}, 0.0);
    if (fresh) at->second = response_difference(e, layer.neurons[t]);
    worst = std::max(worst, at->second);
  }
  const std::string asked = "update " + std::string(option_of(plan, record, "update", "linear"));
  if (worst == 0) return report.exact(layer.name, "order of update", asked, "i, then v from the new i");
  report.approximate(layer.name, "order of update", asked, "i, then v from the new i; a spike's area under v is kept", "",
                     "Load the network with the convention euler.", {{"max_deviation", worst}});
}

void tell_recorded(rvd::PlanView plan, const rvd_population& record, const Layer& layer, rvd::Report& report) {
  const std::string_view test = option_of(plan, record, "test", "after");
  const bool before = option_of(plan, record, "probe", "after") == "before";
  if (before || test == "late" || test == "early") {
    report.approximate(layer.name, "recorded v", before ? "before the reset" : "with the reset to come", "after the reset", "",
                       "Load the network with probe=\"after\".");
  }
}

}  // namespace

void tell_semantics(rvd::PlanView plan, const Layer& layer, const Ranges& ranges, const Population& made, rvd::Report& report) {
  const rvd_population& record = plan.populations()[layer.population];
  tell_order(plan, record, layer, report);
  if (!layer.fires) return;
  tell_reset(option_of(plan, record, "reset", "zero"), layer, ranges, report);
  tell_comparator(option_of(plan, record, "comparator", ">"), layer, ranges, made, report);
  tell_test(option_of(plan, record, "test", "after"), layer, report);
  double room = 0;
  for (std::size_t t = 0; t < layer.neurons.size(); ++t) {
    const double height = layer.neurons[t].threshold * one_of(made.v_scale, t);
    if (height > 0) room = std::max(room, kLargestCurrent / height);
  }
  tell_floor(layer, ranges, made, room, report);
  tell_recorded(plan, record, layer, report);
}

// ------------------------------------------------------------------------------------------------------------- parameters

namespace {

/// A decay as its rate per step, -ln of what is kept, told as a time constant where there is one.
class Decays {
 public:
  explicit Decays(double dt) : dt_(dt) {}

  void add(double asked, double made) {
    const double error = asked == made ? 0 : asked == 0 ? made : relative(std::log(asked), std::log(made));
    if (asked > 0 && asked < 1) asked_.add(-dt_ / std::log(asked));
    if (made > 0 && made < 1) made_.add(-dt_ / std::log(made));
    if (count_++ != 0 && error <= error_) return;
    error_ = error;
    figures_ = {{"kept_asked", asked}, {"kept_made", made}, {"relative_error", error}};
    if (asked > 0 && asked < 1) figures_.push_back({"tau_asked", -dt_ / std::log(asked)});
    if (made > 0 && made < 1) figures_.push_back({"tau_made", -dt_ / std::log(made)});
  }
  void tell(const std::string& where, std::string_view quantity, rvd::Report& report) const {
    if (error_ == 0) report.exact(where, quantity, asked_.text(), made_.text(), "s", figures_);
    else report.approximate(where, quantity, asked_.text(), made_.text(), "s", "", figures_);
  }

 private:
  double dt_;
  Span asked_, made_;
  std::uint64_t count_ = 0;
  double error_ = 0;
  rvd::Figures figures_;
};

void tell_decays(double dt, const Layer& layer, const Population& made, fixed::Rules rules, rvd::Report& report) {
  Decays current(dt), potential(dt);
  for (std::uint64_t t = 0; t < layer.neurons.size(); ++t) {
    const int lost = at(made.du, t) + (rules == fixed::Rules::brian2 ? 0 : 1);
    current.add(layer.neurons[t].u_decay, (4096 - lost) / 4096.0);
    potential.add(layer.neurons[t].v_decay, (4096 - at(made.dv, t)) / 4096.0);
  }
  if (layer.has_current) current.tell(layer.name, "current decay", report);
  potential.tell(layer.name, "potential decay", report);
}

void tell_heights(const Layer& layer, const Population& made, rvd::Report& report) {
  Pairs thresholds, biases;
  bool any = false;
  for (std::uint64_t t = 0; t < layer.neurons.size(); ++t) {
    const Target& n = layer.neurons[t];
    const double scale = one_of(made.v_scale, t);
    const double height = std::ldexp(at(made.vth, t) + (layer.fires_at_threshold ? 1 : 0), fixed::kUnit) / scale;
    const double bias = std::ldexp(at(made.bias_mant, t), at(made.bias_exp, t)) / scale;
    if (layer.fires) thresholds.add(n.threshold, height, relative(n.threshold, height));
    biases.add(n.drive, bias, relative(n.drive, bias));
    any = any || n.drive != 0;
  }
  thresholds.tell(layer.name, "threshold", "above v_reset", report);
  if (any) biases.tell(layer.name, "bias", "a step", report);
}

void tell_states(const Layer& layer, const Population& made, rvd::Report& report) {
  double finest = 0, coarsest = 0;
  for (std::uint64_t t = 0; t < made.v_scale.size(); ++t) {
    const double unit = 1 / made.v_scale[t];
    finest = t == 0 ? unit : std::min(finest, unit);
    coarsest = std::max(coarsest, unit);
  }
  report.approximate(layer.name, "state", "float", "24 bits, rounded toward 0 by every decay", "", "",
                     {{"unit", coarsest}, {"unit_least", finest}});
}

void tell_current_range(const Layer& layer, const Integers& made, fixed::Rules rules, rvd::Report& report) {
  const Reach reach = reach_of(layer, made, rules);
  const bool by_input = rules == fixed::Rules::nengo && reach.arriving / kLargestInput > reach.u / kLargestCurrent;
  const double bound = by_input ? reach.arriving : reach.u, limit = by_input ? kLargestInput : kLargestCurrent;
  const rvd::Figures figures{{"bound", bound}, {"limit", limit}};
  const std::string asked = "up to " + number(bound), held = std::to_string(static_cast<std::int64_t>(limit));
  if (bound <= limit) return report.exact(layer.name, "range of the current", asked, held, "chip units", figures);
  report.approximate(layer.name, "range of the current", asked, held, "chip units",
                     "It wraps where that many sources fire together. Make the fan-in or the time constant smaller.", figures);
}

void tell_potential_range(const Layer& layer, const Ranges& ranges, const Population& made, rvd::Report& report) {
  if (layer.floored && made.vmin[0] != 1 - fixed::kTop) return;  // told as the floor
  double bound = 0, limit = 0;                                   // of the neuron that lacks most
  for (std::uint64_t t = 0; t < layer.neurons.size(); ++t) {
    const double room = kLargestCurrent / one_of(made.v_scale, t);
    const double needed = layer.fires ? ranges.low[t] : std::max(ranges.low[t], ranges.high[t]);
    if (t != 0 && needed * limit <= bound * room) continue;
    bound = needed;
    limit = room;
  }
  rvd::Figures figures{{"limit", limit}};
  if (std::isfinite(bound)) figures.push_back({"bound", bound});
  const std::string asked = (layer.fires ? "down to -" : "up to ") + number(bound);
  const std::string held = (layer.fires ? "-" : "") + number(limit);
  if (bound <= limit) return report.exact(layer.name, "range of v", asked, held, "from v_reset", figures);
  report.approximate(layer.name, "range of v", asked, held, "from v_reset", "v stops there, if its input ever takes it so far.",
                     figures);
}

}  // namespace

void tell_parameters(double dt, const Layer& layer, const Ranges& ranges, const Integers& made, fixed::Rules rules,
                     rvd::Report& report) {
  tell_decays(dt, layer, made.population, rules, report);
  tell_heights(layer, made.population, report);
  tell_states(layer, made.population, report);
  tell_current_range(layer, made, rules, report);
  tell_potential_range(layer, ranges, made.population, report);
}

// ---------------------------------------------------------------------------------------------------------------- weights

namespace {

/// The mantissa from a source to a target as stored.
class Stored {
 public:
  Stored(const Group& group, std::uint64_t targets) : group_(group), targets_(targets) {}

  std::int32_t at(std::uint64_t source, std::uint64_t target) const {
    if (group_.dense) return group_.weights[source * targets_ + target];
    const auto begin = group_.targets.begin() + group_.rows[source], end = group_.targets.begin() + group_.rows[source + 1];
    const auto found = std::lower_bound(begin, end, static_cast<std::int32_t>(target));
    return found == end || *found != static_cast<std::int32_t>(target)
               ? 0
               : group_.weights[static_cast<std::size_t>(found - group_.targets.begin())];
  }

 private:
  const Group& group_;
  std::uint64_t targets_;
};

}  // namespace

void tell_weights(const rvd::FusedView::Synapses& synapses, const Population& made, const Group& group, rvd::Report& report) {
  const Stored stored(group, made.count);
  const double unit = std::ldexp(1.0, group.shift.left - group.shift.right);
  const double most = std::ldexp(group.sign == fixed::Sign::mixed ? 255 : 255.5, fixed::kUnit + group.exponent);
  double largest = 0, worst = 0, sum = 0, power = 0, noise = 0, clipped = 0, count = 0;
  const auto add = [&](std::uint64_t s, std::uint64_t t, double asked) {
    if (asked == 0) return;
    const double scale = one_of(made.input_scale, t);
    const double error = scale == 0 ? 0 : stored.at(s, t) * unit / scale - asked;
    largest = std::max(largest, std::fabs(asked));
    worst = std::max(worst, std::fabs(error));
    sum += std::fabs(error);
    power += asked * asked;
    noise += error * error;
    clipped += std::fabs(asked * scale) > most ? 1 : 0;
    ++count;
  };
  const rvd::FusedWeights& weights = synapses.weights;
  for (std::uint64_t s = 0; s < weights.sources; ++s) {
    if (weights.diagonal) add(s, s, weights.values[s]);
    for (std::uint64_t t = 0; !weights.diagonal && t < weights.targets; ++t) add(s, t, weights.at(s, t));
  }
  if (count == 0) return;
  rvd::Figures figures{{"weights", count},
                       {"largest", largest},
                       {"max_error", worst},
                       {"mean_error", sum / count},
                       {"clipped", clipped},
                       {"scale", made.input_scale[0]},
                       {"unit", unit},
                       {"exponent", static_cast<double>(group.exponent)},
                       {"bits", static_cast<double>(group.bits)}};
  if (noise > 0) figures.push_back({"snr_db", 10 * std::log10(power / noise)});
  const std::string asked = "up to " + number(largest);
  const std::string limit = std::to_string(group.bits) + " bits, largest error " + number(worst);
  if (worst == 0) report.exact(synapses.path, "weight", asked, limit, "", figures);
  else report.approximate(synapses.path, "weight", asked, limit, "", "", figures);
}

}  // namespace ranvier::loihi
