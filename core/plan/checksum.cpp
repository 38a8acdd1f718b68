// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), eight bytes at a time by eight tables ("slicing by 8").
#include "core/plan/check.h"

#include <array>
#include <bit>
#include <cstring>

namespace ranvier::plan {
namespace {

static_assert(std::endian::native == std::endian::little, "Plans are little-endian and are used in place.");

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

/// Table `table`, at byte number `byte` of the word.
std::uint32_t look_up(std::size_t table, std::uint64_t word, unsigned byte) {
  return kTables[table][(word >> (8 * byte)) & 0xFF];
}

std::uint32_t advance(std::uint32_t crc, std::span<const std::byte> bytes) {
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= crc;
    // Spelled out, since GCC does not unroll the loop at -O2.
    crc = look_up(7, word, 0) ^ look_up(6, word, 1) ^ look_up(5, word, 2) ^ look_up(4, word, 3) ^ look_up(3, word, 4) ^
          look_up(2, word, 5) ^ look_up(1, word, 6) ^ look_up(0, word, 7);
    bytes = bytes.subspan(8);
  }
  for (const std::byte byte : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
  return crc;
}

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) { return ~advance(~before, bytes); }

std::uint32_t checksum(std::span<const std::byte> bytes) {
  rvd_plan_header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.crc32c = 0;
  return crc32c(bytes.subspan(sizeof header), crc32c(std::as_bytes(std::span(&header, 1))));
}

}  // namespace ranvier::plan
