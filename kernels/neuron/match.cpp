#include "kernels/neuron/match.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ranvier::neuron {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// Lays equations over a graph, from what is stored and emitted down to the operands.
class Matcher {
 public:
  Matcher(const Equations& equations, const Graph& graph) : equations_(equations), graph_(graph) {
    std::fill(std::begin(registers_), std::end(registers_), kNone);
    std::fill(std::begin(match_.states), std::end(match_.states), kNone);
  }

  bool holds() {
    if (graph_.stores.size() != equations_.stored || graph_.sums.size() != equations_.sums) return false;
    for (std::size_t k = 0; k < equations_.stored; ++k) {
      const auto [state, node] = equations_.stores[k];
      if (!same(node, graph_.stores[k].reg) || !bound(match_.states[state], graph_.stores[k].state)) return false;
    }
    const std::uint32_t* const states = match_.states;
    const bool distinct = equations_.states < 2 || states[0] != states[1];
    return distinct && emits();
  }

  Match result(std::size_t known, bool front) {
    match_.known = known;
    match_.front = front;
    match_.unit = equations_.unit();
    match_.coefficient_count = equations_.coefficients;
    match_.bias = equations_.bias;
    return match_;
  }

 private:
  // A comparison is emitted as a number.
  bool emits() {
    if (!equations_.unit()) return same(equations_.emitted, graph_.emitted);
    const Graph::Op& op = graph_.ops[graph_.emitted];
    return op.code == RVD_OP_CONVERT && op.type == RVD_F32 && same(equations_.emitted, op.a);
  }

  static bool bound(std::uint32_t& slot, std::uint32_t number) {
    if (slot == kNone) slot = number;
    return slot == number;
  }

  // The graph has no operation twice, so a node is one register.
  bool same(std::uint8_t index, std::uint32_t reg) {
    if (registers_[index] != kNone) return registers_[index] == reg;
    registers_[index] = reg;
    const Node& node = equations_.nodes[index];
    const Graph::Op& op = graph_.ops[reg];
    if (node.code != op.code || op.type != RVD_F32) return false;
    switch (node.code) {
      case RVD_OP_COEFF: match_.coefficients[node.a] = op.a; return true;
      case RVD_OP_STATE: return bound(match_.states[node.a], op.a);
      case RVD_OP_RECEPTOR:
        if (node.a == 0) match_.sum = op.a;
        return (node.a == 1) == (op.a == kInner);
      default: break;
    }
    const unsigned operands = operand_count(node.code);
    return same(node.a, op.a) && (operands < 2 || same(node.b, op.b)) && (operands < 3 || same(node.c, op.c));
  }

  const Equations& equations_;
  const Graph& graph_;
  std::uint32_t registers_[Equations::kMaxNodes];
  Match match_{};
};

template <std::size_t... kIndex>
constexpr std::array<std::array<const Equations*, 2>, kKnownCount> all(std::index_sequence<kIndex...>) {
  return {{{&kEquations<kIndex, false>, &kEquations<kIndex, true>}...}};
}

constexpr auto kAll = all(std::make_index_sequence<kKnownCount>());

}  // namespace

std::optional<Match> match(const Graph& graph) {
  const bool front = std::any_of(graph.sums.begin(), graph.sums.end(), [](const auto& sum) { return sum.receptor == kInner; });
  for (std::size_t k = 0; k < kKnownCount; ++k) {
    Matcher matcher(*kAll[k][front], graph);
    if (matcher.holds()) return matcher.result(k, front);
  }
  return std::nullopt;
}

}  // namespace ranvier::neuron
