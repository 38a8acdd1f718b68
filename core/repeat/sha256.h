/// SHA-256 (FIPS 180-4) of bytes and files, as 64 hexadecimal digits.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace ranvier::repeat {

std::string sha256(std::span<const std::byte> bytes);

/// In pieces, so that a file may be larger than memory. @throws Error bad_file.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace ranvier::repeat
