// Loihi's models as the public door lowers them, one neuron at a time against kernels/fixed/loihi.h: random numbers and the edges
// of every range, all rules.
#include <algorithm>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include <ranvier/error.h>
#include <ranvier/network.h>
#include <ranvier/plan.h>
#include <ranvier/plan_view.hpp>

#include "kernels/fixed/loihi.h"
#include "tests/kernels/scalar_program.h"

namespace ranvier::kernels_test {
namespace {

using fixed::Rules, fixed::Sign;

constexpr Rules kRules[] = {Rules::lava, Rules::nengo, Rules::brian2};
constexpr Sign kSigns[] = {Sign::mixed, Sign::excitatory, Sign::inhibitory};
const std::string kRuleNames[] = {"lava", "nengo", "brian2"};
const std::string kSignNames[] = {"mixed", "excitatory", "inhibitory"};

template <class T>
Tensor values_of(const std::vector<T>& values) {
  return Tensor::view(values, {values.size()}).clone();
}

/// The program of a node, on its own.
class Node {
 public:
  Node(const std::string& model, std::size_t count, const Parameters& parameters, const Options& options)
      : plan_(lowered(model, count, parameters, options)), view_(plan_.bytes().data(), plan_.bytes().size()) {
    const rvd_population& population = view_.populations()[0];
    program_.registers = population.registers;
    for (const rvd_op& op : view_.ops(population)) program_.ops.push_back(op);
    for (const rvd_value& value : view_.coefficients(population)) {
      program_.coefficients.push_back({view_.data<std::byte>(value.values), value.values.count != 1});
    }
    for (const rvd_state& state : view_.states(population)) {
      std::vector<Word> first(count);
      for (std::size_t i = 0; i < count && state.initial.count > 0; ++i) {
        first[i] = word_of(view_.data<std::int64_t>(state.initial)[state.initial.count == 1 ? 0 : i]);
      }
      initial_.push_back(std::move(first));
      names_.emplace_back(view_.text(state.name));
    }
  }

  std::vector<Word> first(std::size_t neuron) const {
    std::vector<Word> states;
    for (const auto& initial : initial_) states.push_back(initial[neuron]);
    return states;
  }
  Word step(std::size_t neuron, Word sum, std::vector<Word>& states, std::uint32_t random = 0) const {
    return run_scalar(program_, neuron, {sum}, states, random);
  }
  std::size_t state(const std::string& name) const {
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), name) - names_.begin());
  }

 private:
  static Plan lowered(const std::string& model, std::size_t count, const Parameters& parameters, const Options& options) {
    Network network(1 * ms);
    network.add("node", model, {count}, parameters, options);
    return network.lower();
  }

  Plan plan_;
  rvd::PlanView view_;
  neuron::Program program_;
  std::vector<std::vector<Word>> initial_;
  std::vector<std::string> names_;
};

using Values = std::vector<std::int64_t>;

/// The parameters of some neurons, and their states by kernels/fixed.
struct Neurons {
  Rules rules;
  std::int64_t interval, offset;
  std::string noise = "none";
  std::int32_t noise_exponent = 0, noise_offset = 0;
  Values du, dv, vth, mantissa, exponent, refractory, vmin, vmax, u, v, wait;

