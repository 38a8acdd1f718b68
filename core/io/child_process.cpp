#include "core/io/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ranvier/error.h>

namespace ranvier::io {
namespace {

using Clock = std::chrono::steady_clock;
using End = ChildResult::End;

constexpr std::size_t kErrorBytes = std::size_t{64} << 10;
constexpr std::size_t kBlock = std::size_t{64} << 10;

[[noreturn]] void fail(const std::filesystem::path& program, int error) {
  throw Error(error == ENOENT ? Code::not_found : Code::internal,
              "The program " + program.string() + " cannot be started: " + std::strerror(error) + ".", {},
              "Install Ranvier again, or check the rights of that file.");
}

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe(const std::filesystem::path& program) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) fail(program, errno);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

// A file without a name, at its beginning.
Descriptor file_of(std::span<const std::byte> bytes, const std::filesystem::path& program) {
  const int fd = ::memfd_create("input", MFD_CLOEXEC);
  if (fd < 0) fail(program, errno);
  Descriptor file(fd);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno != EINTR) fail(program, errno);
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return file;
}

// The child gets default signal handling: a host that ignores SIGPIPE must not teach it to the child.
struct SpawnSettings {
  SpawnSettings(int input, int output, int errors) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

pid_t spawn(const std::filesystem::path& program, const std::vector<std::string>& arguments, int input, int output,
            int errors) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const SpawnSettings settings(input, output, errors);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, program.c_str(), &settings.actions, &settings.attributes, argv.data(), environ);
  if (error != 0) fail(program, error);
  return pid;
}

// Waits for the child on every way out; kills it unless it had time to end.
class Reaper {
 public:
  Reaper(pid_t pid, Clock::time_point deadline) : pid_(pid), deadline_(deadline) {}
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;
  ~Reaper() {
    if (pid_ > 0) kill();
  }

  void kill() {
    ::kill(pid_, SIGKILL);
    wait(0);
  }

  // False past the deadline. A host that ignores SIGCHLD leaves no status: then the output has to speak for itself.
  bool finish(int& status) {
    for (std::chrono::microseconds pause{50}; Clock::now() < deadline_;
         pause = std::min(2 * pause, std::chrono::microseconds{5000})) {
      status = 0;
      if (wait(WNOHANG, &status)) return true;
      std::this_thread::sleep_for(pause);
    }
    return false;
  }

 private:
  bool wait(int options, int* status = nullptr) {
    pid_t result = 0;
    do {
      result = ::waitpid(pid_, status, options);
    } while (result < 0 && errno == EINTR);
    if (result == 0) return false;
    pid_ = -1;
    return true;
  }

  pid_t pid_;
  Clock::time_point deadline_;
};

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 1'000'000));
}

// One read of what is there. Closes the descriptor at the end of the stream.
std::span<const std::byte> read_some(Descriptor& from, std::span<std::byte> block) {
  const ssize_t count = ::read(from.get(), block.data(), block.size());
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return {};
  if (count <= 0) from.close();
  return block.first(count > 0 ? static_cast<std::size_t>(count) : 0);
}

// Both streams at once: a child that fills one while we wait for the other would never end.
End collect(Descriptor& output, Descriptor& errors, const ChildLimits& limits, Clock::time_point deadline,
            ChildResult& result) {
  std::vector<std::byte> block(kBlock);
  while (output.get() >= 0 || errors.get() >= 0) {
    std::array<pollfd, 2> waiting{{{output.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}}};
    const int left = milliseconds_until(deadline);
    const int ready = left == 0 ? 0 : ::poll(waiting.data(), waiting.size(), left);
    if (ready == 0) return End::timed_out;
    if (ready < 0) continue;  // EINTR: no other error is possible here
    if (waiting[0].revents != 0) {
      const auto more = read_some(output, block);
      if (more.size() > limits.output_bytes - result.output.bytes().size()) return End::too_much_output;
      result.output.append(more);
    }
    if (waiting[1].revents != 0) {
      const auto more = read_some(errors, block);
      const std::size_t keep = std::min(more.size(), kErrorBytes - result.errors.size());
      result.errors.append(reinterpret_cast<const char*>(more.data()), keep);
    }
  }
  return End::exited;
}

}  // namespace

void ByteBuffer::append(std::span<const std::byte> more) {
  if (more.empty()) return;
  if (size_ + more.size() > capacity_) {
    const std::size_t capacity = std::max(2 * capacity_, size_ + more.size());
    void* const grown = std::realloc(data_.get(), capacity);
    if (grown == nullptr) throw std::bad_alloc();
    static_cast<void>(data_.release());
    data_.reset(static_cast<std::byte*>(grown));
    capacity_ = capacity;
  }
  std::memcpy(data_.get() + size_, more.data(), more.size());
  size_ += more.size();
}

ChildResult run_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                      const ChildLimits& limits, std::span<const std::byte> input) {
  Descriptor source = file_of(input, program);
  Pipe output = make_pipe(program);
  Pipe errors = make_pipe(program);
  const Clock::time_point deadline = Clock::now() + limits.time;
  Reaper reaper(spawn(program, arguments, source.get(), output.write.get(), errors.write.get()), deadline);
  source.close();
  output.write.close();
  errors.write.close();

  ChildResult result;
  result.end = collect(output.read, errors.read, limits, deadline, result);
  int status = 0;
  if (result.end == End::exited && !reaper.finish(status)) result.end = End::timed_out;
  if (result.end != End::exited) {
    reaper.kill();
  } else if (WIFSIGNALED(status)) {
    result.end = End::killed_by_signal;
    result.number = WTERMSIG(status);
  } else {
    result.number = WEXITSTATUS(status);
  }
  return result;
}

}  // namespace ranvier::io
