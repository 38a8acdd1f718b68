// ranvier-nir: NIR files and netx files (HDF5) as network files, and NIR files back.
//
//   ranvier-nir read      [--data BYTES] [--memory BYTES] [--cpu SECONDS] [--] FILE    a NIR graph   -> kind "nir-graph"
//                                                                                       a netx file   -> kind "netx"
//   ranvier-nir read-data [--data BYTES] [--memory BYTES] [--cpu SECONDS] [--] FILE    NIR data      -> kind "nir-data"
//   ranvier-nir write     [--compression gzip|none] < NETWORK_FILE > FILE             either kind, or a network made of a graph
//
// A program of its own because libhdf5 crashes on damaged files: the library starts it as a child, and a crash here becomes
// an error message there. It limits itself before it touches the file. Exit codes: core/io/nir_limits.h.
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include <ranvier/error.h>

#include "core/io/files.h"
#include "core/io/nir_limits.h"
#include "core/io/nir_program/data.h"
#include "core/io/nir_program/graph.h"
#include "core/io/nir_program/netx.h"
#include "core/io/nir_program/write_graph.h"
#include "core/io/text.h"

namespace {

using namespace ranvier;

struct Arguments {
  std::string verb;
  std::string file;
  unsigned level = 4;  // the reference library's
  std::optional<std::uint64_t> data, memory, cpu;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Arguments> parse_write(const std::vector<std::string>& words) {
  Arguments arguments;
  arguments.verb = "write";
  if (words.size() == 1) return arguments;
  if (words.size() != 3 || words[1] != "--compression" || (words[2] != "gzip" && words[2] != "none")) return std::nullopt;
  if (words[2] == "none") arguments.level = 0;
  return arguments;
}

std::optional<Arguments> parse(const std::vector<std::string>& words) {
  if (!words.empty() && words[0] == "write") return parse_write(words);
  if (words.size() < 2 || (words[0] != "read" && words[0] != "read-data")) return std::nullopt;
  Arguments arguments;
  arguments.verb = words[0];
  std::size_t i = 1;
  for (; i + 1 < words.size() && words[i].starts_with("--"); i += 2) {
    if (words[i] == "--") {
      ++i;
      break;
    }
    const auto value = number(words[i + 1]);
    if (!value) return std::nullopt;
    if (words[i] == "--data") arguments.data = value;
    else if (words[i] == "--memory") arguments.memory = value;
    else if (words[i] == "--cpu") arguments.cpu = value;
    else return std::nullopt;
  }
  if (i + 1 != words.size()) return std::nullopt;
  arguments.file = words[i];
  return arguments;
}

void limit(int resource, std::uint64_t value) {
  const rlimit both{static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

void limit_self(const io::NirLimits& limits) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.cpu_seconds);
  limit(RLIMIT_FSIZE, 0);
#if !defined(RANVIER_NIR_SANITIZED)
  // The sanitizers reserve terabytes of addresses for themselves.
  limit(RLIMIT_AS, limits.memory_bytes);
#endif
}

int say(io::NirExit code, const std::string& sentence, const std::string& remedy = {}) {
  std::fprintf(stderr, "ranvier-nir: %s\n", io::one_line(sentence, 1000).c_str());
  if (!remedy.empty()) std::fprintf(stderr, "remedy: %s\n", remedy.c_str());
  return code;
}

bool write_all(const std::vector<std::byte>& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return true;
}

// Makes the output and writes it; what goes wrong is a line and an exit code.
template <class Make>
int emit(const io::NirLimits& limits, Make make) {
  limit_self(limits);
  try {
    const std::vector<std::byte> bytes = make();
    if (!write_all(bytes)) return say(io::kNirOutputFailed, "The output cannot be written.");
    return io::kNirOk;
  } catch (const Error& problem) {
    const std::string& sentence = problem.problems().front().message;
    if (problem.code() == Code::out_of_memory) return say(io::kNirOutOfMemory, sentence);
    if (problem.code() == Code::unsupported) return say(io::kNirUnsupported, sentence, problem.remedy());
    return say(problem.code() == Code::not_found ? io::kNirUnreadable : io::kNirRefused, sentence, problem.remedy());
  } catch (const std::bad_alloc&) {
    return say(io::kNirOutOfMemory, "The file needs more than " + std::to_string(limits.memory_bytes) + " bytes of memory.");
  }
}

// Which of the two the file holds is seen by the names at its root.
std::vector<std::byte> read_graph(const std::string& path, std::uint64_t data_bytes) {
  nir_program::File file(path, data_bytes);
  const std::vector<std::string> members = nir_program::list_members(file.root, "the root group", file.budget);
  const auto has = [&](const char* name) { return nir_program::contains(members, name); };
  if (has("layer") && !has("node") && !has("nodes")) return io::write_network_file(nir_program::read_netx(file));
  return io::write_network_file(nir_program::read_graph(file, members));
}

int read(const Arguments& arguments) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(arguments.file, error);
  if (error) return say(io::kNirUnreadable, "The file cannot be read: " + error.message() + ".");
  io::NirLimits limits = io::nir_limits(size);
  limits.data_bytes = arguments.data.value_or(limits.data_bytes);
  limits.memory_bytes = arguments.memory.value_or(limits.memory_bytes);
  limits.cpu_seconds = arguments.cpu.value_or(limits.cpu_seconds);
  return emit(limits, [&] {
    if (arguments.verb == "read-data") return io::write_network_file(nir_program::read_data(arguments.file, limits.data_bytes));
    return read_graph(arguments.file, limits.data_bytes);
  });
}

std::vector<std::byte> read_input() {
  std::vector<std::byte> bytes(std::size_t{1} << 16);
  std::size_t done = 0;
  for (;;) {
    if (done == bytes.size()) bytes.resize(2 * done);
    const ssize_t count = ::read(STDIN_FILENO, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

std::vector<std::byte> nir_file(const std::vector<std::byte>& input, unsigned level) {
  io::NirContent content = io::parse_nir_content(input, "the network file");
  if (const auto* data = std::get_if<NirGraphData>(&content)) return nir_program::write_data(*data, level);
  if (const auto* graph = std::get_if<io::NirGraph>(&content)) return nir_program::write_graph(*graph, level);
  throw Error(Code::bad_value, "Layers of a netx file are only read, not written.");
}

int write(const Arguments& arguments) {
  const std::vector<std::byte> input = read_input();
  return emit(io::nir_write_limits(input.size()), [&] { return nir_file(input, arguments.level); });
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse({words + 1, words + count});
  if (!arguments) {
    return say(io::kNirUsage,
               "usage: ranvier-nir read|read-data [--data BYTES] [--memory BYTES] [--cpu SECONDS] [--] FILE, or "
               "ranvier-nir write [--compression gzip|none] < NETWORK_FILE > NIR_FILE");
  }
  return arguments->verb == "write" ? write(*arguments) : read(*arguments);
}
