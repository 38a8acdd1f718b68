#include "devices/loihi/fixed_lif.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "devices/loihi/native.h"

namespace ranvier::loihi {
namespace {

using fixed::Sign;
using Kind = rvd::FusedView::Kind;

constexpr int kMessageBits = 16;
constexpr double kExactSum = 1 << 16;      // of weights in 1/256, in a float
constexpr double kExactProduct = 1 << 24;  // of such a sum and the gain

/// What a synapse stores for products of gain and weight, so that their sum is the same.
struct Format {
  Sign sign;
  int exponent;

  bool holds(double product) const {
    const double mantissa = std::ldexp(product, -exponent);
    if (mantissa != std::floor(mantissa) || mantissa < -256 || mantissa > 255) return false;
    const auto whole = static_cast<std::int32_t>(mantissa);
    return fixed::weight_lava(whole, sign, 8) == whole;
  }
};

std::optional<Format> format_for(const std::vector<double>& products) {
  bool positive = false, negative = false;
  for (const double product : products) {
    if (product != std::floor(product)) return std::nullopt;
    positive |= product > 0;
    negative |= product < 0;
  }
  const Sign sign = positive && negative ? Sign::mixed : negative ? Sign::inhibitory : Sign::excitatory;
  // Those nearest to 0 first. A sum of multiples of 2^k, shifted down by k, loses nothing.
  for (const int exponent : {0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, -8}) {
    const Format format{sign, exponent};
    if (std::all_of(products.begin(), products.end(), [&](double p) { return format.holds(p); })) return format;
  }
  return std::nullopt;
}

class Taker {
 public:
  explicit Taker(rvd::PlanView plan) : plan_(plan), view_(plan) {
    bool fits = true;
    for (const rvd::FusedView::Node& node : view_.nodes()) fits = fits && take(node);
    for (const rvd_projection& projection : plan.projections()) {
      for (std::uint64_t i = 0; i < projection.prior.count; ++i) fits = fits && plan.number(projection.prior, i) == 0;
    }
    largest_event_.assign(plan.populations().size(), std::ldexp(1.0, kMessageBits - 1));
    for (const rvd::FusedView::Synapses& synapses : view_.synapses()) fits = fits && take(synapses);
    fits_ = fits && neurons_ > 0;
  }

  bool fits() const { return fits_; }

  Network make(const Options& options, rvd::Report& report) {
    network_.chip = options.chip;
    if (options.rules_given && options.rules != fixed::Rules::lava) {
      report.unsupported("", "rules", options.rules == fixed::Rules::nengo ? "nengo" : "brian2", "lava", "",
                         "The convention lava-fixed is lava's: leave compat out.");
    }
    for (Group& group : network_.groups) {
      const bool input = network_.populations[group.source].kind == Population::Kind::input;
      const double most = largest_event_[group.target];
      if (input && options.chip == "loihi2" && most >= 2) group.message_bits = static_cast<int>(std::log2(most)) + 1;
      report.exact(group.path, "weight", std::to_string(group.weights.size()) + " integers", "as they are", "",
                   {{"max_error", 0.0}, {"mean_error", 0.0}, {"clipped", 0.0}});
    }
    for (const Population& p : network_.populations) {
      if (p.kind == Population::Kind::neuron) report.exact(p.name, "neuron model", "lif@1, update = shift", "lava's LIF");
    }
    if (!report.refused()) settle_latency(network_, report);
    return std::move(network_);
  }

 private:
  bool take(const rvd::FusedView::Node& node) {
    const rvd_population& record = plan_.populations()[node.population];
    if (network_.populations.empty()) {
      network_.populations.resize(plan_.populations().size());
      for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
        network_.populations[p].name = plan_.text(plan_.populations()[p].name);
        network_.populations[p].count = plan_.populations()[p].count;
      }
    }
    Population& made = network_.populations[node.population];
    const bool silent = std::all_of(node.bias.begin(), node.bias.end(), [](double b) { return b == 0; });
    if (node.kind == Kind::unfusable || !silent) return false;
    if (node.kind == Kind::input) made.kind = Population::Kind::input;
    if (node.kind == Kind::output) made.kind = Population::Kind::output;
    return node.kind != Kind::neuron || take_neurons(node.population, record, made);
  }

