// Memory that ends where a page does that nobody may touch: one element read too far ends the test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <vector>

namespace ranvier {

template <class T>
class Guarded {
 public:
  explicit Guarded(const std::vector<T>& values) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t size = values.size() * sizeof(T), pages = (size + page - 1) / page + 1;
    length_ = pages * page;
    memory_ = mmap(nullptr, length_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::byte* end = static_cast<std::byte*>(memory_) + length_ - page;
    mprotect(end, page, PROT_NONE);
    first_ = reinterpret_cast<T*>(end - size);
    if (size != 0) std::memcpy(first_, values.data(), size);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { munmap(memory_, length_); }

  const T* data() const { return first_; }

 private:
  void* memory_;
  std::size_t length_;
  T* first_;
};

}  // namespace ranvier
