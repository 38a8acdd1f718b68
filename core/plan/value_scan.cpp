#include "core/plan/value_scan.h"

#include <algorithm>
#include <cstring>

namespace ranvier::plan {
namespace {

constexpr std::uint64_t kBlock = RVD_PLAN_ALIGN;
constexpr std::uint64_t kNone = ~std::uint64_t{0};

// A float is infinite or NaN when its bits without the sign are at least those of infinity, and NaN when they are above.
constexpr std::uint32_t kMagnitude32 = 0x7FFF'FFFF;
constexpr std::uint32_t kInfinity32 = 0x7F80'0000;
constexpr std::uint64_t kMagnitude64 = 0x7FFF'FFFF'FFFF'FFFF;
constexpr std::uint64_t kInfinity64 = 0x7FF0'0000'0000'0000;

/// Offset in the block of the first element with (bits & magnitude) >= limit; kNone without one.
template <class Bits>
std::uint64_t first_in_block(std::span<const std::byte> block, Bits magnitude, Bits limit) {
  for (std::uint64_t at = 0; at + sizeof(Bits) <= block.size(); at += sizeof(Bits)) {
    Bits bits = 0;
    std::memcpy(&bits, block.data() + at, sizeof bits);
    if ((bits & magnitude) >= limit) return at;
  }
  return kNone;
}

template <class Bits>
std::vector<std::uint64_t> make_table(std::span<const std::byte> bytes, Bits magnitude, Bits limit) {
  std::vector<std::uint64_t> table((bytes.size() + kBlock - 1) / kBlock);
  std::uint64_t next = kNone;
  for (std::uint64_t block = table.size(); block-- > 0;) {
    const std::uint64_t offset = block * kBlock;
    const std::uint64_t size = std::min(bytes.size() - offset, kBlock);
    const std::uint64_t found = first_in_block(bytes.subspan(offset, size), magnitude, limit);
    if (found != kNone) next = offset + found;
    table[block] = next;
  }
  return table;
}

}  // namespace

template <class Bits>
std::uint64_t ValueScan::first(const rvd_array& array, Table& table, Bits magnitude, Bits limit) {
  if (table.empty()) table = make_table(bytes_, magnitude, limit);
  const std::uint64_t offset = table[array.offset / kBlock];
  return offset == kNone ? array.count : std::min(array.count, (offset - array.offset) / sizeof(Bits));
}

std::uint64_t ValueScan::first_non_finite(const rvd_array& array) {
  if (array.type == RVD_F32) return first(array, non_finite_f32_, kMagnitude32, kInfinity32);
  if (array.type == RVD_F64) return first(array, non_finite_f64_, kMagnitude64, kInfinity64);
  return array.count;
}

std::uint64_t ValueScan::first_nan(const rvd_array& array) {
  if (array.type == RVD_F32) return first(array, nan_f32_, kMagnitude32, kInfinity32 + 1);
  if (array.type == RVD_F64) return first(array, nan_f64_, kMagnitude64, kInfinity64 + 1);
  return array.count;
}

std::uint64_t ValueScan::first_non_bool(const rvd_array& array) {
  if (array.type == RVD_BOOL) return first<std::uint8_t>(array, non_bool_, 0xFF, 2);
  return array.count;
}

}  // namespace ranvier::plan
