// ranvier-nir: turns a NIR file (HDF5) into a network file of kind "nir-graph" on standard output.
//
//   ranvier-nir read [--data BYTES] [--memory BYTES] [--cpu SECONDS] [--] FILE
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
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include <ranvier/error.h>

#include "core/io/files.h"
#include "core/io/nir_limits.h"
#include "core/io/nir_reader/graph.h"
#include "core/io/text.h"

namespace {

using namespace ranvier;

struct Arguments {
  std::string file;
  std::optional<std::uint64_t> data, memory, cpu;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Arguments> parse(const std::vector<std::string>& words) {
  if (words.size() < 2 || words[0] != "read") return std::nullopt;
  Arguments arguments;
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

int read(const Arguments& arguments) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(arguments.file, error);
  if (error) return say(io::kNirUnreadable, "The file cannot be read: " + error.message() + ".");
  io::NirLimits limits = io::nir_limits(size);
  limits.data_bytes = arguments.data.value_or(limits.data_bytes);
  limits.memory_bytes = arguments.memory.value_or(limits.memory_bytes);
  limits.cpu_seconds = arguments.cpu.value_or(limits.cpu_seconds);
  limit_self(limits);
  try {
    const io::NirGraph graph = nir_reader::read_graph(arguments.file, limits.data_bytes);
    if (!write_all(io::write_network_file(graph))) return say(io::kNirOutputFailed, "The output cannot be written.");
    return io::kNirOk;
  } catch (const Error& problem) {
    const std::string& sentence = problem.problems().front().message;
    if (problem.code() == Code::out_of_memory) return say(io::kNirOutOfMemory, sentence);
    if (problem.code() == Code::unsupported) return say(io::kNirUnsupported, sentence, problem.remedy());
    return say(problem.code() == Code::not_found ? io::kNirUnreadable : io::kNirRefused, sentence, problem.remedy());
  } catch (const std::bad_alloc&) {
    return say(io::kNirOutOfMemory,
               "Reading the file needs more than " + std::to_string(limits.memory_bytes) + " bytes of memory.");
  }
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse({words + 1, words + count});
  if (!arguments)
    return say(io::kNirUsage, "usage: ranvier-nir read [--data BYTES] [--memory BYTES] [--cpu SECONDS] [--] FILE");
  return read(*arguments);
}
