// write_file: a file is whole or as it was.
#include <fstream>
#include <string>
#include <system_error>

#include <ranvier/error.h>

#include "core/io/files.h"

namespace ranvier::io {

void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, path, error);
  if (file && !error) return;
  std::filesystem::remove(part, error);
  throw Error(Code::bad_file, "The file cannot be written.", path.string(), "Check the folder and the space left.");
}

}  // namespace ranvier::io
