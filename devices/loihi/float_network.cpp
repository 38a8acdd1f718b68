#include "devices/loihi/float_network.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "devices/loihi/calibrate.h"
#include "devices/loihi/quantise.h"
#include "devices/loihi/read_layers.h"
#include "devices/loihi/tell.h"

namespace ranvier::loihi {
namespace {

constexpr double kHeadroom = 4;  // over what was seen of u and v, where their bounds are too wide
constexpr int kTries = 32;
constexpr std::size_t kTried = 8;        // choices that calibration compares
constexpr double kGain = 0.95;           // of the distance: less is chance
constexpr double kLeastMove = 1.0 / 64;  // of a threshold

std::vector<const Layer*> pointers(const Layers& read) {
  std::vector<const Layer*> layers;
  for (const std::unique_ptr<Layer>& layer : read.layers) layers.push_back(layer.get());
  return layers;
}

class Maker {
 public:
  Maker(rvd::PlanView plan, Layers& read, const Options& options, rvd::Samples samples, rvd::Report& report)
      : plan_(plan), network_(read.network), options_(options), report_(report), calibration_(plan, samples, pointers(read)) {}

  void make(Layer& layer) {
    for (Input& input : layer.inputs) {
      if (input.message_bits != 0) input.largest_event = calibration_.largest_input(input.synapses->source);
    }
    const Ranges ranges = worst_ranges(layer);
    const Choice choice = calibration_.empty() ? fitting(layer, ranges).front() : nearest(layer, seen_fitting(layer, ranges));
    Integers made = integers_of(layer, choice, options_);
    Population& population = network_.populations[layer.population];
    made.population.latency = population.latency;
    population = made.population;
    check_thresholds(layer, population);
    tell_semantics(plan_, layer, ranges, population, report_);
    tell_parameters(plan_.network().dt, layer, ranges, made, options_.rules, report_);
    if (!calibration_.empty()) calibrated(layer, made, choice);
    for (std::size_t g = 0; g < made.groups.size(); ++g) {
      tell_weights(*layer.inputs[g].synapses, population, made.groups[g], report_);
      network_.groups.push_back(std::move(made.groups[g]));
    }
  }

 private:
  /// `fitting`; of readouts, and where u might wrap, with headroom over what was seen instead of what arithmetic bounds.
  std::vector<Choice> seen_fitting(const Layer& layer, Ranges ranges) const {
    std::vector<Choice> found = fitting(layer, ranges);
    if (layer.fires && !found.front().may_wrap) return found;
    const Ranges& seen = calibration_.seen(layer.population).ranges;
    const auto narrow = [](std::vector<double>& bound, const std::vector<double>& least) {
      for (std::size_t t = 0; t < bound.size(); ++t) {
        if (least[t] > 0) bound[t] = std::min(bound[t], kHeadroom * least[t]);
      }
    };
    narrow(ranges.low, seen.low);
    narrow(ranges.high, seen.high);
    if (!layer.fires) return fitting(layer, ranges);
    narrow(ranges.u, seen.u);
    found = choices(layer, ranges, options_);
    found.resize(std::min(found.size(), kTried));
    return found;
  }

  /// A threshold that became 0 fires without end.
  void check_thresholds(const Layer& layer, const Population& made) {
    for (std::uint64_t t = 0; layer.fires && t < layer.neurons.size(); ++t) {
      if (layer.neurons[t].threshold == 0 || at(made.vth, t) != 0 || layer.fires_at_threshold) continue;
      return report_.unsupported(layer.name, "threshold", rvd::number(layer.neurons[t].threshold), "1 unit", "chip units",
                                 "All that can arrive in a step is far above it: make the fan-in or the weights smaller.");
    }
  }

