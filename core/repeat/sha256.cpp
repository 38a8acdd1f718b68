#include "core/repeat/sha256.h"

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <fstream>

#include <sha2.h>

#include <ranvier/error.h>

namespace ranvier::repeat {
namespace {

class Digest {
 public:
  Digest() { SHA256Init(&context_); }

  void add(const void* bytes, std::size_t count) { SHA256Update(&context_, static_cast<const std::uint8_t*>(bytes), count); }

  std::string hex() {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256Final(digest.data(), &context_);
    std::string text;
    for (const std::uint8_t byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

 private:
  SHA2_CTX context_;
};

}  // namespace

std::string sha256(std::span<const std::byte> bytes) {
  Digest digest;
  digest.add(bytes.data(), bytes.size());
  return digest.hex();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, std::size_t{1} << 16> piece;
  Digest digest;
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.add(piece.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.eof()) throw Error(Code::bad_file, "The file cannot be read.", path.string());
  return digest.hex();
}

}  // namespace ranvier::repeat
