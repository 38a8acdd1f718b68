#include "core/lower/lower.h"

#include <limits>

#include <gtest/gtest.h>

namespace ranvier::lower {
namespace {

const Parameters kLif{{"tau", Tensor::of<double>({0.01})}};

Tensor matrix(std::size_t rows, std::size_t columns) {
  Tensor result(Shape{rows, columns});
  for (std::size_t i = 0; i < result.size(); ++i) result.mutable_data<float>()[i] = static_cast<float>(i);
  return result;
}

Network recurrent() {
  Network net(0.1 * ms);
  net.input("in", {2});
  net.add("fc", "linear", {3}, {{"weight", matrix(3, 2)}});
  net.add("lif", "lif", {3}, kLif);
  net.add("rec", "affine", {3}, {{"weight", matrix(3, 3)}, {"bias", Tensor::of<float>({1, 2, 3})}});
  net.output("out", {3});
  net.connect("in", "fc");
  net.connect("fc", "lif");
  net.connect("lif", "rec");
  net.connect("rec", "lif");
  net.connect("lif", "out");
  return net;
}

std::string message_of(const Network& net) {
  try {
    lower(net.graph());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Lower, NumbersPopulationsAndSortsProjections) {
  const plan::Description d = lower(recurrent().graph());
  std::vector<std::string> names;
  for (const auto& p : d.populations) names.push_back(p.name);
  EXPECT_EQ(names, (std::vector<std::string>{"in", "fc", "lif", "rec", "out"}));
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ends;
  for (const auto& p : d.projections) ends.emplace_back(p.source, p.target);
  EXPECT_EQ(ends, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 1}, {1, 2}, {2, 3}, {2, 4}, {3, 2}}));
}

TEST(Lower, StoresOneRowOfWeightsPerSource) {
  const plan::Description d = lower(recurrent().graph());
  const auto weights = d.projections[0].weights.values<float>();
  EXPECT_EQ(std::vector<float>(weights.begin(), weights.end()), (std::vector<float>{0, 2, 4, 1, 3, 5}));
}

TEST(Lower, GivesFeedbackItsBiasBeforeTheFirstStepOnlyWhereAsked) {
  EXPECT_TRUE(lower(recurrent().graph()).projections[4].prior.empty());
  net::Graph graph = recurrent().graph();
  for (net::Edge& edge : graph.edges) edge.feedback_bias_from_start = true;
  const plan::Description d = lower(graph);
  const auto prior = d.projections[4].prior.values<float>();
  EXPECT_EQ(std::vector<float>(prior.begin(), prior.end()), (std::vector<float>{1, 2, 3}));
  for (std::size_t k = 0; k < 4; ++k) EXPECT_TRUE(d.projections[k].prior.empty());
}

TEST(Lower, EstimatesMemory) {
  const plan::Description d = lower(recurrent().graph());
  // v of lif, one accumulator each of fc, rec and out, two slots of lif's: 3 neurons of 4 bytes each.
  EXPECT_EQ(d.lane_bytes, 6U * 12);
}

TEST(Lower, ReportsAllProblemsOfANetworkAtOnce) {
  Network net(0.1 * ms);
  net.input("in", {2});
  net.add("a", "lif", {3}, {{"tau", Tensor::of<double>({-1.0})}});
  net.add("b", "cubalif", {3}, {});
  net.add("fc", "linear", {3}, {{"weight", matrix(3, 5)}});
  net.connect("in", "a");
  net.connect("in", "fc");
  net.connect("a", "b", {Tensor::of<float>({1.0F, std::numeric_limits<float>::quiet_NaN(), 0.0F}), {}, {}});
  const std::string text = message_of(net);
  for (const char* part : {"a: The parameter tau is -1", "b: cubalif@1 needs the parameter 'tau_syn'",
                           "in -> a: The source has the shape [2], the target [3]",
                           "in -> fc: The weight of 'fc' has the shape [3, 5], but the edge needs [3, 2]",
                           "a -> b: The weight at flat index 1 is nan"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  }
}

TEST(Lower, RefusesAnEmptyNetworkAndEdgesIntoInputs) {
  EXPECT_NE(message_of(Network(1 * ms)).find("The network has no nodes."), std::string::npos);
  Network net(1 * ms);
  net.input("a", {1});
  net.input("b", {1});
  net.connect("a", "b");
  EXPECT_NE(message_of(net).find("The edge ends at the input 'b'"), std::string::npos);
}

TEST(Network, RefusesTwoToThe31NeuronsAndTakenNames) {
  Network net(1 * ms);
  try {
    net.add("big", "lif", {std::size_t{1} << 31}, kLif);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("has 2147483648 neurons; a node has 1 to 2^31 - 1."), std::string::npos);
  }
  net.input("x", {1});
  EXPECT_THROW(net.input("x", {1}), Error);
  EXPECT_THROW(net.connect("x", "y"), Error);
  EXPECT_THROW(net.add("n", "adex", {1}, {}), Error);
  EXPECT_THROW(Network(1 * mV), Error);
  EXPECT_THROW(Network(0.0 * ms), Error);
}

}  // namespace
}  // namespace ranvier::lower
