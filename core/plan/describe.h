/// A plan as text for people. Takes a checked plan.
#pragma once

#include <string>
#include <string_view>

#include <ranvier/plan_view.hpp>

namespace ranvier::plan {

/// Tables of the network, populations, parameters, projections and notes; the programs too when asked for.
std::string describe(const rvd::PlanView& plan, bool with_programs);

/// A program, one operation a line: "  %3 = add.f32 %1, %2". A conversion names both types: "%4 = convert.i32.f32 %3".
std::string listing(const rvd::PlanView& plan, const rvd_population& population);

/// With control characters as \x0A, so that a name cannot break a table.
std::string printable(std::string_view text);

}  // namespace ranvier::plan
