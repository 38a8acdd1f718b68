/// A run folder on disk: its names, and the check that every byte is what was saved.
#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace ranvier::repeat {

inline constexpr const char* kManifest = "run.json";
inline constexpr const char* kFormat = "ranvier-run";
inline constexpr unsigned kSchema = 1;

/// A node's name, or "node.variable", as the name of a file: unreserved characters as they are, others as %XX. Two names never
/// become one. One that would be too long for a file system becomes its SHA-256.
std::string file_name(const std::string& name);

/// run.json's id: the SHA-256 of its text with the digits of `id` as zeros. Empty where the text does not hold `id`.
std::string id_of(std::string text, const std::string& id);

/// Reads run.json and holds every file against it.
/// @throws Error not_found, bad_file with each file that is damaged, missing or one too many; incompatible.
nlohmann::json read_verified(const std::filesystem::path& folder);

}  // namespace ranvier::repeat
