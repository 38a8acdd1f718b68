// Every delivery on every instruction set, event by event and dense, whole and in cuts, against a loop that adds the terms one by
// one in the contract's order, from the definitions in <ranvier/plan_view.hpp>. Equal bit for bit, but for the payloads of NaNs.
#include "kernels/synapse/delivery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include <ranvier/plan_view.hpp>

#include "kernels/simd/isa.h"
#include "tests/kernels/guarded.h"

namespace ranvier::synapse {
namespace {

using Random = std::mt19937_64;

template <class T>
constexpr std::uint32_t kType = std::is_same_v<T, float>    ? RVD_F32
                                : std::is_same_v<T, double> ? RVD_F64
                                : sizeof(T) == 4            ? RVD_I32
                                                            : RVD_I64;

std::size_t below(Random& random, std::size_t n) { return static_cast<std::size_t>(random() % n); }
std::size_t among(Random& random, std::size_t least, std::size_t most) { return least + below(random, most - least + 1); }

/// A weight of either sign; of integers up to the largest, so that sums wrap.
template <class T>
T any_weight(Random& random, unsigned bits) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(static_cast<double>(static_cast<std::int64_t>(random())) * 0x1p-62);
  } else {
    return static_cast<T>(static_cast<std::int64_t>(random()) >> (64 - bits));
  }
}

template <class T>
T any_value(Random& random, bool wild) {
  if (random() % 3 == 0) return T{1};
  if constexpr (std::is_floating_point_v<T>) {
    constexpr T kWild[] = {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                           std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::max(),
                           std::numeric_limits<T>::denorm_min()};
    if (wild && random() % 8 == 0) return kWild[random() % 5];
    return static_cast<T>(static_cast<double>(static_cast<std::int64_t>(random() % 17) - 8) * 0.3);
  } else {
    return wild ? static_cast<T>(random()) : static_cast<T>(static_cast<std::int64_t>(random() % 17) - 8);
  }
}

/// Sums as their owner keeps them: on a cache line, padded to 64; what lies in the padding must stay.
template <class T>
class Sums {
 public:
  Sums(Random& random, std::size_t n) : n_(n), padded_((n + 63) / 64 * 64) {
    values_ = std::unique_ptr<T[], Free>(static_cast<T*>(::operator new (padded_ * sizeof(T) + 64, std::align_val_t{64})));
    for (std::size_t i = 0; i < padded_; ++i) values_[i] = random() % 2 == 0 ? T{0} : any_value<T>(random, false) + T{0};
  }
  Sums(const Sums& other) : n_(other.n_), padded_(other.padded_) {
    values_ = std::unique_ptr<T[], Free>(static_cast<T*>(::operator new (padded_ * sizeof(T) + 64, std::align_val_t{64})));
    std::memcpy(values_.get(), other.values_.get(), padded_ * sizeof(T));
  }
  T* data() { return values_.get(); }
  std::size_t padded() const { return padded_; }
  const T& operator[](std::size_t i) const { return values_[i]; }

 private:
  struct Free {
    void operator()(T* values) const { ::operator delete (values, std::align_val_t{64}); }
  };
  std::size_t n_, padded_;
  std::unique_ptr<T[], Free> values_;
};

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  }
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  return std::bit_cast<Bits>(a) == std::bit_cast<Bits>(b);
}

struct Synapse {
  std::size_t position, weight;
};

/// A projection, synapse by synapse, and the cuts that its sums may be divided at.
template <class T>
struct Wiring {
  std::vector<std::vector<Synapse>> synapses;  // of each source, in the order of its row
  std::size_t targets;
  std::size_t grain;       // cuts are at multiples of it
  std::vector<T> weights;  // empty: the value itself
};

/// The events of a step, as a list and as a value for each source.
template <class T>
struct Step {
  std::vector<std::uint32_t> ids;
  std::vector<T> values;  // of the ids
  std::vector<T> dense;   // of all sources
  bool units;
};

template <class T>
Step<T> any_step(Random& random, std::size_t sources, bool units, bool wild) {
  Step<T> step{{}, {}, std::vector<T>(sources), units};
  constexpr double kShares[] = {0, 0.02, 0.2, 0.7, 1};
  const double share = kShares[random() % 5];
  for (std::uint32_t id = 0; id < sources; ++id) {
    if (static_cast<double>(random() % 1000) >= share * 1000) continue;
    const T value = units ? T{1} : any_value<T>(random, wild);
    step.ids.push_back(id);
    step.values.push_back(value);
    step.dense[id] = value;
  }
  return step;
}

