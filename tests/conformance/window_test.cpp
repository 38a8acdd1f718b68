// Convolutions, pools and sparse rows on both devices against sums that are written here neuron by neuron, from the definition in
// <ranvier/driver.h>; and the counters of work, against counting those same terms.
#include <bit>
#include <cstring>
#include <random>
#include <type_traits>

#include <gtest/gtest.h>

#include "tests/conformance/plans.h"
#include "tests/conformance/rig.h"

namespace ranvier::conformance {
namespace {

constexpr std::uint32_t kLanes = 3;
constexpr std::uint64_t kSteps = 5;

template <class T>
using Sum = std::conditional_t<std::is_same_v<T, std::int32_t>, std::uint32_t,
                               std::conditional_t<std::is_same_v<T, std::int64_t>, std::uint64_t, T>>;

/// One projection from an input to a relay, and what was written: value [step][lane][source], 0 where there is no event.
struct Case {
  plan::Projection projection;
  std::size_t sources, targets;
  DType type;
  std::vector<double> values;

  double value(std::int64_t step, std::uint32_t lane, std::size_t source) const {
    if (step < 0) return projection.prior.empty() || step < -std::int64_t{projection.delay} ? 0 : projection.prior.at(source);
    return values[(static_cast<std::size_t>(step) * kLanes + lane) * sources + source];
  }
};

/// Calls visit(source, weight) for what a target sees: channel, row and column of the kernel, in this order.
template <class Visit>
void each_in_kernel(const rvd_window& w, std::size_t target, Visit visit) {
  const std::int64_t columns = w.out[1], rows = w.out[0];
  const auto t = static_cast<std::int64_t>(target);
  const std::int64_t out = t / (rows * columns), o0 = t / columns % rows, o1 = t % columns;
  const std::int64_t sees = w.channels_in / w.groups, group = out / (w.channels_out / w.groups);
  for (std::int64_t c = 0; c < sees; ++c) {
    for (std::int64_t k0 = 0; k0 < w.kernel[0]; ++k0) {
      for (std::int64_t k1 = 0; k1 < w.kernel[1]; ++k1) {
        const std::int64_t x0 = o0 * w.stride[0] - w.padding[0] + k0 * w.dilation[0];
        const std::int64_t x1 = o1 * w.stride[1] - w.padding[1] + k1 * w.dilation[1];
        if (x0 < 0 || x0 >= w.in[0] || x1 < 0 || x1 >= w.in[1]) continue;
        visit(static_cast<std::size_t>(((group * sees + c) * w.in[0] + x0) * w.in[1] + x1),
              static_cast<std::size_t>(((out * sees + c) * w.kernel[0] + k0) * w.kernel[1] + k1));
      }
    }
  }
}

template <class Visit>
void each_synapse_of(const Case& c, std::size_t target, Visit visit) {
  const plan::Projection& p = c.projection;
  if (p.kind == RVD_PROJECTION_CONVOLUTION || p.kind == RVD_PROJECTION_POOL) return each_in_kernel(p.window, target, visit);
  for (std::size_t source = 0; source < c.sources; ++source) {
    if (p.kind == RVD_PROJECTION_DENSE) visit(source, source * c.targets + target);
    if (p.kind == RVD_PROJECTION_ONE_TO_ONE && source == target) visit(source, source);
    if (p.kind != RVD_PROJECTION_SPARSE) continue;
    for (auto k = static_cast<std::size_t>(p.rows.at(source)); k < static_cast<std::size_t>(p.rows.at(source + 1)); ++k) {
      if (static_cast<std::size_t>(p.targets.at(k)) == target) visit(source, k);
    }
  }
}

double weight_of(const Case& c, std::size_t position) {
  const Tensor& weights = c.projection.weights;
  return weights.empty() ? 1 : weights.at(weights.size() == 1 ? 0 : position);
}

/// The sums of all targets, as the events of a relay.
template <class T>
Events expected_events(const Case& c) {
  Events events;
  events.type = type_of(c.type);
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      for (std::size_t target = 0; target < c.targets; ++target) {
        Sum<T> sum = 0;
        each_synapse_of(c, target, [&](std::size_t source, std::size_t position) {
          const T value = static_cast<T>(c.value(static_cast<std::int64_t>(step) - c.projection.delay, lane, source));
          const T weight = static_cast<T>(weight_of(c, position));
          sum = static_cast<Sum<T>>(sum + static_cast<Sum<T>>(static_cast<Sum<T>>(weight) * static_cast<Sum<T>>(value)));
        });
        if (sum == Sum<T>{0}) continue;
        std::uint64_t bits = 0;
        std::memcpy(&bits, &sum, sizeof sum);
        events.step.push_back(step);
        events.lane.push_back(lane);
        events.id.push_back(static_cast<std::uint32_t>(target));
        events.bits.push_back(bits);
      }
    }
  }
  return events;
}

