/// Notices an array that was changed after it had been an input.
#pragma once

#include <cstdint>

#include <ranvier/tensor.h>

namespace ranvier::run {

/// Of type and values, not of the shape: a run takes [T, 1, N] and [T, N] alike. A single changed byte always changes it; it
/// costs about as much as reading the array once, and is no proof against a forger.
std::uint64_t checksum(const Tensor& values);

}  // namespace ranvier::run
