/// What a user hands to `run`, checked and turned into the blocks that drivers take.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/tensor.h>

namespace ranvier::run {

/// A population as the session needs it.
struct Node {
  std::string name;
  std::uint32_t population = 0;
  Shape shape;
  std::uint64_t count = 0;  ///< neurons
  DType type = DType::f32;  ///< of its events
};

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

/// Turns rows into blocks. Its buffers are reused and only grow; a block is valid until the next one is made.
class InputBlocks {
 public:
  /// Rows begin .. end-1 as the input of steps from `first_step` on.
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
