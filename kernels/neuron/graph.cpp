#include "kernels/neuron/graph.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "kernels/neuron/equations.h"

namespace ranvier::neuron {
namespace {

std::uint64_t one(std::uint32_t type) {
  if (type == RVD_F32) return __builtin_bit_cast(std::uint32_t, 1.0F);
  return type == RVD_F64 ? __builtin_bit_cast(std::uint64_t, 1.0) : 1;
}

class Builder {
 public:
  /// The front's value, as a register; a front without constant gets one of +0: sums are never -0, so it changes nothing.
  std::uint32_t add_front(const Program& front) {
    const std::uint32_t value = add(front, [&](const rvd_op& op) { return sum(kInner, op.type); });
    const Graph::Op op = graph_.ops[value];
    const bool bare = op.code == RVD_OP_RECEPTOR && (op.type == RVD_F32 || op.type == RVD_F64);
    return bare ? append({RVD_OP_ADD, op.type, 0, value, coefficient(op.type, {nullptr, 0}), 0, 0}) : value;
  }

  /// Returns the register that is emitted. `receptor_of(op)`: the register of a RECEPTOR.
  template <class Receptor>
  std::uint32_t add(const Program& program, Receptor receptor_of) {
    std::vector<std::uint32_t> renamed(program.registers);
    std::uint32_t emitted = 0;
    for (const rvd_op& op : program.ops) {
      switch (op.code) {
        case RVD_OP_STORE: graph_.stores.push_back({static_cast<std::uint32_t>(op.imm), renamed[op.a]}); break;
        case RVD_OP_EMIT: emitted = renamed[op.a]; break;
        case RVD_OP_CONST: renamed[op.dst] = coefficient(op.type, {nullptr, op.imm}); break;
        case RVD_OP_COEFF: renamed[op.dst] = coefficient(op.type, value_of(program, op)); break;
        case RVD_OP_STATE: renamed[op.dst] = append({op.code, op.type, 0, op.a, 0, 0, 0}); break;
        case RVD_OP_RECEPTOR: renamed[op.dst] = receptor_of(op); break;
        case RVD_OP_RANDOM: renamed[op.dst] = append({op.code, op.type, 0, 0, 0, 0, op.imm}); break;
        default: renamed[op.dst] = append(renamed_op(op, renamed));
      }
    }
    return emitted;
  }

  std::uint32_t sum(std::uint32_t receptor, std::uint8_t type) {
    const auto known = [=](const Graph::Sum& sum) { return sum.receptor == receptor; };
    if (std::none_of(graph_.sums.begin(), graph_.sums.end(), known)) graph_.sums.push_back({receptor, type});
    return append({RVD_OP_RECEPTOR, type, 0, receptor, 0, 0, 0});
  }

  std::uint32_t append(Graph::Op op) {
    const auto [at, is_new] = registers_.try_emplace(op, static_cast<std::uint32_t>(graph_.ops.size()));
    if (is_new) graph_.ops.push_back(op);
    return at->second;
  }

  Graph finish(std::uint32_t emitted) {
    graph_.emitted = emitted;
    drop_unused();
    return std::move(graph_);
  }

 private:
  std::uint32_t coefficient(std::uint8_t type, Graph::Value value) {
    const auto [at, is_new] = coefficients_.try_emplace(value, static_cast<std::uint32_t>(graph_.coefficients.size()));
    if (is_new) graph_.coefficients.push_back(value);
    return append({RVD_OP_COEFF, type, 0, at->second, 0, 0, 0});
  }

  /// An array whose elements are all the same bits is one value.
  static Graph::Value value_of(const Program& program, const rvd_op& op) {
    const Coefficient& coefficient = program.coefficients[op.a];
    const auto* bytes = static_cast<const std::byte*>(coefficient.values);
    const std::size_t size = size_of(op.type);
    bool each = coefficient.each;
    if (each && program.neurons > 0) each = std::memcmp(bytes, bytes + size, (program.neurons - 1) * size) != 0;
    Graph::Value value{each ? bytes : nullptr, 0};
    if (!each) std::memcpy(&value.bits, bytes, size);
    return value;
  }

  static Graph::Op renamed_op(const rvd_op& op, const std::vector<std::uint32_t>& renamed) {
    const unsigned operands = operand_count(op.code);
    const std::uint8_t from = op.code == RVD_OP_CONVERT ? op.from : 0;
    const std::uint64_t imm = op.code == RVD_OP_SHL || op.code == RVD_OP_SHR ? op.imm : 0;
    return {op.code, op.type, from, renamed[op.a], operands > 1 ? renamed[op.b] : 0, operands > 2 ? renamed[op.c] : 0, imm};
  }

  void drop_unused() {
    std::vector<bool> used(graph_.ops.size(), false);
    used[graph_.emitted] = true;
    for (const Graph::Store& store : graph_.stores) used[store.reg] = true;
    for (std::size_t i = graph_.ops.size(); i-- > 0;) {
      if (used[i]) each_operand(graph_.ops[i], [&](std::uint32_t& reg) { used[reg] = true; });
    }
    std::vector<std::uint32_t> renamed(graph_.ops.size());
    std::vector<Graph::Op> kept;
    for (std::size_t i = 0; i < graph_.ops.size(); ++i) {
      if (!used[i]) continue;
      Graph::Op op = graph_.ops[i];
      each_operand(op, [&](std::uint32_t& reg) { reg = renamed[reg]; });
      renamed[i] = static_cast<std::uint32_t>(kept.size());
      kept.push_back(op);
    }
    graph_.ops = std::move(kept);
    graph_.emitted = renamed[graph_.emitted];
    for (Graph::Store& store : graph_.stores) store.reg = renamed[store.reg];
  }

  template <class Visit>
  static void each_operand(Graph::Op& op, Visit visit) {
    const unsigned operands = operand_count(op.code);
    if (operands > 0) visit(op.a);
    if (operands > 1) visit(op.b);
    if (operands > 2) visit(op.c);
  }

  Graph graph_;
  std::map<Graph::Op, std::uint32_t> registers_;        // what computes what
  std::map<Graph::Value, std::uint32_t> coefficients_;  // their numbers
};

}  // namespace

std::uint32_t Graph::type_of(std::uint32_t reg) const {
  return is_comparison(ops[reg].code) ? std::uint32_t{RVD_I32} : ops[reg].type;
}

bool Graph::unit() const {
  std::vector<bool> unit(ops.size());
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    if (op.code == RVD_OP_SELECT) {
      unit[i] = unit[op.b] && unit[op.c];
    } else if (op.code == RVD_OP_CONVERT) {
      unit[i] = unit[op.a];
    } else if (op.code == RVD_OP_COEFF) {
      const Value& value = coefficients[op.a];
      unit[i] = value.each == nullptr && (value.bits == 0 || value.bits == one(op.type));
    } else {
      unit[i] = is_comparison(op.code);
    }
  }
  return unit[emitted];
}

Graph graph_of(const Program& program, const Program* front, std::uint32_t receptor) {
  Builder builder;
  std::uint32_t value = 0;
  if (front != nullptr) value = builder.add_front(*front);
  return builder.finish(builder.add(program, [&](const rvd_op& op) {
    const std::uint32_t sum = builder.sum(op.a, op.type);
    return front != nullptr && op.a == receptor ? builder.append({RVD_OP_ADD, op.type, 0, sum, value, 0, 0}) : sum;
  }));
}

}  // namespace ranvier::neuron
