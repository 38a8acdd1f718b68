#include "devices/loihi/equation.h"

#include <ranvier/driver/session.hpp>

namespace ranvier::loihi {
namespace {

/// What a register holds in a step without a spike: of_i i + of_v v + of_x x + constant.
struct Form {
  bool known = true;
  double of_i = 0, of_v = 0, of_x = 0, constant = 0;

  bool is_constant() const { return known && of_i == 0 && of_v == 0 && of_x == 0; }
};

constexpr Form kUnknown{false, 0, 0, 0, 0};

Form scaled(const Form& a, double factor) {
  return {a.known, a.of_i * factor, a.of_v * factor, a.of_x * factor, a.constant * factor};
}

Form sum(const Form& a, const Form& b) {
  return {a.known && b.known, a.of_i + b.of_i, a.of_v + b.of_v, a.of_x + b.of_x, a.constant + b.constant};
}

Form product(const Form& a, const Form& b) {
  if (a.is_constant()) return scaled(b, a.constant);
  return b.is_constant() ? scaled(a, b.constant) : kUnknown;
}

class Reader {
 public:
  Reader(rvd::PlanView plan, const rvd_population& population)
      : plan_(plan), population_(population), ops_(plan.ops(population)), registers_(population.registers) {
    const auto states = plan_.states(population_);
    for (std::uint32_t s = 0; s < states.size(); ++s) {
      if (plan_.text(states[s].name) == "i") current_ = s;
      if (plan_.text(states[s].name) == "v") potential_ = s;
    }
  }

  /// False where i or v is not linear.
  bool read(std::uint64_t neuron, Equation& equation) {
    Form i, v = kUnknown;
    double compared = 0;
    for (const rvd_op& op : ops_) {
      if (op.code == RVD_OP_STORE && op.imm == current_) i = registers_[op.a];
      if (op.code == RVD_OP_STORE && op.imm == potential_) v = registers_[op.a];
      if (op.code == RVD_OP_GT || op.code == RVD_OP_GE) compared = registers_[op.b].constant;
      if (op.code != RVD_OP_STORE && op.code != RVD_OP_EMIT) registers_[op.dst] = result(op, neuron);
    }
    if (!i.known || !v.known || i.of_v != 0) return false;
    equation = {i.of_i, i.of_x, i.constant, v.of_v, v.of_i, v.of_x, v.constant, 0, 0, first(current_, neuron), 0};
    equation.v_first = first(potential_, neuron);
    equation.threshold = coefficient("threshold", neuron, coefficient("v_threshold", neuron, compared));
    equation.reset = reset(neuron, equation.threshold);
    return true;
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;

  Form result(const rvd_op& op, std::uint64_t neuron) const {
    const Form &a = registers_[op.a], &b = registers_[op.b];
    switch (op.code) {
      case RVD_OP_CONST: return {true, 0, 0, 0, rvd::as_double(op.type, op.imm)};
      case RVD_OP_COEFF: return {true, 0, 0, 0, plan_.number(plan_.coefficients(population_)[op.a].values, neuron)};
      case RVD_OP_STATE:
        return op.a == current_ ? Form{true, 1, 0, 0, 0} : op.a == potential_ ? Form{true, 0, 1, 0, 0} : kUnknown;
      case RVD_OP_RECEPTOR: return {true, 0, 0, 1, 0};
      case RVD_OP_ADD: return sum(a, b);
      case RVD_OP_SUB: return sum(a, scaled(b, -1));
      case RVD_OP_NEG: return scaled(a, -1);
      case RVD_OP_MUL: return product(a, b);
      case RVD_OP_DIV: return b.is_constant() && b.constant != 0 ? scaled(a, 1 / b.constant) : kUnknown;
      case RVD_OP_MAX: return a;  // of a membrane: its floor, above which it stays
      case RVD_OP_EQ:
      case RVD_OP_NE:
      case RVD_OP_LT:
      case RVD_OP_LE:
      case RVD_OP_GT:
      case RVD_OP_GE: return {};  // no spike
      case RVD_OP_SELECT: return a.is_constant() ? registers_[a.constant != 0 ? op.b : op.c] : kUnknown;
      case RVD_OP_CONVERT: return op.type == RVD_F32 || op.type == RVD_F64 ? a : kUnknown;
      default: return kUnknown;
    }
  }

  double coefficient(std::string_view name, std::uint64_t neuron, double fallback) const {
    const rvd_value* value = plan_.find(plan_.coefficients(population_), name);
    return value == nullptr ? fallback : plan_.number(value->values, neuron);
  }

  double reset(std::uint64_t neuron, double threshold) const {
    if (plan_.option(population_, "v_reset") == "ignored") return 0;
    const bool to_value = option_of(plan_, population_, "reset", "zero") == "zero";
    return to_value ? coefficient("v_reset", neuron, 0) : threshold - coefficient("reset_step", neuron, threshold);
  }

  double first(std::uint32_t state, std::uint64_t neuron) const {
    if (state == kNone || plan_.states(population_)[state].initial.count == 0) return 0;
    return plan_.number(plan_.states(population_)[state].initial, neuron);
  }

  rvd::PlanView plan_;
  const rvd_population& population_;
  rvd::Records<rvd_op> ops_;
  std::vector<Form> registers_;
  std::uint32_t current_ = kNone, potential_ = kNone;
};

}  // namespace

std::string_view option_of(rvd::PlanView plan, const rvd_population& population, std::string_view key, std::string_view plain) {
  const std::string_view asked = plan.option(population, key);
  return asked.empty() ? plain : asked;
}

std::vector<Equation> equations_of(rvd::PlanView plan, const rvd_population& population) {
  Reader reader(plan, population);
  std::vector<Equation> equations(population.count);
  for (std::uint64_t neuron = 0; neuron < population.count; ++neuron) {
    if (!reader.read(neuron, equations[neuron])) return {};
  }
  return equations;
}

}  // namespace ranvier::loihi
