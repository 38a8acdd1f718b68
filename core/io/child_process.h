/// Runs a program, collects what it writes, and never waits longer than it was told.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ranvier::io {

/// Bytes that grow by realloc: the system moves large blocks without copying, so the peak is the content, not three times it.
class ByteBuffer {
 public:
  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }
  /// @throws std::bad_alloc.
  void append(std::span<const std::byte> more);

 private:
  struct Free {
    void operator()(std::byte* data) const { std::free(data); }
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

struct ChildLimits {
  std::size_t output_bytes = 0;
  std::chrono::milliseconds time{30'000};
};

struct ChildResult {
  enum class End { exited, killed_by_signal, timed_out, too_much_output } end = End::exited;
  int number = 0;  ///< exit code or signal
  ByteBuffer output;
  std::string errors;  ///< what it wrote to stderr, its first 64 KiB
};

/// @param input  what it reads from standard input: copied first, so a child that does not read it stops nobody.
/// No descriptor that was opened with O_CLOEXEC reaches the child. Thread-safe. The child is always waited for, and killed first
/// where it exceeds a limit. @throws Error not_found, internal when it cannot be started.
ChildResult run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                      const ChildLimits& limits, std::span<const std::byte> input = {});

}  // namespace ranvier::io
