// An .npz is a zip archive of .npy files. All records are written in their 64-bit form, whatever the size, as NumPy does:
// one path, so that the arrays past 4 GiB are no special case.
#include "core/cli/npz.h"

#include <zlib.h>

#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <system_error>

#include <ranvier/error.h>
#include <ranvier/npy.h>

namespace ranvier::cli {
namespace {

constexpr std::uint16_t kVersion = 45;         // of the format: the first with 64-bit sizes
constexpr std::uint16_t kUtf8Names = 1 << 11;  // general purpose flag
constexpr std::uint16_t kDate = 1 << 5 | 1;    // 1980-01-01, the format's first day: equal results are equal files
constexpr std::uint32_t kSee64 = 0xFFFFFFFF;
constexpr std::uint16_t kMany = 0xFFFF;

/// Little-endian fields, one after another.
class Record {
 public:
  Record& u16(std::uint64_t value) { return put(value, 2); }
  Record& u32(std::uint64_t value) { return put(value, 4); }
  Record& u64(std::uint64_t value) { return put(value, 8); }
  Record& text(const std::string& value) {
    bytes_ += value;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  Record& put(std::uint64_t value, int width) {
    for (int i = 0; i < width; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
    return *this;
  }
  std::string bytes_;
};

struct Member {
  std::string name;
  std::string header;  ///< of the .npy
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  std::uint64_t offset = 0;
};

// The fields that a member's local and central records share, from "version needed" to the length of the name.
void common_fields(Record& record, const Member& member) {
  record.u16(kVersion).u16(kUtf8Names).u16(0).u16(0).u16(kDate).u32(member.crc).u32(kSee64).u32(kSee64).u16(member.name.size());
}

std::string local_record(const Member& member) {
  Record record;
  record.u32(0x04034B50);
  common_fields(record, member);
  record.u16(20).text(member.name);
  record.u16(1).u16(16).u64(member.size).u64(member.size);
  return record.bytes();
}

std::string central_record(const Member& member) {
  constexpr std::uint64_t kUnixFile = std::uint64_t{0100644} << 16;
  Record record;
  record.u32(0x02014B50).u16(3 << 8 | kVersion);
  common_fields(record, member);
  record.u16(28).u16(0).u16(0).u16(0).u32(kUnixFile).u32(kSee64).text(member.name);
  record.u16(1).u16(24).u64(member.size).u64(member.size).u64(member.offset);
  return record.bytes();
}

std::string end_records(std::uint64_t members, std::uint64_t central_offset, std::uint64_t central_size) {
  Record record;
  record.u32(0x06064B50).u64(44).u16(3 << 8 | kVersion).u16(kVersion).u32(0).u32(0);
  record.u64(members).u64(members).u64(central_size).u64(central_offset);
  record.u32(0x07064B50).u32(0).u64(central_offset + central_size).u32(1);
  record.u32(0x06054B50).u16(0).u16(0).u16(kMany).u16(kMany).u32(kSee64).u32(kSee64).u16(0);
  return record.bytes();
}

Member member_of(const NamedArray& array) {
  Member member{array.name + ".npy", npy_header(array.values), 0, 0, 0};
  member.size = member.header.size() + array.values.bytes();
  const auto* header = reinterpret_cast<const Bytef*>(member.header.data());
  uLong crc = crc32_z(0, header, member.header.size());
  // Without bytes the pointer may be null, which zlib takes for "start again".
  if (!array.values.empty()) crc = crc32_z(crc, static_cast<const Bytef*>(array.values.data()), array.values.bytes());
  member.crc = static_cast<std::uint32_t>(crc);
  return member;
}

void check_names(const std::vector<NamedArray>& arrays, const std::string& where) {
  std::set<std::string> names;
  for (const NamedArray& array : arrays) {
    if (!names.insert(array.name).second) {
      throw Error(Code::bad_value, "Two arrays are called '" + array.name + "'.", where);
    }
    if (array.name.size() > 60000) {
      throw Error(Code::bad_value, "A name of " + std::to_string(array.name.size()) + " bytes is too long for a zip archive.",
                  where);
    }
  }
}

void write_archive(std::ofstream& file, const std::vector<NamedArray>& arrays) {
  std::string central;
  std::uint64_t offset = 0;
  for (const NamedArray& array : arrays) {
    Member member = member_of(array);
    member.offset = offset;
    const std::string local = local_record(member);
    file << local << member.header;
    file.write(static_cast<const char*>(array.values.data()), static_cast<std::streamsize>(array.values.bytes()));
    central += central_record(member);
    offset += local.size() + member.size;
  }
  file << central << end_records(arrays.size(), offset, central.size());
}

}  // namespace

void write_npz(const std::filesystem::path& path, const std::vector<NamedArray>& arrays) {
  check_names(arrays, path.string());
  std::error_code error;
  // A device or pipe is written to as it is; renaming would replace it by a file.
  const bool in_place = std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error);
  const std::filesystem::path target = in_place ? path : std::filesystem::path(path.string() + ".part");
  std::ofstream file(target, std::ios::binary);
  write_archive(file, arrays);
  file.close();
  const bool written = !file.fail();
  error.clear();
  if (written && !in_place) std::filesystem::rename(target, path, error);
  if (written && !error) return;
  if (!in_place) std::filesystem::remove(target, error);
  throw Error(Code::bad_file, "The file cannot be written.", path.string(), "Check that its folder exists and has room.");
}

}  // namespace ranvier::cli
