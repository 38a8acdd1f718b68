#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <ranvier/error.h>
#include <ranvier/plan_view.hpp>

#include "tests/plan/sample.h"

namespace ranvier::plan {
namespace {

rvd::PlanView view_of(const Plan& plan) { return {plan.bytes().data(), plan.bytes().size()}; }

const rvd_section* section_of(const Plan& plan, std::uint32_t kind) {
  const auto* header = reinterpret_cast<const rvd_plan_header*>(plan.bytes().data());
  const auto* sections = reinterpret_cast<const rvd_section*>(header + 1);
  const auto* end = sections + header->section_count;
  const auto* found = std::find_if(sections, end, [&](const rvd_section& section) { return section.kind == kind; });
  return found == end ? nullptr : found;
}

TEST(Writer, KeepsTheNetwork) {
  const Plan plan = write(sample());
  const rvd_network& network = view_of(plan).network();
  EXPECT_EQ(view_of(plan).text(network.name), "sample");
  EXPECT_EQ(network.dt, 1e-4);
  EXPECT_EQ(network.seed, 42u);
  EXPECT_EQ(network.shared_bytes, 1000u);
  EXPECT_EQ(network.lane_bytes, 50u);
}

TEST(Writer, KeepsPopulationsAndTheirParts) {
  const Plan plan = write(sample());
  const rvd::PlanView view = view_of(plan);
  const Description description = sample();
  ASSERT_EQ(view.populations().size(), description.populations.size());
  for (std::size_t i = 0; i < description.populations.size(); ++i) {
    const Population& given = description.populations[i];
    const rvd_population& kept = view.populations()[i];
    EXPECT_EQ(view.text(kept.name), given.name);
    EXPECT_EQ(view.text(kept.model), given.model);
    EXPECT_EQ(kept.flags, given.flags);
    EXPECT_EQ(Shape(kept.shape, kept.shape + kept.rank), given.shape);
    EXPECT_EQ(kept.count, element_count(given.shape));
    EXPECT_EQ(kept.value_type, static_cast<std::uint32_t>(given.value_type));
    EXPECT_EQ(kept.registers, given.registers);
    ASSERT_EQ(view.options(kept).size(), given.options.size());
    for (const auto& [key, value] : given.options) EXPECT_EQ(view.option(kept, key), value);
    ASSERT_EQ(view.parameters(kept).size(), given.parameters.size());
    for (const Value& value : given.parameters) {
      const rvd_value* found = view.find(view.parameters(kept), value.name);
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(view.text(found->unit), value.unit);
      ASSERT_EQ(found->values.count, value.values.size());
      for (std::size_t k = 0; k < value.values.size(); ++k) EXPECT_EQ(view.number(found->values, k), value.values.at(k));
    }
    EXPECT_EQ(view.coefficients(kept).size(), given.coefficients.size());
    EXPECT_EQ(view.states(kept).size(), given.states.size());
    EXPECT_EQ(view.receptors(kept).size(), given.receptors.size());
    ASSERT_EQ(view.variables(kept).size(), given.variables.size());
    for (std::size_t k = 0; k < given.variables.size(); ++k) {
      EXPECT_EQ(view.text(view.variables(kept)[k].name), given.variables[k].name);
      EXPECT_EQ(view.variables(kept)[k].state, given.variables[k].state);
    }
    ASSERT_EQ(view.ops(kept).size(), given.ops.size());
    for (std::size_t k = 0; k < given.ops.size(); ++k) {
      EXPECT_EQ(view.ops(kept)[k].size, sizeof(rvd_op));
      EXPECT_EQ(view.ops(kept)[k].code, given.ops[k].code);
      EXPECT_EQ(view.ops(kept)[k].dst, given.ops[k].dst);
      EXPECT_EQ(view.ops(kept)[k].imm, given.ops[k].imm);
    }
  }
  const rvd_state& wait = view.states(view.populations()[1])[1];
  EXPECT_EQ(wait.type, RVD_I32);
  EXPECT_EQ(wait.initial.count, 0u);
}

TEST(Writer, KeepsProjectionsAndNotes) {
  const Plan plan = write(sample());
  const rvd::PlanView view = view_of(plan);
  ASSERT_EQ(view.projections().size(), 3u);
  const rvd_projection& feedback = view.projections()[1];
  EXPECT_EQ(feedback.kind, RVD_PROJECTION_DENSE);
  EXPECT_EQ(feedback.source, 1u);
  EXPECT_EQ(feedback.target, 1u);
  EXPECT_EQ(feedback.delay, 1u);
  EXPECT_EQ(feedback.flags, RVD_PROJECTION_FEEDBACK);
  ASSERT_EQ(feedback.weights.count, 16u);
  EXPECT_EQ(view.data<float>(feedback.weights)[15], 2.75F);
  EXPECT_EQ(view.data<float>(feedback.prior)[3], -0.25F);
  EXPECT_EQ(view.projections()[2].weights.count, 0u);
  ASSERT_EQ(view.notes().size(), 1u);
  EXPECT_EQ(view.text(view.notes()[0].where), "cells -> cells");
}

TEST(Writer, GivesTheSameBytesForTheSameDescription) {
  const Plan first = write(sample());
  const Plan second = write(sample());
  EXPECT_TRUE(std::ranges::equal(first.bytes(), second.bytes()));
  Description other = sample();
  other.seed += 1;
  EXPECT_FALSE(std::ranges::equal(first.bytes(), write(other).bytes()));
}

TEST(Writer, AlignsSectionsAndArrays) {
  const Plan plan = write(sample());
  for (std::uint32_t kind = RVD_SECTION_NETWORK; kind <= RVD_SECTION_BLOB; ++kind) {
    ASSERT_NE(section_of(plan, kind), nullptr) << kind;
    EXPECT_EQ(section_of(plan, kind)->offset % RVD_PLAN_ALIGN, 0u);
  }
  for (const rvd_projection& projection : view_of(plan).projections()) {
    EXPECT_EQ(projection.weights.offset % RVD_PLAN_ALIGN, 0u);
  }
}

TEST(Writer, LeavesOutSectionsWithoutRecords) {
  const Plan plan = write(smallest());
  EXPECT_NE(section_of(plan, RVD_SECTION_POPULATION), nullptr);
  EXPECT_NE(section_of(plan, RVD_SECTION_TEXT), nullptr);
  EXPECT_EQ(section_of(plan, RVD_SECTION_OP), nullptr);
  EXPECT_EQ(section_of(plan, RVD_SECTION_BLOB), nullptr);
  EXPECT_TRUE(view_of(plan).projections().empty());
}

TEST(Writer, StoresEqualStringsOnce) {
  const Plan plan = write(sample());
  const rvd::PlanView view = view_of(plan);
  const rvd_str first = view.receptors(view.populations()[1])[0].name;
  const rvd_str second = view.receptors(view.populations()[2])[0].name;
  EXPECT_EQ(first.offset, second.offset);
}

TEST(Writer, StoresEqualArraysOfOneTypeOnce) {
  Description description = sample();
  const auto parameters = [&](Tensor a, Tensor b) {
    description.populations[1].parameters = {{"one", "", std::move(a)}, {"two", "", std::move(b)}};
    const Plan plan = write(description);
    const auto values = view_of(plan).parameters(view_of(plan).populations()[1]);
    return values[0].values.offset == values[1].values.offset;
  };
  EXPECT_TRUE(parameters(Tensor::of({1.5F, 2.5F}), Tensor::of({1.5F, 2.5F})));
  EXPECT_FALSE(parameters(Tensor::of({1.5F, 2.5F}), Tensor::of({1.5F, 3.5F})));
  EXPECT_FALSE(parameters(Tensor::of({0.0F}), Tensor::of({0})));      // the same bytes, another type
  EXPECT_FALSE(parameters(Tensor::of({0.0F}), Tensor::of({-0.0F})));  // equal numbers, other bytes
}

TEST(Writer, CallsAFaultOfLoweringInternal) {
  const auto refusal_of = [](const Description& description) {
    try {
      write(description);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::internal);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(refusal_of({}).find("Network 0 (offset 64): dt is 0;"), std::string::npos);
  Description too_deep = smallest();
  too_deep.populations[0].shape = Shape(9, 1);
  EXPECT_NE(refusal_of(too_deep).find("has 9 axes; a plan holds at most 8."), std::string::npos);
}

}  // namespace
}  // namespace ranvier::plan
