// From float plans to the chip's integers: each limit from both sides, the figures recomputed, and random networks of which
// what is accepted also runs.
#include "devices/loihi/compile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <ranvier/ranvier.h>

#include "devices/loihi/formats.h"
#include "tests/loihi/kept_report.h"

namespace ranvier::loihi {
namespace {

using Choices = std::map<std::string, std::string>;
using Numbers = std::vector<float>;

constexpr const char* kDevice = "loihi?kind=emulator";
constexpr const char* kPath = "in -> fc -> n";
constexpr fixed::Rules kRules[] = {fixed::Rules::lava, fixed::Rules::nengo, fixed::Rules::brian2};

Tensor numbers(const Numbers& values, Shape shape) { return Tensor::view(values, std::move(shape)).clone(); }
Tensor number(double x) { return Tensor::of<double>({x}); }

struct Made {
  loihi::Network network;
  Kept kept;
  bool accepted = false;
};

Made made(const ranvier::Network& net, const loihi::Options& options = {}) {
  Made result;
  const Plan plan = net.lower();
  result.network = compile({plan.bytes().data(), plan.bytes().size()}, options, {}, result.kept.report());
  result.accepted = !result.kept.report().refused();
  EXPECT_EQ(result.accepted, result.kept.refusals().empty());
  for (const Entry& entry : result.kept.refusals()) EXPECT_NE(entry.remedy, "") << entry.quantity;
  return result;
}

/// in -> fc -> n -> out, weights [targets, sources].
ranvier::Network one_layer(const Tensor& weights, const Parameters& parameters, const Choices& options = {},
                           const char* model = "lif", std::uint32_t delay = 0) {
  const std::size_t targets = weights.shape()[0], sources = weights.shape()[1];
  ranvier::Network net(0.1 * ms);
  net.input("in", {sources});
  net.add("fc", "linear", {targets}, {{"weight", weights}});
  net.add("n", model, {targets}, parameters, options);
  net.output("out", {targets});
  net.connect("in", "fc");
  net.connect("fc", "n", {std::nullopt, delay, ""});
  net.connect("n", "out");
  return net;
}

const Population& neurons(const Made& m) {
  for (const Population& p : m.network.populations) {
    if (p.kind == Population::Kind::neuron) return p;
  }
  throw std::runtime_error("no neurons");
}

double of(const std::vector<double>& values, std::size_t i) { return values[values.size() == 1 ? 0 : i]; }

/// [source][target] as stored.
std::vector<std::int32_t> matrix_of(const Group& group, std::size_t targets) {
  if (group.dense) return group.weights;
  std::vector<std::int32_t> all((group.rows.size() - 1) * targets, 0);
  for (std::size_t s = 0; s + 1 < group.rows.size(); ++s) {
    for (auto k = static_cast<std::size_t>(group.rows[s]); k < static_cast<std::size_t>(group.rows[s + 1]); ++k) {
      all[s * targets + static_cast<std::size_t>(group.targets[k])] = group.weights[k];
    }
  }
  return all;
}

Numbers random_weights(std::mt19937& dice, std::size_t count, float low, float high, double present = 1) {
  std::uniform_real_distribution<float> any(low, high);
  std::bernoulli_distribution there(present);
  Numbers weights(count);
  for (float& w : weights) w = there(dice) ? any(dice) : 0;
  return weights;
}

// ---------------------------------------------------------------------------------------------------------------- figures

void expect_figures(const Made& m, const Numbers& asked, std::size_t targets, std::size_t sources) {
  const Group& group = m.network.groups.at(0);
  const std::vector<std::int32_t> stored = matrix_of(group, targets);
  const double unit = std::ldexp(1.0, group.shift.left - group.shift.right);
  double worst = 0, sum = 0, noise = 0, power = 0, count = 0, clipped = 0;
  const double most = std::ldexp(group.sign == fixed::Sign::mixed ? 255 : 255.5, 6 + group.exponent);
  for (std::size_t t = 0; t < targets; ++t) {
    for (std::size_t s = 0; s < sources; ++s) {
      const double w = asked[t * sources + s];
      const double error = stored[s * targets + t] * unit / of(neurons(m).input_scale, t) - w;
      if (w == 0) {
        EXPECT_EQ(stored[s * targets + t], 0);
        continue;
      }
      clipped += std::fabs(w * of(neurons(m).input_scale, t)) > most ? 1 : 0;
      worst = std::max(worst, std::fabs(error));
      sum += std::fabs(error);
      noise += error * error;
      power += w * w;
      ++count;
    }
  }
  const auto figure = [&](const char* name) { return m.kept.figure("weight", name, kPath); };
  EXPECT_DOUBLE_EQ(figure("max_error"), worst);
  EXPECT_NEAR(figure("mean_error"), sum / count, 1e-9 * worst);
  EXPECT_NEAR(figure("snr_db"), 10 * std::log10(power / noise), 1e-6);
  EXPECT_EQ(figure("weights"), count);
  if (clipped == 0 && m.network.rules == fixed::Rules::lava) {  // rounded to the nearest that the format has
    const double step = group.sign == fixed::Sign::mixed ? 2 : 1;
    const std::vector<double>& scale = neurons(m).input_scale;
    EXPECT_LE(worst, step / 2 * unit / *std::min_element(scale.begin(), scale.end()) * (1 + 1e-9));
  }
  EXPECT_EQ(figure("clipped"), clipped);
  EXPECT_EQ(figure("unit"), unit);
}

TEST(LoihiCompile, SaysOfWeightsWhatTheIntegersSay) {
  std::mt19937 dice(1);
  constexpr std::size_t kTargets = 7, kSources = 9;
  for (const fixed::Rules rules : kRules) {
    for (const bool per_neuron : {false, true}) {
      for (const auto& [low, high] : {std::pair{-1.0F, 1.0F}, {0.0F, 2.0F}, {-0.3F, 0.0F}}) {
        for (const double present : {1.0, 0.3}) {
          const Numbers weights = random_weights(dice, kTargets * kSources, low, high, present);
          loihi::Options options;
          options.rules = rules;
          options.scale_per_neuron = per_neuron;
          const Made m = made(one_layer(numbers(weights, {kTargets, kSources}), {{"tau", number(0.002)}}), options);
          ASSERT_TRUE(m.accepted);
          EXPECT_EQ(m.network.groups.at(0).dense, present == 1.0);
          expect_figures(m, weights, kTargets, kSources);
        }
      }
    }
  }
}

TEST(LoihiCompile, HasLessErrorWithAScalePerNeuron) {
  std::mt19937 dice(2);
  constexpr std::size_t kTargets = 16, kSources = 32;
  Numbers weights = random_weights(dice, kTargets * kSources, -1, 1);
  for (std::size_t k = 0; k < weights.size(); ++k) weights[k] *= std::exp2(-static_cast<float>(k / kSources % 4));
  const auto snr = [&](bool per_neuron) {
    loihi::Options options;
    options.scale_per_neuron = per_neuron;
    const Made m = made(one_layer(numbers(weights, {kTargets, kSources}), {{"tau", number(0.002)}}), options);
    std::set<std::int32_t> thresholds(neurons(m).vth.begin(), neurons(m).vth.end());
    EXPECT_LE(thresholds.size(), per_neuron ? 16U : 1U);
    EXPECT_EQ(m.kept.figure("threshold", "relative_error", "n"), 0);
    double worst = 0;  // relative to each neuron's own largest weight
    const std::vector<std::int32_t> stored = matrix_of(m.network.groups[0], kTargets);
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const std::size_t t = k / kSources, s = k % kSources;
      const double unit = std::ldexp(1.0, m.network.groups[0].shift.left - m.network.groups[0].shift.right);
      const double error = stored[s * kTargets + t] * unit / of(neurons(m).input_scale, t) - weights[k];
      worst = std::max(worst, std::fabs(error) * std::exp2(static_cast<double>(t % 4)));
    }
    return worst;
  };
  EXPECT_LT(snr(true), 0.5 * snr(false));
}

TEST(LoihiCompile, SaysWhatThresholdBiasAndDecaysBecame) {
  const Numbers weights{0.5F, -0.25F, 0.125F, 1.0F};
  const Parameters parameters{{"tau", number(0.0017)},
                              {"v_threshold", Tensor::of<double>({0.7, 0.9})},
                              {"v_leak", Tensor::of<double>({0.2, -0.1})},
                              {"v_reset", number(-0.3)}};
  const Made m = made(one_layer(numbers(weights, {2, 2}), parameters, {{"reset", "zero"}}));
  ASSERT_TRUE(m.accepted);
  const Population& p = neurons(m);
  const double kept = std::exp(-0.1 / 1.7), made_kept = (4096.0 - p.dv[0]) / 4096;
  EXPECT_NEAR(m.kept.figure("potential decay", "kept_asked", "n"), kept, 1e-7);
  EXPECT_EQ(m.kept.figure("potential decay", "kept_made", "n"), made_kept);
  EXPECT_NEAR(m.kept.figure("potential decay", "relative_error", "n"), std::fabs(std::log(made_kept) / std::log(kept) - 1),
              1e-5);
  EXPECT_NEAR(m.kept.figure("potential decay", "tau_made", "n"), -1e-4 / std::log(made_kept), 1e-12);
  EXPECT_EQ(p.du[0], 4095);
  EXPECT_EQ(p.v_shift, std::vector<double>{static_cast<double>(-0.3F)});
  double threshold = 0, bias = 0;
  for (std::size_t t = 0; t < 2; ++t) {
    const double height = (t == 0 ? 0.7F : 0.9F) + 0.3F, drive = (1 - kept) * ((t == 0 ? 0.2 : -0.1) + 0.3);
    threshold = std::max(threshold, std::fabs(at(p.vth, t) * 64 / p.v_scale[0] / height - 1));
    bias = std::max(bias, std::fabs(std::ldexp(at(p.bias_mant, t), at(p.bias_exp, t)) / p.v_scale[0] / drive - 1));
  }
  EXPECT_NEAR(m.kept.figure("threshold", "relative_error", "n"), threshold, 1e-6);
  EXPECT_NEAR(m.kept.figure("bias", "relative_error", "n"), bias, 1e-5);
  EXPECT_LT(threshold, 1e-4);
  EXPECT_LT(bias, 1e-3);
}

// ----------------------------------------------------------------------------------------------------------------- limits

TEST(LoihiCompile, TakesTheExponentThatClipsNothing) {
  const auto exponent = [](fixed::Sign sign, double mantissa) {
    Format format(fixed::Rules::lava, sign);
    format.fit(mantissa * 64);
    return format.exponent;
  };
  EXPECT_EQ(exponent(fixed::Sign::mixed, 254.99), 0);
  EXPECT_EQ(exponent(fixed::Sign::mixed, 255), 1);
  EXPECT_EQ(exponent(fixed::Sign::excitatory, 255.49), 0);
  EXPECT_EQ(exponent(fixed::Sign::inhibitory, 255.5), 1);
  EXPECT_EQ(exponent(fixed::Sign::mixed, 0), -8);
  EXPECT_EQ(exponent(fixed::Sign::mixed, 1e9), 7);
}

TEST(LoihiCompile, TakesDelaysUpToTheChips) {
  for (const std::uint32_t delay : {0U, 1U, 61U, 62U, 63U}) {
    const Made m = made(one_layer(number(1).reshape({1, 1}), {{"tau", number(0.002)}}, {}, "lif", delay));
    EXPECT_EQ(m.accepted, delay <= 62) << delay;
    EXPECT_EQ(m.kept.figure("delay", "axon_delay", kPath), std::max(delay, 1U));
    EXPECT_EQ(m.kept.figure("latency", "latency", "n"), delay == 0 ? 1 : 0);
    EXPECT_EQ(m.network.groups.size(), m.accepted ? 1 : 0);
  }
}

/// a and b in a loop; b's way back has a delay.
ranvier::Network loop(std::uint32_t back) {
  ranvier::Network net(0.1 * ms);
  net.input("in", {1});
  for (const char* name : {"a", "b"}) net.add(name, "lif", {1}, {{"tau", number(0.002)}});
  net.output("out", {1});
  net.connect("in", "a");
  net.connect("a", "b", {number(0.5), std::nullopt, ""});
  net.connect("b", "a", {number(0.5), back, ""});
  net.connect("b", "out");
  return net;
}

TEST(LoihiCompile, GivesLoopsTheStepsThatTheyLack) {
  for (const std::uint32_t back : {1U, 2U, 3U}) {
    const Made m = made(loop(back));
    ASSERT_TRUE(m.accepted);
    const Entry* entry = m.kept.find("delay", "b -> a");
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->verdict, back < 2 ? RVD_VERDICT_APPROXIMATE : RVD_VERDICT_EXACT);
    EXPECT_EQ(entry->figures.at("delay_made"), std::max(back, 2U));
    for (const Group& group : m.network.groups) {
      const auto later = [&](std::uint32_t p) { return std::int64_t{m.network.populations[p].latency}; };
      EXPECT_EQ(group.axon_delay, static_cast<std::int64_t>(group.delay) + later(group.target) - later(group.source));
      EXPECT_GE(group.axon_delay, 1U);
    }
  }
}

