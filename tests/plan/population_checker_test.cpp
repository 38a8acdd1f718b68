// Populations and the records that belong to them.
#include <gtest/gtest.h>

#include <limits>

#include "core/plan/check.h"
#include "tests/plan/mutable_plan.h"
#include "tests/plan/sample.h"

namespace ranvier::plan {
namespace {

constexpr std::uint32_t kNan32 = 0x7FC0'0000;
constexpr std::uint64_t kNan64 = 0xFFF8'0000'0000'0000;

rvd_population& population(MutablePlan& plan, std::uint64_t i) {
  return plan.record<rvd_population>(RVD_SECTION_POPULATION, i);
}
rvd_value& coefficient(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_value>(RVD_SECTION_COEFFICIENT, i); }
rvd_state& state(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_state>(RVD_SECTION_STATE, i); }
rvd_variable& variable(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_variable>(RVD_SECTION_VARIABLE, i); }
rvd_receptor& receptor(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_receptor>(RVD_SECTION_RECEPTOR, i); }
rvd_option& option(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_option>(RVD_SECTION_OPTION, i); }
rvd_value& parameter(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_value>(RVD_SECTION_PARAMETER, i); }

TEST(PopulationChecker, DemandsUniqueNamesAndAModel) {
  expect_refused({
      {"Population 2: name is \"cells\"; it must be unique, but record 1 has it.",
       [](MutablePlan& p) { population(p, 2).name = population(p, 1).name; }},
      {"Population 0: name.length is 0; it must be 1 to 4096.",
       [](MutablePlan& p) {
         population(p, 0).name = {0, 0};
       }},
      {"Population 0: name.length is 4097; it must be 1 to 4096.", [](MutablePlan& p) { population(p, 0).name.length = 4097; }},
      {"Population 0: name.length is 4096; it must be 0 to ", [](MutablePlan& p) { population(p, 0).name.length = 4096; }},
      {"Population 0: model.length is 0; it must be 1 to 4096.",
       [](MutablePlan& p) {
         population(p, 0).model = {0, 0};
       }},
      {"Population 0: zero is 1; it must be 0", [](MutablePlan& p) { population(p, 0).zero = 1; }},
      {"Population 1: value_type is i16; it must be f32, f64, i32 or i64.",
       [](MutablePlan& p) { population(p, 1).value_type = RVD_I16; }},
      {"Population 1: value_type is type 0; it must be f32, f64, i32 or i64.",
       [](MutablePlan& p) { population(p, 1).value_type = 0; }},
  });
}

TEST(PopulationChecker, DemandsACountThatIsTheProductOfTheShape) {
  expect_refused({
      {"Population 0: count is 0; it must be 1 to 2147483647.", [](MutablePlan& p) { population(p, 0).count = 0; }},
      {"Population 0: count is 2147483648; it must be 1 to 2147483647.",
       [](MutablePlan& p) { population(p, 0).count = std::uint64_t{1} << 31; }},
      {"Population 0: count is 7; it must be the product of shape.", [](MutablePlan& p) { population(p, 0).count = 7; }},
      {"Population 0: count is 5; it must be the product of shape.", [](MutablePlan& p) { population(p, 0).count = 5; }},
      {"Population 0: rank is 9; it must be 0 to 8.", [](MutablePlan& p) { population(p, 0).rank = 9; }},
      {"Population 0: shape[1] is 3; it must be 0, for it is not used.", [](MutablePlan& p) { population(p, 0).rank = 1; }},
      {"Population 0: shape[1] is 0; it must be 1 to 2147483647.", [](MutablePlan& p) { population(p, 0).shape[1] = 0; }},
      {"Population 0: shape[1] is 9223372036854775811; it must be 1 to 2147483647.",  // times 2 wraps to 6
       [](MutablePlan& p) { population(p, 0).shape[1] = (std::uint64_t{1} << 63) + 3; }},
  });
}

TEST(PopulationChecker, AcceptsEveryRank) {
  for (std::size_t rank = 0; rank <= RVD_MAX_RANK; ++rank) {
    Description description = smallest();
    description.populations[0].shape = Shape(rank, 2);
    EXPECT_NO_THROW(write(description)) << rank;
  }
}

TEST(PopulationChecker, DemandsKnownAndConsistentFlags) {
  expect_refused({
      {"Population 1: flags is 16; it must be 0 to 15.", [](MutablePlan& p) { population(p, 1).flags = 16; }},
      {"Population 1: states.count is 2; it must be 0, for the population is stateless.",
       [](MutablePlan& p) { population(p, 1).flags |= RVD_POPULATION_STATELESS; }},
      {"Population 0: flags is 5; it must be without spiking and stateless, for the population is an input.",
       [](MutablePlan& p) { population(p, 0).flags |= RVD_POPULATION_SPIKING; }},
      {"Population 0: flags is 9; it must be without spiking and stateless, for the population is an input.",
       [](MutablePlan& p) { population(p, 0).flags |= RVD_POPULATION_STATELESS; }},
      {"Population 1: coefficients.count is 3; it must be 0, for the population is an input.",
       [](MutablePlan& p) { population(p, 1).flags = RVD_POPULATION_INPUT; }},
  });
}

TEST(PopulationChecker, RefusesInputsWithAnyPartOfAProgram) {
  const auto refusal_of = [](const std::function<void(Population&)>& change) {
    Description description = smallest();
    change(description.populations[0]);
    try {
      write(description);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string tail = ".count is 1; it must be 0, for the population is an input.";
  EXPECT_NE(refusal_of([](Population& p) { p.states = {{"v", DType::f32, {}}}; }).find("states" + tail), std::string::npos);
  EXPECT_NE(refusal_of([](Population& p) { p.receptors = {{"x", DType::f32}}; }).find("receptors" + tail), std::string::npos);
  EXPECT_NE(refusal_of([](Population& p) { p.ops = {make_op(RVD_OP_CONST, RVD_F32, {})}; }).find("ops" + tail),
            std::string::npos);
  EXPECT_NE(refusal_of([](Population& p) { p.variables = {{"v", 0}}; }).find("variables" + tail), std::string::npos);
  EXPECT_NE(refusal_of([](Population& p) { p.registers = 1; }).find("registers is 1; it must be 0 to 0, the number of ops."),
            std::string::npos);
  EXPECT_EQ(refusal_of([](Population& p) {
              p.options = {{"seed", "1"}};
              p.parameters = {{"rate", "Hz", Tensor::of({3.0F, 4.0F})}};
            }),
            "");
}

TEST(PopulationChecker, DemandsThatPopulationsShareOutTheRecordsInOrder) {
  expect_refused({
      {"Population 2: ops.first is 18; it must be 19, where the populations before end.",
       [](MutablePlan& p) { population(p, 2).ops.first = 18; }},
      {"Population 2: ops.count is 11; it must be 0 to 10.", [](MutablePlan& p) { population(p, 2).ops.count = 11; }},
      {"Population 1: states.count is 4294967295; it must be 0 to 2.",
       [](MutablePlan& p) { population(p, 1).states.count = std::numeric_limits<std::uint32_t>::max(); }},
      {"Variable 1: its owner is missing; it must be a population.",
       [](MutablePlan& p) {
         population(p, 1).variables.count = 1;
         population(p, 2).variables.first = 1;
       }},
  });
}

TEST(PopulationChecker, ChecksOptionsAndParameters) {
  expect_refused({
      {"Option 1: key is \"reset\"; it must be unique, but record 0 has it.",
       [](MutablePlan& p) { option(p, 1).key = option(p, 0).key; }},
      {"Option 0: key.length is 0; it must be 1 to 4096.",
       [](MutablePlan& p) {
         option(p, 0).key = {0, 0};
       }},
      {"Option 0: zero is 1; it must be 0", [](MutablePlan& p) { option(p, 0).zero = 1; }},
      {"Option 0: value.offset is 1; it must be ", [](MutablePlan& p) { option(p, 0).value.offset = 1; }},
      {"Parameter 1: name is \"tau\"; it must be unique, but record 0 has it.",
       [](MutablePlan& p) { parameter(p, 1).name = parameter(p, 0).name; }},
      {"Parameter 0: zero is 1; it must be 0", [](MutablePlan& p) { parameter(p, 0).zero = 1; }},
      {"Parameter 0: unit.offset is 1; it must be ", [](MutablePlan& p) { parameter(p, 0).unit.offset = 1; }},
  });
}

TEST(PopulationChecker, ChecksCoefficients) {
  expect_refused({
      {"Coefficient 1: values.count is 3; it must be 1 or 4, one a neuron.",
       [](MutablePlan& p) { coefficient(p, 1).values.count = 3; }},
      {"Coefficient 0: values.count is 0; it must be 1 or 4, one a neuron.",
       [](MutablePlan& p) {
         coefficient(p, 0).values = {0, 0, 0, 0};
       }},
      {"Coefficient 0: values.type is u8; it must be f32, f64, i32 or i64.",
       [](MutablePlan& p) { coefficient(p, 0).values.type = RVD_U8; }},
      {"Coefficient 1: values[3] is NaN; it must be a number.",
       [](MutablePlan& p) { p.at<std::uint32_t>(coefficient(p, 1).values.offset + 12) = kNan32; }},
      {"Coefficient 3: values[2] is NaN; it must be a number.",
       [](MutablePlan& p) { p.at<std::uint64_t>(coefficient(p, 3).values.offset + 16) = kNan64; }},
      {"Coefficient 1: name is \"a\"; it must be unique, but record 0 has it.",
       [](MutablePlan& p) { coefficient(p, 1).name = coefficient(p, 0).name; }},
      {"Coefficient 0: zero is 1; it must be 0", [](MutablePlan& p) { coefficient(p, 0).zero = 1; }},
  });
}

TEST(PopulationChecker, AcceptsInfiniteCoefficientsSuchAsAThresholdThatIsNeverReached) {
  Description description = sample();
  description.populations[1].coefficients[2].values = Tensor::of({std::numeric_limits<float>::infinity()});
  EXPECT_NO_THROW(write(description));
}

TEST(PopulationChecker, ChecksStates) {
  expect_refused({
      {"State 0: type is bool; it must be f32, f64, i32 or i64.", [](MutablePlan& p) { state(p, 0).type = RVD_BOOL; }},
      {"State 0: initial.count is 2; it must be 1 or 4, one a neuron.", [](MutablePlan& p) { state(p, 0).initial.count = 2; }},
      {"State 0: initial.type is i32; it must be f32, the state's.",
       [](MutablePlan& p) { state(p, 0).initial.type = RVD_I32; }},
      {"State 0: initial[1] is NaN; it must be a number.",
       [](MutablePlan& p) { p.at<std::uint32_t>(state(p, 0).initial.offset + 4) = kNan32; }},
      {"State 0: initial.zero is 3; it must be 0", [](MutablePlan& p) { state(p, 0).initial.zero = 3; }},
      {"State 1: name is \"v\"; it must be unique, but record 0 has it.",
       [](MutablePlan& p) { state(p, 1).name = state(p, 0).name; }},
  });
}

TEST(PopulationChecker, ChecksVariablesAndReceptors) {
  expect_refused({
      {"Variable 0: state is 2; it must be below 2, the number of its population's states.",
       [](MutablePlan& p) { variable(p, 0).state = 2; }},
      {"Variable 1: name is \"v\"; it must be unique, but record 0 has it.",
       [](MutablePlan& p) { variable(p, 1).name = variable(p, 0).name; }},
      {"Receptor 0: type is i8; it must be f32, f64, i32 or i64.", [](MutablePlan& p) { receptor(p, 0).type = RVD_I8; }},
      {"Receptor 0: name.length is 0; it must be 1 to 4096.",
       [](MutablePlan& p) {
         receptor(p, 0).name = {0, 0};
       }},
  });
}

TEST(PopulationChecker, LetsTwoPopulationsUseTheSameNamesForTheirParts) {
  const Description description = sample();  // both have a receptor "x"
  EXPECT_EQ(description.populations[1].receptors[0].name, description.populations[2].receptors[0].name);
  EXPECT_NO_THROW(write(description));
}

}  // namespace
}  // namespace ranvier::plan