  bool take_neurons(std::uint32_t p, const rvd_population& record, Population& made) {
    const bool shift = plan_.text(record.model) == "lif@1" && plan_.option(record, "update") == "shift";
    if (!shift || plan_.option(record, "probe") == "before") return false;
    made.kind = Population::Kind::neuron;
    made.dv.clear();
    made.vth.clear();
    for (std::uint64_t i = 0; i < record.count; ++i) {
      const auto threshold = static_cast<std::int32_t>(view_.coefficient(p, "threshold", i));
      made.dv.push_back(static_cast<std::int32_t>(view_.coefficient(p, "dv", i)));
      made.vth.push_back(threshold >> fixed::kUnit);
      if (made.vth.back() > fixed::kThreshold.high) return false;
    }
    ++neurons_;
    return true;
  }

  bool take(const rvd::FusedView::Synapses& synapses) {
    const rvd::FusedWeights& weights = synapses.weights;
    if (network_.populations[synapses.target].kind == Population::Kind::output) {
      network_.wires.push_back({synapses.source, synapses.target, synapses.delay});
      return weights.identity();
    }
    if (network_.populations[synapses.source].kind == Population::Kind::output) return false;
    const std::uint64_t targets = network_.populations[synapses.target].count;
    std::vector<double> products;
    std::vector<double> sums(targets), gained(targets);
    Group group;
    group.rows.push_back(0);
    for (std::uint64_t s = 0; s < network_.populations[synapses.source].count; ++s) {
      const std::uint64_t begin = weights.diagonal ? s : 0, end = weights.diagonal ? s + 1 : targets;
      for (std::uint64_t t = begin; t < end; ++t) {
        const double w = weights.at(s, t), gain = view_.coefficient(synapses.target, "w", t);
        if (w * 256 != std::floor(w * 256)) return false;
        sums[t] += std::fabs(w);
        gained[t] += std::fabs(w * gain);
        products.push_back(w * gain);
        if (weights.diagonal) group.targets.push_back(static_cast<std::int32_t>(t));
      }
      group.rows.push_back(static_cast<std::int64_t>(products.size()));
    }
    const std::optional<Format> format = format_for(products);
    if (!format) return false;
    group.source = synapses.source;
    group.target = synapses.target;
    group.path = synapses.path;
    group.delay = synapses.delay;
    group.sign = format->sign;
    group.exponent = format->exponent;
    group.shift = fixed::sum_shift(fixed::Rules::lava, format->exponent);
    group.dense = !weights.diagonal;
    if (group.dense) group.rows.clear();
    for (const double product : products) {
      group.weights.push_back(static_cast<std::int32_t>(std::ldexp(product, -format->exponent)));
    }
    network_.groups.push_back(std::move(group));
    return reach(synapses.target, sums, gained);
  }

  /// Events up to which the plan's floats add up without rounding, with all that arrives at a target.
  bool reach(std::uint32_t target, const std::vector<double>& sums, const std::vector<double>& gained) {
    const auto [at, fresh] = reached_.try_emplace(target, sums, gained);
    for (std::size_t t = 0; t < sums.size(); ++t) {
      if (!fresh) {
        at->second.first[t] += sums[t];
        at->second.second[t] += gained[t];
      }
      const double most =
          std::min(kExactSum / std::max(at->second.first[t], 1e-9), kExactProduct / std::max(at->second.second[t], 1e-9));
      largest_event_[target] = std::min(largest_event_[target], most);
    }
    return largest_event_[target] > 1;
  }

  rvd::PlanView plan_;
  rvd::FusedView view_;
  Network network_;
  std::size_t neurons_ = 0;
  std::map<std::uint32_t, std::pair<std::vector<double>, std::vector<double>>> reached_;
  std::vector<double> largest_event_;  // by target
  bool fits_ = false;
};

bool any_shift(rvd::PlanView plan) {
  for (const rvd_population& population : plan.populations()) {
    if (plan.option(population, "update") == "shift") return true;
  }
  return false;
}

}  // namespace

bool fixed_lif(rvd::PlanView plan) {
  if (!any_shift(plan)) return false;
  try {
    return Taker(plan).fits();
  } catch (const rvd::Failure&) {
    return false;  // no matrix of its weights: whoever quantises it says so
  }
}

Network take_fixed_lif(rvd::PlanView plan, const Options& options, rvd::Report& report) {
  return Taker(plan).make(options, report);
}

}  // namespace ranvier::loihi
