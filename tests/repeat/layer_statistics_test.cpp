#include "core/repeat/layer_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace ranvier::repeat {
namespace {

using Event = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t, double>;  // step, lane, neuron, value

/// The events of steps begin .. end - 1.
SpikeTrain train_of(std::vector<Event> events, std::uint64_t begin = 0, std::uint64_t end = 1000000) {
  std::ranges::sort(events);
  SpikeTrain train;
  for (const auto& [step, lane, neuron, value] : events) {
    if (step < begin || step >= end) continue;
    train.step.push_back(step);
    train.lane.push_back(lane);
    train.id.push_back(neuron);
    train.value.push_back(value);
  }
  return train;
}

std::vector<Event> of_one_neuron(const std::vector<std::uint64_t>& steps) {
  std::vector<Event> events;
  for (const std::uint64_t step : steps) events.emplace_back(step, 0, 0, 1);
  return events;
}

double distance(const std::vector<Event>& a, const std::vector<Event>& b, double tau) {
  LayerStatistics layer("n", 1, 1, 100, tau);
  layer.take(train_of(a), train_of(b));
  return layer.finish(1, 1).van_rossum;
}

TEST(LayerStatistics, ASpikeAgainstNoneIsHalfAndTwoFarApartAreOne) {
  EXPECT_EQ(distance(of_one_neuron({5}), {}, 3), 0.5);
  EXPECT_EQ(distance({}, of_one_neuron({0}), 3), 0.5);
  EXPECT_EQ(distance(of_one_neuron({5, 9}), of_one_neuron({5, 9}), 3), 0);
  EXPECT_NEAR(distance(of_one_neuron({0}), of_one_neuron({99}), 2), 1, 1e-15);
  for (const std::uint64_t apart : {1U, 2U, 30U}) {
    EXPECT_NEAR(distance(of_one_neuron({5}), of_one_neuron({5 + apart}), 7), 1 - std::exp(-static_cast<double>(apart) / 7),
                1e-15);
  }
}

// elephant 1.2.1, spike_train_dissimilarity.van_rossum_distance: sqrt(2 D^2), so that a spike against none is 1.
TEST(LayerStatistics, IsElephantsDistance) {
  const auto elephant = [](const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b, double tau) {
    return std::sqrt(2 * distance(of_one_neuron(a), of_one_neuron(b), tau));
  };
  EXPECT_NEAR(elephant({8, 34, 37}, {30, 38, 58}, 20), 1.4628802307997735, 1e-14);
  EXPECT_NEAR(elephant({38}, {58}, 7), 1.3730020981283186, 1e-14);
  EXPECT_NEAR(elephant({12, 14, 35, 45}, {30, 34, 35, 53}, 7), 2.6500571146646315, 1e-14);
  EXPECT_NEAR(elephant({14, 40}, {55, 59}, 20), 1.9990101759454904, 1e-14);
}

constexpr std::uint64_t kSteps = 300;
constexpr std::uint32_t kLanes = 3, kNeurons = 5;
constexpr double kTau = 4.5;

std::vector<Event> some_events(std::mt19937& dice) {
  std::vector<Event> events;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      for (std::uint32_t i = 0; i < kNeurons; ++i) {
        if (dice() % 10 < i) events.emplace_back(step, lane, i, dice() % 4 == 0 ? 2.5 : 1);
      }
    }
  }
  return events;
}

/// The sum over all pairs of events of a neuron: half of K(a, a) + K(b, b) - 2 K(a, b), with K = exp(-|t - s| / tau).
double by_pairs(const std::vector<Event>& a, const std::vector<Event>& b) {
  const auto kernel = [](const std::vector<Event>& xs, const std::vector<Event>& ys) {
    double sum = 0;
    for (const auto& [t, lane_x, i, x] : xs) {
      for (const auto& [s, lane_y, j, y] : ys) {
        if (lane_x != lane_y || i != j) continue;
        sum += x * y * std::exp(-std::fabs(static_cast<double>(t) - static_cast<double>(s)) / kTau);
      }
    }
    return sum;
  };
  return (kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)) / 2 / (kLanes * kNeurons);
}

