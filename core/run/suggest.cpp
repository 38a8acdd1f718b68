#include "core/run/suggest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace ranvier::run {
namespace {

constexpr std::size_t kListed = 12;

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = std::exchange(row[k], std::min({row[k] + 1, row[k - 1] + 1, replaced}));
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string> near_matches(const std::string& name, const std::vector<std::string>& candidates) {
  const std::size_t allowed = std::max<std::size_t>(2, name.size() / 3);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : candidates) {
    const bool comparable = candidate.size() <= name.size() + allowed && name.size() <= candidate.size() + allowed;
    const std::size_t distance = comparable ? edit_distance(name, candidate) : allowed + 1;
    if (distance <= allowed && distance < name.size()) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& match : near) names.push_back(std::move(match.second));
  return names;
}

std::string list_for(const std::string& name, const std::vector<std::string>& candidates) {
  std::vector<std::string> names = near_matches(name, candidates);
  for (const std::string& candidate : candidates) {
    if (names.size() >= kListed) break;
    if (std::find(names.begin(), names.end(), candidate) == names.end()) names.push_back(candidate);
  }
  names.resize(std::min(names.size(), kListed));
  std::string text;
  for (const std::string& listed : names) text += (text.empty() ? "'" : ", '") + listed + "'";
  if (candidates.size() > names.size()) text += " and " + std::to_string(candidates.size() - names.size()) + " more";
  return text.empty() ? "nothing" : text;
}

}  // namespace ranvier::run
