#include "core/io/nir_program/members.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <sys/resource.h>

#include <ranvier/error.h>

#include "core/io/nir_program/lzf.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

using io::in_quotes;

std::uint64_t size_of_file(const std::string& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error) throw Error(Code::not_found, "The file cannot be read: " + error.message() + ".");
  return bytes;
}

Handle open_file(const std::string& path) {
  // No lock, which read-only media refuse; no plugins, which are libraries from wherever the environment says.
  ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  register_lzf();
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  if (!file) {
    try {
      refuse_with_reason("The file cannot be opened as HDF5");
    } catch (const Error& error) {
      throw Error(error.code() == Code::out_of_memory ? error.code() : Code::not_found, error.problems().front().message);
    }
  }
#if !defined(RANVIER_NIR_SANITIZED)
  // From here on no link, whatever its kind, can make the library open a second file. (The sanitizers probe memory by pipes.)
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_NOFILE, &none);
#endif
  return file;
}

}  // namespace

File::File(const std::string& path, std::uint64_t data_bytes)
    : budget(data_bytes, size_of_file(path)),
      file(open_file(path)),
      root(own(H5Gopen2(file.get(), "/", H5P_DEFAULT), "The root group cannot be opened")) {}

std::vector<std::string> list_members(const Handle& group, const std::string& place, Budget& budget) {
  std::vector<std::string> names = member_names(group, place);
  budget.count(names.size(), place);
  return names;
}

Value read_member(const Handle& group, const std::string& name, const std::string& place, Budget& budget) {
  const Member member = open_member(group, name, place);
  if (member.kind == MemberKind::group) {
    refuse("The member " + in_quotes(name) + " of " + place + " is a group; it must be a dataset.", kSlash);
  }
  return read_dataset(member.object, "the dataset " + in_quotes(name) + " of " + place, budget);
}

std::string single_text(const Value& value, const std::string& name, const std::string& place) {
  const Texts* texts = std::get_if<Texts>(&value);
  if (texts == nullptr || texts->values.size() != 1)
    refuse("The dataset " + in_quotes(name) + " of " + place + " must be one string.");
  return texts->values.front();
}

std::string read_text(const Handle& group, const std::string& name, const std::string& place, Budget& budget) {
  return single_text(read_member(group, name, place, budget), name, place);
}

}  // namespace ranvier::nir_program
