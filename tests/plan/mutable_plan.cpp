#include "tests/plan/mutable_plan.h"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>

#include "core/plan/check.h"
#include "tests/plan/sample.h"

namespace ranvier::plan {
namespace {

std::string without_offset(std::string sentence) {
  const std::size_t first = sentence.find(" (offset ");
  if (first != std::string::npos) sentence.erase(first, sentence.find(')', first) + 1 - first);
  return sentence;
}

}  // namespace

MutablePlan::MutablePlan(std::span<const std::byte> bytes) { take(bytes, bytes.size()); }

void MutablePlan::take(std::span<const std::byte> bytes, std::size_t size) {
  std::vector<std::byte> memory(size + RVD_PLAN_ALIGN);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(memory.data()) % RVD_PLAN_ALIGN;
  std::byte* const first = memory.data() + (RVD_PLAN_ALIGN - past);
  if (!bytes.empty()) std::memcpy(first, bytes.data(), bytes.size());
  memory_ = std::move(memory);
  first_ = first;
  size_ = size;
}

rvd_section& MutablePlan::section(std::uint32_t kind) {
  for (std::uint32_t i = 0; i < header().section_count; ++i) {
    auto& section = at<rvd_section>(sizeof(rvd_plan_header) + i * sizeof(rvd_section));
    if (section.kind == kind) return section;
  }
  throw std::logic_error("The plan has no section " + std::to_string(kind) + ".");
}

void MutablePlan::grow(std::size_t size) {
  take(bytes(), size_ + size);
  header().length = size_;
}

void MutablePlan::repair_checksum() { header().crc32c = checksum(bytes()); }

Verdict verdict_of(std::span<const std::byte> bytes) {
  MutablePlan plan(bytes);
  try {
    check(plan.bytes());
  } catch (const Error& error) {
    return {error.code(), without_offset(error.problems().front().message)};
  }
  return {};
}

void expect_refused(const std::vector<Refusal>& refusals) {
  const Plan plan = write(sample());
  for (const Refusal& refusal : refusals) {
    MutablePlan damaged(plan);
    refusal.damage(damaged);
    damaged.repair_checksum();
    const Verdict verdict = verdict_of(damaged.bytes());
    EXPECT_EQ(verdict.code, Code::bad_file) << refusal.sentence;
    EXPECT_NE(verdict.sentence.find(refusal.sentence), std::string::npos)
        << "said:   " << verdict.sentence << "\nwanted: " << refusal.sentence;
  }
}

}  // namespace ranvier::plan
