// The operations of a program over a block of neurons: one tight loop an operation and type, compiled for each instruction set.
// Which loop an operation needs is decided once, when a program is prepared.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ranvier/driver.h>

#include "kernels/simd/isa.h"

namespace ranvier::program {

/// Elements that a call takes at least: n is a multiple of it everywhere, but for `scalar`, which takes any number.
constexpr std::size_t kBlockUnit = 64;

/// dst[0..n) = op(a, b, c), arrays of the operation's types; dst overlaps none of them. Operands that an operation lacks may be
/// anything. `imm` counts for shifts alone.
using BlockOp = void (*)(void* dst, const void* a, const void* b, const void* c, std::uint64_t imm, std::size_t n);

/// Bit i % 64 of mask[i / 64]: a[i] is not zero (-0 is zero, a NaN is not). n is a multiple of kBlockUnit.
using BlockMask = void (*)(const void* a, std::size_t n, std::uint64_t* mask);
/// dst[i] = bit i of the mask, as 0 or 1. n is a multiple of kBlockUnit.
using BlockExpand = void (*)(const std::uint64_t* mask, std::size_t n, void* dst);

/// Loops for one instruction set. All sets give the same bits.
struct BlockKernels {
  /// For ADD ... CONVERT; nullptr for what is no operation of that type. `from` counts for CONVERT alone.
  BlockOp (*op)(std::uint16_t code, std::uint32_t type, std::uint32_t from);
  /// dst = a as STORE keeps it: floats below 2^-100 become +0.
  BlockOp (*store)(std::uint32_t type);
  BlockMask (*mask)(std::uint32_t type);
  BlockExpand (*expand)(std::uint32_t type);
};

const BlockKernels& block_kernels(simd::Isa isa);

}  // namespace ranvier::program
