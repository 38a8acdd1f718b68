/// What a user may set of the loihi device.
#pragma once

#include <cstdint>
#include <string>

#include <ranvier/driver.hpp>

#include "kernels/fixed/loihi.h"
#include "kernels/simd/isa.h"

namespace ranvier::loihi {

struct Options {
  fixed::Rules rules = fixed::Rules::lava;  ///< compat=lava|nengo|brian2
  bool rules_given = false;           ///< else what the network's own `loihi_lif` nodes say, and lava where there are none
  std::string chip = "loihi2";        ///< chip=loihi2|loihi1
  std::uint32_t chips = 1;            ///< chips=1..768
  bool scale_per_neuron = false;      ///< scale=population|neuron
  bool chip_states = false;           ///< states=network|chip: the units in which v and i are recorded
  simd::Isa isa = simd::Isa::scalar;  ///< isa=auto|scalar|sse4|avx2|avx512|neon
};

/// Refuses a device that is not kind=emulator: chips themselves are out of reach.
/// @throws rvd::Failure for that, and for a setting that is unknown, out of range or not there on this processor.
Options read_options(rvd::Settings& settings);

}  // namespace ranvier::loihi
