/// Hand-made descriptions that the tests of this room share.
#pragma once

#include <cstdint>

#include "core/plan/description.h"

namespace ranvier::plan {

/// Fields that an operation does not use stay zero.
struct OpFields {
  std::uint16_t dst = 0, a = 0, b = 0, c = 0;
  std::uint64_t imm = 0;
  std::uint8_t from = 0;
};
rvd_op make_op(std::uint16_t code, std::uint8_t type, OpFields fields);

/// All sections and kinds of records, three populations (an input, a spiking one with state, a stateless output):
///
///   in [2, 3] -dense-> cells [4] -one-to-one-> out [4],  and cells -dense, delay 1, feedback-> cells
Description sample();

/// One input population of four neurons and nothing else: no optional section.
Description smallest();

/// One population "p" of one neuron without state: its program, which emits a `value_type`.
Description with_program(std::vector<rvd_op> ops, std::uint32_t registers, DType value_type);

}  // namespace ranvier::plan
