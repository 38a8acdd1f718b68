// Edges into delay nodes: seconds become steps, and a projection has one delay, so each of the delays that occur gets its own.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include <ranvier/quantity.h>

#include "core/lower/edges.h"
#include "core/plan/check.h"

namespace ranvier::lower {
namespace {

/// What a number of a type may be off by when it is not stored exactly, relative.
double grain(DType type) { return type == DType::f32 ? 0x1p-24 : 1e-9; }

struct Steps {
  std::vector<std::uint32_t> of;  ///< by neuron, or one for all
  std::size_t rounded = 0;
  double furthest = 0;  ///< seconds
};

/// To the nearest step, ties later. Nothing, and a problem, where a delay is below 0 or more steps than a plan holds.
std::optional<Steps> steps_of(Lowering& l, const Ends& e, const Tensor& delay, std::uint32_t before) {
  Steps steps;
  for (std::size_t i = 0; i < delay.size(); ++i) {
    const double seconds = delay.at(i);
    const double whole = std::floor(seconds / l.graph.dt + 0.5 + 1e-9);
    if (!(seconds >= 0) || whole + before > plan::kMaxDelay) {
      l.problems.add(Code::out_of_range,
                     "The delay at index " + std::to_string(i) + " is " + format_number(seconds) + " s; it may be 0 to " +
                         std::to_string(plan::kMaxDelay - before) + " steps of " + format_number(l.graph.dt) + " s.",
                     e.target.name, "Take a larger dt, or shorter delays.");
      return std::nullopt;
    }
    const double off = std::fabs(whole * l.graph.dt - seconds);
    if (off > std::max(1e-9, grain(delay.dtype())) * seconds) ++steps.rounded;
    steps.furthest = std::max(steps.furthest, off);
    steps.of.push_back(static_cast<std::uint32_t>(whole));
  }
  return steps;
}

std::string rounded(double milliseconds) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), milliseconds, std::chars_format::general, 3).ptr};
}

void note_rounding(Lowering& l, const net::Node& node, const Steps& steps) {
  if (steps.rounded == 0) return;
  const std::string number = std::to_string(steps.rounded) + " of " + std::to_string(steps.of.size());
  const plan::Note note{node.name, number + " delays are no multiples of dt and went to the nearest step, by at most " +
                                       rounded(steps.furthest * 1e3) + " ms."};
  for (const plan::Note& known : l.out.notes) {
    if (known.where == note.where && known.text == note.text) return;  // an edge before this one
  }
  l.out.notes.push_back(note);
}

/// Neuron i to neuron i, for those with this delay.
void take_neurons(plan::Projection& projection, const std::vector<std::uint32_t>& steps, std::uint32_t delay) {
  projection.kind = RVD_PROJECTION_SPARSE;
  projection.rows = Tensor(Shape{steps.size() + 1}, DType::i64);
  std::int64_t* row = projection.rows.mutable_data<std::int64_t>();
  std::vector<std::int32_t> targets;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] == delay) targets.push_back(static_cast<std::int32_t>(i));
    row[i + 1] = static_cast<std::int64_t>(targets.size());
  }
  projection.targets = Tensor::view(targets, Shape{targets.size()}).clone();
}

}  // namespace

void delay_edge(Lowering& l, const Ends& e, const plan::Projection& undelayed, std::vector<plan::Projection>& projections) {
  const auto at = e.target.parameters.find("delay");
  const bool known = at != e.target.parameters.end() && (at->second.size() == 1 || at->second.size() == e.to);
  if (!known) return;  // the pass over populations has said so
  const std::optional<Steps> steps = steps_of(l, e, at->second, undelayed.delay);
  if (!steps) return;
  note_rounding(l, e.target, *steps);
  std::map<std::uint32_t, std::size_t> occurring;
  for (const std::uint32_t delay : steps->of) ++occurring[delay];
  for (const auto& [delay, count] : occurring) {
    plan::Projection& projection = projections.emplace_back(undelayed);
    projection.delay += delay;
    if (count != steps->of.size()) take_neurons(projection, steps->of, delay);
  }
}

}  // namespace ranvier::lower