/// The terms, one by one, of positions begin .. end-1.
template <class T>
void expect_sums(const Wiring<T>& wiring, const Step<T>& step, T* sums, std::size_t begin, std::size_t end) {
  for (std::size_t k = 0; k < step.ids.size(); ++k) {
    for (const Synapse& s : wiring.synapses[step.ids[k]]) {
      if (s.position < begin || s.position >= end) continue;
      const T term = wiring.weights.empty() ? step.values[k] : static_cast<T>(wiring.weights[s.weight] * step.values[k]);
      sums[s.position] = static_cast<T>(sums[s.position] + term);
    }
  }
}

template <class T>
void expect_same(Sums<T>& got, Sums<T>& expected) {
  for (std::size_t i = 0; i < got.padded(); ++i) {
    ASSERT_TRUE(same(got[i], expected[i])) << "position " << i << ": " << got[i] << " instead of " << expected[i];
  }
}

/// `dense`: values of all sources in the order that the delivery takes them in.
template <class T>
void deliver_and_compare(Random& random, const Delivery& delivery, const Wiring<T>& wiring, const Step<T>& step,
                         const std::vector<T>& dense, bool as_list) {
  const Guarded<std::uint32_t> ids(step.ids);
  const Guarded<T> values(as_list ? step.values : dense);
  const bool all = step.ids.size() == dense.size();
  Events events{ids.data(), values.data(), step.ids.size()};
  if (as_list && step.units) events.values = nullptr;
  if (!as_list) events = {nullptr, step.units && all ? nullptr : values.data(), dense.size()};
  const std::size_t grains = (wiring.targets + wiring.grain - 1) / wiring.grain;
  const std::size_t from = below(random, grains + 1), to = among(random, from, grains);
  const std::size_t begin = std::min(from * wiring.grain, wiring.targets), end = std::min(to * wiring.grain, wiring.targets);
  Sums<T> whole(random, wiring.targets);
  Sums<T> cut(whole), pieces(whole), expected(whole), expected_cut(whole);
  expect_sums(wiring, step, expected.data(), 0, wiring.targets);
  expect_sums(wiring, step, expected_cut.data(), begin, end);
  delivery.deliver(events, whole.data(), 0, wiring.targets);
  delivery.deliver(events, cut.data(), begin, end);
  delivery.deliver(events, pieces.data(), end, wiring.targets);
  delivery.deliver(events, pieces.data(), 0, begin);
  delivery.deliver(events, pieces.data(), begin, end);
  {
    SCOPED_TRACE("all at once");
    expect_same(whole, expected);
  }
  {
    SCOPED_TRACE("positions " + std::to_string(begin) + " to " + std::to_string(end) + " only");
    expect_same(cut, expected_cut);
  }
  SCOPED_TRACE("in three cuts");
  expect_same(pieces, expected);
}

template <class T>
void try_steps(Random& random, const Delivery& delivery, const Wiring<T>& wiring, const std::vector<std::size_t>& order) {
  for (int i = 0; i < 6; ++i) {
    const bool units = i % 2 == 0;
    const Step<T> step = any_step<T>(random, wiring.synapses.size(), units, i >= 3);
    std::vector<T> dense(step.dense.size());
    for (std::size_t s = 0; s < dense.size(); ++s) dense[order.empty() ? s : order[s]] = step.dense[s];
    SCOPED_TRACE(std::to_string(step.ids.size()) + " events of " + std::to_string(dense.size()) +
                 (units ? ", units" : ", graded"));
    deliver_and_compare(random, delivery, wiring, step, dense, true);
    if (testing::Test::HasFatalFailure()) return;
    SCOPED_TRACE("a value of each source");
    deliver_and_compare(random, delivery, wiring, step, dense, false);
    if (testing::Test::HasFatalFailure()) return;
  }
}

std::vector<std::uint32_t> permutation(Random& random, std::size_t n) {
  std::vector<std::uint32_t> position(n);
  std::iota(position.begin(), position.end(), 0u);
  std::shuffle(position.begin(), position.end(), random);
  return position;
}

