// An array of its own for packed weights: zeroed, on a cache line's boundary, with room behind its end for whole vectors.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace ranvier::synapse {

class Aligned {
 public:
  /// What may be read behind the end.
  static constexpr std::size_t kRoom = 512;

  Aligned() = default;
  explicit Aligned(std::size_t size)
      : bytes_(static_cast<std::byte*>(::operator new (size + kRoom, std::align_val_t{kAlign}))), size_(size + kRoom) {
    std::memset(bytes_.get(), 0, size_);
  }
  std::byte* data() { return bytes_.get(); }
  const std::byte* data() const { return bytes_.get(); }
  /// Memory taken; 0 where nothing is kept.
  std::size_t bytes() const { return size_; }

 private:
  static constexpr std::size_t kAlign = 64;
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{kAlign}); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace ranvier::synapse
