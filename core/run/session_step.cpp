// One step at a time, into and out of the caller's memory: no allocation, no Result.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <ranvier/error.h>

#include "core/run/callbacks.h"
#include "core/run/faults.h"
#include "core/run/session_impl.h"

namespace ranvier {
namespace {

std::string wanted(std::size_t given, const char* what, std::size_t lanes, const run::Node& node) {
  return std::to_string(given) + " values were given for the " + what + " of one step; '" + node.name + "' has " +
         std::to_string(lanes) + " lane" + (lanes == 1 ? "" : "s") + " of " + std::to_string(node.count) + " neurons.";
}

}  // namespace

// What is refused here was not yet done to the device; what the device refuses fails the session until a reset.
template <class T>
void Session::Impl::step(std::span<const T> input, std::span<float> output) {
  require_healthy();
  if (input_nodes_.size() != 1 || output_probes_.size() != 1) {
    throw Error(Code::unsupported, "A streamed step is for networks of one input and one output.", "step", "Use run().");
  }
  const run::Node& in = nodes_[input_nodes_.front()];
  run::Probe& probe = probes_[output_probes_.front()];
  const run::Node& out = *probe.node;
  if (in.type != DType::f32 || out.type != DType::f32) {
    throw Error(Code::bad_type, "A streamed step takes and gives f32; this network has other types.", "step", "Use run().");
  }
  if (input.size() != lanes * in.count) throw Error(Code::bad_shape, wanted(input.size(), "input", lanes, in), in.name);
  if (output.size() != lanes * out.count) throw Error(Code::bad_shape, wanted(output.size(), "output", lanes, out), out.name);
  step_room_.resize(std::max(input.size(), output.size()));
  const float* values = take_step_input(input, in);
  wishes_.clear();
  wishes_.push_back({output_probes_.front(), 1, true, false});
  set_probes();
  try {
    write_step(in, values);
    run_device(clock + 1);
    read_step(probe, output);
  } catch (const Error& error) {
    fault_ = error.problems().front();
    throw;
  }
}

const float* Session::Impl::take_step_input(std::span<const float> input, const run::Node& node) {
  const bool finite = std::all_of(input.begin(), input.end(), [](float value) { return std::isfinite(value); });
  if (!finite) {
    throw Error(Code::bad_value, "The input holds NaN or an infinity.", node.name, "Give finite numbers.");
  }
  return input.data();
}

const float* Session::Impl::take_step_input(std::span<const std::uint8_t> input, const run::Node&) {
  float* values = reinterpret_cast<float*>(step_room_.data());
  std::copy(input.begin(), input.end(), values);
  return values;
}

void Session::Impl::write_step(const run::Node& node, const float* values) {
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_DENSE;
  block.population = node.population;
  block.type = RVD_F32;
  block.first_step = clock;
  block.steps = 1;
  block.lanes = lanes;
  block.width = node.count;
  block.count = lanes * node.count;
  block.values = const_cast<float*>(values);  // the driver only reads what it is given
  rvd_io io{};
  io.struct_size = sizeof io;
  const rvd_status status = run::call(driver_.api.write, session_.get(), &block, &io);
  if (status != RVD_OK) throw Error({run::problem_of(driver_.name, "write", status, node.name)});
  if (io.lost != 0 || io.late != 0) {
    throw Error(Code::data_loss,
                std::to_string(io.lost) + " events were lost and " + std::to_string(io.late) + " came too late in step " +
                    std::to_string(clock) + ".",
                node.name);
  }
}

void Session::Impl::read_step(run::Probe& probe, std::span<float> output) {
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_DENSE;
  block.population = probe.node->population;
  block.type = RVD_F32;
  block.capacity = output.size();
  block.values = step_room_.data();
  const rvd_status status = run::call(driver_.api.read, session_.get(), &block);
  if (status != RVD_OK) throw Error({run::problem_of(driver_.name, "read", status, probe.node->name)});
  const bool whole = block.steps == 1 && block.first_step + 1 == clock && block.lanes == lanes &&
                     block.width == probe.node->count && block.count == output.size() && block.remaining == 0;
  if (!whole || block.values != step_room_.data()) {
    throw Error({run::rule_broken(driver_.name, "read", "a dense block holds the whole step that was run, and nothing else")});
  }
  if (block.type == RVD_F64) {
    throw Error(Code::bad_type, "This session computes in f64; a streamed step gives f32.", probe.node->name, "Use run().");
  }
  if (block.type != RVD_F32) {
    throw Error({run::rule_broken(driver_.name, "read", "a block's type is the plan's (or f64 for f32)")});
  }
  std::memcpy(output.data(), step_room_.data(), output.size_bytes());
}

template void Session::Impl::step(std::span<const float> input, std::span<float> output);
template void Session::Impl::step(std::span<const std::uint8_t> input, std::span<float> output);

Result Session::Impl::counters() {
  require_healthy();
  Result result;
  result.first_step = clock;
  result.lanes = lanes;
  result.dt_ms = dt_ms;
  result.deployment = deployment;
  read_counters(result);
  return result;
}

}  // namespace ranvier