TEST(LoihiCompile, RefusesDecaysThatGrow) {
  const auto with_tau = [](double tau) {
    return made(one_layer(number(1).reshape({1, 1}), {{"tau", number(tau)}}, {{"decay", "euler"}})).accepted;
  };
  EXPECT_TRUE(with_tau(1.001e-4));
  EXPECT_TRUE(with_tau(1e-4));
  EXPECT_FALSE(with_tau(0.999e-4));
}

TEST(LoihiCompile, RoundsDecaysToTwelveBits) {
  for (const int lost : {0, 1, 2, 2047, 4094, 4095}) {
    for (const double off : {-0.49, 0.0, 0.49}) {
      const double kept = 1 - (lost + off) / 4096;
      if (kept >= 1 || kept < 0) continue;  // 1: no tau
      const Made m = made(one_layer(number(1).reshape({1, 1}), {{"tau", number(1e-4 / (1 - kept))}}, {{"decay", "euler"}}));
      ASSERT_TRUE(m.accepted);
      EXPECT_EQ(neurons(m).dv[0], lost) << off;
      EXPECT_LE(m.kept.figure("potential decay", "relative_error", "n"), off == 0 ? 1e-3 : 1) << lost << ' ' << off;
    }
  }
}

TEST(LoihiCompile, RefusesAThresholdBelowTheReset) {
  for (const double threshold : {-0.001, 0.0, 0.001}) {
    const Made m = made(one_layer(number(1).reshape({1, 1}), {{"tau", number(0.002)}, {"v_threshold", number(threshold)}}));
    EXPECT_EQ(m.accepted, threshold >= 0) << threshold;
  }
}

