// Sweeps against the program one neuron at a time: fused and in blocks, on each instruction set, with states, sums and
// coefficients of all kinds.
#include "kernels/neuron/sweep.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "kernels/neuron/known.h"
#include "kernels/program/block.h"
#include "tests/kernels/operands.h"

namespace ranvier::kernels_test {
namespace {

using neuron::Equations;
using neuron::Program;

rvd_op op_of(unsigned code, std::uint32_t type, std::size_t a = 0, std::size_t b = 0, std::size_t c = 0) {
  rvd_op op{};
  op.size = sizeof op;
  op.code = static_cast<std::uint16_t>(code);
  op.type = static_cast<std::uint8_t>(type);
  op.a = static_cast<std::uint16_t>(a);
  op.b = static_cast<std::uint16_t>(b);
  op.c = static_cast<std::uint16_t>(c);
  return op;
}

/// A program with the arrays that its coefficients lie in.
struct Model {
  Program program;
  std::vector<std::uint32_t> sums, states;  // their types
  std::uint32_t value_type = RVD_F32;
  std::vector<Array> arrays;

  std::uint16_t append(rvd_op op) {
    op.dst = static_cast<std::uint16_t>(program.registers++);
    program.ops.push_back(op);
    return op.dst;
  }

  void add_coefficient(std::uint32_t type, bool each, std::size_t n, std::mt19937_64& random) {
    Array& array = arrays.emplace_back(n, size_of(type));
    for (std::size_t i = 0; i < n; ++i) array.set(i, any_word(type, random));
    program.coefficients.push_back({array.data(), each});
  }
};

/// Which coefficients have a value for each position.
enum class Spread { none, all, some };

/// The program that equations stand for.
Model model_of(const Equations& equations, std::size_t n, Spread spread, std::mt19937_64& random) {
  Model model;
  model.sums.assign(1, RVD_F32);
  model.states.assign(equations.states, RVD_F32);
  for (std::size_t k = 0; k < equations.coefficients; ++k) {
    model.add_coefficient(RVD_F32, spread == Spread::all || (spread == Spread::some && random() % 2 == 0), n, random);
  }
  for (std::size_t i = 0; i < equations.count; ++i) {
    const neuron::Node& node = equations.nodes[i];
    rvd_op op = op_of(node.code, RVD_F32, node.a, node.b, node.c);
    if (node.code == RVD_OP_CONVERT) op.from = RVD_I32;
    model.append(op);
  }
  for (std::size_t k = 0; k < equations.stored; ++k) {
    rvd_op op = op_of(RVD_OP_STORE, RVD_F32, equations.stores[k].node);
    op.imm = equations.stores[k].state;
    model.program.ops.push_back(op);
  }
  std::size_t emitted = equations.emitted;
  if (equations.unit()) {
    rvd_op op = op_of(RVD_OP_CONVERT, RVD_F32, emitted);
    op.from = RVD_I32;
    emitted = model.append(op);
  }
  model.program.ops.push_back(op_of(RVD_OP_EMIT, RVD_F32, emitted));
  return model;
}

/// All that a sweep reads and writes, beside coefficients.
struct Memory {
  std::vector<Array> states, sums;
  Array inner, values;
  std::vector<std::uint64_t> mask;

  Memory(const Model& model, std::uint32_t inner_type, std::size_t n, std::uint64_t seed)
      : inner(n, size_of(inner_type)), values(n, size_of(model.value_type)), mask((n + 63) / 64, ~std::uint64_t{0}) {
    std::mt19937_64 random(seed);
    for (const std::uint32_t type : model.states) states.push_back(filled(n, type, any_word, random));
    for (const std::uint32_t type : model.sums) sums.push_back(filled(n, type, any_sum, random));
    inner = filled(n, inner_type, any_sum, random);
  }

  static Array filled(std::size_t n, std::uint32_t type, Word (*any)(std::uint32_t, std::mt19937_64&),
                      std::mt19937_64& random) {
    Array array(n, size_of(type));
    for (std::size_t i = 0; i < n; ++i) array.set(i, any(type, random));
    return array;
  }

