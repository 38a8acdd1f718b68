/// Where the neurons of a population lie in memory: by number, or for maps of channels with the channels last, as the deliveries
/// of convolutions and pools want it.
#pragma once

#include <cstdint>
#include <vector>

namespace ranvier::cpu {

class Layout {
 public:
  Layout() = default;
  /// Numbers are [channel][place], positions [place][channel]. The same where one of them is 1.
  Layout(std::uint32_t channels, std::uint64_t area) {
    if (channels <= 1 || area <= 1) return;
    channels_ = channels;
    area_ = area;
  }

  bool plain() const { return channels_ == 1; }
  std::uint32_t channels() const { return channels_; }
  bool operator==(const Layout& other) const { return channels_ == other.channels_ && area_ == other.area_; }

  /// Empty where plain.
  std::vector<std::uint32_t> positions() const;  ///< by number
  std::vector<std::uint32_t> numbers() const;    ///< by position

 private:
  std::uint32_t channels_ = 1;
  std::uint64_t area_ = 0;
};

inline std::vector<std::uint32_t> Layout::positions() const {
  std::vector<std::uint32_t> result;
  if (plain()) return result;
  result.reserve(channels_ * area_);
  for (std::uint64_t c = 0; c < channels_; ++c) {
    for (std::uint64_t a = 0; a < area_; ++a) result.push_back(static_cast<std::uint32_t>(a * channels_ + c));
  }
  return result;
}

inline std::vector<std::uint32_t> Layout::numbers() const {
  std::vector<std::uint32_t> result;
  if (plain()) return result;
  result.reserve(channels_ * area_);
  for (std::uint64_t a = 0; a < area_; ++a) {
    for (std::uint64_t c = 0; c < channels_; ++c) result.push_back(static_cast<std::uint32_t>(c * area_ + a));
  }
  return result;
}

}  // namespace ranvier::cpu
