/// Tells in constant time where an array has a value that it must not have, however many records share one blob: a plan may
/// name the same bytes from every record, and the checker's time must stay linear in the plan's length.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <ranvier/driver.h>

namespace ranvier::plan {

class ValueScan {
 public:
  explicit ValueScan(std::span<const std::byte> bytes) : bytes_(bytes) {}

  // Index of the first element that is infinite or NaN; NaN; neither 0 nor 1. `array.count` when there is none, or when the
  // array is of a type that the question does not concern.
  std::uint64_t first_non_finite(const rvd_array& array);
  std::uint64_t first_nan(const rvd_array& array);
  std::uint64_t first_non_bool(const rvd_array& array);

 private:
  /// For each 64-byte block: the offset of the first such value in it or after it. Made when first asked for.
  using Table = std::vector<std::uint64_t>;
  template <class Bits>
  std::uint64_t first(const rvd_array& array, Table& table, Bits magnitude, Bits limit);

  std::span<const std::byte> bytes_;
  Table non_finite_f32_, non_finite_f64_, nan_f32_, nan_f64_, non_bool_;
};

}  // namespace ranvier::plan