Events expected(const Case& c) {
  switch (c.type) {
    case DType::f32: return expected_events<float>(c);
    case DType::f64: return expected_events<double>(c);
    case DType::i32: return expected_events<std::int32_t>(c);
    default: return expected_events<std::int64_t>(c);
  }
}

struct Counted {
  std::uint64_t acs = 0, macs = 0, dense = 0;
};

Counted expected_work(const Case& c) {
  Counted counted;
  if (c.projection.weights.empty()) return counted;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    const auto sent = static_cast<std::int64_t>(step) - c.projection.delay;
    bool graded = false;
    std::uint64_t operations = 0;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      for (std::size_t source = 0; source < c.sources; ++source) {
        const double value = c.value(sent, lane, source);
        graded |= value != 0 && value != 1 && value != -1;
      }
      for (std::size_t target = 0; target < c.targets; ++target) {
        each_synapse_of(c, target, [&](std::size_t source, std::size_t position) {
          ++counted.dense;
          operations += c.value(sent, lane, source) != 0 && weight_of(c, position) != 0 ? 1 : 0;
        });
      }
    }
    (graded ? counted.macs : counted.acs) += operations;
  }
  return counted;
}

Events input_events(const Case& c) {
  Events events;
  events.type = type_of(c.type);
  for (std::size_t k = 0; k < c.values.size(); ++k) {
    if (c.values[k] == 0) continue;
    events.step.push_back(k / c.sources / kLanes);
    events.lane.push_back(static_cast<std::uint32_t>(k / c.sources % kLanes));
    events.id.push_back(static_cast<std::uint32_t>(k % c.sources));
    events.bits.push_back(bits_in(events.type, c.values[k]));
  }
  return events;
}

void expect_right(const Case& c) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {input("in", c.sources, c.type), relay("out", c.targets, RVD_POPULATION_OUTPUT, c.type)};
  description.projections = {c.projection};
  description.projections[0].target = 1;
  const Plan plan = plan::write(description);
  const Events events = expected(c);
  const Counted work = expected_work(c);
  for (const char* device : {"reference", "cpu"}) {
    SCOPED_TRACE(device);
    Rig rig(device);
    const auto session = rig.open(plan, kLanes);
    ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
    ASSERT_EQ(session->write(0, input_events(c)), RVD_OK);
    ASSERT_EQ(session->run(2), RVD_OK);
    ASSERT_EQ(session->run(kSteps), RVD_OK);
    EXPECT_EQ(session->events(1), events);
    const auto numbers = session->counters().numbers;
    EXPECT_EQ(numbers.at({"effective_acs", 0}), work.acs);
    EXPECT_EQ(numbers.at({"effective_macs", 0}), work.macs);
    EXPECT_EQ(numbers.at({"synaptic_operations", 0}), work.acs + work.macs);
    EXPECT_EQ(numbers.at({"dense_operations", 0}), work.dense);
    EXPECT_EQ(numbers.at({"dense_operations_avoided", 0}), work.dense - work.acs - work.macs);
    EXPECT_EQ(numbers.at({"neuron_updates", 0}), 0u);
  }
}

Case random_case(std::mt19937_64& random, std::uint32_t kind) {
  constexpr DType kTypes[] = {DType::f32, DType::f64, DType::i32, DType::i64};
  constexpr std::size_t kCounts[] = {1, 2, 6, 12, 24, 30, 36, 48, 60};
  Case c;
  c.sources = kCounts[random() % std::size(kCounts)];
  c.targets = kCounts[random() % std::size(kCounts)];
  c.type = kTypes[random() % 4];
  c.projection = random_projection(random, kind, c.sources, c.targets, c.type);
  c.projection.delay = static_cast<std::uint32_t>(random() % 4);
  const bool spikes = random() % 2 == 0;
  const auto draw = [&] {
    if (random() % 3 == 0) return 0.0;
    if (spikes) return random() % 4 == 0 ? -1.0 : 1.0;
    return static_cast<double>(static_cast<std::int64_t>(random() % 9) - 4) * (is_floating(c.type) ? 0.375 : 1);
  };
  for (std::size_t k = 0; k < kSteps * kLanes * c.sources; ++k) c.values.push_back(draw());
  if (c.projection.delay != 0 && random() % 2 == 0) {
    std::vector<double> prior(c.sources);
    for (double& value : prior) value = draw();
    c.projection.prior = tensor(c.type, {c.sources}, prior);
  }
  return c;
}

class Windows : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Kinds, Windows, testing::Range(std::uint32_t{RVD_PROJECTION_DENSE}, RVD_PROJECTION_SPARSE + 1));

