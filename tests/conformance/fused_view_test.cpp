// FusedView: linear nodes become synapses, biases, nothing else.
#include <gtest/gtest.h>

#include <ranvier/driver.hpp>

#include "tests/conformance/plans.h"

namespace ranvier::conformance {
namespace {

using rvd::FusedView;
using Kind = FusedView::Kind;

plan::Population affine(const std::string& name, const std::vector<double>& bias) {
  plan::Population population;
  population.name = name;
  population.model = "affine@1";
  population.flags = RVD_POPULATION_STATELESS;
  population.shape = {bias.size()};
  population.coefficients = {{"bias", "", tensor(DType::f32, {bias.size()}, bias)}};
  population.receptors = {{"input", DType::f32}};
  Assembler as(population);
  as.emit(as.add(RVD_OP_ADD, RVD_F32, as.receptor(0), as.coefficient(0)));
  return population;
}

Plan plan_of(std::vector<plan::Population> populations, std::vector<plan::Projection> projections) {
  plan::Description description;
  description.dt = 1e-3;
  description.populations = std::move(populations);
  description.projections = std::move(projections);
  return plan::write(description);
}

FusedView view_of(const Plan& plan) { return FusedView(rvd::PlanView(plan.bytes().data(), plan.bytes().size())); }

Tensor matrix(Shape shape, const std::vector<double>& values) { return tensor(DType::f32, std::move(shape), values); }

TEST(FusedView, MakesSynapsesOfLinearNodes) {
  const Plan plan = plan_of(
      {input("in", 2), affine("fc", {0.5, 0, -1}), leaky("lif", 3, 0.9F, 1), relay("out", 3, RVD_POPULATION_OUTPUT)},
      {dense(0, 1, matrix({2, 3}, {1, 2, 3, 4, 5, 6}), 1), one_to_one(1, 2, 2, matrix({3}, {1, 10, 2})), one_to_one(2, 3, 1)});
  const FusedView view = view_of(plan);
  ASSERT_EQ(view.nodes().size(), 3u);
  EXPECT_EQ(view.nodes()[0].kind, Kind::input);
  EXPECT_EQ(view.nodes()[1].kind, Kind::neuron);
  EXPECT_EQ(view.nodes()[1].bias, (std::vector<double>{0.5, 0, -2}));
  EXPECT_EQ(view.nodes()[2].kind, Kind::output);
  EXPECT_TRUE(view.nodes()[2].bias.empty());
  ASSERT_EQ(view.synapses().size(), 2u);
  const FusedView::Synapses& in = view.synapses()[0];
  EXPECT_EQ(std::tuple(in.source, in.target, in.delay, in.path), std::tuple(0u, 2u, 3u, "in -> fc -> lif"));
  EXPECT_EQ(in.weights.values, (std::vector<double>{1, 20, 6, 4, 50, 12}));
  EXPECT_FALSE(in.weights.identity());
  EXPECT_TRUE(view.synapses()[1].weights.identity());
  EXPECT_EQ(view.synapses()[1].delay, 1u);
  EXPECT_EQ(view.largest_weight(2, 0), 50);
}

TEST(FusedView, MakesMatricesOfWindowsAndSparseRows) {
  plan::Projection convolution;
  convolution.kind = RVD_PROJECTION_CONVOLUTION;
  convolution.target = 1;
  convolution.window = {1, 1, 1, 0, {4, 1}, {3, 1}, {2, 1}, {1, 1}, {0, 0}, {1, 1}};
  convolution.weights = matrix({2}, {1, 10});
  plan::Projection sparse;
  sparse.kind = RVD_PROJECTION_SPARSE;
  sparse.source = 1;
  sparse.target = 2;
  sparse.rows = Tensor::of<std::int64_t>({0, 2, 2, 3});
  sparse.targets = Tensor::of<std::int32_t>({1, 1, 0});
  const Plan plan = plan_of({input("in", 4), affine("conv", {0, 0, 0}), leaky("lif", 2, 0.9F, 1)}, {convolution, sparse});
  const FusedView view = view_of(plan);
  ASSERT_EQ(view.synapses().size(), 1u);
  // in -> conv is {1,0,0}, {10,1,0}, {0,10,1}, {0,0,10}; conv -> lif {0,2}, {0,0}, {1,0}.
  EXPECT_EQ(view.synapses()[0].weights.values, (std::vector<double>{0, 2, 0, 20, 1, 0, 10, 0}));
}

TEST(FusedView, RefusesMatricesThatWouldFillTheMemory) {
  plan::Projection pool;
  pool.kind = RVD_PROJECTION_POOL;
  pool.target = 1;
  pool.window = {1, 1, 1, 0, {100'000, 1}, {100'000, 1}, {1, 1}, {1, 1}, {0, 0}, {1, 1}};
  const Plan plan = plan_of({input("in", 100'000), leaky("lif", 100'000, 0.9F, 1)}, {pool});
  try {
    view_of(plan);
    FAIL();
  } catch (const rvd::Failure& failure) {
    EXPECT_EQ(failure.status(), RVD_UNSUPPORTED);
    EXPECT_NE(std::string(failure.what()).find("in -> lif: as a matrix it has 100000 x 100000 weights"), std::string::npos);
  }
}

TEST(FusedView, ComposesChainsAndSumsParallelPaths) {
  const Plan plan = plan_of({input("in", 2), affine("a", {1, 2}), relay("b", 2), leaky("lif", 1, 0.9F, 1)},
                            {dense(0, 1, matrix({2, 2}, {1, 2, 3, 4})), dense(0, 3, matrix({2, 1}, {100, 200})),
                             dense(1, 2, matrix({2, 2}, {0, 1, 1, 0})), dense(2, 3, matrix({2, 1}, {1, 10}))});
  const FusedView view = view_of(plan);
  ASSERT_EQ(view.synapses().size(), 1u);
  // a's response passes b swapped: 10 a0 + a1.
  EXPECT_EQ(view.synapses()[0].weights.values, (std::vector<double>{100 + 10 + 2, 200 + 30 + 4}));
  EXPECT_EQ(view.synapses()[0].path, "in -> lif, in -> a -> b -> lif");
  EXPECT_EQ(view.nodes().back().bias, std::vector<double>{10 + 2});
}

TEST(FusedView, KeepsPathsOfDifferentDelayApart) {
  const Plan plan = plan_of({input("in", 1), leaky("lif", 1, 0.9F, 1)}, {one_to_one(0, 1, 0), one_to_one(0, 1, 2)});
  EXPECT_EQ(view_of(plan).synapses().size(), 2u);
}

TEST(FusedView, SeesRecurrence) {
  const Plan plan = plan_of({input("in", 2), leaky("lif", 2, 0.9F, 1), relay("rec", 2)},
                            {one_to_one(0, 1), dense(1, 2, matrix({2, 2}, {1, 2, 3, 4})), one_to_one(2, 1, 1)});
  const FusedView view = view_of(plan);
  ASSERT_EQ(view.synapses().size(), 2u);
  EXPECT_EQ(view.synapses()[1].path, "lif -> rec -> lif");
  EXPECT_EQ(view.synapses()[1].source, view.synapses()[1].target);
}

TEST(FusedView, LeavesWhatIsNotLinear) {
  plan::Population square = relay("square", 1);
  square.ops.clear();
  square.registers = 0;
  Assembler as(square);
  const auto x = as.receptor(0);
  as.emit(as.add(RVD_OP_MUL, RVD_F32, x, x));
  const Plan plan = plan_of({input("in", 1), square, leaky("lif", 1, 0.9F, 1)}, {one_to_one(0, 1), one_to_one(1, 2)});
  const FusedView view = view_of(plan);
  ASSERT_EQ(view.nodes().size(), 3u);
  EXPECT_EQ(view.nodes()[1].kind, Kind::unfusable);
  EXPECT_NE(view.nodes()[1].reason.find("not linear"), std::string::npos);
  EXPECT_EQ(view.synapses().size(), 2u);
}

TEST(FusedView, RefusesACycleOfLinearNodes) {
  const Plan plan = plan_of({input("in", 1), relay("a", 1), leaky("lif", 1, 0.9F, 1)},
                            {one_to_one(0, 1), one_to_one(1, 1, 1), one_to_one(1, 2)});
  EXPECT_THROW(view_of(plan), rvd::Failure);
}

TEST(FusedView, KeepsLargeOneToOneConnectionsSmall) {
  constexpr std::size_t kCount = 1 << 20;  // squared, it would be 8 TB
  const Plan plan =
      plan_of({input("in", kCount), relay("a", kCount), leaky("lif", kCount, 0.9F, 1)}, {one_to_one(0, 1), one_to_one(1, 2)});
  EXPECT_TRUE(view_of(plan).synapses()[0].weights.identity());
}

}  // namespace
}  // namespace ranvier::conformance
