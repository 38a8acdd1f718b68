// Each operation of each instruction set against its definition: every pair of edges, then random operands.
#include "kernels/program/block.h"

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "tests/kernels/operands.h"

namespace ranvier::kernels_test {
namespace {

constexpr std::uint32_t kTypes[] = {RVD_F32, RVD_F64, RVD_I32, RVD_I64};

bool compares(std::uint16_t code) { return code >= RVD_OP_EQ && code <= RVD_OP_GE; }

rvd_op op_of(unsigned code, std::uint32_t type, std::uint32_t from = 0, Word imm = 0) {
  rvd_op op{};
  op.size = sizeof op;
  op.code = static_cast<std::uint16_t>(code);
  op.type = static_cast<std::uint8_t>(type);
  op.from = static_cast<std::uint8_t>(from);
  op.imm = imm;
  return op;
}

/// All operations with all types; those that there are not have no loop.
std::vector<rvd_op> all_ops() {
  std::vector<rvd_op> ops;
  for (const std::uint32_t type : kTypes) {
    for (unsigned code = RVD_OP_ADD; code < RVD_OP_CONVERT; ++code) {
      const bool shifts = code == RVD_OP_SHL || code == RVD_OP_SHR;
      for (const Word imm : {0u, 1u, 12u, 31u}) {
        if (imm == 0 || shifts) ops.push_back(op_of(code, type, 0, imm));
      }
    }
    for (const std::uint32_t from : kTypes) ops.push_back(op_of(RVD_OP_CONVERT, type, from));
  }
  return ops;
}

std::string label(simd::Isa isa, const rvd_op& op) {
  return std::string(simd::name(isa)) + ": operation " + std::to_string(op.code) + " of type " + std::to_string(op.type) +
         " from " + std::to_string(op.from);
}

struct Operands {
  Array a, b, c;
  Operands(const rvd_op& op, std::size_t n, std::mt19937_64& random)
      : a(n, size_of(first(op))), b(n, size_of(op.type)), c(n, size_of(op.type)) {
    const auto fill = [&](Array& array, std::uint32_t type, std::size_t stride) {
      with_type(type, [&](auto zero) {
        const auto known = edges<decltype(zero)>();
        for (std::size_t i = 0; i < n; ++i) {
          const bool pair = i < known.size() * known.size();
          array.set(i, pair ? word_of(known[i / stride % known.size()]) : any_word(type, random));
        }
        return 0;
      });
    };
    fill(a, first(op), 1);
    with_type(first(op), [&](auto zero) {
      fill(b, op.type, edges<decltype(zero)>().size());
      return 0;
    });
    fill(c, op.type, 3);
  }
  static std::uint32_t first(const rvd_op& op) {
    return op.code == RVD_OP_SELECT ? std::uint32_t{RVD_I32} : op.code == RVD_OP_CONVERT ? op.from : op.type;
  }
};

TEST(Block, ComputesEachOperationAsItIsDefinedOnEachInstructionSet) {
  constexpr std::size_t kCount = 2048;
  std::mt19937_64 random(1);
  std::size_t tested = 0;
  for (const simd::Isa isa : simd::available()) {
    for (const rvd_op& op : all_ops()) {
      const program::BlockOp run = program::block_kernels(isa).op(op.code, op.type, op.from);
      if (run == nullptr) continue;
      ++tested;
      const Operands x(op, kCount, random);
      const std::uint32_t type = compares(op.code) ? std::uint32_t{RVD_I32} : op.type;
      Array result(kCount, size_of(type));
      run(result.data(), x.a.data(), x.b.data(), x.c.data(), op.imm, kCount);
      for (std::size_t i = 0; i < kCount; ++i) {
        const Word expected = compute(op, x.a.at(i), x.b.at(i), x.c.at(i));
        ASSERT_EQ(comparable(type, result.at(i)), comparable(type, expected))
            << label(isa, op) << std::hex << " of " << x.a.at(i) << ", " << x.b.at(i) << ", " << x.c.at(i);
      }
    }
  }
  // 21 for each float type, 19 and 3 more shifts of both kinds for each integer type, 16 conversions.
  EXPECT_EQ(tested, simd::available().size() * (2 * 21 + 2 * (19 + 6) + 16));
}

TEST(Block, HasNoLoopForWhatIsNoOperation) {
  for (const simd::Isa isa : simd::available()) {
    const program::BlockKernels& kernels = program::block_kernels(isa);
    EXPECT_EQ(kernels.op(RVD_OP_DIV, RVD_I32, 0), nullptr);
    EXPECT_EQ(kernels.op(RVD_OP_SHL, RVD_F32, 0), nullptr);
    EXPECT_EQ(kernels.op(RVD_OP_STORE, RVD_F32, 0), nullptr);
    EXPECT_EQ(kernels.op(RVD_OP_ADD, 99, 0), nullptr);
    EXPECT_EQ(kernels.op(RVD_OP_CONVERT, RVD_F32, 99), nullptr);
  }
}

TEST(Block, TakesAnyNumberOfElementsAsScalar) {
  const float a[] = {1, 2, 3}, b[] = {10, 20, 30};
  float sum[] = {0, 0, 0, 7};
  program::block_kernels(simd::Isa::scalar).op(RVD_OP_ADD, RVD_F32, 0)(sum, a, b, nullptr, 0, 3);
  EXPECT_EQ(sum[2], 33);
  EXPECT_EQ(sum[3], 7);
}

TEST(Block, StoresAndMasksAndExpands) {
  constexpr std::size_t kCount = 640;
  std::mt19937_64 random(2);
  for (const simd::Isa isa : simd::available()) {
    const program::BlockKernels& kernels = program::block_kernels(isa);
    for (const std::uint32_t type : kTypes) {
      Array x(kCount, size_of(type)), kept(kCount, size_of(type)), ones(kCount, size_of(type));
      for (std::size_t i = 0; i < kCount; ++i) x.set(i, random() % 3 == 0 ? 0 : any_word(type, random));
      std::uint64_t mask[kCount / 64];
      kernels.store(type)(kept.data(), x.data(), nullptr, nullptr, 0, kCount);
      kernels.mask(type)(x.data(), kCount, mask);
      kernels.expand(type)(mask, kCount, ones.data());
      for (std::size_t i = 0; i < kCount; ++i) {
        const bool set = (mask[i / 64] >> i % 64 & 1) != 0;
        const bool nonzero = with_type(type, [&](auto zero) { return value_of<decltype(zero)>(x.at(i)) != 0; });
        ASSERT_EQ(set, nonzero) << simd::name(isa) << std::hex << " of " << x.at(i);
        ASSERT_EQ(comparable(type, kept.at(i)), comparable(type, stored(type, x.at(i)))) << simd::name(isa);
        ASSERT_EQ(ones.at(i), with_type(type, [&](auto zero) { return word_of(static_cast<decltype(zero)>(set)); }));
      }
    }
  }
}

}  // namespace
}  // namespace ranvier::kernels_test