  void sweep(const neuron::Sweep& sweep, neuron::Scratch& scratch, std::size_t begin, std::size_t end, bool with_values) {
    std::vector<void*> state_rows, sum_rows;
    for (const Array& state : states) state_rows.push_back(state.data());
    for (const Array& sum : sums) sum_rows.push_back(sum.data());
    sweep.run(
        {state_rows.data(), sum_rows.data(), inner.data(), with_values ? values.data() : nullptr, mask.data(), begin, end},
        scratch);
  }
};

bool is_zero(std::uint32_t type, Word word) {
  return with_type(type, [&](auto zero) { return value_of<decltype(zero)>(word) == 0; });
}

/// Runs a step in ranges and holds each neuron against the program. `with_values` false: only the mask is asked for.
void check(const neuron::Sweep& sweep, const Model& model, const Model* front, std::uint32_t receptor, std::size_t n,
           bool with_values, const std::string& where) {
  SCOPED_TRACE(where);
  const std::uint32_t inner_type = front == nullptr ? std::uint32_t{RVD_F32} : front->sums[0];
  const Memory before(model, inner_type, n, n);
  Memory after(model, inner_type, n, n);
  neuron::Scratch scratch;
  scratch.reserve(sweep.scratch());
  const std::size_t cut = n / 2 / 64 * 64;
  after.sweep(sweep, scratch, cut, n, with_values);
  after.sweep(sweep, scratch, 0, cut, with_values);

  for (std::size_t i = 0; i < n; ++i) {
    std::vector<Word> sums, states, none;
    for (const Array& sum : before.sums) sums.push_back(sum.at(i));
    for (const Array& state : before.states) states.push_back(state.at(i));
    if (front != nullptr) {
      const Word value = run_scalar(front->program, i, {before.inner.at(i)}, none);
      sums[receptor] = compute(op_of(RVD_OP_ADD, model.sums[receptor]), sums[receptor], value, 0);
    }
    const Word emitted = run_scalar(model.program, i, sums, states);
    ASSERT_EQ(after.mask[i / 64] >> i % 64 & 1, is_zero(model.value_type, emitted) ? 0U : 1U) << "position " << i;
    if (with_values) {
      ASSERT_EQ(comparable(model.value_type, after.values.at(i)), comparable(model.value_type, emitted)) << "position " << i;
    }
    for (std::size_t k = 0; k < states.size(); ++k) {
      ASSERT_EQ(comparable(model.states[k], after.states[k].at(i)), comparable(model.states[k], states[k]))
          << "state " << k << " at position " << i;
    }
  }
  for (std::size_t i = 0; i < before.inner.padded(); ++i) {
    for (const Array& sum : after.sums) ASSERT_EQ(sum.at(i), 0U) << "sum at " << i;
    ASSERT_TRUE(front == nullptr || after.inner.at(i) == 0) << "sum of the front at " << i;
    ASSERT_TRUE(i < n || (after.mask[i / 64] >> i % 64 & 1) == 0) << "padding " << i;
  }
}

std::vector<Equations> all_known() {
  std::vector<Equations> known;
  for (std::size_t k = 0; k < neuron::kKnownCount; ++k) known.push_back(neuron::parsed(k, false));
  return known;
}

Model affine(std::size_t n, bool biased, bool each, std::mt19937_64& random) {
  Model front;
  front.sums.assign(1, RVD_F32);
  std::size_t value = front.append(op_of(RVD_OP_RECEPTOR, RVD_F32));
  if (biased) {
    front.add_coefficient(RVD_F32, each, n, random);
    value = front.append(op_of(RVD_OP_ADD, RVD_F32, value, front.append(op_of(RVD_OP_COEFF, RVD_F32))));
  }
  front.program.ops.push_back(op_of(RVD_OP_EMIT, RVD_F32, value));
  return front;
}

std::string label(simd::Isa isa, std::size_t known, std::size_t n, bool fused) {
  return std::string(simd::name(isa)) + ": \"" + std::string(neuron::source(known).update) + " " +
         std::string(neuron::source(known).fire) + "\", " + std::to_string(n) +
         (fused ? " neurons, fused" : " neurons, blocks");
}

TEST(Sweep, EqualsEveryKnownProgramFusedAndInBlocks) {
  std::mt19937_64 random(3);
  const std::vector<Equations> known = all_known();
  for (const simd::Isa isa : simd::available()) {
    for (std::size_t k = 0; k < known.size(); ++k) {
      for (const std::size_t n : {1u, 63u, 64u, 65u, 1000u}) {
        for (const Spread spread : {Spread::none, Spread::all, Spread::some}) {
          const Model model = model_of(known[k], n, spread, random);
          for (const bool fused : {true, false}) {
            const auto sweep = neuron::make_sweep(isa, model.program, fused);
            ASSERT_EQ(sweep->fused(), fused) << label(isa, k, n, fused);
            ASSERT_EQ(sweep->unit(), known[k].unit()) << label(isa, k, n, fused);
            check(*sweep, model, nullptr, 0, n, true, label(isa, k, n, fused));
            if (sweep->unit()) check(*sweep, model, nullptr, 0, n, false, label(isa, k, n, fused));
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
}

TEST(Sweep, EqualsEveryKnownProgramBehindAFront) {
  std::mt19937_64 random(4);
  const std::vector<Equations> known = all_known();
  for (const simd::Isa isa : simd::available()) {
    for (std::size_t k = 0; k < known.size(); ++k) {
      for (const std::size_t n : {38u, 64u, 200u}) {
        for (const Spread spread : {Spread::none, Spread::some}) {
          const Model model = model_of(known[k], n, spread, random);
          const Model front = affine(n, random() % 2 == 0, random() % 2 == 0, random);
          for (const bool fused : {true, false}) {
            const auto sweep = neuron::make_sweep(isa, model.program, front.program, 0, fused);
            ASSERT_EQ(sweep->fused(), fused) << label(isa, k, n, fused);
            check(*sweep, model, &front, 0, n, true, label(isa, k, n, fused) + ", with a front");
            if (HasFatalFailure()) return;
          }
        }
      }
    }
  }
}

/// Any operations on any registers of fitting types.
Model random_model(std::size_t n, std::mt19937_64& random) {
  constexpr std::uint32_t kTypes[] = {RVD_F32, RVD_F64, RVD_I32, RVD_I64};
  Model model;
  std::vector<std::uint16_t> of_type[8];
  const auto add = [&](rvd_op op, std::uint32_t type) { of_type[type].push_back(model.append(op)); };
  const auto any = [&](std::uint32_t type) { return of_type[type][random() % of_type[type].size()]; };
  for (const std::uint32_t type : kTypes) {
    model.sums.push_back(type);
    model.states.push_back(type);
    add(op_of(RVD_OP_RECEPTOR, type, model.sums.size() - 1), type);
    add(op_of(RVD_OP_STATE, type, model.states.size() - 1), type);
    for (const bool each : {false, true}) {
      model.add_coefficient(type, each, n, random);
      add(op_of(RVD_OP_COEFF, type, model.program.coefficients.size() - 1), type);
    }
    rvd_op constant = op_of(RVD_OP_CONST, type);
    constant.imm = any_word(type, random);
    add(constant, type);
  }
  for (int k = 0; k < 40; ++k) {
    const std::uint32_t type = kTypes[random() % 4];
    const std::uint16_t code = static_cast<std::uint16_t>(RVD_OP_ADD + random() % (RVD_OP_CONVERT - RVD_OP_ADD + 1));
    rvd_op op = op_of(code, type, any(type), any(type), any(type));
    if (code == RVD_OP_CONVERT) op.from = static_cast<std::uint8_t>(kTypes[random() % 4]);
    if (code == RVD_OP_CONVERT) op.a = any(op.from);
    if (code == RVD_OP_SELECT) op.a = any(RVD_I32);
    if (code == RVD_OP_SHL || code == RVD_OP_SHR) op.imm = random() % 32;
    if (program::block_kernels(simd::Isa::scalar).op(code, type, op.from) == nullptr) continue;
    add(op, code >= RVD_OP_EQ && code <= RVD_OP_GE ? std::uint32_t{RVD_I32} : type);
  }
  for (std::size_t s = 0; s < model.states.size(); ++s) {
    rvd_op op = op_of(RVD_OP_STORE, model.states[s], any(model.states[s]));
    op.imm = s;
    model.program.ops.push_back(op);
  }
  model.value_type = kTypes[random() % 4];
  model.program.ops.push_back(op_of(RVD_OP_EMIT, model.value_type, any(model.value_type)));
  return model;
}

TEST(Sweep, EqualsAnyProgramInBlocks) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    const std::size_t n = 1 + random() % 600;
    const Model model = random_model(n, random);
    Model front = random_model(n, random);
    std::erase_if(front.program.ops, [](const rvd_op& op) { return op.code == RVD_OP_STORE; });
    for (rvd_op& op : front.program.ops) {  // one sum and no state
      if (op.code == RVD_OP_STATE || (op.code == RVD_OP_RECEPTOR && op.a != 0)) op.code = RVD_OP_CONST;
    }
    for (const simd::Isa isa : simd::available()) {
      const std::string where = std::string(simd::name(isa)) + ", seed " + std::to_string(seed);
      check(*neuron::make_sweep(isa, model.program), model, nullptr, 0, n, true, where);
      const auto receptor =
          static_cast<std::uint32_t>(std::find(model.sums.begin(), model.sums.end(), front.value_type) - model.sums.begin());
      check(*neuron::make_sweep(isa, model.program, front.program, receptor), model, &front, receptor, n, true,
            where + ", front");
      if (HasFatalFailure()) return;
    }
  }
}

Equations equations_of(const char* text) {
  neuron::EquationParser parser(false);
  parser.read(text);
  return parser.result();
}

bool has_fused_loop(const Model& model) { return neuron::make_sweep(simd::Isa::scalar, model.program)->fused(); }

TEST(Sweep, IsFusedForExactlyTheKnownProgram) {
  std::mt19937_64 random(5);
  const auto fused = [&](const char* text) { return has_fused_loop(model_of(equations_of(text), 64, Spread::none, random)); };
  EXPECT_TRUE(fused("u = (a*v + b*x) + c; s = u > t; v' = s ? reset : u; emit s"));
  EXPECT_FALSE(fused("u = (b*x + a*v) + c; s = u > t; v' = s ? reset : u; emit s")) << "another order of terms";
  EXPECT_FALSE(fused("u = a*v + (b*x + c); s = u > t; v' = s ? reset : u; emit s"));
  EXPECT_FALSE(fused("u = (a*v + b*x) + c; s = u > t; v' = s ? reset : u; emit u"));
  EXPECT_FALSE(fused("u = (a*v + b*x) + c; s = u > t; v' = s ? u : reset; emit s"));
  EXPECT_FALSE(fused("u = (a*x + b*x) + c; s = u > t; v' = s ? reset : u; emit s"));
  EXPECT_FALSE(fused("j = alpha*i + x; i' = j; u = beta*v + j; s = u > t; v' = s ? reset : u; emit s + 0"));
  EXPECT_TRUE(fused("g = v + x; s = g > t; v' = s ? g - t : g; emit s")) << "one coefficient where the equations have two";
  EXPECT_FALSE(fused("late = v > t; g = (beta*v + x) - late*other; s = g > t; v' = g - (s - late)*t; emit s"))
      << "two coefficients where the equations have one";
}

TEST(Sweep, IsNotFusedWhereAProgramStoresMore) {
  std::mt19937_64 random(6);
  Model model = model_of(equations_of("u = v + x; s = u > t; v' = s ? reset : u; emit s"), 64, Spread::none, random);
  EXPECT_TRUE(has_fused_loop(model));
  rvd_op shadow = op_of(RVD_OP_STORE, RVD_F32, 2);
  shadow.imm = 1;
  model.program.ops.insert(model.program.ops.end() - 1, shadow);
  model.states.push_back(RVD_F32);
  EXPECT_FALSE(has_fused_loop(model));
  check(*neuron::make_sweep(simd::Isa::scalar, model.program), model, nullptr, 0, 64, true, "a shadow");
}

TEST(Sweep, TakesEqualCoefficientsForOne) {
  std::mt19937_64 random(7);
  Model model = model_of(equations_of("emit x + bias"), 100, Spread::all, random);
  for (std::size_t i = 0; i < 100; ++i) model.arrays[0].set(i, word_of(0.25F));
  model.program.neurons = 100;
  for (const simd::Isa isa : simd::available()) {
    check(*neuron::make_sweep(isa, model.program), model, nullptr, 0, 100, true, std::string(simd::name(isa)));
  }
  model.arrays[0].set(99, word_of(0.5F));
  check(*neuron::make_sweep(simd::Isa::scalar, model.program), model, nullptr, 0, 100, true, "the last one differs");
}

TEST(Sweep, KnowsWhatEmitsOnlyZeroAndOne) {
  std::mt19937_64 random(8);
  const auto unit = [&](const char* text) {
    const Model model = model_of(equations_of(text), 64, Spread::none, random);
    return neuron::make_sweep(simd::Isa::scalar, model.program, false)->unit();
  };
  EXPECT_TRUE(unit("emit x > t"));
  EXPECT_FALSE(unit("emit x"));
  EXPECT_FALSE(unit("emit (x > t) + (x > u)"));
  EXPECT_FALSE(unit("emit x > t ? 1 : 0")) << "numbers in equations are any coefficients";

  Model model;
  model.sums.assign(1, RVD_F32);
  const auto x = model.append(op_of(RVD_OP_RECEPTOR, RVD_F32));
  const auto constant = [&](float value) {
    rvd_op op = op_of(RVD_OP_CONST, RVD_F32);
    op.imm = word_of(value);
    return model.append(op);
  };
  const auto zero = constant(0), one = constant(1), two = constant(2);
  const auto above = model.append(op_of(RVD_OP_GT, RVD_F32, x, zero));
  const auto chosen = [&](std::uint16_t yes) {
    Program program = model.program;
    program.ops.push_back(op_of(RVD_OP_SELECT, RVD_F32, above, yes, zero));
    program.ops.back().dst = static_cast<std::uint16_t>(program.registers++);
    program.ops.push_back(op_of(RVD_OP_EMIT, RVD_F32, program.registers - 1));
    return neuron::make_sweep(simd::Isa::scalar, program)->unit();
  };
  EXPECT_TRUE(chosen(one));
  EXPECT_FALSE(chosen(two));
}

}  // namespace
}  // namespace ranvier::kernels_test
