#include "core/run/samples.h"

#include <algorithm>
#include <utility>

#include <ranvier/error.h>

namespace ranvier::run {
namespace {

// As of a run's input, but a run has not begun.
void raise_of_calibration(const Problems& problems) {
  try {
    problems.raise();
  } catch (const Error& error) {
    std::vector<Problem> named = error.problems();
    for (Problem& problem : named) problem.where = "calibrate: " + problem.where;
    throw Error(std::move(named));
  }
}

}  // namespace

Samples::Samples(const Plan& plan, const Inputs& calibrate) {
  if (calibrate.empty()) return;
  const std::vector<Node> nodes = nodes_of({plan.bytes().data(), plan.bytes().size()});
  std::vector<InputRows> inputs;
  Problems problems;
  const std::uint64_t lanes = std::max<std::uint64_t>(lanes_of(nodes, calibrate), 1);
  const std::uint64_t steps = check_inputs(nodes, calibrate, lanes, inputs, problems);
  if (!inputs.empty() && steps == 0) {
    problems.add(Code::bad_shape, "The input has no steps.", calibrate.begin()->first, "Give at least one, or leave it out.");
  }
  raise_of_calibration(problems);
  memory_.resize(inputs.size());
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    inputs[k].dense = true;
    blocks_.push_back(memory_[k].make(inputs[k], 0, steps, 0));
  }
}

}  // namespace ranvier::run
