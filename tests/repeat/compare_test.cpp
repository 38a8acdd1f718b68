#include <ranvier/compare.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include <ranvier/error.h>

#include "tests/repeat/networks.h"

namespace ranvier::repeat {
namespace {

CompareOptions lanes(std::size_t count) {
  CompareOptions options;
  options.session.lanes = count;
  return options;
}

/// (step, order of update, neuron, lane) -> value, of the nodes a and b: the spikes, laid out for a plain comparison.
using Spikes = std::map<std::tuple<std::uint64_t, int, std::uint32_t, std::uint32_t>, double>;

Spikes spikes_of(const Network& network, const std::string& device, const Inputs& inputs, std::size_t count) {
  Session session = network.to(device, {count, 0, {}});
  RunOptions options;
  options.record = {"a.spikes", "b.spikes"};
  const Result result = session.run(inputs, options);
  Spikes spikes;
  for (const int node : {0, 1}) {
    for (const Spike spike : result.spikes(node == 0 ? "a" : "b"))
      spikes[{spike.step, node, spike.i, spike.lane}] = spike.value;
  }
  return spikes;
}

const SettingDifference* find(const Pair& pair, const std::string& where, const std::string& what) {
  const auto found = std::ranges::find_if(
      pair.settings, [&](const SettingDifference& s) { return s.where == where && s.what.starts_with(what); });
  return found == pair.settings.end() ? nullptr : &*found;
}

TEST(Compare, EqualDevicesAreEqual) {
  const Comparison comparison = compare(two_layers(), {"cpu", "reference", "cpu"}, noise(300, 4), lanes(4));
  EXPECT_TRUE(comparison.equal()) << comparison.text();
  ASSERT_EQ(comparison.pairs.size(), 2U);
  EXPECT_EQ(comparison.first(), nullptr);
  const Pair& pair = comparison.pairs[0];
  EXPECT_EQ(pair.a, "cpu");
  EXPECT_EQ(pair.b, "reference");
  ASSERT_EQ(pair.layers.size(), 2U);
  EXPECT_GT(pair.layers[1].a, 0U);
  EXPECT_EQ(pair.layers[1].a, pair.layers[1].b);
  EXPECT_EQ(pair.hash_a, pair.hash_b);
}

TEST(Compare, FindsAPlantedWeightWhereAPlainComparisonDoes) {
  const Inputs inputs = noise(200, 3);
  const Network a = two_layers();
  int parted = 0;
  for (const double shift : {0.001, 0.01, 0.1, 1.0}) {
    const Network b = two_layers(shift);
    const Comparison comparison = diff(a, "as it was", b, "altered", inputs, lanes(3));
    const Pair& pair = comparison.pairs.front();
    const SettingDifference* const weight = find(pair, "a -> b", "weight [9], 1 of 20 differ");
    EXPECT_NE(weight, nullptr) << pair.text();

    const Spikes of_a = spikes_of(a, "cpu", inputs, 3), of_b = spikes_of(b, "cpu", inputs, 3);
    EXPECT_EQ(pair.layers[0].a + pair.layers[1].a, of_a.size());
    EXPECT_EQ(pair.layers[0].b + pair.layers[1].b, of_b.size());
    auto all = of_a;
    all.insert(of_b.begin(), of_b.end());
    const auto parts =
        std::ranges::find_if(all, [&](const auto& spike) { return of_a.contains(spike.first) != of_b.contains(spike.first); });
    ASSERT_EQ(pair.spikes.has_value(), parts != all.end());
    if (!pair.spikes) continue;
    ++parted;
    const auto& [step, node, neuron, lane] = parts->first;
    EXPECT_EQ(pair.spikes->step, step);
    EXPECT_EQ(pair.spikes->node, node == 0 ? "a" : "b");
    EXPECT_EQ(pair.spikes->neuron, neuron);
    EXPECT_EQ(pair.spikes->lane, lane);
    EXPECT_EQ(pair.spikes->a.event, of_a.contains(parts->first) ? 1 : 0);
    EXPECT_FALSE(pair.equal());
    EXPECT_EQ(comparison.first(), &pair);
  }
  EXPECT_GT(parted, 0);
}

TEST(Compare, TellsVOfBothSidesThere) {
  const Inputs inputs = noise(200);
  const Network a = two_layers(), b = two_layers(1.0);
  const Pair pair = diff(a, "a", b, "b", inputs).pairs.front();
  ASSERT_TRUE(pair.spikes);
  const auto v_of = [&](const Network& network) {
    RunOptions options;
    options.record = {pair.spikes->node + ".v"};
    Session session = network.to("cpu");
    const Tensor v = session.run(inputs, options).state(pair.spikes->node, "v");
    return v.at(pair.spikes->step * (v.size() / 200) + pair.spikes->neuron);
  };
  EXPECT_EQ(pair.spikes->a.v, v_of(a));
  EXPECT_EQ(pair.spikes->b.v, v_of(b));
}

// Where the model tells them (option trace), what it tells must explain the spikes.
TEST(Compare, InputAndThresholdExplainTheSpikes) {
  const Pair pair = diff(two_layers(), "a", two_layers(1.0), "b", noise(200)).pairs.front();
  ASSERT_TRUE(pair.spikes);
  for (const Moment& moment : {pair.spikes->a, pair.spikes->b}) {
    ASSERT_EQ(moment.v_before.has_value(), moment.threshold.has_value());
    ASSERT_EQ(moment.v_before.has_value(), moment.input.has_value());
    if (!moment.v_before) continue;
    EXPECT_EQ(*moment.v_before > *moment.threshold, moment.event != 0);
    EXPECT_EQ(moment.event != 0 ? 0 : *moment.v_before, moment.v);
  }
}

TEST(Compare, SaysHowFarApartLayersAndSamplesAre) {
  const Inputs inputs = noise(200, 6);
  const Network a = two_layers(), b = two_layers(1.0);
  CompareOptions options = lanes(6);
  options.tau_ms = 5;
  const Pair pair = diff(a, "a", b, "b", inputs, options).pairs.front();
  ASSERT_EQ(pair.layers.size(), 2U);
  EXPECT_EQ(pair.tau_ms, 5);
  EXPECT_FALSE(pair.layers[0].first) << "the weight that was altered is behind this layer";
  EXPECT_EQ(pair.layers[0].van_rossum, 0);
  EXPECT_GT(pair.layers[1].van_rossum, 0);
  EXPECT_EQ(pair.layers[1].first->step, pair.spikes->step);
  EXPECT_NE(pair.text().find("how far apart, with tau = 5 ms"), std::string::npos) << pair.text();

  ASSERT_EQ(pair.argmax.size(), 1U);
  const auto winners = [&](const Network& network) {
    const Tensor y = network.to("cpu", {6, 0, {}}).run(inputs).outputs.at("out");
    std::vector<std::uint32_t> list;
    for (std::size_t lane = 0; lane < 6; ++lane) {
      std::vector<double> sums(4);
      for (std::size_t k = 0; k < 200 * 4; ++k) sums[k % 4] += y.at(k / 4 * 24 + lane * 4 + k % 4);
      list.push_back(static_cast<std::uint32_t>(std::ranges::max_element(sums) - sums.begin()));
    }
    return list;
  };
  EXPECT_EQ(pair.argmax[0].a, winners(a));
  EXPECT_EQ(pair.argmax[0].b, winners(b));
  const auto json = nlohmann::json::parse(Comparison{{pair}}.to_json())["pairs"][0];
  EXPECT_EQ(json["layers"][1]["van_rossum"], pair.layers[1].van_rossum);
  EXPECT_EQ(json["layers"][1]["differing"], pair.layers[1].differing);
  EXPECT_EQ(json["argmax"][0]["fraction"], pair.argmax[0].fraction());
}

TEST(Compare, OfAPlanLeavesOutWhatOnlyANetworkTells) {
  const Plan plan = two_layers().lower();
  EXPECT_TRUE(compare(plan, {"cpu", "reference"}, noise(50)).equal());
  const Comparison comparison = compare(plan, {"cpu", "null"}, noise(50));
  const Pair* const first = comparison.first();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->spikes->a.event, 1);
  EXPECT_EQ(first->spikes->b.event, 0);
  EXPECT_TRUE(first->spikes->a.v);
  EXPECT_FALSE(first->spikes->a.threshold);
}

TEST(Compare, SettingsOfDevicesAreTold) {
  const Pair pair = compare(two_layers(), {"cpu", "reference?precision=f64"}, noise(50)).pairs.front();
  const SettingDifference* const precision = find(pair, "device", "setting precision");
  ASSERT_NE(precision, nullptr);
  EXPECT_EQ(precision->a, "none");
  EXPECT_EQ(precision->b, "f64");
}

TEST(Compare, OptionsParametersAndDelaysAreTold) {
  const auto network = [](double tau, const Options& options, std::uint32_t delay, double dt) {
    Network result(dt * ms, 3);
    result.input("in", {2});
    result.add("cell", "lif@1", {2}, {{"tau", Tensor::of<double>({0.02, tau})}}, options);
    Connection connection;
    connection.delay = delay;
    result.connect("in", "cell", connection);
    return result;
  };
  const Inputs inputs{{"in", Tensor({4, 2})}};
  const Network plain = network(0.03, {}, 0, 1);
  EXPECT_TRUE(diff(plain, "a", network(0.03, {{"reset", "zero"}}, 0, 1), "b", inputs).pairs[0].settings.empty())
      << "a default that is spelled out is no difference";
  const Pair pair = diff(plain, "a", network(0.05, {{"reset", "subtract"}}, 2, 0.5), "b", inputs).pairs.front();
  EXPECT_TRUE(pair.equal());
  const auto expect = [&](const char* where, const char* what, const char* of_a, const char* of_b) {
    const SettingDifference* const found = find(pair, where, what);
    ASSERT_NE(found, nullptr) << what << "\n" << pair.text();
    EXPECT_EQ(found->a, of_a) << what;
    EXPECT_EQ(found->b, of_b) << what;
  };
  expect("network", "dt", "1 ms", "0.5 ms");
  expect("cell", "option reset", "zero", "subtract");
  expect("cell", "parameter tau [1], 1 of 2 differ", "0.03", "0.05");
  expect("in -> cell", "delay", "0", "2");
  EXPECT_EQ(find(pair, "cell", "parameter r"), nullptr);
}

TEST(Compare, NodesOfOneSideOnlyAreTold) {
  Network a(1 * ms), b(1 * ms);
  for (Network* network : {&a, &b}) network->input("in", {1});
  a.output("x", {1});
  b.output("y", {1});
  a.connect("in", "x");
  b.connect("in", "y");
  const Pair pair = diff(a, "a", b, "b", {{"in", Tensor({3, 1})}}).pairs.front();
  EXPECT_TRUE(find(pair, "x", "node") != nullptr && find(pair, "y", "node") != nullptr);
  EXPECT_TRUE(find(pair, "in -> x", "edge") != nullptr && find(pair, "in -> y", "edge") != nullptr);
}

TEST(Compare, JsonHoldsWhatTheTextDoes) {
  const Comparison comparison = diff(two_layers(), "a", two_layers(1.0), "b", noise(200));
  const Pair& pair = comparison.pairs.front();
  ASSERT_TRUE(pair.spikes);
  const auto json = nlohmann::json::parse(comparison.to_json());
  EXPECT_EQ(json["equal"], false);
  const auto& first = json["pairs"][0]["spikes"];
  EXPECT_EQ(first["step"], pair.spikes->step);
  EXPECT_EQ(first["node"], pair.spikes->node);
  EXPECT_EQ(first["a"]["v"], *pair.spikes->a.v);
  EXPECT_EQ(json["pairs"][0]["events"][0]["a"], pair.layers[0].a);
  EXPECT_NE(comparison.text().find("spikes part in step " + std::to_string(pair.spikes->step)), std::string::npos);
}

TEST(Compare, IsToldHowFarItIsAndMayBeEnded) {
  std::uint64_t last = 0, total = 0;
  CompareOptions options;
  options.steps = 3000;
  options.keep_going = [&](std::uint64_t done, std::uint64_t of) {
    EXPECT_GE(done, last);
    last = done;
    total = of;
    return true;
  };
  EXPECT_TRUE(compare(two_layers(), {"cpu", "reference"}, {}, options).equal());
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, 6000U);
  options.keep_going = [](std::uint64_t, std::uint64_t) { return false; };
  try {
    compare(two_layers(), {"cpu", "reference"}, {}, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::cancelled);
  }
}

