/// What two sides of a comparison are told before the first step, held against each other.
#pragma once

#include <vector>

#include <ranvier/compare.h>
#include <ranvier/network.h>
#include <ranvier/plan.h>
#include <ranvier/session.h>

namespace ranvier::repeat {

/// Models, options, parameters, coefficients; weights, delays and priors of the edges.
void add_plan_differences(const Plan& a, const Plan& b, std::vector<SettingDifference>& out);

/// dt, seed and what loading assumed, by topic.
void add_network_differences(const Network& a, const Network& b, std::vector<SettingDifference>& out);

/// Settings and kinds of the devices, and what only one of them does approximately.
void add_device_differences(const Session& a, const Session& b, std::vector<SettingDifference>& out);

}  // namespace ranvier::repeat