TEST(LayerStatistics, IsTheSumOverAllPairsHoweverTheRunIsCut) {
  std::mt19937 dice(5);
  const std::vector<Event> a = some_events(dice), b = some_events(dice);
  for (const std::uint64_t chunk : {1U, 7U, 299U, 300U}) {
    LayerStatistics layer("n", kNeurons, kLanes, kSteps, kTau);
    for (std::uint64_t begin = 0; begin < kSteps; begin += chunk) {
      layer.take(train_of(a, begin, begin + chunk), train_of(b, begin, begin + chunk));
    }
    const LayerDifference found = layer.finish(0.5, 0.5);
    EXPECT_NEAR(found.van_rossum, by_pairs(a, b), 1e-9);

    std::map<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>, std::pair<double, double>> places;
    std::vector<double> apart(kNeurons);
    for (const auto& [step, lane, i, value] : a) {
      places[{step, i, lane}].first = value;
      apart[i] += 1;
    }
    for (const auto& [step, lane, i, value] : b) {
      places[{step, i, lane}].second = value;
      apart[i] -= 1;
    }
    std::erase_if(places, [](const auto& place) { return place.second.first == place.second.second; });
    EXPECT_EQ(found.differing, places.size());
    ASSERT_TRUE(found.first);
    EXPECT_EQ(std::tie(found.first->step, found.first->neuron, found.first->lane), places.begin()->first);
    EXPECT_EQ(std::make_pair(found.first->a, found.first->b), places.begin()->second);

    const double seconds = kSteps * kLanes * 0.5e-3;
    for (double& value : apart) value = std::fabs(value);
    const auto largest = std::ranges::max_element(apart);
    EXPECT_EQ(found.a, a.size());
    EXPECT_EQ(found.b, b.size());
    EXPECT_DOUBLE_EQ(found.rate_a, static_cast<double>(a.size()) / seconds / kNeurons);
    EXPECT_DOUBLE_EQ(found.rate_b, static_cast<double>(b.size()) / seconds / kNeurons);
    EXPECT_NEAR(found.rate_difference, *largest / seconds, 1e-9);
    EXPECT_EQ(found.rate_neuron, largest - apart.begin());

    EXPECT_EQ(found.map.rows, kNeurons);
    EXPECT_EQ(found.map.bin_steps, 3U);
    EXPECT_EQ(found.map.bins, 100U);
    std::vector<std::uint64_t> counts(kNeurons * 100);
    for (const auto& [place, values] : places) ++counts[std::get<1>(place) * 100 + std::get<0>(place) / 3];
    EXPECT_EQ(found.map.counts, counts);
  }
}

TEST(LayerStatistics, RowsOfTheMapAreNeuronsSideBySide) {
  LayerStatistics layer("n", 1000, 1, 10, 1);
  layer.take(train_of({{9, 0, 0, 1}, {9, 0, 7, 1}, {9, 0, 8, 1}, {9, 0, 999, 1}}), {});
  const DifferenceMap map = layer.finish(1, 1).map;
  EXPECT_EQ(map.rows, 128U);
  EXPECT_EQ(map.counts[0 * 10 + 9], 2U);
  EXPECT_EQ(map.counts[1 * 10 + 9], 1U);
  EXPECT_EQ(map.counts[127 * 10 + 9], 1U);
}

TEST(LayerStatistics, OfNoStepsAreZero) {
  const LayerDifference none = LayerStatistics("n", 3, 2, 0, 10).finish(1, 1);
  EXPECT_EQ(none.rate_a, 0);
  EXPECT_EQ(none.van_rossum, 0);
  EXPECT_EQ(none.map.bins, 0U);
  EXPECT_FALSE(none.first);
}

TEST(ArgmaxTally, ComparesSumsLaneByLane) {
  ArgmaxTally tally("out", 2, 3);
  const std::vector<float> a{1, 0, 0, 1, 2, 2}, b{0, 1, 0, 3, 1, 0};
  const std::vector<std::int64_t> c{5, 0, 0, 0, 0, 1};
  tally.take(Tensor::view(a, {1, 3, 2}), Tensor::view(b, {1, 3, 2}));
  tally.take(Tensor::view(a, {1, 3, 2}), Tensor::view(c, {1, 3, 2}));
  const ArgmaxAgreement found = tally.finish();
  EXPECT_EQ(found.a, (std::vector<std::uint32_t>{0, 1, 0}));  // of equal ones the lowest
  EXPECT_EQ(found.b, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_EQ(found.fraction(), 1);
  const std::vector<float> d{0, 9, 0, 0, 0, 0};
  tally.take(Tensor::view(a, {1, 3, 2}), Tensor::view(d, {1, 3, 2}));
  EXPECT_EQ(tally.finish().differing(), std::vector<std::uint32_t>{0});
  EXPECT_DOUBLE_EQ(tally.finish().fraction(), 2.0 / 3);
}

}  // namespace
}  // namespace ranvier::repeat
