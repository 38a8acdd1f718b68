#include "core/repeat/settings.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <ranvier/quantity.h>
#include <ranvier/plan_view.hpp>

#include "core/models/record.h"

namespace ranvier::repeat {
namespace {

constexpr const char* kNone = "none";

using Texts = std::map<std::string, std::string>;

void add(std::vector<SettingDifference>& out, const std::string& where, const std::string& what, const std::string& a,
         const std::string& b) {
  if (a != b) out.push_back({where, what, a, b});
}

std::string text_at(const Texts& texts, const std::string& key) {
  const auto found = texts.find(key);
  return found == texts.end() ? kNone : found->second;
}

void add_texts(const std::string& where, const std::string& prefix, const Texts& a, const Texts& b,
               std::vector<SettingDifference>& out) {
  std::set<std::string> keys;
  for (const auto& entry : a) keys.insert(entry.first);
  for (const auto& entry : b) keys.insert(entry.first);
  for (const std::string& key : keys) add(out, where, prefix + key, text_at(a, key), text_at(b, key));
}

/// An array of a plan; absent where `array` is nullptr or has no elements.
struct Array {
  const rvd::PlanView& plan;
  const rvd_array* array = nullptr;

  std::uint64_t count() const { return array == nullptr ? 0 : array->count; }
  std::string text(std::uint64_t i) const {
    if (count() == 0) return kNone;
    const double value = plan.number(*array, i);
    return array->type == RVD_F32 ? format_number(static_cast<float>(value)) : format_number(value);
  }
};

// The first element that differs stands for all; how many do is said beside it.
void add_arrays(const std::string& where, const std::string& what, const Array& a, const Array& b,
                std::vector<SettingDifference>& out) {
  const std::uint64_t count = std::max(a.count(), b.count());
  if (a.count() == 0 || b.count() == 0) return add(out, where, what, a.text(0), b.text(0));
  const bool one = a.count() == 1 || b.count() == 1;
  if (a.count() != b.count() && !one) {
    return add(out, where, what, std::to_string(a.count()) + " values", std::to_string(b.count()) + " values");
  }
  std::uint64_t first = count, differing = 0;
  for (std::uint64_t i = count; i-- > 0;) {
    const double x = a.plan.number(*a.array, i), y = b.plan.number(*b.array, i);
    if (x == y || (x != x && y != y)) continue;
    first = i;
    ++differing;
  }
  if (differing == 0) return;
  const std::string of = count == 1 ? ""
                                    : " [" + std::to_string(first) + "], " + std::to_string(differing) + " of " +
                                          std::to_string(count) + " differ";
  out.push_back({where, what + of, a.text(first), b.text(first)});
}

class PlanDifferences {
 public:
  PlanDifferences(const Plan& a, const Plan& b, std::vector<SettingDifference>& out)
      : a_(a.bytes().data(), a.bytes().size()), b_(b.bytes().data(), b.bytes().size()), out_(out) {}

  void add_populations() {
    const auto of_b = by_name(b_);
    std::set<std::string> shared;
    for (const rvd_population& population : a_.populations()) {
      const std::string name(a_.text(population.name));
      const auto found = of_b.find(name);
      if (found == of_b.end()) {
        add(out_, name, "node", std::string(a_.text(population.model)), kNone);
        continue;
      }
      shared.insert(name);
      add_population(name, population, *found->second);
    }
    for (const auto& [name, population] : of_b) {
      if (!shared.contains(name)) add(out_, name, "node", kNone, std::string(b_.text(population->model)));
    }
  }

  void add_projections() {
    const auto of_a = by_ends(a_), of_b = by_ends(b_);
    for (const auto& [ends, projection] : of_a) {
      const auto found = of_b.find(ends);
      if (found == of_b.end()) add(out_, label(ends), "edge", "there", kNone);
      else add_projection(label(ends), *projection, *found->second);
    }
    for (const auto& [ends, projection] : of_b) {
      if (!of_a.contains(ends)) add(out_, label(ends), "edge", kNone, "there");
    }
  }

 private:
  /// Names, since populations may be numbered otherwise; of several edges between two nodes, which.
  using Ends = std::tuple<std::string, std::string, std::string, std::size_t>;

  static std::string label(const Ends& ends) { return std::get<0>(ends) + " -> " + std::get<1>(ends); }

  static std::map<std::string, const rvd_population*> by_name(const rvd::PlanView& plan) {
    std::map<std::string, const rvd_population*> result;
    for (const rvd_population& population : plan.populations()) result.emplace(plan.text(population.name), &population);
    return result;
  }

  static std::map<Ends, const rvd_projection*> by_ends(const rvd::PlanView& plan) {
    std::map<Ends, const rvd_projection*> result;
    const auto populations = plan.populations();
    for (const rvd_projection& projection : plan.projections()) {
      const rvd_population& target = populations[projection.target];
      const auto receptors = plan.receptors(target);
      Ends ends{plan.text(populations[projection.source].name), plan.text(target.name),
                plan.text(receptors[projection.receptor].name), 0};
      while (!result.emplace(ends, &projection).second) ++std::get<3>(ends);
    }
    return result;
  }

