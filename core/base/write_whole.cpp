#include "core/base/write_whole.h"

#include <unistd.h>

#include <atomic>
#include <fstream>
#include <system_error>

#include <ranvier/error.h>

namespace ranvier {
namespace {

/// A name beside `path` that no other thread or process uses.
std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  static std::atomic<unsigned> number{0};
  std::filesystem::path result = path;
  result += "." + std::to_string(::getpid()) + "." + std::to_string(number++) + ".tmp";
  return result;
}

}  // namespace

void write_whole(const std::filesystem::path& path, const std::string& what, std::span<const std::byte> bytes) {
  const std::filesystem::path temporary = temporary_beside(path);
  std::ofstream file(temporary, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code fault;
  if (file) std::filesystem::rename(temporary, path, fault);
  if (file && !fault) return;
  const std::string reason = fault ? fault.message() : std::string("the folder is missing, not writable or full");
  std::filesystem::remove(temporary, fault);
  throw Error(Code::bad_file, "The " + what + " cannot be written: " + reason + ".", path.string());
}

}  // namespace ranvier
