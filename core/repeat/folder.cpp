#include "core/repeat/folder.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <span>

#include <ranvier/error.h>
#include <ranvier/run_folder.h>

#include "core/repeat/sha256.h"

namespace ranvier {
namespace repeat {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uintmax_t kMaxManifest = std::uintmax_t{64} << 20;
constexpr std::size_t kMaxName = 200;  // file systems allow 255 bytes
constexpr const char* kRemedy = "Get the folder again from where it was saved.";

[[noreturn]] void refuse_manifest(const fs::path& path, const std::string& sentence) {
  throw Error(Code::bad_file, sentence, path.string(), kRemedy);
}

std::string read_text(const fs::path& path) {
  std::error_code fault;
  if (!fs::exists(fs::symlink_status(path, fault))) {
    throw Error(Code::not_found, "This is no run folder: there is no run.json in it.", path.parent_path().string(),
                "Give a folder that Result.save or `ranvier run --save` wrote.");
  }
  const bool regular = fs::is_regular_file(fs::symlink_status(path, fault));
  if (!regular || fs::file_size(path, fault) > kMaxManifest) refuse_manifest(path, "This is no run.json that was saved.");
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) refuse_manifest(path, "The file cannot be read.");
  return text;
}

json read_manifest(const fs::path& path) {
  const std::string text = read_text(path);
  const json manifest = json::parse(text, nullptr, false);
  const bool whole = manifest.is_object() && manifest.contains("id") && manifest["id"].is_string();
  const std::string id = whole ? manifest["id"].get<std::string>() : "";
  if (id.size() != 64 || id_of(text, id) != id) {
    refuse_manifest(path, "The file is damaged: its bytes have changed since it was saved.");
  }
  if (manifest.value("format", "") != kFormat || manifest.value("schema", 0U) != kSchema) {
    throw Error(
        Code::incompatible,
        "The folder is of another version; this Ranvier reads schema " + std::to_string(kSchema) + " of " + kFormat + ".",
        path.string(), "Use the version that saved it, or a newer one.");
  }
  for (const char* const member : {"device", "files", "inputs", "outputs", "plan", "run", "spikes", "states"}) {
    if (!manifest.contains(member) || !manifest[member].is_object()) {
      refuse_manifest(path, std::string("Its member '") + member + "' is missing or no object.");
    }
  }
  return manifest;
}

/// Everything below the folder but run.json, by relative path; a folder counts where nothing listed lies in it.
std::set<std::string> entries_of(const fs::path& folder, const std::set<std::string>& listed) {
  std::set<std::string> found;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).generic_string();
    const auto after = listed.lower_bound(name + "/");
    const bool holds_listed = after != listed.end() && after->starts_with(name + "/");
    if (name == kManifest || (entry.is_directory() && !entry.is_symlink() && holds_listed)) continue;
    found.insert(name);
  }
  return found;
}

void check_files(const fs::path& folder, const json& manifest) {
  std::set<std::string> listed;
  for (const auto& [name, digest] : manifest.at("files").items()) listed.insert(name);
  const std::set<std::string> found = entries_of(folder, listed);
  Problems problems;
  for (const std::string& name : listed) {
    const fs::path path = folder / name;
    if (!found.contains(name)) {
      problems.add(Code::bad_file, "The file is missing.", path.string(), kRemedy);
    } else if (!fs::is_regular_file(fs::symlink_status(path)) ||
               sha256_of_file(path) != manifest["files"][name].get<std::string>()) {
      problems.add(Code::bad_file, "The file is damaged: its bytes have changed since it was saved.", path.string(), kRemedy);
    }
  }
  for (const std::string& name : found) {
    if (listed.contains(name)) continue;
    problems.add(Code::bad_file, "The file is no part of the run that was saved.", (folder / name).string(),
                 "Take it out of the folder.");
  }
  problems.raise();
}

}  // namespace

std::string file_name(const std::string& name) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 || c == '.' || c == '_' || c == '-');
    // A dot in front would hide the file, or name a folder.
    if (plain && !(c == '.' && result.empty())) result += c;
    else result += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return result.size() <= kMaxName ? result : "%" + sha256(std::as_bytes(std::span(name)));
}

std::string id_of(std::string text, const std::string& id) {
  const std::size_t at = text.find('"' + id + '"');
  if (at == std::string::npos) return {};
  text.replace(at + 1, id.size(), id.size(), '0');
  return sha256(std::as_bytes(std::span(text)));
}

json read_verified(const fs::path& folder) {
  const fs::path path = folder / kManifest;
  try {
    const json manifest = read_manifest(path);
    check_files(folder, manifest);
    return manifest;
  } catch (const json::exception&) {
    refuse_manifest(path, "The file does not have the members of a run.json.");
  } catch (const fs::filesystem_error& fault) {
    throw Error(Code::bad_file, std::string("The folder cannot be read: ") + fault.code().message() + ".", folder.string());
  }
}

}  // namespace repeat

std::string verify_run(const std::filesystem::path& folder) {
  return repeat::read_verified(folder).at("id").get<std::string>();
}

}  // namespace ranvier
