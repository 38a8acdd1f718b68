// Instruction sets: which are built in, which this processor has, and their names as RANVIER_ISA spells them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ranvier::simd {

enum class Isa : std::uint8_t { scalar, sse4, avx2, avx512, neon };

/// "scalar", "sse4", "avx2", "avx512", "neon".
std::string_view name(Isa isa);
std::optional<Isa> isa_of(std::string_view name);

/// Those that are both built in and present in this processor; ascending, the last is the fastest. Never empty: scalar is always
/// there.
const std::vector<Isa>& available();

}  // namespace ranvier::simd
