/// Plan: a lowered network as device-neutral bytes, the waist of Ranvier. What is on disk, what a driver is handed and what an
/// embedded program loads are the same bytes (core/plan/FORMAT.md).
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include <ranvier/export.h>

namespace ranvier {

/// Always checked: a Plan object holds a valid plan. Copies share the bytes; immutable, so safe to share between threads.
class RANVIER_API Plan {
 public:
  /// Copies and checks. @throws Error bad_file or incompatible, with a sentence that says what is wrong and at which offset.
  static Plan from_bytes(std::span<const std::byte> bytes);
  /// @throws Error not_found, bad_file, incompatible, out_of_memory, naming the file.
  static Plan load(const std::filesystem::path& path);
  /// Writes a temporary file beside `path` and renames it. @throws Error bad_file.
  void save(const std::filesystem::path& path) const;

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }  ///< 64-byte aligned
  double dt_seconds() const;
  /// A table of populations, projections, notes; the programs too when asked for.
  std::string describe(bool with_programs = false) const;

 private:
  Plan() = default;

  std::shared_ptr<const std::byte[]> data_;
  std::size_t size_ = 0;
};

}  // namespace ranvier
