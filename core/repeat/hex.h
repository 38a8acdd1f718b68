/// A hash as text: "0x00ab...", sixteen digits, since JSON's numbers are doubles to most readers.
#pragma once

#include <cstdint>
#include <string>

namespace ranvier::repeat {

std::string hex(std::uint64_t number);

}  // namespace ranvier::repeat