TEST(LoihiCompile, KeepsTheCurrentFromWrappingOrSaysSo) {
  for (const std::size_t sources : {1U, 100U, 4000U}) {
    for (const fixed::Rules rules : kRules) {
      loihi::Options options;
      options.rules = rules;
      const Parameters parameters{{"tau_syn", number(0.01)}, {"tau_mem", number(0.02)}};
      const Made m = made(one_layer(numbers(Numbers(sources, 1), {1, sources}), parameters, {}, "cubalif"), options);
      ASSERT_TRUE(m.accepted);
      double arriving = 0;
      const double unit = std::ldexp(1.0, m.network.groups[0].shift.left - m.network.groups[0].shift.right);
      for (const std::int32_t w : m.network.groups[0].weights) arriving += w * unit;
      const double lost = neurons(m).du[0] + (rules == fixed::Rules::brian2 ? 0 : 1);
      const bool held = arriving * 4096 / lost < 1 << 23 && (rules != fixed::Rules::nengo || arriving < 1 << 21);
      EXPECT_EQ(m.kept.find("range of the current", "n")->verdict == RVD_VERDICT_EXACT, held);
      EXPECT_EQ(held, sources < 4000 || rules == fixed::Rules::lava);
      EXPECT_GE(neurons(m).vth[0], 32);
      EXPECT_LE(m.kept.figure("weight", "max_error", kPath), 0.02);
    }
  }
}

