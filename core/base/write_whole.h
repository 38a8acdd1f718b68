/// Files that are whole, or as they were.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace ranvier {

/// Writes a temporary file beside `path` and renames it. `what` is for the sentence: "plan".
/// @throws Error bad_file.
void write_whole(const std::filesystem::path& path, const std::string& what, std::span<const std::byte> bytes);

}  // namespace ranvier
