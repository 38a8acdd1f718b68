// The operations of a program over a block of neurons: one tight loop an operation and type, written so that compilers vectorise
// it. Which loop an operation needs is decided once, when a program is prepared.
#pragma once

#include <cstddef>
#include <cstdint>

#include <ranvier/driver.h>

namespace ranvier::program {

/// Neurons in a block: enough to hide the call of a loop, few enough that a program's registers stay in the nearest cache.
constexpr std::size_t kBlock = 256;

/// dst[0..n) = op(a, b, c), arrays of the operation's types; dst overlaps none of them. Operands that an operation lacks may be
/// anything. `imm` counts for shifts alone.
using BlockOp = void (*)(void* dst, const void* a, const void* b, const void* c, std::uint64_t imm, std::size_t n);

/// The loop for ADD ... CONVERT; nullptr for what is no operation of that type. `from` counts for CONVERT alone.
BlockOp block_op(std::uint16_t code, std::uint32_t type, std::uint32_t from);

/// dst = a as STORE keeps it (floats below 2^-100 become +0), and dst = a unchanged.
BlockOp block_store(std::uint32_t type);
BlockOp block_copy(std::uint32_t type);

/// Writes first_id + i and a[i] for each a[i] that is not zero; returns how many. `ids` and `values` have room for n.
using BlockEmit = std::size_t (*)(const void* a, std::size_t n, std::uint32_t first_id, std::uint32_t* ids, void* values);
BlockEmit block_emit(std::uint32_t type);

}  // namespace ranvier::program