TEST(LoihiCompile, RefusesWhatTheChipHasNotWithARemedy) {
  const auto refused = [](const ranvier::Network& net, const char* quantity) {
    const Made m = made(net);
    EXPECT_FALSE(m.accepted) << quantity;
    EXPECT_TRUE(std::ranges::any_of(m.kept.refusals(), [&](const Entry& e) { return e.quantity == quantity; })) << quantity;
  };
  ranvier::Network readout(0.1 * ms);
  readout.input("in", {2});
  readout.add("fc", "affine", {1}, {{"weight", numbers({1, 2}, {1, 2})}, {"bias", number(0.5)}});
  readout.output("out", {1});
  readout.connect("in", "fc");
  readout.connect("fc", "out");
  refused(readout, "weight");
  refused(readout, "bias");

  const Tensor one = number(1).reshape({1, 1});
  refused(one_layer(one, {{"threshold", number(1)}}, {}, "threshold"), "node");
  refused(one_layer(one, {{"tau_syn", number(0.001)}, {"tau_mem", number(0.002)}}, {{"update", "fixed"}}, "cubalif"),
          "update rule");

  ranvier::Network graded(0.1 * ms);
  graded.input("in", {1});
  graded.add("li", "li", {1}, {{"tau", number(0.002)}});
  graded.add("lif", "lif", {1}, {{"tau", number(0.002)}});
  graded.output("out", {1});
  graded.connect("in", "li");
  graded.connect("li", "lif");
  graded.connect("lif", "out");
  refused(graded, "graded events");
}

