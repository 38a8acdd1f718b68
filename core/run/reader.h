/// Reading what a device recorded, trusting none of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/session.h>
#include <ranvier/tensor.h>

#include "core/run/inputs.h"
#include "core/run/registry.h"

namespace ranvier::run {

/// Steps and lanes that an answer may speak of.
struct Window {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t lanes = 1;
};

/// A tensor whose elements are for the reader to set: not zeroed. @throws Error out_of_memory, naming the size.
Tensor unset(Shape shape, DType type);

/// Something that can be recorded.
struct Probe {
  const Node* node = nullptr;
  std::string variable;  ///< "spikes": the population's events
  bool events = false;
  DType planned = DType::f32;  ///< as the plan says
  DType type = DType::f32;     ///< as the device answers: the planned type, or f64 where it was told to widen f32
  bool type_known = false;
  std::uint64_t every = 0;             ///< as the device has it now; 0: off
  std::optional<std::uint64_t> since;  ///< step at which it was set; unknown after a reset
};

/// Where the events of one population go. Both are borrowed, either may be null.
struct EventTarget {
  SpikeTrain* train = nullptr;
  Tensor* output = nullptr;  ///< [steps, lanes, ...shape], from `first_step` on; changes its type with the probe's
  std::uint64_t first_step = 0;
};

/// Where the rows of one variable go, or those of a population's events as dense values.
struct RowTarget {
  Probe* probe = nullptr;
  Tensor* tensor = nullptr;  ///< [rows, lanes, ...shape]; takes the probe's type before its first row
  std::uint64_t first_step = 0;
  std::uint64_t rows = 0;  ///< so far
};

/// Buffers are reused and grow geometrically. All calls throw Error: bad_driver for an answer that breaks driver.h, else the
/// driver's own status.
class Reader {
 public:
  /// All events not yet read, which must lie in `window`. Without a target they are checked and dropped.
  void events(Driver& driver, rvd_session_t* session, Probe& probe, const Window& window, const EventTarget& target);
  /// All rows of the steps before `window.end` that the target lacks.
  void rows(Driver& driver, rvd_session_t* session, RowTarget& target, const Window& window);
  /// Throws away the rows not yet read.
  void drop_rows(Driver& driver, rvd_session_t* session, Probe& probe, const Window& window);

 private:
  rvd_block event_block(const Probe& probe);
  void check_events(const Driver& driver, const Probe& probe, const Window& window, const rvd_block& block);

  std::vector<std::uint64_t> steps_;
  std::vector<std::uint32_t> lanes_;
  std::vector<std::uint32_t> ids_;
  std::vector<double> values_;  // of any type: the memory of 8 bytes an element
  // Of the last event of the block before: order holds across blocks.
  bool any_before_ = false;
  std::uint64_t last_step_ = 0;
  std::uint32_t last_lane_ = 0;
  std::uint32_t last_id_ = 0;
};

}  // namespace ranvier::run