  std::int64_t step(std::size_t i, std::int64_t t, std::int64_t arriving, std::uint32_t random) {
    const std::int64_t shaken = noise == "none" ? 0 : fixed::noise_of(random, noise_exponent, noise_offset);
    if (noise == "u") arriving += shaken;
    if (interval > 0 && t % interval == offset % interval) u[i] = v[i] = 0;
    u[i] = fixed::current_of(rules, u[i], static_cast<std::int32_t>(du[i]), arriving);
    const std::int64_t moved =
        fixed::potential_of(rules, v[i], static_cast<std::int32_t>(dv[i]), u[i],
                            (mantissa[i] << exponent[i]) + (noise == "v" ? shaken : 0), vmin[i], vmax[i]);
    // Held at 0, or frozen; nengo may test meanwhile.
    v[i] = wait[i] == 0 ? moved : rules == Rules::brian2 ? v[i] : 0;
    const bool fires = v[i] > vth[i] << 6 && (wait[i] == 0 || rules == Rules::nengo);
    if (fires) v[i] = 0;
    wait[i] = std::max<std::int64_t>((fires ? refractory[i] : wait[i]) - 1, 0);
    return fires;
  }
};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// low .. high, its ends in a third of the cases.
  std::int64_t within(std::int64_t low, std::int64_t high) {
    if (random_() % 3 == 0) return random_() % 2 == 0 ? low : high;
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  std::int64_t within(fixed::Range range) { return within(range.low, range.high); }
  bool chance(unsigned percent) { return random_() % 100 < percent; }
  template <class Draw>
  Values many(std::size_t n, Draw draw) {
    Values values(n);
    for (std::int64_t& value : values) value = draw();
    return values;
  }

 private:
  std::mt19937_64 random_;
};

Neurons any_neurons(Dice& dice, Rules rules, std::size_t n) {
  const bool plain = rules == Rules::brian2;
  const std::int64_t top = fixed::kTop;
  const auto draw = [&](std::int64_t low, std::int64_t high) {
    return dice.many(n, [&, low, high] { return dice.within(low, high); });
  };
  const bool waits = dice.chance(60), small = dice.chance(50);
  return {.rules = rules,
          .interval = dice.chance(30) ? dice.within(1, 7) : 0,
          .offset = dice.within(0, 9),
          .noise = plain || dice.chance(60) ? "none"
                   : dice.chance(50)        ? "u"
                                            : "v",
          .noise_exponent = static_cast<std::int32_t>(dice.within(fixed::kNoiseExponent)),
          .noise_offset = static_cast<std::int32_t>(dice.within(fixed::kNoiseOffset)),
          .du = draw(0, plain ? 4096 : 4095),
          .dv = draw(0, 4096),
          .vth = draw(0, small ? 300 : 131071),
          .mantissa = plain ? Values(n) : draw(-4096, 4095),
          .exponent = draw(0, 7),
          .refractory = waits ? draw(1, dice.chance(50) ? 4 : 63) : Values(n, 1),
          .vmin = plain || dice.chance(30) ? Values(n, 1 - top) : draw(1 - top, 0),
          .vmax = plain || dice.chance(30) ? Values(n, top - 1) : draw(0, top - 1),
          .u = dice.chance(50) ? Values(n) : draw(-top, top),
          .v = dice.chance(50) ? Values(n) : draw(1 - top, top - 1),
          .wait = Values(n)};
}

Parameters parameters_of(const Neurons& n) {
  return {{"du", values_of(n.du)},
          {"dv", values_of(n.dv)},
          {"vth", values_of(n.vth)},
          {"bias_mant", values_of(n.mantissa)},
          {"bias_exp", values_of(n.exponent)},
          {"refractory", values_of(n.refractory)},
          {"vmin", values_of(n.vmin)},
          {"vmax", values_of(n.vmax)},
          {"u0", values_of(n.u)},
          {"v0", values_of(n.v)},
          {"reset_interval", Tensor::of<std::int64_t>({n.interval})},
          {"reset_offset", Tensor::of<std::int64_t>({n.offset})},
          {"noise_exp", Tensor::of<std::int32_t>({n.noise_exponent})},
          {"noise_offset", Tensor::of<std::int32_t>({n.noise_offset})}};
}

/// A step's sum: silence, few synapses, or enough to overflow.
std::int64_t any_sum(Dice& dice) {
  if (dice.chance(40)) return 0;
  return 64 * dice.within(dice.chance(50) ? fixed::Range{-600, 600} : fixed::Range{-400000, 400000});
}

