/// Lists of names for error messages, with what the user may have meant in front.
#pragma once

#include <string>
#include <vector>

namespace ranvier::run {

/// The candidates that differ from `name` by a few letters, nearest first.
std::vector<std::string> near_matches(const std::string& name, const std::vector<std::string>& candidates);

/// "'a', 'b', 'c' and 40 more": near matches first, then the others in their order; at most twelve.
std::string list_for(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace ranvier::run
