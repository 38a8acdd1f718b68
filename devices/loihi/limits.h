/// What a chip has room for.
///
/// Loihi 1: nengo-loihi 1.1.0, nengo_loihi/block.py and hardware/validate.py. Loihi 2: Intel's technology brief of 2021 has the
/// cores and the 8,192 neurons a core; what it leaves out is taken from Loihi 1 (Limits::assumed). Its 120 million synapses a
/// chip need no test of their own: the synapse memory of 128 cores ends before.
#pragma once

#include <cstdint>
#include <string_view>

namespace ranvier::loihi {

/// Of a core, but for `cores`, which is of a chip.
struct Limits {
  std::string_view chip;     ///< "Loihi 1"
  std::string_view assumed;  ///< which of these nobody has published; empty: none
  std::uint64_t compartments = 1024;
  std::uint64_t in_axons = 4096;
  std::uint64_t out_axons = 4096;
  std::uint64_t synapse_bits = 16384 * 64;
  std::uint64_t compartment_configs = 32;
  std::uint64_t thresholds = 16;
  std::uint64_t synapse_formats = 16;
  std::uint64_t shared_configs = 1;
  std::uint64_t cores = 128;
};

inline constexpr std::uint32_t kMostChips = 768;  ///< Pohoiki Springs, the largest Loihi system that was built

inline constexpr Limits kLoihi1{.chip = "Loihi 1", .assumed = ""};
inline constexpr Limits kLoihi2{
    .chip = "Loihi 2", .assumed = "axons, synapse memory and configurations, as of Loihi 1", .compartments = 8192};

/// @param chip  "loihi1" or "loihi2".
constexpr const Limits& limits_of(std::string_view chip) { return chip == "loihi1" ? kLoihi1 : kLoihi2; }

}  // namespace ranvier::loihi