TEST(LoihiLif, EqualsTheDefinition) {
  constexpr std::size_t kNeurons = 20;
  std::size_t spikes[3] = {}, wraps[3] = {};
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Dice dice(seed);
    const Rules rules = kRules[seed % 3];
    Neurons neurons = any_neurons(dice, rules, kNeurons);
    const Node node("loihi_lif", kNeurons, parameters_of(neurons), {{"rules", kRuleNames[seed % 3]}, {"noise", neurons.noise}});
    const std::size_t u = node.state("u"), v = node.state("v");
    for (std::size_t i = 0; i < kNeurons; ++i) {
      std::vector<Word> states = node.first(i);
      for (std::int64_t t = 1; t <= 60; ++t) {
        const std::int64_t sum = any_sum(dice);
        const auto random = static_cast<std::uint32_t>(dice.within(0, 0xFFFF'FFFF));
        const std::int64_t fires = neurons.step(i, t, sum, random);
        const Word emitted = node.step(i, word_of(sum), states, random);
        ASSERT_EQ(value_of<std::int32_t>(emitted), fires) << "seed " << seed << ", neuron " << i << ", step " << t;
        ASSERT_EQ(value_of<std::int64_t>(states[u]), neurons.u[i]) << "seed " << seed << ", neuron " << i << ", step " << t;
        ASSERT_EQ(value_of<std::int64_t>(states[v]), neurons.v[i]) << "seed " << seed << ", neuron " << i << ", step " << t;
        spikes[seed % 3] += fires;
        wraps[seed % 3] += std::abs(neurons.u[i]) >= fixed::kTop ? 1 : 0;
      }
    }
  }
  for (const std::size_t count : spikes) EXPECT_GT(count, 1000U);
  EXPECT_GT(wraps[0], 0U) << "u = 2^23 is what lava's wrap leaves";
}

/// The stored weights of an edge, and what the node's program makes of sums.
TEST(LoihiDense, StoresAndShiftsAsTheDefinitionDoes) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Dice dice(seed);
    const std::size_t which = seed % 3, sign = which == 1 ? 0 : dice.within(0, 2);
    const Rules rules = kRules[which];
    const int bits = static_cast<int>(dice.within(fixed::kWeightBits)), exponent = static_cast<int>(dice.within(-8, 7));
    const fixed::Range range = rules != Rules::brian2        ? fixed::Range{-400, 400}
                               : kSigns[sign] == Sign::mixed ? fixed::Range{-256, 254}
                               : sign == 1                   ? fixed::Range{0, 255}
                                                             : fixed::Range{-256, 0};
    const Values asked = dice.many(15, [&] { return dice.within(range); });
    Network network(1 * ms);
    network.add("in", "input", {5}, {}, {{"precision", "i32"}});
    network.add("w", "loihi_dense", {3},
                {{"weight", values_of(asked).reshape({3, 5})},
                 {"weight_exp", Tensor::of<std::int32_t>({exponent})},
                 {"num_weight_bits", Tensor::of<std::int32_t>({bits})}},
                {{"rules", kRuleNames[which]}, {"sign_mode", kSignNames[sign]}});
    network.connect("in", "w");
    const Plan plan = network.lower();
    const rvd::PlanView view(plan.bytes().data(), plan.bytes().size());
    const std::int32_t* stored = view.data<std::int32_t>(view.projections()[0].weights);
    for (std::size_t out = 0; out < 3; ++out) {
      for (std::size_t in = 0; in < 5; ++in) {
        const auto w = static_cast<std::int32_t>(asked[out * 5 + in]);
        ASSERT_EQ(stored[in * 3 + out], fixed::weight_of(rules, w, kSigns[sign], bits, exponent)) << "seed " << seed;
      }
    }
    const rvd_population& population = view.populations()[1];
    neuron::Program program;
    program.registers = population.registers;
    for (const rvd_op& op : view.ops(population)) program.ops.push_back(op);
    const fixed::SumShift shift = fixed::sum_shift(rules, exponent);
    for (const std::int64_t sum : dice.many(50, [&] { return dice.within(-(1 << 30), 1 << 30); })) {
      std::vector<Word> none;
      const Word emitted = run_scalar(program, 0, {word_of(static_cast<std::int32_t>(sum))}, none);
      ASSERT_EQ(value_of<std::int64_t>(emitted), (sum >> shift.right) << shift.left) << "seed " << seed;
    }
  }
}

