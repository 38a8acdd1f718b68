/// What a user hands to `run`, checked and turned into the blocks that drivers take.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/session.h>
#include <ranvier/tensor.h>
#include <ranvier/plan_view.hpp>

namespace ranvier::run {

/// A population as the session needs it.
struct Node {
  std::string name;
  std::uint32_t population = 0;
  Shape shape;
  std::uint64_t count = 0;  ///< neurons
  DType type = DType::f32;  ///< of its events
  bool input = false;
  bool output = false;
};

/// One a population.
std::vector<Node> nodes_of(const rvd::PlanView& plan);

/// The nodes that take input, as users see them.
std::vector<Port> input_ports(const std::vector<Node>& nodes);

/// One input of a run: rows of lanes x neurons that have passed every check. Borrows the tensor's memory.
struct InputRows {
  const Node* node = nullptr;
  const void* data = nullptr;
  DType dtype = DType::f32;
  std::uint64_t rows = 0;
  std::uint64_t lanes = 1;
  bool dense = false;  ///< too many events to be written as such; found out while blocks are made
};

/// Accepts [T, N] and [T, ...shape] when there is one lane, [T, lanes, N] and [T, lanes, ...shape] always. With one lane all of
/// these are the same memory, so none is ambiguous; with more, an input without a lane axis is refused. Adds what is wrong.
InputRows check_input(const Node& node, const Tensor& tensor, std::uint64_t lanes, Problems& problems);

/// The same for all inputs of a run, which have as many steps, and names that the network has. Adds what is wrong.
/// @return the steps.
std::uint64_t check_inputs(const std::vector<Node>& nodes, const Inputs& given, std::uint64_t lanes,
                           std::vector<InputRows>& rows, Problems& problems);

/// The extent of the lane axis; 1 where there is none. What is no input's shape at all is left to `check_inputs`.
std::uint64_t lanes_of(const std::vector<Node>& nodes, const Inputs& given);

/// Turns rows into blocks. Its buffers are reused and only grow; a block is valid until the next one is made.
class InputBlocks {
 public:
  /// Rows begin .. end-1 as the input of steps from `first_step` on; a dense block where `input.dense` is set.
  rvd_block make(InputRows& input, std::uint64_t begin, std::uint64_t end, std::uint64_t first_step);

 private:
  bool make_events(const InputRows& input, std::uint64_t offset, rvd_block& block);
  void make_dense(const InputRows& input, std::uint64_t offset, rvd_block& block);

  std::vector<std::uint64_t> steps_;
  std::vector<std::uint32_t> lanes_;
  std::vector<std::uint32_t> ids_;
  std::vector<double> values_;  // of any type: the memory of 8 bytes an element
};

}  // namespace ranvier::run
