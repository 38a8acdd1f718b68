/// Calibration input, checked as that of a run, as the blocks that `check` and `compile` take.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/plan.h>
#include <ranvier/session.h>

#include "core/run/inputs.h"

namespace ranvier::run {

/// Borrows the tensors' memory. One dense block for each input that is given, all of the same steps and lanes.
class Samples {
 public:
  Samples() = default;
  /// @throws Error as `Session::run` does, with "calibrate: " before the node; bad_shape where there are no steps.
  Samples(const Plan& plan, const Inputs& calibrate);
  Samples(const Samples&) = delete;
  Samples& operator=(const Samples&) = delete;

  const rvd_block* blocks() const { return blocks_.empty() ? nullptr : blocks_.data(); }
  std::uint64_t count() const { return blocks_.size(); }

 private:
  std::vector<InputBlocks> memory_;  // of what had to be converted
  std::vector<rvd_block> blocks_;
};

}  // namespace ranvier::run
