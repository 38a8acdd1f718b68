#include "core/run/executable_file.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <ranvier/error.h>

#include "core/plan/check.h"

namespace ranvier::run {
namespace {

constexpr std::string_view kMagic = "RANVIERX";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumAt = kMagic.size() + sizeof kVersion;
constexpr std::size_t kHeaderBytes = kChecksumAt + sizeof(std::uint32_t);

class Out {
 public:
  std::vector<std::byte> bytes;

  template <class T>
  void plain(const T& value) {
    raw(&value, sizeof value);
  }
  void raw(const void* data, std::size_t size) {
    const auto* const first = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), first, first + size);
  }
  void count(std::uint64_t number) { plain(number); }
  void block(const void* data, std::size_t size) {
    count(size);
    raw(data, size);
  }
  void text(std::string_view value) { block(value.data(), value.size()); }
};

// Trusts nothing: a checksum is easily made.
class In {
 public:
  explicit In(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  T plain() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t count() { return plain<std::uint64_t>(); }
  std::span<const std::byte> block() { return take(count()); }
  std::string text() {
    const auto bytes = block();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// A number of 0 .. end - 1.
  std::uint64_t below(std::uint64_t end) {
    const std::uint64_t value = count();
    if (value >= end) contradiction();
    return value;
  }
  bool at_end() const { return rest_.empty(); }
  [[noreturn]] static void contradiction() {
    throw Error(Code::bad_file, "The saved executable contradicts itself.", {}, "Compile the network again.");
  }

 private:
  std::span<const std::byte> take(std::uint64_t size) {
    if (size > rest_.size()) contradiction();
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return taken;
  }

  std::span<const std::byte> rest_;
};

void put(Out& out, const ReportEntry& entry) {
  for (const std::string* text : {&entry.node, &entry.quantity, &entry.asked, &entry.limit, &entry.unit, &entry.remedy}) {
    out.text(*text);
  }
  out.count(static_cast<std::uint64_t>(entry.verdict));
  out.count(entry.figures.size());
  for (const auto& [name, value] : entry.figures) {
    out.text(name);
    out.plain(value);
  }
}

ReportEntry take_entry(In& in) {
  ReportEntry entry;
  for (std::string* text : {&entry.node, &entry.quantity, &entry.asked, &entry.limit, &entry.unit, &entry.remedy}) {
    *text = in.text();
  }
  entry.verdict = static_cast<Verdict>(in.below(std::uint64_t{static_cast<std::uint64_t>(Verdict::unsupported)} + 1));
  for (std::uint64_t k = in.count(); k > 0; --k) {
    const std::string name = in.text();
    const double value = entry.figures[name] = in.plain<double>();
    if (!std::isfinite(value)) In::contradiction();
  }
  return entry;
}

void put(Out& out, const Tensor& tensor) {
  out.count(static_cast<std::uint64_t>(tensor.dtype()));
  out.count(tensor.shape().size());
  for (const std::size_t extent : tensor.shape()) out.count(extent);
  out.block(tensor.data(), tensor.bytes());
}

Tensor take_tensor(In& in) {
  const auto dtype = static_cast<DType>(in.below(std::uint64_t{static_cast<std::uint64_t>(DType::boolean)} + 1));
  if (dtype == DType{}) In::contradiction();
  Shape shape;
  for (std::uint64_t k = in.below(RVD_MAX_RANK + 3); k > 0; --k) {
    shape.push_back(static_cast<std::size_t>(in.below(std::numeric_limits<std::int64_t>::max())));
  }
  const auto bytes = in.block();
  if (bytes.size() % size_of(dtype) != 0 || element_count(shape) != bytes.size() / size_of(dtype)) In::contradiction();
  for (const std::byte byte : bytes) {
    if (dtype == DType::boolean && byte > std::byte{1}) In::contradiction();
  }
  Tensor tensor(shape, dtype);
  if (!bytes.empty()) std::memcpy(tensor.mutable_data(), bytes.data(), bytes.size());
  return tensor;
}

SavedExecutable take_all(In& in) {
  std::string driver = in.text(), version = in.text(), device = in.text();
  std::map<std::string, std::string> settings;
  for (std::uint64_t k = in.count(); k > 0; --k) {
    std::string key = in.text();
    settings[std::move(key)] = in.text();
  }
  std::vector<ReportEntry> entries;
  for (std::uint64_t k = in.count(); k > 0; --k) entries.push_back(take_entry(in));
  Inputs calibrate;
  for (std::uint64_t k = in.count(); k > 0; --k) {
    std::string node = in.text();
    calibrate[std::move(node)] = take_tensor(in);
  }
  Plan plan = Plan::from_bytes(in.block());
  const auto bytes = in.block();
  if (!in.at_end()) In::contradiction();
  return {std::move(driver),  std::move(version),   std::move(device), std::move(settings),
          std::move(entries), std::move(calibrate), std::move(plan),   {bytes.begin(), bytes.end()}};
}

std::uint32_t checksum_of(std::span<const std::byte> bytes) {
  constexpr std::uint32_t kZero = 0;
  const std::uint32_t front = plan::crc32c(bytes.first(kChecksumAt));
  return plan::crc32c(bytes.subspan(kHeaderBytes), plan::crc32c(std::as_bytes(std::span(&kZero, 1)), front));
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
  std::error_code fault;
  const std::filesystem::file_status status = std::filesystem::status(path, fault);
  if (!std::filesystem::exists(status)) throw Error(Code::not_found, "There is no such file.");
  if (!std::filesystem::is_regular_file(status)) throw Error(Code::bad_file, "This is not a regular file.");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Code::bad_file, "The file cannot be opened for reading.");
  // Before the memory is asked for: a large file that is no executable is refused at once.
  if (!is_executable(path)) {
    throw Error(Code::bad_file, "This is no saved executable.", {},
                "Give a file that Executable::save or `ranvier compile` wrote.");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(std::filesystem::file_size(path, fault)));
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw Error(Code::bad_file, "The file cannot be read to its end.");
  return bytes;
}

}  // namespace