  /// With the model's defaults, so that an option left out equals the same choice made.
  static Texts options_of(const rvd::PlanView& plan, const rvd_population& population) {
    Texts result;
    if (const models::Record* record = models::find(plan.text(population.model))) {
      for (const models::OptionSpec& spec : record->options) result.emplace(spec.key, spec.choices.front());
    }
    for (const rvd_option& option : plan.options(population))
      result[std::string(plan.text(option.key))] = plan.text(option.value);
    return result;
  }

  static std::string shape_of(const rvd_population& population) {
    return to_string(Shape(population.shape, population.shape + population.rank));
  }

  void add_population(const std::string& name, const rvd_population& a, const rvd_population& b) {
    add(out_, name, "model", std::string(a_.text(a.model)), std::string(b_.text(b.model)));
    add(out_, name, "shape", shape_of(a), shape_of(b));
    add_texts(name, "option ", options_of(a_, a), options_of(b_, b), out_);
    add_values(name, "parameter ", a_.parameters(a), b_.parameters(b));
    add_values(name, "coefficient ", a_.coefficients(a), b_.coefficients(b));
  }

  void add_values(const std::string& name, const std::string& prefix, const rvd::Records<rvd_value>& a,
                  const rvd::Records<rvd_value>& b) {
    std::set<std::string> names;
    for (const rvd_value& value : a) names.emplace(a_.text(value.name));
    for (const rvd_value& value : b) names.emplace(b_.text(value.name));
    for (const std::string& value : names) {
      const rvd_value* const of_a = a_.find(a, value);
      const rvd_value* const of_b = b_.find(b, value);
      add_arrays(name, prefix + value, {a_, of_a == nullptr ? nullptr : &of_a->values},
                 {b_, of_b == nullptr ? nullptr : &of_b->values}, out_);
    }
  }

  void add_projection(const std::string& where, const rvd_projection& a, const rvd_projection& b) {
    const auto feedback = [](const rvd_projection& p) { return (p.flags & RVD_PROJECTION_FEEDBACK) != 0 ? "yes" : "no"; };
    add(out_, where, "delay", std::to_string(a.delay), std::to_string(b.delay));
    add(out_, where, "feedback", feedback(a), feedback(b));
    add_arrays(where, "weight", {a_, &a.weights}, {b_, &b.weights}, out_);
    add_arrays(where, "event before the first step", {a_, &a.prior}, {b_, &b.prior}, out_);
  }

  rvd::PlanView a_, b_;
  std::vector<SettingDifference>& out_;
};

Texts assumptions_of(const Network& network) {
  Texts result;
  for (const auto& [topic, sentence] : network.assumptions()) {
    std::string& text = result[topic];
    text += (text.empty() ? "" : " ") + sentence;
  }
  return result;
}

Texts facts_of(const Session& session) {
  Texts result;
  const DeviceFacts& device = session.device();
  for (const char* const fact : {"kind", "grade"}) {
    const auto found = device.facts.find(fact);
    if (found != device.facts.end()) result.emplace(*found);
  }
  return result;
}

using Lines = std::map<std::pair<std::string, std::string>, std::string>;

Lines approximate(const Report& report) {
  Lines result;
  for (const ReportEntry& entry : report.entries) {
    if (entry.verdict != Verdict::approximate) continue;
    result[{entry.node, entry.quantity}] = entry.limit + (entry.unit.empty() ? "" : " " + entry.unit);
  }
  return result;
}

}  // namespace

void add_plan_differences(const Plan& a, const Plan& b, std::vector<SettingDifference>& out) {
  if (std::ranges::equal(a.bytes(), b.bytes())) return;
  PlanDifferences differences(a, b, out);
  differences.add_populations();
  differences.add_projections();
}

void add_network_differences(const Network& a, const Network& b, std::vector<SettingDifference>& out) {
  const auto dt = [](const Network& network) { return format_number(network.dt_seconds() * 1e3) + " ms"; };
  add(out, "network", "dt", dt(a), dt(b));
  add(out, "network", "seed", std::to_string(a.seed()), std::to_string(b.seed()));
  add_texts("network", "assumption ", assumptions_of(a), assumptions_of(b), out);
}

void add_device_differences(const Session& a, const Session& b, std::vector<SettingDifference>& out) {
  add_texts("device", "setting ", a.deployment().settings, b.deployment().settings, out);
  add_texts("device", "", facts_of(a), facts_of(b), out);
  Lines lines = approximate(a.report());
  const Lines of_b = approximate(b.report());
  for (const auto& entry : of_b) lines.try_emplace(entry.first, "as asked");
  for (const auto& [place, text] : lines) {
    const auto found = of_b.find(place);
    add(out, place.first, place.second, text, found == of_b.end() ? "as asked" : found->second);
  }
}

}  // namespace ranvier::repeat
