// HDF5 crashes on damaged files, so they are read, and written, by a child program, whose crash is our error message.
#include <chrono>
#include <csignal>
#include <limits>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include <dlfcn.h>

#include <ranvier/error.h>

#include "core/io/child_process.h"
#include "core/io/files.h"
#include "core/io/nir_limits.h"
#include "core/io/text.h"

namespace ranvier::io {
namespace {

namespace fs = std::filesystem;
using End = ChildResult::End;

constexpr std::size_t kMaxSentence = 1000;
constexpr const char* kRemedy =
    "Write the file again with the tool that made it; if it was copied, check that it was copied whole.";

// The file that holds this code: libranvier.so, or the program where the room is linked into one.
fs::path own_file() {
  Dl_info info{};
  std::error_code ignored;
  const bool known = ::dladdr(reinterpret_cast<const void*>(&own_file), &info) != 0 && info.dli_fname != nullptr;
  const fs::path named = known ? fs::path(info.dli_fname) : fs::path();
  // The main program's name is what its caller typed, which says nothing about where it lies.
  const bool is_library = named.filename().string().find(".so") != std::string::npos;
  return fs::canonical(is_library ? named : fs::path("/proc/self/exe"), ignored);
}

fs::path helper_program() {
  const fs::path folder = own_file().parent_path();
  const fs::path beside = folder / "ranvier" / "bin" / "ranvier-nir";
  const fs::path in_lib = folder.parent_path() / "lib" / "ranvier" / "bin" / "ranvier-nir";
  std::error_code ignored;
  for (const fs::path& candidate : {beside, in_lib}) {
    if (fs::exists(candidate, ignored)) return candidate;
  }
  throw Error(Code::not_found, "NIR files are read by the program ranvier-nir, which is not at " + beside.string() + ".", {},
              "Install Ranvier again; the program belongs to it.");
}

std::string signal_name(int number) {
  switch (number) {
    case SIGSEGV: return "SIGSEGV";
    case SIGABRT: return "SIGABRT";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    default: return "signal " + std::to_string(number);
  }
}

// The line that begins so. It may quote the file: nothing that a terminal obeys passes.
std::string said(const std::string& errors, const std::string& begin) {
  const std::string lines = "\n" + errors;
  const std::size_t found = lines.find("\n" + begin);
  if (found == std::string::npos) return {};
  const std::size_t from = found + 1 + begin.size();
  return one_line(lines.substr(from, lines.find('\n', from) - from), kMaxSentence);
}

// What is being done, for sentences: reading is of a file that may be hostile, writing of what is ours.
struct Task {
  const char* doing;
  fs::path path;
  Code refused;
};

[[noreturn]] void refuse(const Task& task, const std::string& sentence) {
  throw Error(task.refused, sentence, task.path.string(), task.refused == Code::bad_file ? kRemedy : "");
}

void check_end(const ChildResult& result, std::uint64_t data_bytes, std::uint64_t cpu_seconds, const ChildLimits& child,
               const Task& task) {
  const std::string doing = std::string(task.doing) + " the NIR file";
  if (result.end == End::timed_out) {
    refuse(task, doing + " took longer than " + std::to_string(child.time.count() / 1000) + " s and was stopped.");
  }
  if (result.end == End::too_much_output) {
    refuse(task, "The NIR file holds more than the " + std::to_string(data_bytes) + " bytes allowed for its size.");
  }
  if (result.end == End::killed_by_signal && (result.number == SIGXCPU || result.number == SIGKILL)) {
    refuse(task, doing + " was stopped by the system: it took more than " + std::to_string(cpu_seconds) +
                     " s of computing, or memory ran out.");
  }
  if (result.end == End::killed_by_signal) {
    refuse(task, "The NIR file is damaged: the HDF5 library crashed on it (" + signal_name(result.number) + ").");
  }
  if (result.number == kNirOk) return;
  const std::string sentence = said(result.errors, "ranvier-nir: ");
  if (sentence.empty()) refuse(task, "ranvier-nir ended with code " + std::to_string(result.number) + " and said nothing.");
  const std::string remedy = said(result.errors, "remedy: ");
  const Code code = result.number == kNirUnsupported ? Code::unsupported : task.refused;
  throw Error(code, sentence, task.path.string(), remedy.empty() && task.refused == Code::bad_file ? kRemedy : remedy);
}

NirContent read_content(const fs::path& path, const char* verb) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    throw Error(missing ? Code::not_found : Code::bad_file, "The NIR file cannot be read: " + error.message() + ".",
                path.string());
  }
  const NirLimits limits = nir_limits(size);
  ChildLimits child;
  // What is not arrays: the header and graph.json, whose size the child limits too.
  child.output_bytes = limits.data_bytes + (std::size_t{64} << 20);
  const ChildResult result =
      run_child(helper_program(),
                {verb, "--data", std::to_string(limits.data_bytes), "--memory", std::to_string(limits.memory_bytes), "--cpu",
                 std::to_string(limits.cpu_seconds), "--", path.string()},
                child);
  check_end(result, limits.data_bytes, limits.cpu_seconds, child, {"Reading", path, Code::bad_file});
  return parse_nir_content(result.output.bytes(), path.string());
}

// The bytes of an HDF5 file, made of a network file.
std::vector<std::byte> write_content(const std::vector<std::byte>& network_file, const fs::path& path) {
  const NirLimits limits = nir_write_limits(network_file.size());
  ChildLimits child;
  child.output_bytes = std::numeric_limits<std::size_t>::max();
  child.time = std::chrono::seconds(2 * limits.cpu_seconds);
  const ChildResult result = run_child(helper_program(), {"write"}, child, network_file);
  check_end(result, 0, limits.cpu_seconds, child, {"Writing", path, Code::bad_value});
  const auto bytes = result.output.bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

FileContent read_hdf5(const fs::path& path) {
  NirContent content = read_content(path, "read");
  if (auto* netx = std::get_if<NetxFile>(&content)) return std::move(*netx);
  return std::get<NirGraph>(std::move(content));
}

NirGraphData read_nir_data(const fs::path& path) { return std::get<NirGraphData>(read_content(path, "read-data")); }

std::vector<std::byte> nir_file(const NirGraph& graph, const fs::path& path) {
  return write_content(write_network_file(graph), path);
}

std::vector<std::byte> nir_file(const NirGraphData& data, const fs::path& path) {
  return write_content(write_network_file(data), path);
}

}  // namespace ranvier::io
