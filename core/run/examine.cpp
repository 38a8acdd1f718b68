#include "core/run/examine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/run/callbacks.h"

extern char** environ;

namespace ranvier::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLimit = std::chrono::seconds(2);
constexpr int kTickMilliseconds = 2;
constexpr std::size_t kAtOnce = 8;
constexpr std::size_t kKept = 4096;       // bytes of each stream
constexpr int kFirstFreeDescriptor = 16;  // above those that the child's are moved to

enum Stream : std::size_t { kVerdictStream, kOutStream, kErrStream, kStreams };
constexpr std::array<int, kStreams> kChildDescriptors{3, 1, 2};

// A descriptor of ours, closed on exec.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return value_; }
  bool open() const { return value_ >= 0; }
  void reset() {
    if (open()) close(value_);
    value_ = -1;
  }

 private:
  int value_;
};

struct Child {
  pid_t pid = -1;
  std::string failure;  // why there is no child
  std::array<Descriptor, kStreams> streams;
  std::array<std::string, kStreams> texts;
  Clock::time_point deadline;
  bool ended = false;
  bool killed = false;
  bool status_known = false;
  int status = 0;
};

// A pipe whose ends lie above the numbers that the child's descriptors are moved to, even where the host has closed its own
// standard streams: otherwise one move would overwrite the source of the next.
bool make_pipe(Descriptor& read_end, Descriptor& write_end) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  const Descriptor low_read(ends[0]);
  const Descriptor low_write(ends[1]);
  read_end = Descriptor(fcntl(ends[0], F_DUPFD_CLOEXEC, kFirstFreeDescriptor));
  write_end = Descriptor(fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstFreeDescriptor));
  if (!read_end.open() || !write_end.open()) return false;
  return fcntl(read_end.get(), F_SETFL, O_NONBLOCK) == 0;
}

int spawn(Child& child, const std::string& helper, const std::string& path,
          const std::array<Descriptor, kStreams>& write_ends) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  for (std::size_t i = 0; i < kStreams; ++i) {
    posix_spawn_file_actions_adddup2(&actions, write_ends[i].get(), kChildDescriptors[i]);
  }
  // A group of its own, so that what the driver starts dies with it; signals as in a new program, whatever the host has set.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::array<char*, 3> arguments{const_cast<char*>(helper.c_str()), const_cast<char*>(path.c_str()), nullptr};
  const int error = posix_spawn(&child.pid, helper.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

Child start(const std::string& helper, const std::string& path) {
  Child child;
  std::array<Descriptor, kStreams> write_ends;
  for (std::size_t i = 0; i < kStreams; ++i) {
    if (!make_pipe(child.streams[i], write_ends[i])) child.failure = std::string("no pipe: ") + std::strerror(errno);
  }
  if (child.failure.empty()) {
    const int error = spawn(child, helper, path, write_ends);
    if (error != 0) child.failure = "'" + helper + "' does not start: " + std::strerror(error);
  }
  child.ended = !child.failure.empty();
  child.deadline = Clock::now() + kLimit;
  return child;
}

// Takes what is there, keeps the beginning. One read a call, so that endless output cannot hold us.
void take_output(Child& child) {
  for (std::size_t i = 0; i < kStreams; ++i) {
    if (!child.streams[i].open()) continue;
    std::array<char, kKept> buffer;
    const ssize_t got = read(child.streams[i].get(), buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) child.streams[i].reset();
    if (got <= 0) continue;
    const std::size_t room = kKept - child.texts[i].size();
    child.texts[i].append(buffer.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

void reap(Child& child) {
  // First the group, while its number cannot be another's yet.
  kill(-child.pid, SIGKILL);
  while (true) {
    const pid_t got = waitpid(child.pid, &child.status, 0);
    child.status_known = got == child.pid;
    if (got == child.pid || errno != EINTR) break;  // ECHILD: the host waits for all children, and took this one
  }
  take_output(child);
  for (Descriptor& stream : child.streams) stream.reset();
  child.ended = true;
}

void look_after(Child& child) {
  take_output(child);
  siginfo_t info{};
  const int answer = waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG | WNOWAIT);
  const bool gone = answer == 0 ? info.si_pid == child.pid : errno == ECHILD;
  child.killed = !gone && Clock::now() >= child.deadline;
  if (gone || child.killed) reap(child);
}

void wait_for_output(const std::vector<Child>& children) {
  std::vector<pollfd> watched;
  for (const Child& child : children) {
    for (const Descriptor& stream : child.streams) {
      if (!child.ended && stream.open()) watched.push_back({stream.get(), POLLIN, 0});
    }
  }
  poll(watched.data(), watched.size(), kTickMilliseconds);
}

// The last line that begins with `tag` and a tab, without these.
std::string line_after(const std::string& text, std::string_view tag) {
  std::string found;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) return found;  // a line that was cut short says nothing
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (line.starts_with(tag) && line.size() > tag.size() && line[tag.size()] == '\t') found = line.substr(tag.size() + 1);
    begin = end + 1;
  }
}

// Its first line, for the end of a sentence.
std::string quote_of(const std::string& text) {
  const std::string line = copy_text(text_of(std::string_view(text).substr(0, text.find('\n'))));
  return line.empty() ? "" : " (it wrote: " + line.substr(0, 200) + ")";
}

Finding finding_of(const Child& child) {
  if (!child.failure.empty()) return {"", "could not be examined: " + child.failure};
  const std::string at = line_after(child.texts[kVerdictStream], "at");
  const std::string wrote = quote_of(child.texts[kErrStream]);
  if (child.killed) return {"", "did not answer within 2 s " + at + wrote};
  if (child.status_known && WIFSIGNALED(child.status)) {
    const int signal = WTERMSIG(child.status);
    return {"", "crashed " + at + ": signal " + std::to_string(signal) + ", " + strsignal(signal) + wrote};
  }
  const std::string refused = line_after(child.texts[kVerdictStream], "refused");
  if (const std::size_t tab = refused.find('\t'); tab != std::string::npos) {
    return {refused.substr(0, tab), copy_text(text_of(std::string_view(refused).substr(tab + 1)))};
  }
  const std::string name = line_after(child.texts[kVerdictStream], "ok");
  if (name.empty()) {
    const std::string status = child.status_known ? " with status " + std::to_string(WEXITSTATUS(child.status)) : "";
    return {"", "ended the process" + status + " " + at + wrote};
  }
  if (!child.texts[kOutStream].empty()) return {name, "prints to the standard output" + quote_of(child.texts[kOutStream])};
  return {name, ""};
}

}  // namespace

FileStamp stamp_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return {static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

std::vector<Finding> examine(const std::string& helper, const std::vector<std::string>& paths) {
  std::vector<Finding> findings;
  for (std::size_t first = 0; first < paths.size(); first += kAtOnce) {
    std::vector<Child> children;
    for (std::size_t i = first; i < std::min(first + kAtOnce, paths.size()); ++i) children.push_back(start(helper, paths[i]));
    const auto ended = [](const Child& child) { return child.ended; };
    while (!std::all_of(children.begin(), children.end(), ended)) {
      wait_for_output(children);
      for (Child& child : children) {
        if (!child.ended) look_after(child);
      }
    }
    for (const Child& child : children) findings.push_back(finding_of(child));
  }
  return findings;
}

}  // namespace ranvier::run
