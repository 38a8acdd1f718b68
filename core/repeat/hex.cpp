#include "core/repeat/hex.h"

#include <cinttypes>
#include <cstdio>

namespace ranvier::repeat {

std::string hex(std::uint64_t number) {
  char text[19];
  std::snprintf(text, sizeof text, "0x%016" PRIx64, number);
  return text;
}

}  // namespace ranvier::repeat