std::int64_t emitted_by(const Node& node, Word sum) {
  std::vector<Word> none;
  return value_of<std::int64_t>(node.step(0, sum, none));
}

const Parameters kKernel{{"weight", Tensor(Shape{1, 1, 1}, DType::i32)}};

TEST(LoihiConv, WrapsLavasSumAt24Bits) {
  const Node lava("loihi_conv", 1, kKernel, {}), nengo("loihi_conv", 1, kKernel, {{"rules", "nengo"}});
  for (const std::int32_t sum : {0, 1, -1, (1 << 23) - 1, 1 << 23, -(1 << 23), -(1 << 23) - 1, 3 << 24, 1 << 30}) {
    EXPECT_EQ(emitted_by(lava, word_of(sum)), fixed::wrapped(sum, 23) * 64) << sum;
    EXPECT_EQ(emitted_by(nengo, word_of(sum)), std::int64_t{sum} * 64) << sum;
  }
}

TEST(LoihiGraded, EmitsTheSumAboveItsThreshold) {
  const Node node("loihi_graded", 1, {{"vth", Tensor::of<std::int32_t>({5})}}, {});
  for (const std::int64_t v : {0, 5, 6, -5, -6, 1 << 20}) {
    std::vector<Word> none;
    EXPECT_EQ(value_of<std::int32_t>(node.step(0, word_of(v * 64), none)), std::abs(v) > 5 ? v : 0);
  }
}

TEST(Binarize, CountsAnythingAsOne) {
  const Node node("binarize", 1, {}, {});
  for (const std::int32_t sum : {0, 1, -1, 7}) {
    std::vector<Word> none;
    EXPECT_EQ(value_of<std::int32_t>(node.step(0, word_of(sum), none)), sum != 0);
  }
}

// ------------------------------------------------------------------------------------------------------------------ refusals