bool is_executable(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic(kMagic.size(), '\0');
  file.read(magic.data(), static_cast<std::streamsize>(magic.size()));
  return file && magic == kMagic;
}

std::vector<std::byte> bytes_of(const SavedExecutable& saved) {
  Out out;
  out.raw(kMagic.data(), kMagic.size());
  out.plain(kVersion);
  out.plain(std::uint32_t{0});
  for (const std::string* text : {&saved.driver, &saved.driver_version, &saved.device}) out.text(*text);
  out.count(saved.settings.size());
  for (const auto& [key, value] : saved.settings) {
    out.text(key);
    out.text(value);
  }
  out.count(saved.entries.size());
  for (const ReportEntry& entry : saved.entries) put(out, entry);
  out.count(saved.calibrate.size());
  for (const auto& [node, tensor] : saved.calibrate) {
    out.text(node);
    put(out, tensor);
  }
  out.block(saved.plan.bytes().data(), saved.plan.bytes().size());
  out.block(saved.bytes.data(), saved.bytes.size());
  const std::uint32_t checksum = checksum_of(out.bytes);
  std::memcpy(out.bytes.data() + kChecksumAt, &checksum, sizeof checksum);
  return std::move(out.bytes);
}

SavedExecutable read_executable(const std::filesystem::path& path) {
  try {
    const std::vector<std::byte> bytes = read_bytes(path);
    const std::span<const std::byte> all(bytes);
    In header(all.subspan(std::min(bytes.size(), kMagic.size())));
    const auto version = header.plain<std::uint32_t>();
    if (version != kVersion) {
      throw Error(Code::incompatible,
                  "The saved executable has the version " + std::to_string(version) + "; this Ranvier reads " +
                      std::to_string(kVersion) + ".",
                  {}, "Compile the network again.");
    }
    const auto checksum = header.plain<std::uint32_t>();  // after which there is a whole header
    if (checksum != checksum_of(bytes)) {
      throw Error(Code::bad_file, "The file is damaged: its bytes have changed since it was saved.", {},
                  "Compile the network again.");
    }
    In fields(all.subspan(kHeaderBytes));
    return take_all(fields);
  } catch (const Error& error) {
    const Problem& problem = error.problems().front();
    throw Error(problem.code, problem.message, path.string(), problem.remedy);
  }
}

}  // namespace ranvier::run
