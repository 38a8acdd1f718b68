#include "core/run/samples.h"

#include <algorithm>

#include <ranvier/error.h>

namespace ranvier::run {

Samples::Samples(const Plan& plan, const Inputs& calibrate) {
  if (calibrate.empty()) return;
  const std::vector<Node> nodes = nodes_of({plan.bytes().data(), plan.bytes().size()});
  std::vector<InputRows> inputs;
  Problems problems;
  const std::uint64_t lanes = std::max<std::uint64_t>(lanes_of(nodes, calibrate), 1);
  const std::uint64_t steps = check_inputs(nodes, calibrate, lanes, inputs, problems);
  if (!inputs.empty() && steps == 0) {
    problems.add(Code::bad_shape, "The calibration input has no steps.", "calibrate", "Give at least one, or leave it out.");
  }
  problems.raise();
  memory_.resize(inputs.size());
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    inputs[k].dense = true;
    blocks_.push_back(memory_[k].make(inputs[k], 0, steps, 0));
  }
}

}  // namespace ranvier::run
