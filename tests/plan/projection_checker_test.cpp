#include <gtest/gtest.h>

#include <limits>

#include "core/plan/check.h"
#include "tests/plan/mutable_plan.h"
#include "tests/plan/sample.h"

namespace ranvier::plan {
namespace {

constexpr std::uint32_t kInfinity32 = 0xFF80'0000;

rvd_projection& projection(MutablePlan& plan, std::uint64_t i) {
  return plan.record<rvd_projection>(RVD_SECTION_PROJECTION, i);
}

TEST(ProjectionChecker, DemandsIndicesInRange) {
  expect_refused({
      {"Projection 0: source is 3; it must be below 3, the number of populations.",
       [](MutablePlan& p) { projection(p, 0).source = 3; }},
      {"Projection 2: target is 4294967295; it must be below 3, the number of populations.",
       [](MutablePlan& p) { projection(p, 2).target = std::numeric_limits<std::uint32_t>::max(); }},
      {"Projection 1: target is 0; it must be a population that is not an input.",
       [](MutablePlan& p) { projection(p, 1).target = 0; }},
      {"Projection 1: receptor is 1; it must be below 1, the number of the target's receptors.",
       [](MutablePlan& p) { projection(p, 1).receptor = 1; }},
      {"Projection 1: zero is 1; it must be 0", [](MutablePlan& p) { projection(p, 1).zero = 1; }},
  });
}

TEST(ProjectionChecker, DemandsTheOrderOfDelivery) {
  expect_refused({
      {"Projection 2: (source, target, receptor) is 1, 1, 0; it must be at least that of the projection before, 1, 2, 0.",
       [](MutablePlan& p) { std::swap(projection(p, 1), projection(p, 2)); }},
      {"Projection 1: (source, target, receptor) is 0, 1, 0; it must be at least that of the projection before, 1, 1, 0.",
       [](MutablePlan& p) { std::swap(projection(p, 0), projection(p, 1)); }},
  });
  Description description = sample();  // two projections between the same ends are two projections
  description.projections.insert(description.projections.begin(), description.projections[0]);
  EXPECT_NO_THROW(write(description));
}

TEST(ProjectionChecker, AllowsDelayZeroOnlyTowardsLaterPopulations) {
  expect_refused({
      {"Projection 1: delay is 0; it must be at least 1, for the target is not updated after the source.",
       [](MutablePlan& p) { projection(p, 1).delay = 0; }},
      {"Projection 0: delay is 1048576; it must be 0 to 1048575.",
       [](MutablePlan& p) { projection(p, 0).delay = kMaxDelay + 1; }},
      {"Projection 0: flags is 2; it must be 0 or 1.", [](MutablePlan& p) { projection(p, 0).flags = 2; }},
  });
  Description description = sample();
  description.projections[0].delay = kMaxDelay;
  EXPECT_NO_THROW(write(description));
}

TEST(ProjectionChecker, DemandsTheCountOfWeightsThatTheKindImplies) {
  expect_refused({
      {"Projection 0: kind is 0; it must be 1 to 5.", [](MutablePlan& p) { projection(p, 0).kind = 0; }},
      {"Projection 0: kind is 6; it must be 1 to 5.", [](MutablePlan& p) { projection(p, 0).kind = 6; }},
      {"Projection 0: weights.count is 23; it must be 24, sources times targets.",
       [](MutablePlan& p) { projection(p, 0).weights.count = 23; }},
      {"Projection 0: weights.count is 0; it must be 24, sources times targets.",
       [](MutablePlan& p) {
         projection(p, 0).weights = {0, 0, 0, 0};
       }},
      {"Projection 0: the number of targets is 4; it must be 6, one a source, for the kind is one-to-one.",
       [](MutablePlan& p) { projection(p, 0).kind = RVD_PROJECTION_ONE_TO_ONE; }},
      {"Projection 1: weights.count is 16; it must be 0, 1 or 4, one a neuron.",
       [](MutablePlan& p) { projection(p, 1).kind = RVD_PROJECTION_ONE_TO_ONE; }},
      {"Projection 0: weights.zero is 1; it must be 0", [](MutablePlan& p) { projection(p, 0).weights.zero = 1; }},
  });
}

TEST(ProjectionChecker, AcceptsOneToOneWithOneWeightOrOnePerNeuron) {
  for (const std::uint64_t count : {1u, 4u}) {
    MutablePlan plan(write(sample()));
    projection(plan, 1).kind = RVD_PROJECTION_ONE_TO_ONE;
    projection(plan, 1).weights.count = count;
    plan.repair_checksum();
    EXPECT_EQ(verdict_of(plan.bytes()).sentence, "") << count;
  }
}

TEST(ProjectionChecker, MultipliesLargeCountsWithoutWrapping) {
  Description description = sample();
  description.projections.resize(1);
  description.projections[0].weights = {};
  description.populations[0].shape = {kMaxNeurons};
  description.populations[1].shape = {kMaxNeurons};
  for (auto& coefficient : description.populations[1].coefficients) coefficient.values = Tensor::of({1.0F});
  description.populations[1].states[0].initial = {};
  try {
    write(description);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("weights.count is 0; it must be 4611686014132420609,"), std::string::npos)
        << error.what();
  }
}

TEST(ProjectionChecker, DemandsOneTypeFromSourceToReceptor) {
  expect_refused({
      {"Projection 0: the receptor's type is f32; it must be f64, the value_type of the source.",
       [](MutablePlan& p) { p.record<rvd_population>(RVD_SECTION_POPULATION, 0).value_type = RVD_F64; }},
      {"Projection 0: weights.type is i32; it must be f32, the receptor's.",
       [](MutablePlan& p) { projection(p, 0).weights.type = RVD_I32; }},
      {"Projection 0: weights[17] is infinite or NaN; it must be finite.",
       [](MutablePlan& p) { p.at<std::uint32_t>(projection(p, 0).weights.offset + 17 * 4) = kInfinity32; }},
  });
}

TEST(ProjectionChecker, FindsInfiniteWeightsOfBothFloatTypes) {
  Description description = sample();
  description.populations.erase(description.populations.begin() + 1);
  description.populations[0].value_type = DType::f64;
  description.populations[1].receptors[0].type = DType::f64;
  description.populations[1].ops = {make_op(RVD_OP_CONST, RVD_I64, {}), make_op(RVD_OP_EMIT, RVD_I64, {})};
  description.populations[1].registers = 1;
  description.projections.resize(1);
  Tensor weights({6, 4}, DType::f64);
  description.projections[0].weights = weights;
  EXPECT_NO_THROW(write(description));
  weights.mutable_data<double>()[23] = -std::numeric_limits<double>::infinity();
  EXPECT_THROW(write(description), Error);
}

TEST(ProjectionChecker, DemandsAPriorOfOneValuePerSourceAndADelayToFill) {
  expect_refused({
      {"Projection 1: prior.count is 3; it must be 0 or 4, one a source.",
       [](MutablePlan& p) { projection(p, 1).prior.count = 3; }},
      {"Projection 1: prior.type is i32; it must be f32, the value_type of the source.",
       [](MutablePlan& p) { projection(p, 1).prior.type = RVD_I32; }},
      {"Projection 2: prior.count is 4; it must be 0, for the delay is 0.",
       [](MutablePlan& p) { projection(p, 2).prior = projection(p, 1).prior; }},
      {"Projection 1: prior[3] is infinite or NaN; it must be finite.",
       [](MutablePlan& p) { p.at<std::uint32_t>(projection(p, 1).prior.offset + 12) = kInfinity32; }},
      {"Projection 1: prior.zero is 1; it must be 0", [](MutablePlan& p) { projection(p, 1).prior.zero = 1; }},
  });
}

// ------------------------------------------------------------------------------------------- windows and sparse projections

/// 4 channels of 6 x 5 to 6 channels of 3 x 4 (projection 0: convolution), these to 6 of 2 x 2 (1: pool) and to 3 neurons (2: sparse).
Description windows() {
  Description description;
  description.dt = 1;
  description.populations.resize(4);
  const Shape shapes[] = {{4, 6, 5}, {6, 3, 4}, {6, 2, 2}, {3}};
  for (std::size_t k = 0; k < 4; ++k) {
    Population& population = description.populations[k];
    population.name = "p" + std::to_string(k);
    population.model = "test@1";
    population.shape = shapes[k];
    if (k == 0) {
      population.flags = RVD_POPULATION_INPUT;
      continue;
    }
    population.flags = RVD_POPULATION_STATELESS;
    population.receptors = {{"x", DType::f32}};
    population.ops = {make_op(RVD_OP_RECEPTOR, RVD_F32, {}), make_op(RVD_OP_EMIT, RVD_F32, {})};
    population.registers = 1;
  }
  description.projections.resize(3);
  Projection& convolution = description.projections[0];
  convolution.kind = RVD_PROJECTION_CONVOLUTION;
  convolution.target = 1;
  convolution.weights = Tensor(Shape{6, 2, 3, 2});
  convolution.window = {4, 6, 2, 0, {6, 5}, {3, 4}, {3, 2}, {2, 1}, {1, 0}, {1, 1}};
  Projection& pool = description.projections[1];
  pool.kind = RVD_PROJECTION_POOL;
  pool.source = 1;
  pool.target = 2;
  pool.window = {6, 6, 6, 0, {3, 4}, {2, 2}, {2, 2}, {2, 2}, {1, 0}, {1, 1}};
  Projection& sparse = description.projections[2];
  sparse.kind = RVD_PROJECTION_SPARSE;
  sparse.source = 2;
  sparse.target = 3;
  sparse.rows = Tensor(Shape{25}, DType::i64);
  for (std::size_t i = 1; i < 25; ++i) sparse.rows.mutable_data<std::int64_t>()[i] = i < 3 ? 2 : 5;
  sparse.targets = Tensor::of<std::int32_t>({0, 2, 1, 1, 2});
  sparse.weights = Tensor::of({1.0F, 2.0F, 3.0F, 4.0F, 5.0F});
  return description;
}

void expect_refused_windows(const std::vector<Refusal>& refusals) {
  const Plan plan = write(windows());
  for (const Refusal& refusal : refusals) {
    MutablePlan damaged(plan);
    refusal.damage(damaged);
    damaged.repair_checksum();
    EXPECT_NE(verdict_of(damaged.bytes()).sentence.find(refusal.sentence), std::string::npos)
        << verdict_of(damaged.bytes()).sentence << "\ninstead of\n"
        << refusal.sentence;
  }
}

TEST(ProjectionChecker, AcceptsWindowsPoolsAndSparseRows) {
  EXPECT_NO_THROW(write(windows()));
  Description description = windows();
  description.projections[2].weights = {};
  EXPECT_NO_THROW(write(description));
  description.projections[2].weights = Tensor::of({2.0F});
  EXPECT_NO_THROW(write(description));
  description.projections[2].targets = {};
  description.projections[2].rows = Tensor(Shape{25}, DType::i64);
  EXPECT_NO_THROW(write(description));
  description.projections.push_back(windows().projections[2]);  // arrays of two records may be the same
  description.projections.push_back(windows().projections[2]);
  EXPECT_NO_THROW(write(description));
}

TEST(ProjectionChecker, DemandsAWindowThatFitsBothPopulations) {
  const auto window = [](MutablePlan& p) -> rvd_window& { return projection(p, 0).window; };
  expect_refused_windows({
      {"Projection 0: window.zero is 1; it must be 0", [&](MutablePlan& p) { window(p).zero = 1; }},
      {"Projection 0: window.channels_in is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).channels_in = 0; }},
      {"Projection 0: window.channels_out is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).channels_out = 0; }},
      {"Projection 0: window.groups is 0; it must be a divisor of 4 and 6, the channels.",
       [&](MutablePlan& p) { window(p).groups = 0; }},
      {"Projection 0: window.groups is 4; it must be a divisor of 4 and 6, the channels.",
       [&](MutablePlan& p) { window(p).groups = 4; }},
      {"Projection 0: window.groups is 3; it must be a divisor of 4 and 6, the channels.",
       [&](MutablePlan& p) { window(p).groups = 3; }},
      {"Projection 0: window.in[0] is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).in[0] = 0; }},
      {"Projection 0: window.out[1] is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).out[1] = 0; }},
      {"Projection 0: window.kernel[1] is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).kernel[1] = 0; }},
      {"Projection 0: window.stride[0] is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).stride[0] = 0; }},
      {"Projection 0: window.dilation[0] is 0; it must be at least 1.", [&](MutablePlan& p) { window(p).dilation[0] = 0; }},
      {"Projection 0: where the last window of axis 0 begins is 8; it must be below 8, the input's extent with its padding.",
       [&](MutablePlan& p) { window(p).stride[0] = 4; }},
      {"Projection 0: where the last window of axis 1 begins is 12884901885; it must be below 5,",
       [&](MutablePlan& p) { window(p).stride[1] = 0xFFFF'FFFF; }},
      {"Projection 0: window.channels_in times window.in is 140; it must be 120, the sources.",
       [&](MutablePlan& p) { window(p).in[0] = 7; }},
      {"Projection 0: window.channels_out times window.out is 54; it must be 72, the targets.",
       [&](MutablePlan& p) { window(p).out[1] = 3; }},
      {"Projection 0: window.channels_in times window.in is 18446744073709551615; it must be 120,",
       [&](MutablePlan& p) {
         window(p).channels_in = 0x8000'0000;
         window(p).in[0] = window(p).in[1] = 0x8000'0000;
       }},
      {"Projection 0: weights.count is 72; it must be 108, the kernels of all channels.",
       [&](MutablePlan& p) { window(p).kernel[1] = 3; }},
      {"Projection 0: weights.count is 72; it must be 18446744073709551615, the kernels of all channels.",
       [&](MutablePlan& p) { window(p).kernel[0] = window(p).kernel[1] = 0xFFFF'FFFF; }},
  });
}

TEST(ProjectionChecker, DemandsOfAPoolOneGroupAChannelAndNoWeights) {
  expect_refused_windows({
      {"Projection 1: window.groups is 3; it must be 6, the number of channels on both sides, for the kind is pool.",
       [](MutablePlan& p) { projection(p, 1).window.groups = 3; }},
      {"Projection 1: window.groups is 6; it must be 12, the number of channels on both sides, for the kind is pool.",
       [](MutablePlan& p) { projection(p, 1).window.channels_in = 12; }},
      {"Projection 1: weights.count is 72; it must be 0, for the kind is pool.",
       [](MutablePlan& p) { projection(p, 1).weights = projection(p, 0).weights; }},
  });
}

TEST(ProjectionChecker, DemandsRowsThatRiseAndTargetsThatExist) {
  const auto row = [](MutablePlan& p, std::uint64_t i) -> std::int64_t& {
    return p.at<std::int64_t>(projection(p, 2).rows.offset + 8 * i);
  };
  const auto target = [](MutablePlan& p, std::uint64_t k) -> std::int32_t& {
    return p.at<std::int32_t>(projection(p, 2).targets.offset + 4 * k);
  };
  expect_refused_windows({
      {"Projection 2: rows.count is 24; it must be 25, one more than sources.",
       [](MutablePlan& p) { projection(p, 2).rows.count = 24; }},
      {"Projection 2: rows.type is f64; it must be i64.", [](MutablePlan& p) { projection(p, 2).rows.type = RVD_F64; }},
      {"Projection 2: rows[0] is -1; it must be 0.", [&](MutablePlan& p) { row(p, 0) = -1; }},
      {"Projection 2: rows[3] is 1; it must be at least 2, the one before.", [&](MutablePlan& p) { row(p, 3) = 1; }},
      {"Projection 2: rows[24] is 6; it must be 5, the number of targets of all rows.",
       [&](MutablePlan& p) { row(p, 24) = 6; }},
      {"Projection 2: targets.type is f32; it must be i32.", [](MutablePlan& p) { projection(p, 2).targets.type = RVD_F32; }},
      {"Projection 2: a target is -1; it must be 0 to 2, a neuron of the target.", [&](MutablePlan& p) { target(p, 3) = -1; }},
      {"Projection 2: a target is 3; it must be 0 to 2, a neuron of the target.", [&](MutablePlan& p) { target(p, 4) = 3; }},
      {"Projection 2: weights.count is 4; it must be 0, 1 or 5, one a synapse.",
       [](MutablePlan& p) { projection(p, 2).weights.count = 4; }},
      {"Projection 2: rows.zero is 1; it must be 0", [](MutablePlan& p) { projection(p, 2).rows.zero = 1; }},
  });
}

TEST(ProjectionChecker, RefusesFieldsThatTheKindDoesNotUse) {
  expect_refused_windows({
      {"Projection 2: window is 7; it must be 0", [](MutablePlan& p) { projection(p, 2).window.padding[1] = 7; }},
      {"Projection 1: rows.count is 25; it must be 0", [](MutablePlan& p) { projection(p, 1).rows = projection(p, 2).rows; }},
      {"Projection 0: targets.count is 5; it must be 0",
       [](MutablePlan& p) { projection(p, 0).targets = projection(p, 2).targets; }},
      {"Projection 0: size is 80; it must be at least 192 for this kind.", [](MutablePlan& p) { projection(p, 0).size = 80; }},
  });
}

/// Version 0.1 ends the record before the window.
TEST(ProjectionChecker, AcceptsShorterRecordsOfTheFirstKinds) {
  MutablePlan plan(write(sample()));
  for (std::uint64_t i = 0; i < 3; ++i) {
    projection(plan, i).size = 80;
    projection(plan, i).window.in[0] = 3;  // behind `size`: without a meaning
  }
  plan.repair_checksum();
  EXPECT_EQ(verdict_of(plan.bytes()).sentence, "");
}

/// Else a file of n bytes could make the checker read n^2: each record naming nearly the same array.
TEST(ProjectionChecker, RefusesArraysThatOverlap) {
  Description description = windows();
  description.populations[2].shape = {1000};
  description.populations[2].parameters = {{"room", "", Tensor(Shape{2000}, DType::i64)}};
  Projection sparse = description.projections[2];
  sparse.rows = Tensor(Shape{1001}, DType::i64);
  sparse.targets = sparse.weights = {};
  description.projections.assign(8, sparse);
  MutablePlan plan(write(description));
  EXPECT_EQ(verdict_of(plan.bytes()).sentence, "");
  for (std::uint64_t i = 0; i < 8; ++i) projection(plan, i).rows.offset -= 64 * i;
  plan.repair_checksum();
  EXPECT_EQ(verdict_of(plan.bytes()).sentence,
            "Projection 2: rows is an array that overlaps those of other projections; it must be equal to them, or apart.");
}

}  // namespace
}  // namespace ranvier::plan
