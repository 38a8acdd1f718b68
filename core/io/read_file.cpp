// read_file: which reader a file belongs to is decided by its first bytes, never by its name.
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ranvier/driver.h>
#include <ranvier/error.h>

#include "core/io/files.h"

namespace ranvier::io {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHdf5("\x89HDF\r\n\x1a\n", 8);
constexpr std::string_view kPlan(RVD_PLAN_MAGIC, sizeof RVD_PLAN_MAGIC - 1);
constexpr std::size_t kFirstBytes = 9;  // a network file: the length of its header, then '{'

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path) : path_(path) {
    // Not blocking: a FIFO without a writer would hang the host before we can say that it is no file.
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0) {
      throw Error(errno == ENOENT ? Code::not_found : Code::bad_file,
                  errno == ENOENT ? "There is no such file." : "The file cannot be opened: " + reason() + ".", path.string());
    }
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { ::close(fd_); }

  std::size_t size() const {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) refuse("The file cannot be read: " + reason() + ".");
    if (S_ISDIR(status.st_mode)) refuse("This is a folder, not a file.");
    if (!S_ISREG(status.st_mode)) refuse("This is not a regular file.");
    if (status.st_size == 0) refuse("The file is empty.");
    return static_cast<std::size_t>(status.st_size);
  }

  // Fewer bytes at the end of the file.
  std::size_t read(void* to, std::size_t count, std::size_t offset) const {
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = ::pread(fd_, static_cast<char*>(to) + done, count - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) refuse("The file cannot be read: " + reason() + ".");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  [[noreturn]] void refuse(const std::string& sentence, const std::string& remedy = {}) const {
    throw Error(Code::bad_file, sentence, path_.string(), remedy);
  }

 private:
  static std::string reason() { return std::generic_category().message(errno); }

  const fs::path& path_;
  int fd_ = -1;
};

// HDF5 looks for its signature at 0, 512, 1024, 2048 ...
bool is_hdf5(const OpenFile& file, std::size_t size) {
  std::array<char, kHdf5.size()> found{};
  for (std::size_t offset = 0; offset + found.size() <= size; offset = offset == 0 ? 512 : 2 * offset) {
    const std::size_t count = file.read(found.data(), found.size(), offset);
    if (std::string_view(found.data(), count) == kHdf5) return true;
  }
  return false;
}

}  // namespace

FileContent read_file(const fs::path& path) try {
  const OpenFile file(path);
  const std::size_t size = file.size();
  std::array<char, kFirstBytes> first{};
  const std::string_view start(first.data(), file.read(first.data(), first.size(), 0));
  if (start.starts_with(kPlan)) {
    file.refuse("This is a Plan, a network that has been lowered; it cannot be loaded as a network.",
                "Use Plan::load (Plan.load in Python) or the program `ranvier run`.");
  }
  if (is_hdf5(file, size)) return read_hdf5(path);
  if (start.size() < kFirstBytes || start.back() != '{') {
    file.refuse("This is neither a NIR file (HDF5) nor a network file (safetensors).",
                "Load a .nir file, or what Network.save wrote.");
  }
  const auto bytes = std::make_unique_for_overwrite<std::byte[]>(size);
  const std::size_t count = file.read(bytes.get(), size, 0);
  return parse_network_file({bytes.get(), count}, path.string());
} catch (const std::bad_alloc&) {
  throw Error(Code::out_of_memory, "There is not enough memory to read the file.", path.string());
}

}  // namespace ranvier::io
