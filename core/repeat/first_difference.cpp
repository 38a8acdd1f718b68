#include "core/repeat/first_difference.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <utility>

namespace ranvier::repeat {
namespace {

bool same_event(const SpikeTrain& a, const SpikeTrain& b, std::size_t k) {
  return a.step[k] == b.step[k] && a.lane[k] == b.lane[k] && a.id[k] == b.id[k] && same(a.value[k], b.value[k]);
}

std::uint64_t step_of(const SpikeTrain& train, std::size_t k) {
  return k < train.size() ? train.step[k] : std::numeric_limits<std::uint64_t>::max();
}

// Calls visit(neuron, lane, value) for each event of one step.
template <class Visit>
void each_event(const SpikeTrain& train, std::uint64_t step, const Visit& visit) {
  const auto [begin, end] = std::equal_range(train.step.begin(), train.step.end(), step);
  for (auto at = begin; at != end; ++at) {
    const auto k = static_cast<std::size_t>(at - train.step.begin());
    visit(train.id[k], train.lane[k], train.value[k]);
  }
}

}  // namespace

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::optional<Place> first_difference(const SpikeTrain& a, const SpikeTrain& b) {
  std::size_t k = 0;
  while (k < a.size() && k < b.size() && same_event(a, b, k)) ++k;
  if (k == a.size() && k == b.size()) return {};
  const std::uint64_t step = std::min(step_of(a, k), step_of(b, k));
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<double, double>> events;
  each_event(a, step, [&](auto neuron, auto lane, double value) { events[{neuron, lane}].first = value; });
  each_event(b, step, [&](auto neuron, auto lane, double value) { events[{neuron, lane}].second = value; });
  for (const auto& [place, values] : events) {
    if (!same(values.first, values.second)) return Place{step, place.first, place.second, values.first, values.second};
  }
  return {};
}

std::optional<Place> first_difference(const Tensor& a, const Tensor& b, std::uint64_t first_step, std::uint64_t every) {
  const bool bits = a.dtype() == b.dtype();
  if (a.empty() || (bits && std::memcmp(a.data(), b.data(), a.bytes()) == 0)) return {};
  std::size_t at = 0;
  while (at < a.size() && same(a.at(at), b.at(at))) ++at;
  if (at == a.size()) return {};
  const std::size_t lanes = a.shape()[1];
  const std::size_t row_size = a.size() / a.shape()[0];
  const std::size_t neurons = row_size / lanes;
  const std::size_t row = at / row_size;
  for (std::size_t neuron = 0; neuron < neurons; ++neuron) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const std::size_t k = row * row_size + lane * neurons + neuron;
      if (same(a.at(k), b.at(k))) continue;
      return Place{first_step + row * every, static_cast<std::uint32_t>(neuron), static_cast<std::uint32_t>(lane), a.at(k),
                   b.at(k)};
    }
  }
  return {};
}

}  // namespace ranvier::repeat
