// Every model with any of its options, as Network::add takes them: a plan that passes its check, or a sentence for the user.
#include <random>

#include <gtest/gtest.h>

#include "core/lower/lower.h"
#include "core/models/record.h"
#include "core/plan/description.h"

namespace ranvier::lower {
namespace {

Parameters parameters_of(const models::Record& record) {
  Parameters parameters;
  for (const models::ParameterSpec& spec : record.parameters) {
    if (!spec.fallback) parameters[std::string(spec.name)] = Tensor::of<double>({spec.unit == "s" ? 0.01 : 1.0});
  }
  if (record.linear) parameters["weight"] = Tensor(record.name == "conv@1" ? Shape{2, 2, 1, 1} : Shape{2, 2});
  return parameters;
}

/// The node between an input and an output of its own precision, so that the edges are no obstacle.
std::string outcome(const models::Record& record, const Options& options) {
  const auto precision = options.find("precision");
  const Options around = precision == options.end() ? Options{} : Options{*precision};
  const bool window = record.name == "conv@1" || record.name.substr(3) == "pool@1";
  const Shape shape = window ? Shape{2, 1, 1} : Shape{2};
  try {
    Network net(1 * ms);
    net.add("in", "input", shape, {}, around);
    net.add("node", std::string(record.name), shape, parameters_of(record), options);
    net.add("out", "output", shape, {}, around);
    net.connect("in", "node");
    net.connect("node", "out");
    plan::write(lower(net.graph()));
    return "a plan";
  } catch (const Error& error) {
    EXPECT_NE(error.code(), Code::internal) << error.what();
    return error.what();
  }
}

std::string text_of(const models::Record& record, const Options& options) {
  std::string text(record.name);
  for (const auto& [key, choice] : options) text += " " + key + "=" + choice;
  return text;
}

TEST(Options, OfAnyTwoKindsGiveAPlanOrASentence) {
  for (const models::Record& record : models::records()) {
    if (record.name == "input@1") continue;
    for (const models::OptionSpec& one : record.options) {
      for (const models::OptionSpec& other : record.options) {
        for (const std::string_view choice : one.choices) {
          for (const std::string_view second : other.choices) {
            Options options{{std::string(one.key), std::string(choice)}};
            options.emplace(std::string(other.key), std::string(second));
            EXPECT_NO_THROW(outcome(record, options)) << text_of(record, options);
          }
        }
      }
    }
  }
}

TEST(Options, OfAllKindsGiveAPlanOrASentence) {
  std::mt19937 random(1);  // NOLINT: the same cases in every run
  std::size_t plans = 0;
  for (int round = 0; round < 20'000; ++round) {
    const auto all = models::records();
    const models::Record& record = all[random() % all.size()];
    if (record.options.size() < 3) continue;
    Options options;
    for (const models::OptionSpec& spec : record.options) {
      if (random() % 2 == 0) options[std::string(spec.key)] = std::string(spec.choices[random() % spec.choices.size()]);
    }
    EXPECT_NO_THROW(plans += outcome(record, options) == "a plan" ? 1 : 0) << text_of(record, options);
  }
  EXPECT_GT(plans, 1000U);
}

TEST(Options, WithoutMeaningTogetherAreNamed) {
  const auto told = [](const char* model, const Options& options) { return outcome(*models::find(model), options); };
  const std::string text = told("lif", {{"comparator", "several"}});
  EXPECT_NE(text.find("node: The option comparator = several of lif@1 has no meaning with reset = zero. "
                      "Remedy: Set reset to: subtract."),
            std::string::npos)
      << text;
  EXPECT_NE(told("lif", {{"update", "shift"}, {"reset", "subtract"}}).find("update = shift"), std::string::npos);
  EXPECT_NE(told("lif", {{"update", "scaled"}, {"v_reset", "ignored"}}).find("precision"), std::string::npos);
  EXPECT_EQ(told("lif", {{"update", "scaled"}, {"v_reset", "ignored"}, {"precision", "f64"}}), "a plan");
  EXPECT_EQ(told("lif", {{"update", "increment"}, {"precision", "f64"}}), "a plan");
}

TEST(Options, DividingByAThresholdNeedsOneAboveZero) {
  Network net(1 * ms);
  net.add("node", "if", {2}, {{"v_threshold", Tensor::of<double>({1, 1e-50})}},
          {{"comparator", "several"}, {"reset", "subtract"}});
  try {
    lower(net.graph());
    FAIL() << "nothing was raised";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("The threshold is 0 for neuron 1"), std::string::npos) << error.what();
  }
}

TEST(Options, OfIntegersHaveARange) {
  Network net(1 * ms);
  net.add("fast", "lif", {1}, {{"tau", Tensor::of<double>({1e-9})}}, {{"update", "shift"}});
  net.add("high", "if", {1}, {{"v_threshold", Tensor::of<double>({1e30})}}, {{"update", "fixed"}});
  try {
    lower(net.graph());
    FAIL() << "nothing was raised";
  } catch (const Error& error) {
    EXPECT_EQ(error.problems().size(), 2U) << error.what();
  }
}

}  // namespace
}  // namespace ranvier::lower
