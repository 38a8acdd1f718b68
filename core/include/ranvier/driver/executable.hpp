/// Executables of drivers that interpret the plan itself: an own copy of it, and bytes for exec_save and exec_load.
/// Part of <ranvier/driver.hpp>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <ranvier/driver.h>
#include <ranvier/driver/report.hpp>
#include <ranvier/plan_view.hpp>

namespace rvd {

/// CRC-32C (Castagnoli). Goes on from the value of the bytes before, 0 at first.
inline std::uint32_t crc32c(const void* bytes, std::uint64_t length, std::uint32_t before = 0) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = ~before;
  const auto* at = static_cast<const unsigned char*>(bytes);
  for (std::uint64_t i = 0; i < length; ++i) crc = (crc >> 8) ^ kTable[(crc ^ at[i]) & 0xFFU];
  return ~crc;
}

/// An own copy of a plan, on the 64-byte boundary that its arrays count on.
class PlanCopy {
 public:
  PlanCopy() = default;
  PlanCopy(const void* plan, std::uint64_t length)
      : bytes_(static_cast<std::byte*>(::operator new (length, std::align_val_t{RVD_PLAN_ALIGN}))), length_(length) {
    std::memcpy(bytes_.get(), plan, length);
  }
  PlanView view() const { return {bytes_.get(), length_}; }
  const std::byte* data() const { return bytes_.get(); }
  std::uint64_t size() const { return length_; }

 private:
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{RVD_PLAN_ALIGN}); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::uint64_t length_ = 0;
};

/// A saved executable: header, maker, settings, payload. The payload of a driver that interprets the plan is the plan.
struct Saved {
  std::string settings;  ///< the driver's own text
  PlanCopy payload;
};

namespace detail {

struct SavedHeader {
  char magic[8];
  std::uint32_t crc;  // CRC-32C of the whole, with this field as zero
  std::uint32_t maker_length;
  std::uint64_t settings_length;
  std::uint64_t payload_length;
};
constexpr char kSavedMagic[8] = {'R', 'V', 'E', 'X', 'E', 'C', '\r', '\n'};

inline std::uint32_t checksum(SavedHeader header, const void* rest, std::uint64_t length) {
  header.crc = 0;
  return crc32c(rest, length, crc32c(&header, sizeof header));
}

}  // namespace detail

/// `maker` names driver and version, as in "cpu 0.1.0": what another wrote is refused on loading.
inline void save(const Sink& sink, std::string_view maker, std::string_view settings, const void* payload,
                 std::uint64_t length) {
  detail::SavedHeader header{};
  std::memcpy(header.magic, detail::kSavedMagic, sizeof header.magic);
  header.maker_length = static_cast<std::uint32_t>(maker.size());
  header.settings_length = settings.size();
  header.payload_length = length;
  const std::string words = std::string(maker) + std::string(settings);
  header.crc = crc32c(payload, length, crc32c(words.data(), words.size(), crc32c(&header, sizeof header)));
  sink.write(&header, sizeof header);
  sink.write(words.data(), words.size());
  sink.write(payload, length);
}

/// @param bytes  any bytes. The checksum tells damage, not malice: look at the payload before you trust it.
/// @throws Failure RVD_INCOMPATIBLE.
inline Saved load(const void* bytes, std::uint64_t length, std::string_view maker) {
  detail::SavedHeader header{};
  if (length < sizeof header) throw Failure(RVD_INCOMPATIBLE, "not a saved executable: too short");
  std::memcpy(&header, bytes, sizeof header);
  if (std::memcmp(header.magic, detail::kSavedMagic, sizeof header.magic) != 0) {
    throw Failure(RVD_INCOMPATIBLE, "not a saved executable: wrong magic");
  }
  const char* rest = static_cast<const char*>(bytes) + sizeof header;
  std::uint64_t left = length - sizeof header;
  if (header.crc != detail::checksum(header, rest, left)) throw Failure(RVD_INCOMPATIBLE, "the saved executable is damaged");
  const auto take = [&](std::uint64_t count) {
    if (count > left) throw Failure(RVD_INCOMPATIBLE, "the saved executable contradicts itself");
    const char* begin = rest;
    rest += count;
    left -= count;
    return std::string_view(begin, static_cast<std::size_t>(count));
  };
  const std::string_view made_by = take(header.maker_length);
  if (made_by != maker) {
    throw Failure(RVD_INCOMPATIBLE, "saved by \"" + std::string(made_by) + "\", this is \"" + std::string(maker) + "\"");
  }
  const std::string_view settings = take(header.settings_length);
  const std::string_view payload = take(header.payload_length);
  return {std::string(settings), PlanCopy(payload.data(), payload.size())};
}

/// The same where the payload is the plan, which the host then checks.
/// @throws Failure RVD_INCOMPATIBLE, RVD_OUT_OF_MEMORY.
inline Saved load_plan(const Host& host, const void* bytes, std::uint64_t length, std::string_view maker) {
  Saved saved = load(bytes, length, maker);
  host.check_plan(saved.payload.data(), saved.payload.size());
  return saved;
}

}  // namespace rvd