// -------------------------------------------------------------------------------------------------------------- semantics

TEST(LoihiCompile, SaysWhatAMembraneLoses) {
  const Tensor weights = numbers({0.6F, 0.7F}, {1, 2});
  const Parameters parameters{{"tau", number(0.002)}, {"v_threshold", number(0.5)}};
  const auto entry = [&](const Choices& options, const char* quantity) {
    Choices all = options;
    all.insert({"input_gain", "one"});
    Made m = made(one_layer(weights, parameters, all));
    const Entry* found = m.kept.find(quantity, "n");
    return found == nullptr ? Entry{} : *found;
  };
  EXPECT_EQ(entry({}, "reset").verdict, RVD_VERDICT_EXACT);
  EXPECT_EQ(entry({}, "comparator").verdict, RVD_VERDICT_EXACT);
  EXPECT_EQ(entry({}, "threshold test").verdict, RVD_VERDICT_EXACT);

  const Entry subtract = entry({{"reset", "subtract"}}, "reset");
  EXPECT_EQ(subtract.verdict, RVD_VERDICT_APPROXIMATE);
  EXPECT_NEAR(subtract.figures.at("overshoot_limit"), 1.3 / 0.5, 1e-6);  // v just below the threshold, and both spikes
  EXPECT_NEAR(entry({{"reset", "subtract"}, {"comparator", "several"}}, "comparator").figures.at("events_limit"), 3, 1e-9);
  const Made shifted = made(one_layer(weights, {{"tau", number(0.002)}, {"v_reset", number(-0.25)}}, {{"reset", "subtract"}}));
  EXPECT_EQ(neurons(shifted).v_shift, std::vector<double>{-0.25});
  const Entry at_threshold = entry({{"comparator", ">="}}, "comparator");
  EXPECT_EQ(at_threshold.verdict, RVD_VERDICT_APPROXIMATE);
  const double units =
      0.5 * neurons(made(one_layer(weights, parameters, {{"input_gain", "one"}, {"comparator", ">="}}))).v_scale[0] / 64;
  EXPECT_NEAR(at_threshold.figures.at("early_limit") * units, 1, 1e-6);  // one unit of 23,040 would be 4e-5
  EXPECT_EQ(entry({{"probe", "before"}}, "recorded v").verdict, RVD_VERDICT_APPROXIMATE);
  const Entry late = entry({{"test", "before"}, {"reset", "subtract"}, {"v_reset", "ignored"}}, "threshold test");
  EXPECT_EQ(late.verdict, RVD_VERDICT_APPROXIMATE);
}

TEST(LoihiCompile, SaysHowFarAResponseIsOffWhereVTakesTheOldCurrent) {
  const Parameters parameters{{"tau_syn", number(0.0003)}, {"tau_mem", number(0.0015)}};
  const Made m = made(one_layer(number(1).reshape({1, 1}), parameters, {}, "cubalif"));
  ASSERT_TRUE(m.accepted);
  // The plan's response to one spike, from the exact solution with x held over a step; the chip's with the same area.
  const double s = std::exp(-1.0 / 3), a = std::exp(-1.0 / 15), u = 1.0 / 15 - 1.0 / 3;
  const double p = 1.0 / 15 * a * std::expm1(u) / u;
  double i = 0, v = 0, c = 0, w = 0, area = 0, peak = 0, worst = 0;
  for (int step = 0; step < 500; ++step) {
    const double x = step == 0 ? 1 : 0;
    v = a * v + p * (i - x) + (1 - a) * x;
    i = s * i + (1 - s) * x;
    area += v;
  }
  const double gain = area * (1 - a) * (1 - s);
  i = v = 0;
  for (int step = 0; step < 500; ++step) {
    const double x = step == 0 ? 1 : 0;
    v = a * v + p * (i - x) + (1 - a) * x;
    i = s * i + (1 - s) * x;
    c = s * c + gain * x;
    w = a * w + c;
    peak = std::max(peak, v);
    worst = std::max(worst, std::fabs(v - w));
  }
  EXPECT_NEAR(m.kept.figure("order of update", "max_deviation", "n"), worst / peak, 1e-5);
  EXPECT_EQ(made(one_layer(number(1).reshape({1, 1}), parameters, {{"update", "euler"}}, "cubalif"))
                .kept.find("order of update", "n")
                ->verdict,
            RVD_VERDICT_EXACT);
}