TEST_P(Windows, RandomOnesEqualTheirDefinition) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(1000 * GetParam() + seed);
    expect_right(random_case(random, GetParam()));
    if (HasFailure()) return;
  }
}

/// 1 channel of 1 x 5 under a kernel of 3: sums worked out by hand.
TEST(Windows, AKernelIsNotTurned) {
  Case c{{}, 5, 3, DType::f32, std::vector<double>(kSteps * kLanes * 5)};
  c.projection.kind = RVD_PROJECTION_CONVOLUTION;
  c.projection.weights = Tensor::of({1.0F, 10.0F, 100.0F});
  c.projection.window = {1, 1, 1, 0, {5, 1}, {3, 1}, {3, 1}, {1, 1}, {0, 0}, {1, 1}};
  for (std::size_t i = 0; i < 5; ++i) c.values[i] = static_cast<double>(i + 1);
  const Events events = expected(c);
  EXPECT_EQ(events.bits, (std::vector<std::uint64_t>{bits_in(RVD_F32, 321), bits_in(RVD_F32, 432), bits_in(RVD_F32, 543)}));
  expect_right(c);
}

/// Padding below the kernel, stride 2, dilation 2: o sees o * 2 - 1 and o * 2 + 1.
TEST(Windows, StridePaddingAndDilationByHand) {
  Case c{{}, 4, 2, DType::i32, std::vector<double>(kSteps * kLanes * 4)};
  c.projection.kind = RVD_PROJECTION_CONVOLUTION;
  c.projection.weights = Tensor::of<std::int32_t>({1, 10});
  c.projection.window = {1, 1, 1, 0, {1, 4}, {1, 2}, {1, 2}, {1, 2}, {0, 1}, {1, 2}};
  for (std::size_t i = 0; i < 4; ++i) c.values[i] = static_cast<double>(i + 1);
  EXPECT_EQ(expected(c).bits, (std::vector<std::uint64_t>{20, 42}));
  expect_right(c);
}

/// A kernel as large as 32 bits allow, which no loop over it would finish.
TEST(Windows, APoolOfAnySizeSumsWhatThereIs) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {input("in", 6), relay("out", 2)};
  plan::Projection pool;
  pool.kind = RVD_PROJECTION_POOL;
  pool.target = 1;
  pool.window = {1, 1, 1, 0, {2, 3}, {2, 1}, {0xFFFF'FFFF, 0xFFFF'FFFF}, {1, 1}, {1, 1}, {1, 1}};
  description.projections = {pool};
  for (const char* device : {"reference", "cpu"}) {
    Rig rig(device);
    const auto session = rig.open(plan::write(description));
    ASSERT_EQ(session->probe(1, "spikes"), RVD_OK);
    ASSERT_EQ(session->write(0, {{0, 0}, {0, 0}, {0, 5}, {}, RVD_F32}), RVD_OK);
    ASSERT_EQ(session->run(1), RVD_OK);
    EXPECT_EQ(session->events(1).bits, (std::vector<std::uint64_t>{bits_in(RVD_F32, 2), bits_in(RVD_F32, 2)}));
  }
}

TEST(Counters, SpikesByPopulationAndUpdatesOfNeurons) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = {input("in", 1), leaky("a", 1, 0.0F, 0.5F), leaky("b.c", 2, 0.0F, 1.5F), relay("out", 2)};
  description.projections = {one_to_one(0, 1), dense(1, 2, Tensor::of({2.0F, 0.0F}).reshape({1, 2})), one_to_one(2, 3)};
  for (const char* device : {"reference", "cpu"}) {
    Rig rig(device);
    const auto session = rig.open(plan::write(description), 2);
    ASSERT_EQ(session->write(0, {{0, 1, 1}, {0, 0, 1}, {0, 0, 0}, {}, RVD_F32}), RVD_OK);
    ASSERT_EQ(session->run(4), RVD_OK);
    const auto numbers = session->counters().numbers;
    EXPECT_EQ(numbers.at({"spikes.a", 0}), 3u);
    EXPECT_EQ(numbers.at({"spikes.b.c", 0}), 3u);
    EXPECT_EQ(numbers.at({"spikes", 0}), 4u);
    EXPECT_EQ(numbers.at({"spikes", 1}), 2u);
    EXPECT_EQ(numbers.count({"spikes.out", 0}), 0u);
    EXPECT_EQ(numbers.at({"neuron_updates", 0}), 4u * 2 * 3);
    EXPECT_EQ(numbers.at({"effective_acs", 0}), 3u);
    EXPECT_EQ(numbers.at({"dense_operations", 0}), 4u * 2 * 2);
  }
}

}  // namespace
}  // namespace ranvier::conformance