template <class T>
class Deliveries : public testing::Test {
 protected:
  template <class Case>
  static void with_each_isa(int seeds, Case one) {
    for (int seed = 0; seed < seeds; ++seed) {
      for (const simd::Isa isa : simd::available()) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::string(simd::name(isa)));
        Random random(static_cast<std::uint64_t>(seed));
        one(random, isa);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
};

using Types = testing::Types<float, double, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(Deliveries, Types);

constexpr How kHows[] = {How::choose, How::events, How::dense};

TYPED_TEST(Deliveries, DenseRowsEqualTheirTerms) {
  using T = TypeParam;
  TestFixture::with_each_isa(80, [](Random& random, simd::Isa isa) {
    const std::size_t sources = among(random, 1, 40), targets = among(random, 1, random() % 4 == 0 ? 700 : 150);
    constexpr unsigned kBits[] = {8, 16, 32};
    const unsigned bits = sizeof(T) == 8 ? 64 : kBits[random() % 3];
    std::vector<T> weights(sources * targets);
    for (T& weight : weights) weight = any_weight<T>(random, bits);
    const bool moved = random() % 3 == 0;
    const std::vector<std::uint32_t> position = permutation(random, targets);
    Wiring<T> wiring{std::vector<std::vector<Synapse>>(sources), targets, 64, weights};
    for (std::size_t s = 0; s < sources; ++s) {
      for (std::size_t t = 0; t < targets; ++t) wiring.synapses[s].push_back({moved ? position[t] : t, s * targets + t});
    }
    const Guarded<T> borrowed(weights);
    const auto delivery =
        make_dense(isa, {kType<T>, sources, targets}, borrowed.data(), moved ? position.data() : nullptr, kHows[random() % 3]);
    SCOPED_TRACE(std::to_string(sources) + " x " + std::to_string(targets) + ", " + std::to_string(bits) + " bits");
    try_steps(random, *delivery, wiring, {});
  });
}

/// Any that has a target. `out` is what fits, or less: what a user cuts off.
rvd_window any_window(Random& random, bool pool) {
  rvd_window w{};
  w.groups = static_cast<std::uint32_t>(among(random, 1, 3));
  w.channels_in = w.groups * static_cast<std::uint32_t>(among(random, 1, 3));
  constexpr std::uint32_t kOut[] = {1, 2, 3, 5, 7, 8, 12, 16, 17, 20, 33, 40};
  w.channels_out = w.groups * kOut[random() % std::size(kOut)];
  if (random() % 2 == 0) {
    w.channels_out /= w.groups;
    w.channels_in /= w.groups;
    w.groups = 1;
  }
  if (pool) w.channels_in = w.channels_out = w.groups = w.channels_out;
  for (unsigned axis = 0; axis < 2; ++axis) {
    for (;;) {
      w.kernel[axis] = static_cast<std::uint32_t>(among(random, 1, 5));
      w.stride[axis] = random() % 2 == 0 ? 1 : static_cast<std::uint32_t>(among(random, 1, 4));
      w.dilation[axis] = random() % 2 == 0 ? 1 : static_cast<std::uint32_t>(among(random, 1, 4));
      w.padding[axis] = static_cast<std::uint32_t>(below(random, 4));
      w.in[axis] = static_cast<std::uint32_t>(among(random, 1, 14));
      const std::int64_t room =
          std::int64_t{w.in[axis]} + 2 * w.padding[axis] - std::int64_t{w.dilation[axis]} * (w.kernel[axis] - 1) - 1;
      if (room < 0) continue;
      w.out[axis] = static_cast<std::uint32_t>(among(random, 1, static_cast<std::size_t>(room) / w.stride[axis] + 1));
      break;
    }
  }
  return w;
}

std::size_t channels_last(const rvd_window& w, std::size_t target) {
  const std::size_t area = std::size_t{w.out[0]} * w.out[1];
  return target % area * w.channels_out + target / area;
}

template <class T>
Wiring<T> wiring_of(const rvd_window& w, std::vector<T> weights) {
  Wiring<T> wiring{std::vector<std::vector<Synapse>>(std::size_t{w.channels_in} * w.in[0] * w.in[1]),
                   std::size_t{w.channels_out} * w.out[0] * w.out[1], std::size_t{w.out[1]} * w.channels_out,
                   std::move(weights)};
  for (std::size_t source = 0; source < wiring.synapses.size(); ++source) {
    rvd::each_in_window(w, source, [&](std::uint64_t target, std::uint64_t weight) {
      wiring.synapses[source].push_back({channels_last(w, target), weight});
    });
  }
  return wiring;
}

std::string text(const rvd_window& w) {
  std::string text =
      std::to_string(w.channels_in) + " to " + std::to_string(w.channels_out) + " in " + std::to_string(w.groups);
  for (unsigned a = 0; a < 2; ++a) {
    text += "; in " + std::to_string(w.in[a]) + " out " + std::to_string(w.out[a]) + " kernel " + std::to_string(w.kernel[a]) +
            " stride " + std::to_string(w.stride[a]) + " padding " + std::to_string(w.padding[a]) + " dilation " +
            std::to_string(w.dilation[a]);
  }
  return text;
}

TYPED_TEST(Deliveries, ConvolutionsEqualTheirTerms) {
  using T = TypeParam;
  TestFixture::with_each_isa(150, [](Random& random, simd::Isa isa) {
    const rvd_window w = any_window(random, false);
    SCOPED_TRACE(text(w));
    std::vector<T> weights(std::size_t{w.channels_out} * (w.channels_in / w.groups) * w.kernel[0] * w.kernel[1]);
    for (T& weight : weights) weight = any_weight<T>(random, sizeof(T) * 8);
    const Wiring<T> wiring = wiring_of(w, weights);
    const bool last = random() % 2 == 0;
    std::vector<std::size_t> order(wiring.synapses.size());
    const std::size_t area = std::size_t{w.in[0]} * w.in[1];
    for (std::size_t s = 0; s < order.size(); ++s) order[s] = last ? s % area * w.channels_in + s / area : s;
    const Guarded<T> borrowed(weights);
    const auto delivery = make_convolution(isa, kType<T>, w, borrowed.data(), last, kHows[random() % 3]);
    try_steps(random, *delivery, wiring, order);
  });
}

TYPED_TEST(Deliveries, PoolsEqualTheirTerms) {
  using T = TypeParam;
  TestFixture::with_each_isa(80, [](Random& random, simd::Isa isa) {
    rvd_window w = any_window(random, true);
    if (random() % 2 == 0) {
      for (unsigned axis = 0; axis < 2; ++axis) {
        w.stride[axis] = w.kernel[axis];
        w.dilation[axis] = 1;
        w.out[axis] = (w.in[axis] + w.padding[axis] + w.stride[axis] - 1) / w.stride[axis];
      }
    }
    SCOPED_TRACE(text(w));
    try_steps(random, *make_pool(isa, kType<T>, w), wiring_of<T>(w, {}), {});
  });
}

TYPED_TEST(Deliveries, SparseRowsEqualTheirTerms) {
  using T = TypeParam;
  TestFixture::with_each_isa(60, [](Random& random, simd::Isa isa) {
    const std::size_t sources = among(random, 1, 60), targets = among(random, 1, 300);
    const bool moved = random() % 2 == 0;
    const std::vector<std::uint32_t> position = permutation(random, targets);
    std::vector<std::int64_t> rows{0};
    std::vector<std::int32_t> to;
    Wiring<T> wiring{std::vector<std::vector<Synapse>>(sources), targets, 64, {}};
    const std::size_t kind = below(random, 3);  // weights: none, one, one each
    for (std::size_t s = 0; s < sources; ++s) {
      for (std::size_t k = below(random, 20); k != 0; --k) {
        const std::size_t target = below(random, targets);
        wiring.synapses[s].push_back({moved ? position[target] : target, kind == 1 ? 0 : to.size()});
        to.push_back(static_cast<std::int32_t>(target));
      }
      rows.push_back(static_cast<std::int64_t>(to.size()));
    }
    if (kind != 0) wiring.weights.resize(kind == 1 ? 1 : to.size());
    for (T& weight : wiring.weights) weight = any_weight<T>(random, sizeof(T) * 8);
    const auto delivery = make_sparse(isa, {kType<T>, sources, targets}, rows.data(), to.data(), wiring.weights.data(),
                                      wiring.weights.size(), moved ? position.data() : nullptr);
    if (kind == 2 && wiring.weights.empty()) return;
    try_steps(random, *delivery, wiring, {});
  });
}

TYPED_TEST(Deliveries, OneToOneEqualsItsTerms) {
  using T = TypeParam;
  TestFixture::with_each_isa(50, [](Random& random, simd::Isa isa) {
    const std::size_t n = among(random, 1, 400);
    const bool moved = random() % 2 == 0;
    const std::vector<std::uint32_t> position = permutation(random, n);
    Wiring<T> wiring{std::vector<std::vector<Synapse>>(n), n, 64, {}};
    const std::size_t kind = below(random, 3);
    for (std::size_t s = 0; s < n; ++s) wiring.synapses[s].push_back({moved ? position[s] : s, kind == 1 ? 0 : s});
    if (kind != 0) wiring.weights.resize(kind == 1 ? 1 : n);
    for (T& weight : wiring.weights) weight = any_weight<T>(random, sizeof(T) * 8);
    const auto delivery =
        make_one_to_one(isa, {kType<T>, n, n}, wiring.weights.data(), wiring.weights.size(), moved ? position.data() : nullptr);
    try_steps(random, *delivery, wiring, {});
  });
}

TEST(DeliveryEdges, AnInfiniteValueReachesNoTargetButItsOwn) {
  rvd_window w{1, 3, 1, 0, {6, 6}, {6, 6}, {3, 3}, {1, 1}, {1, 1}, {1, 1}};
  const std::vector<float> weights(27, 1.0F);
  const std::uint32_t id = 14;
  const float value = std::numeric_limits<float>::infinity();
  for (const simd::Isa isa : simd::available()) {
    alignas(64) float sums[128] = {};
    make_convolution(isa, RVD_F32, w, weights.data(), false)->deliver({&id, &value, 1}, sums, 0, 108);
    for (std::size_t i = 0; i < 108; ++i) {
      const std::size_t row = i / 18, column = i % 18 / 3;
      EXPECT_EQ(sums[i] == value, row >= 1 && row <= 3 && column >= 1 && column <= 3) << i;
      EXPECT_FALSE(std::isnan(sums[i])) << i;
    }
  }
}

/// A kernel as large as 32 bits allow, which no loop over it would finish.
TEST(DeliveryEdges, APoolOfAnySizeSumsWhatThereIs) {
  const rvd_window w{1, 1, 1, 0, {2, 3}, {2, 1}, {0xFFFF'FFFF, 0xFFFF'FFFF}, {1, 1}, {1, 1}, {1, 1}};
  const std::uint32_t ids[] = {0, 5};
  alignas(64) float sums[64] = {};
  make_pool(simd::Isa::scalar, RVD_F32, w)->deliver({ids, nullptr, 2}, sums, 0, 2);
  EXPECT_EQ(sums[0], 2.0F);
  EXPECT_EQ(sums[1], 2.0F);
}

TEST(DeliveryEdges, NarrowIntegersAreKeptInAByteOrTwoAndAllElseIsBorrowed) {
  std::vector<std::int32_t> weights(10 * 100, -128);
  const Shape shape{RVD_I32, 10, 100};
  EXPECT_LT(make_dense(simd::Isa::scalar, shape, weights.data(), nullptr)->bytes(), 1000u + 1024);
  weights[7] = 128;
  const std::size_t two_bytes = make_dense(simd::Isa::scalar, shape, weights.data(), nullptr)->bytes();
  EXPECT_GE(two_bytes, 2000u);
  EXPECT_LT(two_bytes, 2000u + 1024);
  weights[7] = 32768;
  EXPECT_EQ(make_dense(simd::Isa::scalar, shape, weights.data(), nullptr)->bytes(), 0u);
}

TEST(DeliveryEdges, AForcedWayIsAskedFor) {
  const std::vector<float> weights(27 * 40);
  const rvd_window w{3, 4, 1, 0, {9, 9}, {9, 9}, {3, 3}, {1, 1}, {1, 1}, {1, 1}};
  const auto conv = [&](How how) { return make_convolution(simd::Isa::scalar, RVD_F32, w, weights.data(), false, how); };
  EXPECT_FALSE(conv(How::events)->prefers_dense(243));
  EXPECT_TRUE(conv(How::dense)->prefers_dense(0));
  EXPECT_FALSE(conv(How::choose)->prefers_dense(0));
  EXPECT_TRUE(conv(How::choose)->prefers_dense(243));
  const auto dense = [&](How how) { return make_dense(simd::Isa::scalar, {RVD_F32, 27, 40}, weights.data(), nullptr, how); };
  EXPECT_FALSE(dense(How::events)->prefers_dense(27));
  EXPECT_TRUE(dense(How::dense)->prefers_dense(0));
}

}  // namespace
}  // namespace ranvier::synapse