// -------------------------------------------------------------------------------------------------------- random networks

/// A few layers of any of the models, with loops and delays now and then, some of which the chip has not.
ranvier::Network any_network(std::mt19937& dice) {
  const auto one_of = [&](const auto& list) {
    return list[std::uniform_int_distribution<std::size_t>(0, std::size(list) - 1)(dice)];
  };
  const auto chance = [&](double p) { return std::bernoulli_distribution(p)(dice); };
  const auto real = [&](double low, double high) { return std::uniform_real_distribution<double>(low, high)(dice); };
  const auto size = [&] { return std::uniform_int_distribution<std::size_t>(1, 12)(dice); };
  constexpr const char *kModels[] = {"lif", "cubalif", "if", "lif", "cubalif"}, *kResets[] = {"zero", "subtract"};
  ranvier::Network net(0.1 * ms);
  std::string last = "in";
  std::size_t width = size();
  net.input("in", {width});
  const int layers = std::uniform_int_distribution<int>(1, 3)(dice);
  for (int k = 0; k < layers; ++k) {
    const std::string fc = "fc" + std::to_string(k), name = "n" + std::to_string(k);
    const std::size_t next = size();
    const auto scale = static_cast<float>(std::exp2(real(-8, 8)));
    Parameters affine{{"weight", numbers(random_weights(dice, next * width, -scale, scale, 0.8), {next, width})}};
    if (chance(0.5)) affine.insert({"bias", numbers(random_weights(dice, next, -scale, scale), {next})});
    net.add(fc, affine.size() == 2 ? "affine" : "linear", {next}, affine);
    const std::string model = chance(0.05) ? "threshold" : one_of(kModels);
    Parameters parameters{{"v_threshold", number(scale * real(chance(0.05) ? -0.1 : 0.01, 3))}};
    if (chance(0.3)) parameters.insert({"v_reset", number(scale * real(-2, 0))});
    Choices options{{"reset", one_of(kResets)}};
    if (chance(0.1)) options.insert({"comparator", ">="});
    if (model == "if") parameters.insert({"r", number(real(0.1, 2) * 1e4)});
    if (model == "lif") parameters.insert({"tau", number(std::exp2(real(-15, -5)))});
    if (model == "cubalif") {
      parameters.insert({{"tau_syn", number(std::exp2(real(-15, -5)))}, {"tau_mem", number(std::exp2(real(-15, -5)))}});
      if (chance(0.5)) options.insert({"update", "euler"});
    }
    if (model != "if" && chance(0.3)) parameters.insert({"v_leak", number(scale * real(-1, 1))});
    if (model == "threshold") {
      parameters = {{"threshold", number(1)}};
      options.clear();
    }
    net.add(name, model, {next}, parameters, options);
    net.connect(last, fc);
    net.connect(
        fc, name,
        {std::nullopt,
         chance(0.2) ? std::optional<std::uint32_t>(one_of(std::vector<std::uint32_t>{1, 5, 62, 63})) : std::nullopt, ""});
    if (chance(0.4) && model != "threshold") {
      net.connect(name, name, {numbers(random_weights(dice, next * next, -scale, scale), {next, next}), std::nullopt, ""});
    }
    last = name;
    width = next;
  }
  if (chance(0.05)) {
    net.add("readout", "linear", {width}, {{"weight", numbers(Numbers(width * width, 1), {width, width})}});
    net.connect(last, "readout");
    last = "readout";
  }
  net.output("out", {width});
  net.connect(last, "out");
  return net;
}

