/// What was written for one input population, until the steps it is for have passed.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "kernels/synapse/events.h"

namespace ranvier::devices {

/// Events lie in rows, one for each step and lane that has any, in ascending order. Reading is for any number of threads.
class Input {
 public:
  /// @param plan_type, used  of values: as written and as computed
  Input(const synapse::EventKernels& kernels, std::uint32_t lanes, std::uint64_t width, std::uint32_t plan_type,
        std::uint32_t used);

  /// All or nothing. Late events are counted and dropped; a neuron written twice for one step gets the sum.
  /// @throws rvd::Failure RVD_INVALID_ARGUMENT for a block that breaks a rule of <ranvier/driver.h>.
  void write(const rvd_block& block, std::uint64_t clock, rvd_io& io);
  synapse::Events of(std::uint64_t step, std::uint32_t lane) const;
  /// Steps before `clock` are over.
  void forget(std::uint64_t clock);
  void clear();

 private:
  struct Row {
    std::uint64_t step;
    std::uint32_t lane;
    bool unit;  // each value is 1
    std::size_t begin, end;
  };

  void write_dense(const rvd_block& block, std::uint64_t clock, rvd_io& io);
  void write_events(const rvd_block& block, std::uint64_t clock, rvd_io& io);
  void reserve(std::size_t events);
  void close(std::uint64_t step, std::uint32_t lane, std::size_t begin);
  void put(std::size_t at, std::uint64_t bits);
  std::uint64_t bits_at(std::size_t at) const;
  void merge();
  static bool before(const Row& a, const Row& b) { return a.step != b.step ? a.step < b.step : a.lane < b.lane; }

  const synapse::EventKernels& kernels_;
  std::uint32_t lanes_;
  std::uint64_t width_;
  std::uint32_t plan_type_, used_;
  std::vector<Row> rows_;
  std::size_t first_ = 0;               // row not yet over
  std::vector<std::size_t> step_rows_;  // [step - step of row 0]: the first row of that step or a later one
  std::vector<std::uint32_t> ids_;
  std::vector<std::byte> values_;
  std::size_t size_ = 0;  // events
  // For one row: of what comes too late, or before it is widened.
  std::vector<std::uint32_t> room_ids_;
  std::vector<std::byte> room_;
};

}  // namespace ranvier::devices