  /// The choices under which nothing wraps once their weights are rounded, best first.
  std::vector<Choice> fitting(const Layer& layer, Ranges ranges) const {
    std::vector<Choice> found;
    for (int k = 0; k < kTries && found.empty(); ++k) {
      for (Choice& choice : choices(layer, ranges, options_)) {
        if (choice.may_wrap || holds(layer, integers_of(layer, choice, options_))) found.push_back(std::move(choice));
        if (found.size() == kTried) break;
      }
      for (double& u : ranges.u) u *= 2;
    }
    if (found.empty()) found.push_back(choices(layer, ranges, options_).front());
    return found;
  }

  bool holds(const Layer& layer, const Integers& made) const {
    const Reach reach = reach_of(layer, made, options_.rules);
    return reach.u <= kLargestCurrent && (options_.rules != fixed::Rules::nengo || reach.arriving <= kLargestInput);
  }

  bool read_by_host(const Layer& layer) const {
    return std::any_of(network_.wires.begin(), network_.wires.end(),
                       [&](const Wire& w) { return w.source == layer.population; });
  }

  double distance(const Layer& layer, const Choice& choice) const {
    return calibration_.try_out(layer, integers_of(layer, choice, options_), options_.rules, read_by_host(layer)).distance;
  }

  /// Of these choices, and then of thresholds moved up or down, what is nearest to the plan on the samples.
  Choice nearest(const Layer& layer, const std::vector<Choice>& found) const {
    Choice best = found.front();
    if (!layer.fires || layer.floored) return best;
    double least = distance(layer, best);
    const auto take_if_nearer = [&](const Choice& choice) {
      const double other = distance(layer, choice);
      if (other >= kGain * least) return;
      least = other;
      best = choice;
    };
    for (std::size_t k = 1; k < found.size(); ++k) take_if_nearer(found[k]);
    if (!layer.drops_overshoot) return best;
    const double dropped = calibration_.seen(layer.population).overshoot;
    for (double step = std::max(dropped, kLeastMove) / 2; step > kLeastMove / 8; step /= 2) {
      const Choice middle = best;
      for (const int k : {-2, -1, 1, 2}) {
        Choice moved = middle;
        moved.threshold += k * step;
        if (moved.threshold > 0) take_if_nearer(moved);
      }
    }
    return best;
  }

  /// What it came to; later layers see this one's spikes as the chip has them.
  void calibrated(const Layer& layer, const Integers& made, const Choice& choice) {
    if (!layer.fires) return;
    Raster raster(calibration_.samples() * calibration_.steps());
    const Distance d = calibration_.try_out(layer, made, options_.rules, read_by_host(layer), &raster);
    calibration_.keep(layer.population, std::move(raster));
    const std::string asked = rvd::number(d.spikes_asked) + " spikes", made_text = rvd::number(d.spikes_made) + " spikes";
    const rvd::Figures figures{{"samples", static_cast<double>(calibration_.samples())},
                               {"samples_given", static_cast<double>(calibration_.given())},
                               {"spikes_asked", d.spikes_asked},
                               {"spikes_made", d.spikes_made},
                               {"differing", d.differing},
                               {"threshold_factor", choice.threshold}};
    if (d.differing == 0) report_.exact(layer.name, "calibration", asked, made_text, "", figures);
    else report_.approximate(layer.name, "calibration", asked, made_text, "", "", figures);
  }

  rvd::PlanView plan_;
  Network& network_;
  const Options& options_;
  rvd::Report& report_;
  Calibration calibration_;
};

}  // namespace

Network float_network(rvd::PlanView plan, const Options& options, rvd::Samples samples, rvd::Report& report) {
  std::optional<rvd::FusedView> view;
  try {
    view.emplace(plan);
  } catch (const rvd::Failure& failure) {
    report.unsupported("", "linear nodes", failure.what(), "matrices of 2^26 weights, no loops", "",
                       "Make the layer smaller, or put neurons between linear nodes.");
    return {};
  }
  Layers read = read_layers(plan, *view, options, report);
  if (report.refused()) return {};
  Maker maker(plan, read, options, samples, report);
  for (const std::unique_ptr<Layer>& layer : read.layers) maker.make(*layer);
  return std::move(read.network);
}

}  // namespace ranvier::loihi