void expect_in_range(const loihi::Network& network, fixed::Rules rules) {
  const auto within = [](const Values& values, std::int32_t low, std::int32_t high, const char* name) {
    for (const std::int32_t value : values) EXPECT_TRUE(value >= low && value <= high) << name << ' ' << value;
  };
  for (const Population& p : network.populations) {
    const std::int32_t most = rules == fixed::Rules::brian2 ? 4096 : 4095;
    within(p.du, 0, most, "du");
    within(p.dv, 0, most, "dv");
    within(p.vth, fixed::kThreshold.low, fixed::kThreshold.high, "vth");
    within(p.bias_mant, fixed::kBiasMantissa.low, fixed::kBiasMantissa.high, "bias");
    within(p.bias_exp, fixed::kBiasExponent.low, fixed::kBiasExponent.high, "bias exponent");
    within(p.u0, 1 - fixed::kTop, fixed::kTop - 1, "u0");
    within(p.v0, 1 - fixed::kTop, fixed::kTop - 1, "v0");
  }
  for (const Group& group : network.groups) {
    EXPECT_TRUE(group.axon_delay >= 1 && group.axon_delay <= 62) << group.axon_delay;
    within({group.exponent}, -8, 7, "exponent");
    for (const std::int32_t w : group.weights) {
      const std::int32_t stored = fixed::weight_of(fixed::Rules::lava, w, group.sign, group.bits, group.exponent);
      EXPECT_TRUE(rules != fixed::Rules::lava || stored == w) << w;  // the format holds it: its sign, its bits, its step
      EXPECT_LE(std::abs(w), rules == fixed::Rules::lava ? 255 : (1 << 15) - 1);
    }
  }
}