TEST(Compare, RefusesWhatCannotBeCompared) {
  const auto code = [](const auto& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    return Code::ok;
  };
  const Network network = two_layers();
  EXPECT_EQ(code([&] { compare(network, {"cpu"}, noise(3)); }), Code::invalid_argument);
  EXPECT_EQ(code([&] { compare(network, {"cpu", "cpu"}, {}); }), Code::invalid_argument);
  EXPECT_EQ(code([&] { compare(network, {"cpu", "nobody"}, noise(3)); }), Code::not_found);
  EXPECT_EQ(code([&] { compare(network, {"cpu", "cpu"}, {{"in", Tensor({3, 7})}}); }), Code::bad_shape);
  EXPECT_EQ(code([&] { compare(network, {"cpu", "cpu"}, {{"in", Tensor(Shape{})}}); }), Code::bad_shape);
  EXPECT_EQ(code([&] { compare(network, {"cpu", "cpu"}, {{"out", Tensor({3, 4})}}); }), Code::unknown_name);
  CompareOptions still;
  for (const double tau : {0.0, -1.0, HUGE_VAL}) {
    still.tau_ms = tau;
    EXPECT_EQ(code([&] { compare(network, {"cpu", "cpu"}, noise(3), still); }), Code::out_of_range);
  }
  CompareOptions other;
  other.steps = 4;
  EXPECT_EQ(code([&] { compare(network, {"cpu", "cpu"}, noise(3), other); }), Code::bad_shape);
}

}  // namespace
}  // namespace ranvier::repeat