std::string refusal(const std::string& model, const Parameters& parameters, const Options& options = {}) {
  try {
    Node(model, 2, parameters, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

Tensor one(double value) { return Tensor::of<double>({value}); }

TEST(LoihiLif, RefusesWhatIsOutsideItsRanges) {
  struct Case {
    const char* name;
    double low, high;
  };
  for (const Case& c : std::initializer_list<Case>{{"du", 0, 4095},
                                                   {"dv", 0, 4096},
                                                   {"vth", 0, 131071},
                                                   {"bias_mant", -4096, 4095},
                                                   {"bias_exp", 0, 7},
                                                   {"refractory", 1, 63},
                                                   {"vmin", -8388607, 8388607},
                                                   {"vmax", -8388607, 8388607},
                                                   {"u0", -8388608, 8388608},
                                                   {"v0", -8388607, 8388607}}) {
    const auto with = [&](double value) {
      Parameters parameters{{"vth", one(10)}};
      parameters[c.name] = one(value);
      return refusal("loihi_lif", parameters);
    };
    const std::string text = std::string("The parameter ") + c.name;
    EXPECT_EQ(with(c.low), "accepted") << c.name;
    EXPECT_EQ(with(c.high), "accepted") << c.name;
    for (const double value : {c.low - 1, c.high + 1, c.low + 0.5}) {
      EXPECT_NE(with(value).find(text), std::string::npos) << c.name << " = " << value << ": " << with(value);
    }
  }
  EXPECT_NE(refusal("loihi_lif", {{"vth", one(1)}, {"vmin", one(5)}, {"vmax", one(4)}}).find("vmin is above vmax"),
            std::string::npos);
  EXPECT_NE(refusal("loihi_lif", {{"vth", one(1)}, {"reset_interval", one(-1)}}).find("reset_interval is -1"),
            std::string::npos);
  EXPECT_NE(
      refusal("loihi_lif", {{"vth", one(1)}, {"reset_interval", Tensor::of({1.0, 2.0})}}).find("one number for the whole node"),
      std::string::npos);
}

TEST(LoihiLif, Brian2HasNeitherBiasNorBounds) {
  const Options brian2{{"rules", "brian2"}};
  EXPECT_EQ(refusal("loihi_lif", {{"vth", one(1)}, {"du", one(4096)}}, brian2), "accepted");
  for (const char* name : {"bias_mant", "vmin", "vmax"}) {
    EXPECT_NE(refusal("loihi_lif", {{"vth", one(1)}, {name, one(1)}}, brian2).find("brian2-loihi has neither"),
              std::string::npos);
  }
}

std::string weight_refusal(const std::string& model, std::int32_t weight, const Parameters& more, const Options& options) {
  Network network(1 * ms);
  network.add("in", "input", {1, 1}, {}, {{"precision", "i32"}});
  Parameters parameters = more;
  parameters["weight"] = model == "loihi_conv" ? Tensor::of({weight}).reshape({1, 1, 1}) : Tensor::of({weight}).reshape({1, 1});
  network.add("w", model, {1, 1}, parameters, options);
  network.connect("in", "w");
  try {
    network.lower();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(LoihiDense, Brian2RefusesWeightsOutsideTheFormat) {
  struct Case {
    const char* sign;
    std::int32_t low, high;
  };
  for (const Case& c : std::initializer_list<Case>{{"mixed", -256, 254}, {"excitatory", 0, 255}, {"inhibitory", -256, 0}}) {
    const auto with = [&](std::int32_t weight) {
      return weight_refusal("loihi_dense", weight, {}, {{"rules", "brian2"}, {"sign_mode", c.sign}});
    };
    EXPECT_EQ(with(c.low), "accepted");
    EXPECT_EQ(with(c.high), "accepted");
    const std::string range = "must be a whole number from " + std::to_string(c.low) + " to " + std::to_string(c.high);
    for (const std::int32_t weight : {c.low - 1, c.high + 1})
      EXPECT_NE(with(weight).find(range), std::string::npos) << with(weight);
  }
}

TEST(LoihiConv, LavaTakesWeightsAsTheyAre) {
  EXPECT_EQ(weight_refusal("loihi_conv", 255, {}, {}), "accepted");
  EXPECT_NE(weight_refusal("loihi_conv", 256, {}, {}).find("from -256 to 255"), std::string::npos);
  EXPECT_NE(weight_refusal("loihi_conv", 1, {{"weight_exp", one(1)}}, {}).find("weight_exp is 1"), std::string::npos);
  EXPECT_EQ(weight_refusal("loihi_conv", 1, {{"weight_exp", one(1)}}, {{"rules", "nengo"}}), "accepted");
}

TEST(LoihiDense, NengoHasOneFormat) {
  EXPECT_NE(weight_refusal("loihi_dense", 1, {}, {{"rules", "nengo"}, {"sign_mode", "excitatory"}}).find("sign_mode"),
            std::string::npos);
}

TEST(LoihiDense, SaysHowManyWeightsAreStoredAsOthers) {
  Network network(1 * ms);
  network.add("in", "input", {4}, {}, {{"precision", "i32"}});
  network.add("w", "loihi_dense", {1}, {{"weight", Tensor::of<std::int32_t>({2, 3, -300, -256}).reshape({1, 4})}});
  network.connect("in", "w");
  const Plan plan = network.lower();
  const rvd::PlanView view(plan.bytes().data(), plan.bytes().size());
  ASSERT_EQ(view.notes().size(), 1U);
  EXPECT_EQ(view.text(view.notes()[0].where), "in -> w");
  EXPECT_EQ(view.text(view.notes()[0].text),
            "2 of 4 weights are stored as other numbers: the chip has no place for those asked for.");
}

}  // namespace
}  // namespace ranvier::kernels_test
