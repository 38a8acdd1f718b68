// Zeroed bytes on a cache line's boundary: states, sums, packed weights.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace ranvier::simd {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size)
      : bytes_(static_cast<std::byte*>(::operator new (size, std::align_val_t{kAlign}))), size_(size) {
    clear();
  }
  std::byte* data() { return bytes_.get(); }
  const std::byte* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  void clear() {
    if (size_ != 0) std::memset(bytes_.get(), 0, size_);
  }

 private:
  static constexpr std::size_t kAlign = 64;
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete (bytes, std::align_val_t{kAlign}); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
  std::size_t size_ = 0;
};

}  // namespace ranvier::simd
