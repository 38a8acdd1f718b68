/// What a user may set of the cpu device.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <ranvier/driver.hpp>

#include "kernels/simd/isa.h"
#include "kernels/synapse/delivery.h"

namespace ranvier::cpu {

enum class Share : std::uint8_t { choose, slices, pipeline };

struct Options {
  bool wide = false;     ///< precision=f64: every f32 is computed as a double
  unsigned threads = 1;  ///< at most so many at once
  simd::Isa isa = simd::Isa::scalar;
  synapse::How how = synapse::How::choose;  ///< delivery=auto|events|dense
  bool fused = true;                        ///< kernels=auto|blocks
  Share share = Share::choose;              ///< share=auto|slices|pipeline
};

/// @throws rvd::Failure for a setting that is unknown, out of range or not there on this processor.
Options options_of(rvd::Settings& settings);

/// "scalar, sse4, ...": what this processor and build have.
std::string list_of_isas();

/// One line, as executables are saved with; and back. What this processor lacks becomes the best it has.
std::string to_text(const Options& options);
Options from_text(std::string_view text);

}  // namespace ranvier::cpu
