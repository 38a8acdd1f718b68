#include <ranvier/plan.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/plan_view.hpp>

#include "core/base/write_whole.h"
#include "core/plan/check.h"
#include "core/plan/describe.h"

namespace ranvier {
namespace {

std::shared_ptr<std::byte[]> allocate(std::size_t size) {
  const std::size_t need = (size / RVD_PLAN_ALIGN + 1) * RVD_PLAN_ALIGN;
  auto* const memory = static_cast<std::byte*>(std::aligned_alloc(RVD_PLAN_ALIGN, need));
  if (memory == nullptr) throw Error(Code::out_of_memory, "No memory for a plan of " + std::to_string(size) + " bytes.");
  return {memory, [](std::byte* p) { std::free(p); }};
}

/// Reads and checks; errors do not name the file yet.
std::pair<std::shared_ptr<std::byte[]>, std::size_t> read_checked(const std::filesystem::path& path) {
  std::error_code fault;
  const std::filesystem::file_status status = std::filesystem::status(path, fault);
  if (!std::filesystem::exists(status)) throw Error(Code::not_found, "There is no such file.");
  if (!std::filesystem::is_regular_file(status)) throw Error(Code::bad_file, "This is not a regular file.");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(Code::bad_file, "The file cannot be opened for reading.");
  const std::uintmax_t length = std::filesystem::file_size(path, fault);

  // Before the memory is asked for: a large file that is no plan is refused at once.
  rvd_plan_header header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  plan::check_header(header, length);

  const auto size = static_cast<std::size_t>(length);
  std::shared_ptr<std::byte[]> data = allocate(size);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(data.get()), static_cast<std::streamsize>(size));
  if (!file) throw Error(Code::bad_file, "The file cannot be read to its end.");
  plan::check({data.get(), size});
  return {std::move(data), size};
}

}  // namespace

Plan Plan::from_bytes(std::span<const std::byte> bytes) {
  std::shared_ptr<std::byte[]> data = allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(data.get(), bytes.data(), bytes.size());
  plan::check({data.get(), bytes.size()});
  Plan result;
  result.data_ = std::move(data);
  result.size_ = bytes.size();
  return result;
}

Plan Plan::load(const std::filesystem::path& path) {
  try {
    auto [data, size] = read_checked(path);
    Plan result;
    result.data_ = std::move(data);
    result.size_ = size;
    return result;
  } catch (const Error& error) {
    const Problem& problem = error.problems().front();
    throw Error(problem.code, problem.message, path.string(), problem.remedy);
  }
}

void Plan::save(const std::filesystem::path& path) const { write_whole(path, "plan", bytes()); }

double Plan::dt_seconds() const { return rvd::PlanView(data_.get(), size_).network().dt; }

std::string Plan::describe(bool with_programs) const {
  return plan::describe(rvd::PlanView(data_.get(), size_), with_programs);
}

}  // namespace ranvier
