/// Small networks that spike, their input, and a folder that a test may fill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <ranvier/network.h>

namespace ranvier::repeat {

/// in [3] -> a: lif [5] -> b: lif [4], with itself -> out [4]. `shift` is added to the weight from neuron 2 of a to 1 of b.
Network two_layers(double shift = 0);

/// [steps, lanes, 3], of a fixed sequence.
Inputs noise(std::size_t steps, std::size_t lanes = 1);

/// Empty, of the running test alone, and gone with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace ranvier::repeat
