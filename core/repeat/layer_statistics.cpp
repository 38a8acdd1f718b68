#include "core/repeat/layer_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

namespace ranvier::repeat {
namespace {

constexpr std::uint64_t kMostBins = 128, kMostRows = 128;

using Key = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>;  // step, lane, neuron: as trains are sorted

Key key_of(const SpikeTrain& train, std::size_t k) {
  constexpr Key kEnd{std::numeric_limits<std::uint64_t>::max(), 0, 0};
  return k < train.size() ? Key{train.step[k], train.lane[k], train.id[k]} : kEnd;
}

// Calls visit(key, value of a, value of b) for each event that is not the same on both sides; 0 stands for none.
template <class Visit>
void each_difference(const SpikeTrain& a, const SpikeTrain& b, const Visit& visit) {
  for (std::size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    const Key x = key_of(a, i), y = key_of(b, j);
    const double of_a = x <= y ? a.value[i] : 0, of_b = y <= x ? b.value[j] : 0;
    if (!same(of_a, of_b)) visit(std::min(x, y), of_a, of_b);
    i += x <= y;
    j += y <= x;
  }
}

DifferenceMap empty_map(std::uint64_t neurons, std::uint64_t steps) {
  DifferenceMap map;
  map.bin_steps = std::max<std::uint64_t>(1, (steps + kMostBins - 1) / kMostBins);
  map.bins = (steps + map.bin_steps - 1) / map.bin_steps;
  map.rows = std::min(neurons, kMostRows);
  map.counts.resize(map.rows * map.bins);
  return map;
}

std::vector<std::uint32_t> winners(const std::vector<double>& sums, std::size_t neurons) {
  std::vector<std::uint32_t> list;
  for (std::size_t at = 0; at < sums.size(); at += neurons) {
    const auto begin = sums.begin() + static_cast<std::ptrdiff_t>(at);
    list.push_back(static_cast<std::uint32_t>(std::max_element(begin, begin + static_cast<std::ptrdiff_t>(neurons)) - begin));
  }
  return list;
}

}  // namespace

LayerStatistics::LayerStatistics(std::string node, std::size_t neurons, std::size_t lanes, std::uint64_t steps, double tau)
    : node_(std::move(node)),
      neurons_(neurons),
      lanes_(lanes),
      steps_(steps),
      tau_(tau),
      of_a_(neurons),
      of_b_(neurons),
      map_(empty_map(neurons, steps)) {}

void LayerStatistics::take(const SpikeTrain& a, const SpikeTrain& b) {
  if (!first_) first_ = first_difference(a, b);
  for (const std::uint32_t id : a.id) ++of_a_[id];
  for (const std::uint32_t id : b.id) ++of_b_[id];
  each_difference(a, b, [&](const Key& key, double of_a, double of_b) {
    const auto [step, lane, neuron] = key;
    differ(step, lane, neuron, of_a - of_b);
  });
}

double LayerStatistics::decay(double steps) const { return std::exp(-steps / tau_); }

// Between two steps the trace falls by itself: its square's integral over tau is value^2 / 2 (1 - exp(-2 steps / tau)).
void LayerStatistics::differ(std::uint64_t step, std::uint32_t lane, std::uint32_t neuron, double by) {
  if (traces_.empty()) traces_.resize(lanes_ * neurons_);
  Trace& trace = traces_[lane * neurons_ + neuron];
  const auto passed = static_cast<double>(step - trace.step);
  squares_ += trace.value * trace.value / 2 * (1 - decay(2 * passed));
  trace = {trace.value * decay(passed) + by, step};
  ++differing_;
  ++map_.counts[neuron * map_.rows / neurons_ * map_.bins + step / map_.bin_steps];
}

LayerDifference LayerStatistics::finish(double dt_a_ms, double dt_b_ms) const {
  LayerDifference result;
  result.node = node_;
  result.neurons = neurons_;
  result.differing = differing_;
  result.map = map_;
  if (first_) result.first = ValueDifference{first_->step, node_, "spikes", first_->neuron, first_->lane, first_->a, first_->b};
  double squares = squares_;
  for (const Trace& trace : traces_) squares += trace.value * trace.value / 2;
  result.van_rossum = squares / static_cast<double>(neurons_ * lanes_);
  const double seconds = static_cast<double>(steps_ * lanes_) * 1e-3;
  const auto hertz = [&](std::uint64_t events, double dt_ms) {
    return events == 0 ? 0 : static_cast<double>(events) / (seconds * dt_ms);
  };
  for (std::size_t i = 0; i < neurons_; ++i) {
    result.a += of_a_[i];
    result.b += of_b_[i];
    const double apart = std::fabs(hertz(of_a_[i], dt_a_ms) - hertz(of_b_[i], dt_b_ms));
    if (apart <= result.rate_difference) continue;
    result.rate_difference = apart;
    result.rate_neuron = static_cast<std::uint32_t>(i);
  }
  result.rate_a = hertz(result.a, dt_a_ms) / static_cast<double>(neurons_);
  result.rate_b = hertz(result.b, dt_b_ms) / static_cast<double>(neurons_);
  return result;
}

ArgmaxTally::ArgmaxTally(std::string node, std::size_t neurons, std::size_t lanes)
    : node_(std::move(node)), neurons_(neurons), sums_a_(neurons * lanes), sums_b_(neurons * lanes) {}

void ArgmaxTally::take(const Tensor& a, const Tensor& b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    sums_a_[k % sums_a_.size()] += a.at(k);
    sums_b_[k % sums_b_.size()] += b.at(k);
  }
}

ArgmaxAgreement ArgmaxTally::finish() const { return {node_, winners(sums_a_, neurons_), winners(sums_b_, neurons_)}; }

}  // namespace ranvier::repeat
