/// The recorded events of one population, from the step where its probe was set to the clock. What is recorded lies in rows, one
/// a step and lane, as blocks of steps end: lanes may be run in any order within a block.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "kernels/synapse/events.h"

namespace ranvier::devices {

class EventRecord {
 public:
  EventRecord(std::uint32_t lanes, std::uint64_t width, std::uint32_t type);

  bool on() const { return on_; }
  void start(std::uint64_t clock);
  void stop(std::uint64_t clock);
  /// Unread events go; the probe stays.
  void clear(std::uint64_t clock);

  /// A block of steps from `begin` on; then its events, for each lane step by step, by one thread a lane; then its end.
  void open(std::uint64_t begin, std::uint32_t steps);
  void add(std::uint32_t lane, std::uint32_t step_of_block, const synapse::Events& events);
  void close();

  void read(rvd_block& block, std::uint64_t clock);

 private:
  struct Lane {
    std::vector<std::uint32_t> ids;
    std::vector<std::byte> values;
    std::vector<std::uint32_t> counts;  // [step of the block]
    std::size_t taken = 0;              // of its events, into the rows
  };
  struct Row {
    std::uint64_t step;
    std::uint32_t lane;
    std::size_t end;  // of its events
  };

  void append(std::vector<std::uint32_t>& ids, std::vector<std::byte>& values, const synapse::Events& events) const;
  void read_events(rvd_block& block, std::uint64_t end);
  void read_dense(rvd_block& block, std::uint64_t end);
  void drop_if_read();

  std::uint32_t lanes_;
  std::uint64_t width_;
  std::uint32_t type_;
  std::size_t size_;  // bytes of a value
  bool on_ = false;
  bool known_ = false;       // a probe was set at some time
  std::uint64_t from_ = 0;   // first step not yet read
  std::uint64_t until_ = 0;  // where a stopped probe ended
  std::uint64_t block_ = 0;  // first step of the block
  std::vector<Lane> open_;   // of the block
  std::vector<Row> rows_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::byte> values_;
  std::size_t row_ = 0, at_ = 0;  // first row, event not yet read
};

}  // namespace ranvier::devices
