/// The one checker of plans. Whatever passes it can be walked without further checks: every offset, count, type and index is in
/// range, every program is well-typed, and the projections obey the order of update.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <ranvier/driver.h>

namespace ranvier::plan {

inline constexpr std::uint32_t kMaxSections = 64;
inline constexpr std::uint64_t kMaxNeurons = 0x7FFF'FFFF;                 ///< of one population
inline constexpr std::uint32_t kMaxDelay = (std::uint32_t{1} << 20) - 1;  ///< in steps
inline constexpr std::uint32_t kMaxOps = 4096;                            ///< of one program
inline constexpr std::uint64_t kMaxNameBytes = 4096;                      ///< of what must be unique

/// @param bytes  any bytes, 64-byte aligned.
/// @throws Error bad_file (damaged, truncated, contradictory) or incompatible (another major version), one sentence with the
///         section, record, value and allowed range. Takes memory and time linear in the length.
void check(std::span<const std::byte> bytes);

/// The first step of `check`, for a reader that has only the header so far: magic, version, and `length` against the file's.
/// @throws Error as `check` does.
void check_header(const rvd_plan_header& header, std::uint64_t file_length);

/// CRC-32C. Goes on from the value of the bytes before, 0 at first.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// CRC-32C of a whole plan with its checksum field as zero. At least a header's bytes.
std::uint32_t checksum(std::span<const std::byte> bytes);

}  // namespace ranvier::plan
