#include "tests/repeat/networks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

namespace ranvier::repeat {
namespace {

Tensor uniform(std::mt19937& random, Shape shape, float low, float high) {
  Tensor values(std::move(shape));
  float* out = values.mutable_data<float>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    out[i] = low + (high - low) * static_cast<float>(random() % 1024) / 1024;
  }
  return values;
}

Connection with(Tensor weights) {
  Connection connection;
  connection.weights = std::move(weights);
  return connection;
}

}  // namespace

Network two_layers(double shift) {
  std::mt19937 random(7);
  Network network(1 * ms, 5);
  network.input("in", {3});
  const Parameters parameters{{"tau", Tensor::of<double>({0.02})}, {"r", Tensor::of<double>({2})}};
  network.add("a", "lif@1", {5}, parameters);
  network.add("b", "lif@1", {4}, parameters);
  network.output("out", {4});
  network.connect("in", "a", with(uniform(random, {3, 5}, 0.5F, 2)));
  Tensor weights = uniform(random, {5, 4}, 1, 4);
  weights.mutable_data<float>()[2 * 4 + 1] += static_cast<float>(shift);
  network.connect("a", "b", with(std::move(weights)));
  network.connect("b", "b", with(uniform(random, {4, 4}, -2, 2)));
  network.connect("b", "out");
  return network;
}

Inputs noise(std::size_t steps, std::size_t lanes) {
  std::mt19937 random(11);
  return {{"in", uniform(random, {steps, lanes, 3}, 0, 2)}};
}

TestFolder::TestFolder() {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  path_ = std::filesystem::temp_directory_path() /
          ("ranvier-" + std::to_string(getpid()) + "-" + test->test_suite_name() + "-" + test->name());
  std::filesystem::remove_all(path_);
  std::filesystem::create_directories(path_);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace ranvier::repeat