TEST(LoihiCompile, MakesIntegersThatTheChipHolds) {
  std::mt19937 dice(6);
  int accepted = 0, refused = 0;
  for (int round = 0; round < 300; ++round) {
    const ranvier::Network net = any_network(dice);
    loihi::Options options;
    options.rules = kRules[round % 3];
    options.scale_per_neuron = round % 2 == 1;
    options.chip = round % 5 == 0 ? "loihi1" : "loihi2";
    SCOPED_TRACE("round " + std::to_string(round));
    const Made m = made(net, options);
    ++(m.accepted ? accepted : refused);
    if (m.accepted) expect_in_range(m.network, options.rules);
    for (const Entry& entry : m.kept.entries) {
      for (const auto& [name, value] : entry.figures) EXPECT_TRUE(std::isfinite(value)) << entry.quantity << ' ' << name;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(accepted, 100);
  EXPECT_GT(refused, 30);
}

// ----------------------------------------------------------------------------------------------------- through the device

Tensor raster(std::mt19937& dice, std::size_t steps, std::size_t width, double rate) {
  Tensor x(Shape{steps, width}, DType::f32);
  std::bernoulli_distribution spike(rate);
  for (std::size_t k = 0; k < x.size(); ++k) x.mutable_data<float>()[k] = spike(dice) ? 1.0F : 0.0F;
  return x;
}

std::vector<double> recorded(const ranvier::Network& net, const std::string& device, const Tensor& x, const std::string& what) {
  Session session = net.to(device);
  RunOptions options;
  options.record = {what};
  const Result result = session.run(x, options);
  const auto dot = what.rfind('.');
  const std::string node = what.substr(0, dot), variable = what.substr(dot + 1);
  const Tensor values = variable == "spikes" ? result.spikes(node).counts() : result.state(node, variable);
  std::vector<double> list;
  for (std::size_t k = 0; k < values.size(); ++k) list.push_back(values.at(k));
  return list;
}

TEST(LoihiDevice, FollowsConstantsAndFirstStepsWithoutASpike) {
  // A bias of a linear node, in front and in a loop, from the first step on or from the second; v_leak, v_reset, a start value.
  std::mt19937 dice(3);
  const Tensor x = raster(dice, 60, 3, 0.1);
  for (const char* model : {"lif", "cubalif"}) {
    for (const char* start : {"zero", "v_leak", "v_reset"}) {
      ranvier::Network net(0.1 * ms);
      net.input("in", {3});
      net.add(
          "fc", "affine", {4},
          {{"weight", numbers(random_weights(dice, 12, -1, 1), {4, 3})}, {"bias", numbers({0.1F, -0.2F, 0.3F, 0.05F}, {4})}});
      Parameters parameters{{"v_leak", number(0.15)}, {"v_reset", number(-0.5)}, {"v_threshold", number(100)}};
      const bool cuba = std::string(model) == "cubalif";
      if (cuba) parameters.insert({{"tau_syn", number(0.0004)}, {"tau_mem", number(0.0013)}});
      else parameters.insert({"tau", number(0.0011)});
      net.add("n", model, {4}, parameters, cuba ? Choices{{"update", "euler"}, {"start", start}} : Choices{{"start", start}});
      net.add(
          "rec", "affine", {4},
          {{"weight", numbers(random_weights(dice, 16, -1, 1), {4, 4})}, {"bias", numbers({0.2F, 0.1F, -0.4F, 0.3F}, {4})}});
      net.output("out", {4});
      net.connect("in", "fc");
      net.connect("fc", "n");
      net.connect("n", "rec");
      net.connect("rec", "n");
      net.connect("n", "out");
      const std::vector<double> asked = recorded(net, "cpu", x, "n.v"), got = recorded(net, kDevice, x, "n.v");
      ASSERT_EQ(asked.size(), got.size());
      for (std::size_t k = 0; k < asked.size(); ++k) {
        ASSERT_NEAR(asked[k], got[k], 0.02) << model << ' ' << start << " step " << k / 4 << " neuron " << k % 4;
      }
    }
  }
}

TEST(LoihiDevice, RunsWhatCheckAccepts) {
  std::mt19937 dice(7);
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const ranvier::Network net = any_network(dice);
    const std::size_t width = net.nodes().front().shape[0];
    SessionOptions with, without;
    without.settings = {{"scale", round % 2 == 0 ? "population" : "neuron"}};
    with = without;
    Tensor samples(Shape{20, 3, width}, DType::f32);
    for (std::size_t k = 0; k < samples.size(); k += 5) samples.mutable_data<float>()[k] = 1;
    with.calibrate = {{"in", samples}};
    const bool accepted = net.check(kDevice, without).ok;
    EXPECT_EQ(net.check(kDevice, with).ok, accepted);
    for (const SessionOptions& options : {with, without}) {
      if (!accepted) {
        EXPECT_THROW(net.to(kDevice, options), ranvier::Error);
        continue;
      }
      EXPECT_EQ(net.to(kDevice, options).run(raster(dice, 20, width, 0.3)).steps, 20U);
    }
  }
}

TEST(LoihiDevice, EqualsCpuWhereNumbersFit) {
  std::mt19937 dice(4);
  std::uniform_int_distribution<int> any(-60, 60);
  for (int round = 0; round < 20; ++round) {
    Numbers weights(8 * 5);
    for (float& w : weights) w = static_cast<float>(any(dice)) / 64;
    const ranvier::Network net =
        one_layer(numbers(weights, {5, 8}), {{"v_threshold", number(1.5)}}, {{"input_gain", "one"}}, "if");
    const Tensor x = raster(dice, 100, 8, 0.2);
    EXPECT_EQ(recorded(net, "cpu", x, "n.spikes"), recorded(net, kDevice, x, "n.spikes"));
  }
}

TEST(LoihiDevice, ReadsWhatDoesNotFire) {
  std::mt19937 dice(5);
  const Tensor x = raster(dice, 80, 6, 0.2);
  for (const char* model : {"li", "cubali", "i"}) {
    Parameters parameters;
    if (std::string(model) == "li") parameters = {{"tau", number(0.002)}};
    if (std::string(model) == "cubali") parameters = {{"tau_syn", number(0.0005)}, {"tau_mem", number(0.002)}};
    const Choices options = std::string(model) == "cubali" ? Choices{{"update", "euler"}} : Choices{};
    const ranvier::Network net = one_layer(numbers(random_weights(dice, 12, -1, 1), {2, 6}), parameters, options, model);
    const std::vector<double> asked = recorded(net, "cpu", x, "n.v"), got = recorded(net, kDevice, x, "n.v");
    double largest = 0;
    for (const double v : asked) largest = std::max(largest, std::fabs(v));
    for (std::size_t k = 0; k < asked.size(); ++k) ASSERT_NEAR(asked[k], got[k], 0.03 * largest) << model;
  }
}

}  // namespace
}  // namespace ranvier::loihi
