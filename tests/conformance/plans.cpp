#include "tests/conformance/plans.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>

namespace ranvier::conformance {
namespace {

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::i32, DType::i64};

std::size_t pick(std::mt19937_64& random, std::size_t count) { return static_cast<std::size_t>(random() % count); }

bool compares(std::uint16_t code) { return code >= RVD_OP_EQ && code <= RVD_OP_GE; }

}  // namespace

std::uint32_t type_of(DType type) { return static_cast<std::uint32_t>(type); }

std::uint64_t bits_in(std::uint32_t type, double value) {
  switch (type) {
    case RVD_F32: return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    case RVD_F64: return std::bit_cast<std::uint64_t>(value);
    case RVD_I32: return static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
    default: return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
}

std::uint16_t Assembler::add(std::uint16_t code, std::uint32_t type, std::uint16_t a, std::uint16_t b, std::uint16_t c,
                             std::uint64_t imm, std::uint32_t from) {
  const auto dst = static_cast<std::uint16_t>(population_.registers++);
  push(code, type, dst, a, b, c, imm, from);
  return dst;
}

void Assembler::store(std::uint16_t index, std::uint16_t reg) {
  push(RVD_OP_STORE, type_of(population_.states[index].type), 0, reg, 0, 0, index, 0);
}

void Assembler::emit(std::uint16_t reg) { push(RVD_OP_EMIT, type_of(population_.value_type), 0, reg, 0, 0, 0, 0); }

void Assembler::push(std::uint16_t code, std::uint32_t type, std::uint16_t dst, std::uint16_t a, std::uint16_t b,
                     std::uint16_t c, std::uint64_t imm, std::uint32_t from) {
  population_.ops.push_back(
      {sizeof(rvd_op), code, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(from), dst, a, b, c, imm});
}

plan::Population input(const std::string& name, std::size_t count, DType type) {
  plan::Population population;
  population.name = name;
  population.model = "input@1";
  population.flags = RVD_POPULATION_INPUT;
  population.shape = {count};
  population.value_type = type;
  return population;
}

plan::Population leaky(const std::string& name, std::size_t count, float a, float threshold) {
  plan::Population population;
  population.name = name;
  population.model = "test-leaky@1";
  population.flags = RVD_POPULATION_SPIKING;
  population.shape = {count};
  population.coefficients = {{"a", "", Tensor::of({a})}, {"threshold", "", Tensor::of({threshold})}};
  population.states = {{"v", DType::f32, {}}};
  population.variables = {{"v", 0}};
  population.receptors = {{"x", DType::f32}};
  Assembler as(population);
  const auto decayed = as.add(RVD_OP_MUL, RVD_F32, as.coefficient(0), as.state(0));
  const auto v = as.add(RVD_OP_ADD, RVD_F32, decayed, as.receptor(0));
  const auto spike = as.add(RVD_OP_GT, RVD_F32, v, as.coefficient(1));
  as.store(0, as.add(RVD_OP_SELECT, RVD_F32, spike, as.constant(RVD_F32, 0), v));
  as.emit(as.add(RVD_OP_CONVERT, RVD_F32, spike, 0, 0, 0, RVD_I32));
  return population;
}

plan::Population relay(const std::string& name, std::size_t count, std::uint32_t flags, DType type) {
  plan::Population population;
  population.name = name;
  population.model = "identity@1";
  population.flags = flags | RVD_POPULATION_STATELESS;
  population.shape = {count};
  population.value_type = type;
  population.receptors = {{"x", type}};
  Assembler as(population);
  as.emit(as.receptor(0));
  return population;
}

plan::Projection dense(std::uint32_t source, std::uint32_t target, Tensor weights, std::uint32_t delay) {
  return {RVD_PROJECTION_DENSE, source, target, 0, delay, 0, std::move(weights), {}, {}, {}, {}};
}

plan::Projection one_to_one(std::uint32_t source, std::uint32_t target, std::uint32_t delay, Tensor weights) {
  return {RVD_PROJECTION_ONE_TO_ONE, source, target, 0, delay, 0, std::move(weights), {}, {}, {}, {}};
}

Tensor tensor(DType type, Shape shape, const std::vector<double>& values) {
  Tensor result(std::move(shape), type);
  for (std::size_t k = 0; k < values.size(); ++k) {
    switch (type) {
      case DType::f32: result.mutable_data<float>()[k] = static_cast<float>(values[k]); break;
      case DType::f64: result.mutable_data<double>()[k] = values[k]; break;
      case DType::i32: result.mutable_data<std::int32_t>()[k] = static_cast<std::int32_t>(values[k]); break;
      default: result.mutable_data<std::int64_t>()[k] = static_cast<std::int64_t>(values[k]);
    }
  }
  return result;
}

Plan chain(float a, float threshold, std::uint32_t delay) {
  plan::Description description;
  description.name = "chain";
  description.dt = 1e-3;
  description.populations = {input("in", 1), leaky("cell", 1, a, threshold), relay("out", 1, RVD_POPULATION_OUTPUT)};
  description.projections = {one_to_one(0, 1, delay), one_to_one(1, 2)};
  return plan::write(description);
}

// ------------------------------------------------------------------------------------------------------ random programs

namespace {

double random_number(std::mt19937_64& random, DType type) {
  constexpr double kFloats[] = {0.0,   -0.0, 1.0,   -1.0,    0.5,  -2.5,  1e-31,    -1e-31, 1e-42,     3e38,
                                -3e38, 1e10, -1e10, 2.147e9, 1e19, -88.5, 0x1p-100, 0x1p23, 8388609.5, 1e300};
  constexpr double kIntegers[] = {0, 1, -1, 2, 7, -8, 255, 65536, 2147483647, -2147483648.0, 1e9, -3};
  const bool floats = is_floating(type);
  if (pick(random, 2) == 0) return std::uniform_real_distribution<double>(-4, 4)(random);
  double value = floats ? kFloats[pick(random, std::size(kFloats))] : kIntegers[pick(random, std::size(kIntegers))];
  if (type == DType::f32 && value > 1e39) value = 1;
  return value;
}

Tensor random_tensor(std::mt19937_64& random, DType type, std::size_t count) {
  std::vector<double> values(count);
  for (double& value : values) value = random_number(random, type);
  return tensor(type, {count}, values);
}

/// Random weights and events that stay small, so that sums differ in rounding rather than overflow.
Tensor random_weights(std::mt19937_64& random, DType type, Shape shape) {
  std::vector<double> values(element_count(shape));
  // No normal distribution of the library's: its logarithm has other bits on other machines.
  std::uniform_real_distribution<double> part(-1, 1);
  const double spread = is_floating(type) ? 0.5 : 3;
  for (double& value : values) {
    value = 0.1;
    for (int k = 0; k < 3; ++k) value += spread * part(random);
    if (pick(random, 8) == 0) value = 0;
  }
  return tensor(type, std::move(shape), values);
}

/// Grows a program from registers whose types it keeps track of.
class Grower {
 public:
  Grower(std::mt19937_64& random, plan::Population& population) : random_(random), as_(population) {}
  void keep(std::uint16_t reg, std::uint32_t type) { registers_[type].push_back(reg); }
  std::uint16_t any(std::uint32_t type) {
    const std::vector<std::uint16_t>& known = registers_[type];
    // Late ones twice as often: chains instead of a broad heap.
    return known[std::max(pick(random_, known.size()), pick(random_, known.size()))];
  }
  void grow();

 private:
  static constexpr std::uint16_t kAny[] = {RVD_OP_ADD, RVD_OP_SUB, RVD_OP_MUL, RVD_OP_MIN,    RVD_OP_MAX,
                                           RVD_OP_NEG, RVD_OP_ABS, RVD_OP_EQ,  RVD_OP_NE,     RVD_OP_LT,
                                           RVD_OP_LE,  RVD_OP_GT,  RVD_OP_GE,  RVD_OP_SELECT, RVD_OP_CONVERT};
  static constexpr std::uint16_t kFloats[] = {RVD_OP_DIV,   RVD_OP_SQRT, RVD_OP_EXP,  RVD_OP_EXPM1,
                                              RVD_OP_FLOOR, RVD_OP_LOG,  RVD_OP_LOG1P};
  static constexpr std::uint16_t kIntegers[] = {RVD_OP_SHL, RVD_OP_SHR, RVD_OP_AND, RVD_OP_OR,
                                                RVD_OP_XOR, RVD_OP_ADD, RVD_OP_MUL};

  std::mt19937_64& random_;
  Assembler as_;
  std::map<std::uint32_t, std::vector<std::uint16_t>> registers_;
};

void Grower::grow() {
  const DType type = kTypes[pick(random_, 4)];
  const std::uint32_t t = type_of(type);
  const std::size_t choice = pick(random_, std::size(kAny) + std::size(kFloats));
  const bool common = choice < std::size(kAny);
  const std::uint16_t code = common              ? kAny[choice]
                             : is_floating(type) ? kFloats[choice - std::size(kAny)]
                                                 : kIntegers[choice - std::size(kAny)];
  if (code == RVD_OP_CONVERT) {
    const std::uint32_t from = type_of(kTypes[pick(random_, 4)]);
    return keep(as_.add(code, t, any(from), 0, 0, 0, from), t);
  }
  // One draw an expression: in which order a compiler evaluates arguments is its own business.
  const std::uint16_t a = any(t);
  if (code == RVD_OP_SELECT) {
    const std::uint16_t b = any(t);
    return keep(as_.add(code, t, any(RVD_I32), a, b), t);
  }
  if (code == RVD_OP_SHL || code == RVD_OP_SHR)
    return keep(as_.add(code, t, a, 0, 0, pick(random_, t == RVD_I32 ? 32 : 64)), t);
  const bool unary = code == RVD_OP_NEG || code == RVD_OP_ABS || code == RVD_OP_SQRT || code == RVD_OP_EXP ||
                     code == RVD_OP_EXPM1 || code == RVD_OP_FLOOR || code == RVD_OP_LOG || code == RVD_OP_LOG1P;
  keep(as_.add(code, t, a, unary ? std::uint16_t{0} : any(t)), compares(code) ? std::uint32_t{RVD_I32} : t);
}

}  // namespace

plan::Population random_program(std::mt19937_64& random, const std::string& name, std::size_t count, DType value_type) {
  plan::Population population;
  population.name = name;
  population.model = "test-random@1";
  population.flags = RVD_POPULATION_SPIKING;
  population.shape = {count};
  population.value_type = value_type;
  Assembler as(population);
  Grower grower(random, population);
  for (std::size_t k = 0; k < 8; ++k) {
    const DType type = kTypes[k % 4];
    const std::string letter(1, static_cast<char>('a' + k));
    population.coefficients.push_back({letter, "", random_tensor(random, type, pick(random, 2) == 0 ? 1 : count)});
    population.states.push_back(
        {letter, type, pick(random, 3) == 0 ? Tensor() : random_tensor(random, type, pick(random, 2) == 0 ? 1 : count)});
    population.variables.push_back({letter, static_cast<std::uint32_t>(k)});
    if (k < 4) population.receptors.push_back({letter, type});
    const auto index = static_cast<std::uint16_t>(k);
    grower.keep(as.constant(type_of(type), bits_in(type_of(type), random_number(random, type))), type_of(type));
    grower.keep(as.coefficient(index), type_of(type));
    grower.keep(as.state(index), type_of(type));
    if (k < 4) grower.keep(as.receptor(index), type_of(type));
  }
  for (int k = 0; k < 60; ++k) grower.grow();
  as.emit(grower.any(type_of(value_type)));
  for (std::uint16_t k = 0; k < 8; ++k) {
    if (pick(random, 8) != 0) as.store(k, grower.any(type_of(kTypes[k % 4])));
  }
  return population;
}

namespace {

std::size_t random_divisor(std::mt19937_64& random, std::size_t of) {
  std::vector<std::size_t> divisors;
  for (std::size_t d = 1; d <= of; ++d) {
    if (of % d == 0) divisors.push_back(d);
  }
  return divisors[pick(random, divisors.size())];
}

rvd_window random_window(std::mt19937_64& random, std::size_t sources, std::size_t targets, bool pool) {
  rvd_window w{};
  const std::size_t common = random_divisor(random, std::gcd(sources, targets));
  w.groups = static_cast<std::uint32_t>(common);
  w.channels_in = static_cast<std::uint32_t>(pool ? common : common * random_divisor(random, sources / common));
  w.channels_out = static_cast<std::uint32_t>(pool ? common : common * random_divisor(random, targets / common));
  w.in[0] = static_cast<std::uint32_t>(random_divisor(random, sources / w.channels_in));
  w.in[1] = static_cast<std::uint32_t>(sources / w.channels_in / w.in[0]);
  w.out[0] = static_cast<std::uint32_t>(random_divisor(random, targets / w.channels_out));
  w.out[1] = static_cast<std::uint32_t>(targets / w.channels_out / w.out[0]);
  for (int axis = 0; axis < 2; ++axis) {
    w.kernel[axis] = static_cast<std::uint32_t>(1 + pick(random, 4));
    w.stride[axis] = static_cast<std::uint32_t>(1 + pick(random, 4));
    w.dilation[axis] = static_cast<std::uint32_t>(1 + pick(random, 4));
    w.padding[axis] = static_cast<std::uint32_t>(pick(random, 4));
    while ((w.out[axis] - 1) * w.stride[axis] >= w.in[axis] + 2 * w.padding[axis]) ++w.padding[axis];
  }
  return w;
}

void take_synapses(std::mt19937_64& random, plan::Projection& p, std::size_t sources, std::size_t targets) {
  p.rows = Tensor({sources + 1}, DType::i64);
  std::vector<double> neurons;
  for (std::size_t source = 0; source < sources; ++source) {
    for (std::size_t k = pick(random, 5); k > 0; --k) neurons.push_back(static_cast<double>(pick(random, targets)));
    p.rows.mutable_data<std::int64_t>()[source + 1] = static_cast<std::int64_t>(neurons.size());
  }
  if (!neurons.empty()) p.targets = tensor(DType::i32, {neurons.size()}, neurons);
}

}  // namespace

plan::Projection random_projection(std::mt19937_64& random, std::uint32_t kind, std::size_t sources, std::size_t targets,
                                   DType type) {
  plan::Projection p;
  p.kind = kind == RVD_PROJECTION_ONE_TO_ONE && sources != targets ? RVD_PROJECTION_DENSE : kind;
  std::size_t weights = sources * targets;
  if (p.kind == RVD_PROJECTION_SPARSE) take_synapses(random, p, sources, targets);
  if (p.kind == RVD_PROJECTION_POOL) p.window = random_window(random, sources, targets, true);
  if (p.kind == RVD_PROJECTION_CONVOLUTION) {
    p.window = random_window(random, sources, targets, false);
    const rvd_window& w = p.window;
    weights = std::size_t{w.channels_out} * (w.channels_in / w.groups) * w.kernel[0] * w.kernel[1];
  } else if (p.kind != RVD_PROJECTION_DENSE) {
    const std::size_t each = p.kind == RVD_PROJECTION_SPARSE ? p.targets.size() : sources;
    const std::size_t counts[] = {0, 1, each};
    weights = p.kind == RVD_PROJECTION_POOL ? 0 : counts[pick(random, 3)];
  }
  if (weights != 0) p.weights = random_weights(random, type, {weights});
  return p;
}

Network random_network(std::mt19937_64& random) {
  plan::Description description;
  description.name = "random";
  description.dt = 1e-3;
  std::vector<std::uint32_t> inputs;
  const std::size_t width = 1 + pick(random, 12);
  for (std::uint32_t k = 0; k < 4; ++k) {  // one input a type, so that every receptor can be reached
    inputs.push_back(k);
    description.populations.push_back(input("in" + std::to_string(k), 1 + pick(random, 6), kTypes[k]));
  }
  const std::size_t inner = 2 + pick(random, 4);
  for (std::size_t k = 0; k < inner; ++k) {
    const std::string name = "p" + std::to_string(k);
    const std::size_t count = pick(random, 5) == 0 ? 300 : width;
    switch (pick(random, 4)) {
      case 0: description.populations.push_back(leaky(name, count, 0.9F, 0.7F)); break;
      case 1: description.populations.push_back(relay(name, count, 0, kTypes[pick(random, 4)])); break;
      default: description.populations.push_back(random_program(random, name, count, kTypes[pick(random, 4)]));
    }
  }
  const auto size = [&](std::uint32_t p) { return element_count(description.populations[p].shape); };
  const auto populations = static_cast<std::uint32_t>(description.populations.size());
  for (std::uint32_t source = 0; source < populations; ++source) {
    for (std::uint32_t target = 4; target < populations; ++target) {
      const plan::Population& to = description.populations[target];
      for (std::uint32_t receptor = 0; receptor < to.receptors.size(); ++receptor) {
        const DType type = description.populations[source].value_type;
        if (to.receptors[receptor].type != type) continue;
        for (std::size_t twice = pick(random, 3); twice > 0; --twice) {
          const auto delay = static_cast<std::uint32_t>(pick(random, 5) + (source >= target ? 1 : 0));
          plan::Projection p =
              random_projection(random, static_cast<std::uint32_t>(1 + pick(random, 5)), size(source), size(target), type);
          p.source = source;
          p.target = target;
          p.receptor = receptor;
          p.delay = delay;
          if (delay > 0 && pick(random, 2) == 0) p.prior = random_weights(random, type, {size(source)});
          description.projections.push_back(std::move(p));
        }
      }
    }
  }
  std::vector<std::size_t> widths;
  for (std::uint32_t p = 0; p < populations; ++p) widths.push_back(size(p));
  return {plan::write(description), std::move(inputs), std::move(widths)};
}

}  // namespace ranvier::conformance
