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
      {"Projection 0: kind is 0; it must be 1 or 2.", [](MutablePlan& p) { projection(p, 0).kind = 0; }},
      {"Projection 0: kind is 3; it must be 1 or 2.", [](MutablePlan& p) { projection(p, 0).kind = 3; }},
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

}  // namespace
}  // namespace ranvier::plan
