/// A plan whose bytes may be changed, to see what the checker says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/plan.h>

namespace ranvier::plan {

class MutablePlan {
 public:
  explicit MutablePlan(std::span<const std::byte> bytes);
  explicit MutablePlan(const Plan& plan) : MutablePlan(plan.bytes()) {}

  std::span<std::byte> bytes() { return {first_, size_}; }
  rvd_plan_header& header() { return at<rvd_plan_header>(0); }
  /// The entry of the section table. The plan must have the section.
  rvd_section& section(std::uint32_t kind);
  template <class Record>
  Record& record(std::uint32_t kind, std::uint64_t index) {
    const rvd_section& table = section(kind);
    return at<Record>(table.offset + index * table.record_size);
  }
  template <class T>
  T& at(std::uint64_t offset) {
    return *reinterpret_cast<T*>(first_ + offset);
  }
  /// Appends zeros; says so in the header.
  void grow(std::size_t size);
  void repair_checksum();

 private:
  void take(std::span<const std::byte> bytes, std::size_t size);

  std::vector<std::byte> memory_;
  std::byte* first_ = nullptr;  ///< 64-byte aligned, in memory_
  std::size_t size_ = 0;
};

/// What the checker says about any bytes, in any alignment: "" when it accepts them. "(offset N) " is left out.
struct Verdict {
  Code code = Code::ok;
  std::string sentence;
};
Verdict verdict_of(std::span<const std::byte> bytes);

/// A change to the sample and what must be said about it; the checksum is repaired in between.
struct Refusal {
  std::string sentence;  ///< all of it, or a part
  std::function<void(MutablePlan&)> damage;
};
void expect_refused(const std::vector<Refusal>& refusals);

}  // namespace ranvier::plan
