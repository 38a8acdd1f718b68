// Convolutions, pools, stacks of matrices, other shapes, delays and element types: what lowering makes of them, and refuses.
#include <gtest/gtest.h>

#include "core/lower/lower.h"
#include "core/plan/description.h"

namespace ranvier::lower {
namespace {

Tensor numbers(std::initializer_list<std::int64_t> values) { return Tensor::of<std::int64_t>(values); }

std::string message_of(const Network& net) {
  try {
    lower(net.graph());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// in -> node -> out, and the plan passes its check.
Network through(const std::string& model, const Shape& in, const Shape& out, const Parameters& parameters,
                const Options& options = {}) {
  Network net(1 * ms);
  net.input("in", in);
  net.add("node", model, out, parameters, options);
  net.output("out", out);
  net.connect("in", "node");
  net.connect("node", "out");
  return net;
}

plan::Projection first_projection(const Network& net) {
  const plan::Description d = lower(net.graph());
  plan::write(d);
  return d.projections.at(0);
}

using Axes = std::vector<std::uint32_t>;
Axes axes(const std::uint32_t (&field)[2]) { return {field[0], field[1]}; }

Parameters conv_parameters(const Shape& weight, Parameters more = {}) {
  more["weight"] = Tensor(weight);
  more["bias"] = Tensor(Shape{weight.front()});
  return more;
}

TEST(Windows, OfAConvolutionComeFromItsNumbersAndBothShapes) {
  const plan::Projection p = first_projection(through("conv", {4, 9, 8}, {6, 5, 8},
                                                      conv_parameters({6, 2, 3, 2}, {{"stride", numbers({2, 1})},
                                                                                     {"padding", numbers({1, 1})},
                                                                                     {"dilation", numbers({1, 2})},
                                                                                     {"groups", numbers({2})}})));
  EXPECT_EQ(p.kind, RVD_PROJECTION_CONVOLUTION);
  EXPECT_EQ((Axes{p.window.channels_in, p.window.channels_out, p.window.groups}), (Axes{4, 6, 2}));
  EXPECT_EQ(axes(p.window.in), (Axes{9, 8}));
  EXPECT_EQ(axes(p.window.out), (Axes{5, 8}));
  EXPECT_EQ(axes(p.window.kernel), (Axes{3, 2}));
  EXPECT_EQ(axes(p.window.stride), (Axes{2, 1}));
  EXPECT_EQ(axes(p.window.padding), (Axes{1, 1}));
  EXPECT_EQ(axes(p.window.dilation), (Axes{1, 2}));
  EXPECT_EQ(p.weights.size(), 72U);
}

TEST(Windows, NumbersThatAreMissingArePlain) {
  const plan::Projection p = first_projection(through("conv", {1, 5, 5}, {2, 3, 4}, conv_parameters({2, 1, 3, 2})));
  EXPECT_EQ(axes(p.window.stride), (Axes{1, 1}));
  EXPECT_EQ(axes(p.window.padding), (Axes{0, 0}));
  EXPECT_EQ(axes(p.window.dilation), (Axes{1, 1}));
  EXPECT_EQ(p.window.groups, 1U);
}

TEST(Windows, OfOneAxisHaveOneOnTheSecond) {
  const plan::Projection p = first_projection(
      through("conv", {2, 10}, {3, 5}, conv_parameters({3, 2, 3}, {{"stride", numbers({2})}, {"padding", numbers({1})}})));
  EXPECT_EQ(axes(p.window.in), (Axes{10, 1}));
  EXPECT_EQ(axes(p.window.out), (Axes{5, 1}));
  EXPECT_EQ(axes(p.window.kernel), (Axes{3, 1}));
  EXPECT_EQ(axes(p.window.stride), (Axes{2, 1}));
  EXPECT_EQ(axes(p.window.padding), (Axes{1, 0}));
}

TEST(Windows, OfAnEvenKernelMayEndOneLaterSoThatTheExtentStays) {
  const Parameters same = conv_parameters({1, 1, 4, 2}, {{"padding", numbers({1, 0})}});
  EXPECT_EQ(axes(first_projection(through("conv", {1, 7, 7}, {1, 7, 7}, same)).window.out), (Axes{7, 7}));
}

TEST(Windows, OfPoolsKeepChannelsApart) {
  const Parameters pool{{"kernel_size", numbers({2, 3})}, {"stride", numbers({2, 2})}, {"padding", numbers({0, 1})}};
  for (const char* model : {"sumpool", "avgpool"}) {
    const plan::Projection p = first_projection(through(model, {3, 6, 7}, {3, 3, 4}, pool));
    EXPECT_EQ(p.kind, RVD_PROJECTION_POOL);
    EXPECT_EQ((Axes{p.window.channels_in, p.window.channels_out, p.window.groups}), (Axes{3, 3, 3}));
    EXPECT_EQ(axes(p.window.kernel), (Axes{2, 3}));
    EXPECT_TRUE(p.weights.empty());
  }
}

TEST(Windows, AStackOfMatricesIsOneOfOneElement) {
  const Parameters weight{{"weight", Tensor(Shape{2, 3, 5, 4})}};
  const plan::Projection p = first_projection(through("linear", {2, 3, 4}, {2, 3, 5}, weight));
  EXPECT_EQ(p.kind, RVD_PROJECTION_CONVOLUTION);
  EXPECT_EQ((Axes{p.window.channels_in, p.window.channels_out, p.window.groups}), (Axes{24, 30, 6}));
  EXPECT_EQ(axes(p.window.kernel), (Axes{1, 1}));
}

void expect_message(const Network& net, const std::string& part) {
  const std::string text = message_of(net);
  EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

TEST(Windows, RefusalsNameNodeEdgeAndBothShapes) {
  expect_message(
      through("conv", {1, 5, 5}, {1, 4, 3}, conv_parameters({1, 1, 3, 3})),
      "in -> node: 'in' has the shape [1, 5, 5] and 'node' [1, 4, 3], which do not fit a kernel of 3x3 with stride 1x1, "
      "padding 0x0 and dilation 1x1.");
  expect_message(through("conv", {25}, {1, 3, 3}, conv_parameters({1, 1, 3, 3})),
                 "in -> node: 'in' has the shape [25] and 'node' [1, 3, 3]; conv@1 takes and gives [channels, x, y].");
  expect_message(
      through("conv", {3, 5, 5}, {2, 3, 3}, conv_parameters({2, 1, 3, 3}, {{"groups", numbers({2})}})),
      "The weight of 'node' has the shape [2, 1, 3, 3] with 2 groups, but 'in' has the shape [3, 5, 5] and 'node' [2, 3, 3].");
  expect_message(through("conv", {1, 5}, {1, 5}, conv_parameters({1, 1})), "it must be [out, in / groups, kernel x] or");
  expect_message(through("conv", {1, 5, 5}, {1, 3, 3}, conv_parameters({1, 1, 3, 3}, {{"stride", numbers({0})}})),
                 "node: The parameter stride is 0 at index 0; it must be greater than 0, and a whole number of 32 bits.");
  expect_message(through("conv", {1, 5, 5}, {1, 3, 3}, conv_parameters({1, 1, 3, 3}, {{"stride", Tensor::of({1.5})}})),
                 "node: The parameter stride is 1.5 at index 0; it must be greater than 0, and a whole number of 32 bits.");
  expect_message(through("conv", {1, 5, 5}, {2, 3, 3}, {{"weight", Tensor(Shape{2, 1, 3, 3})}, {"bias", Tensor(Shape{3})}}),
                 "node: The parameter bias has the shape [3], but the node has 2 channels.");
  expect_message(through("conv", {1, 5}, {1, 3}, conv_parameters({1, 1, 3}, {{"stride", numbers({1, 1})}})),
                 "node: The parameter stride has 2 values; it may have 1.");
  const Parameters pool{{"kernel_size", numbers({2})}, {"stride", numbers({2})}, {"padding", numbers({0})}};
  expect_message(through("sumpool", {2, 4, 4}, {3, 2, 2}, pool), "a pool keeps the number of channels.");
  expect_message(through("sumpool", {2, 4, 4}, {2, 2, 3}, pool), "which do not fit a kernel of 2x2");
  expect_message(through("linear", {2, 4}, {3, 5}, {{"weight", Tensor(Shape{3, 5, 4})}}),
                 "takes [3, 4] to [3, 5], but 'in' has the shape [2, 4] and 'node' [3, 5].");
  Network weighted = through("sumpool", {2, 4, 4}, {2, 2, 2}, pool);
  weighted.connect("in", "node", {Tensor(Shape{32, 8}), {}, {}});
  expect_message(weighted, "The edge brings weights, but sumpool@1 takes none.");
  Network delayed = through("delay", {2}, {2}, {{"delay", Tensor::of({0.001, 0.002})}});
  delayed.connect("in", "node", {Tensor::of({1.0F, 2.0F}), {}, {}});
  expect_message(delayed, "The edge brings weights, but delay@1 takes none.");
}

TEST(Shapes, OnlyFlattenAndIdentityTakeAnother) {
  for (const char* model : {"flatten", "identity"}) {
    const plan::Projection p = first_projection(through(model, {2, 3}, {6}, {}));
    EXPECT_EQ(p.kind, RVD_PROJECTION_ONE_TO_ONE);
    expect_message(through(model, {2, 3}, {7}, {}),
                   "in -> node: The source has the shape [2, 3], the target [7]; both must have as many neurons.");
  }
  expect_message(through("scale", {2, 3}, {6}, {{"scale", Tensor::of({2.0F})}}), "without weights both must be equal.");
}

// ------------------------------------------------------------------------------------------------------------------ delays

TEST(Delays, OfOneLengthStayOneToOneAndAddToTheEdges) {
  Network net = through("delay", {3}, {3}, {{"delay", Tensor::of({0.004})}});
  EXPECT_EQ(first_projection(net).delay, 4U);
  EXPECT_EQ(first_projection(net).kind, RVD_PROJECTION_ONE_TO_ONE);
  net::Graph graph = net.graph();
  graph.edges[0].hop_delay = 2;
  EXPECT_EQ(lower(graph).projections[0].delay, 6U);
  EXPECT_TRUE(lower(graph).notes.empty());
}

TEST(Delays, OfSeveralLengthsAreAProjectionEach) {
  const Network net = through("delay", {4}, {4}, {{"delay", Tensor::of({0.001, 0.0, 0.001, 0.0026})}});
  const plan::Description d = lower(net.graph());
  plan::write(d);
  ASSERT_EQ(d.projections.size(), 4U);
  const std::vector<std::vector<std::int32_t>> neurons{{1}, {0, 2}, {3}};
  const std::vector<std::uint32_t> delays{0, 1, 3};
  for (std::size_t k = 0; k < 3; ++k) {
    const plan::Projection& p = d.projections[k];
    EXPECT_EQ(p.kind, RVD_PROJECTION_SPARSE);
    EXPECT_EQ(p.delay, delays[k]);
    const auto targets = p.targets.values<std::int32_t>();
    EXPECT_EQ(std::vector<std::int32_t>(targets.begin(), targets.end()), neurons[k]);
    EXPECT_EQ(p.rows.at(4), static_cast<double>(neurons[k].size()));
  }
  ASSERT_EQ(d.notes.size(), 1U);
  EXPECT_EQ(d.notes[0].where, "node");
  EXPECT_EQ(d.notes[0].text, "1 of 4 delays are no multiples of dt and went to the nearest step, by at most 0.4 ms.");
}

TEST(Delays, GoToTheNearestStepAndTiesToTheLater) {
  const auto steps = [](Tensor delay) {
    return first_projection(through("delay", {1}, {1}, {{"delay", std::move(delay)}})).delay;
  };
  EXPECT_EQ(steps(Tensor::of({0.0014})), 1U);
  EXPECT_EQ(steps(Tensor::of({0.0015})), 2U);
  EXPECT_EQ(steps(Tensor::of({0.0016})), 2U);
  EXPECT_EQ(steps(Tensor::of({0.003F})), 3U);
  EXPECT_TRUE(lower(through("delay", {1}, {1}, {{"delay", Tensor::of({0.003F})}}).graph()).notes.empty());
}

TEST(Delays, BelowZeroOrTooLongAreRefused) {
  expect_message(through("delay", {1}, {1}, {{"delay", Tensor::of({-0.001})}}),
                 "node: The delay at index 0 is -0.001 s; it may be 0 to 1048575 steps of 0.001 s.");
  expect_message(through("delay", {1}, {1}, {{"delay", Tensor::of({2000.0})}}), "node: The delay at index 0 is 2000 s;");
}

// ------------------------------------------------------------------------------------------------------------ element types

Network typed(const std::string& in, const std::string& node, Tensor weight) {
  Network net(1 * ms);
  net.add("in", "input", {2}, {}, {{"precision", in}});
  net.add("node", "linear", {1}, {{"weight", std::move(weight)}}, {{"precision", node}});
  net.add("out", "output", {1}, {}, {{"precision", node}});
  net.connect("in", "node");
  net.connect("node", "out");
  return net;
}

TEST(Precision, GoesFromTheInputToTheWeights) {
  const plan::Description d = lower(typed("f64", "f64", Tensor::of({0.1, 1e300}).reshape({1, 2})).graph());
  plan::write(d);
  for (const plan::Population& population : d.populations) EXPECT_EQ(population.value_type, DType::f64);
  EXPECT_EQ(d.projections[0].weights.at(0), 0.1);
  EXPECT_EQ(d.projections[0].weights.at(1), 1e300);
  EXPECT_EQ(lower(typed("i32", "i32", Tensor::of({3.0, -4.0}).reshape({1, 2})).graph()).projections[0].weights.dtype(),
            DType::i32);
}

TEST(Precision, OfBothEndsOfAnEdgeIsOne) {
  expect_message(typed("f32", "f64", Tensor(Shape{1, 2})), "in -> node: The source emits f32, but the target sums f64.");
  expect_message(typed("i32", "i32", Tensor::of({0.5, 1.0}).reshape({1, 2})),
                 "in -> node: The weight at flat index 0 is 0.5; weights must be whole numbers of the target's type.");
  expect_message(typed("f32", "f32", Tensor::of({1e300, 1.0}).reshape({1, 2})), "weights must be finite in f32.");
  expect_message(
      through("affine", {1}, {1}, {{"weight", Tensor(Shape{1, 1})}, {"bias", Tensor::of({0.5})}}, {{"precision", "i32"}}),
      "node: The parameter bias is 0.5 at index 0; it must be finite, and a whole number of 32 bits.");
}

/// A loop of a convolution, a pool and a scale answers to silence with their programs.
TEST(Silence, IsAnsweredByAnyStatelessProgram) {
  Network net(1 * ms);
  net.input("in", {1, 1, 2});
  net.add("lif", "lif", {1, 1, 2}, {{"tau", Tensor::of({0.01})}});
  net.add("conv", "conv", {1, 1, 2}, {{"weight", Tensor::of({2.0}).reshape({1, 1, 1, 1})}, {"bias", Tensor::of({0.5})}});
  net.add("pool", "avgpool", {1, 1, 2},
          {{"kernel_size", numbers({1, 3})}, {"stride", numbers({1, 1})}, {"padding", numbers({0, 1})}});
  net.add("scale", "scale", {1, 1, 2}, {{"scale", Tensor::of({3.0, -7.0})}});
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {"in", "lif"}, {"lif", "conv"}, {"conv", "pool"}, {"pool", "scale"}, {"scale", "lif"}}) {
    net.connect(from, to);
  }
  net::Graph graph = net.graph();
  for (net::Edge& edge : graph.edges) edge.feedback_bias_from_start = true;
  const plan::Description d = lower(graph);
  plan::write(d);
  const plan::Projection& feedback = d.projections.back();
  EXPECT_EQ(feedback.flags, RVD_PROJECTION_FEEDBACK);
  ASSERT_EQ(feedback.prior.size(), 2U);
  const float mean = 1.0F / 3.0F;
  EXPECT_EQ(feedback.prior.values<float>()[0], 3.0F * mean);
  EXPECT_EQ(feedback.prior.values<float>()[1], -7.0F * mean);
}

}  // namespace
}  // namespace ranvier::lower
