#include "core/repeat/first_difference.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace ranvier::repeat {
namespace {

struct Event {
  std::uint64_t step;
  std::uint32_t lane, neuron;
  double value;
};

SpikeTrain train(const std::vector<Event>& events) {
  SpikeTrain result;
  for (const Event& event : events) {
    result.step.push_back(event.step);
    result.lane.push_back(event.lane);
    result.id.push_back(event.neuron);
    result.value.push_back(event.value);
  }
  return result;
}

void expect(const std::optional<Place>& found, const Place& wanted) {
  ASSERT_TRUE(found);
  EXPECT_EQ(found->step, wanted.step);
  EXPECT_EQ(found->neuron, wanted.neuron);
  EXPECT_EQ(found->lane, wanted.lane);
  EXPECT_EQ(found->a, wanted.a);
  EXPECT_EQ(found->b, wanted.b);
}

TEST(FirstDifference, OfEqualTrainsIsNone) {
  const SpikeTrain a = train({{1, 0, 2, 1}, {3, 1, 0, 2}});
  EXPECT_FALSE(first_difference(a, a));
  EXPECT_FALSE(first_difference(train({}), train({})));
}

TEST(FirstDifference, IsTheEarliestEventThatOneSideLacks) {
  expect(first_difference(train({{1, 0, 2, 1}, {4, 0, 1, 1}}), train({{1, 0, 2, 1}})), {4, 1, 0, 1, 0});
  expect(first_difference(train({}), train({{7, 2, 3, 1}})), {7, 3, 2, 0, 1});
  expect(first_difference(train({{5, 0, 0, 1}}), train({{4, 0, 9, 1}, {5, 0, 0, 1}})), {4, 9, 0, 0, 1});
}

TEST(FirstDifference, SeesAnotherValue) {
  expect(first_difference(train({{1, 0, 2, 1}}), train({{1, 0, 2, 3}})), {1, 2, 0, 1, 3});
}

TEST(FirstDifference, TakesTheLowestNeuronOfAStepThenTheLowestLane) {
  // Trains are sorted by lane first: the walk meets lane 0's neuron 5 before lane 1's neuron 2.
  expect(first_difference(train({{3, 0, 5, 1}, {3, 1, 2, 1}, {3, 2, 2, 1}}), train({})), {3, 2, 1, 1, 0});
  expect(first_difference(train({{3, 0, 0, 1}, {3, 0, 5, 1}}), train({{3, 0, 0, 1}, {3, 1, 2, 1}})), {3, 2, 1, 0, 1});
}

TEST(FirstDifference, OfValuesIsByRowThenNeuronThenLane) {
  Tensor a({3, 2, 2});
  Tensor b = a.clone();
  EXPECT_FALSE(first_difference(a, b, 0, 1));
  b.mutable_data<float>()[1 * 4 + 0 * 2 + 1] = 8;  // row 1, lane 0, neuron 1
  b.mutable_data<float>()[1 * 4 + 1 * 2 + 0] = 9;  // row 1, lane 1, neuron 0
  b.mutable_data<float>()[2 * 4] = 7;
  expect(first_difference(a, b, 100, 10), {110, 0, 1, 0, 9});
  expect(first_difference(a, b.cast(DType::f64), 0, 1), {1, 0, 1, 0, 9});
}

TEST(FirstDifference, AllNaNsAreOne) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(first_difference(train({{1, 0, 2, nan}}), train({{1, 0, 2, -nan}})));
  const Tensor a = Tensor::of<double>({nan}).reshape({1, 1, 1}), b = Tensor::of<double>({-nan}).reshape({1, 1, 1});
  EXPECT_FALSE(first_difference(a, b, 0, 1));
}

}  // namespace
}  // namespace ranvier::repeat
