// Counts what a program takes from the allocator, by its own operator new, which stands in for everybody's: for the libraries and
// drivers that it opens, too, where the program exports its symbols (ENABLE_EXPORTS). Include it in one source of the program.
// Under a sanitizer, which has an operator new of its own, nothing is counted: see kCounts.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace ranvier::conformance {

inline std::atomic<std::uint64_t> g_calls{0}, g_bytes{0};

#if defined(RANVIER_SANITIZED)
constexpr bool kCounts = false;
#else
constexpr bool kCounts = true;

inline void* take(std::size_t size, std::size_t align) {
  ++g_calls;
  g_bytes += size;
  const std::size_t rounded = (size + align - 1) / align * align;
  void* const memory =
      align <= alignof(std::max_align_t) ? std::malloc(size == 0 ? 1 : size) : std::aligned_alloc(align, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
#endif

}  // namespace ranvier::conformance

#if !defined(RANVIER_SANITIZED)
void* operator new(std::size_t size) { return ranvier::conformance::take(size, 1); }
void* operator new[](std::size_t size) { return ranvier::conformance::take(size, 1); }
void* operator new(std::size_t size, std::align_val_t align) {
  return ranvier::conformance::take(size, static_cast<std::size_t>(align));
}
void* operator new[](std::size_t size, std::align_val_t align) {
  return ranvier::conformance::take(size, static_cast<std::size_t>(align));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif
