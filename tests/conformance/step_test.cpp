// Streamed steps through the public door: as a run gives them, and without an allocation.
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <ranvier/ranvier.h>

#include "tests/conformance/counting_new.h"

namespace ranvier {
namespace {

constexpr std::size_t kInputs = 12, kOutputs = 7, kSteps = 100;

Network braille() {
  LoadOptions how;
  how.dt = 0.1 * ms;
  how.convention = "snntorch";
  return load(RANVIER_TEST_DATA "/nir-paper/03_rnn/braille_noDelay_bias_zero.nir", how);
}

Session open(const Network& net, const char* device, std::size_t lanes) {
  SessionOptions options;
  options.lanes = lanes;
  return net.to(device, options);
}

/// [step][lane][neuron]
std::vector<float> touch(std::size_t lanes) {
  std::vector<float> values(kSteps * lanes * kInputs);
  for (std::size_t k = 0; k < values.size(); ++k) values[k] = k * 7919 % 5 == 0 ? 1.0F : 0.0F;
  return values;
}

class Step : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Lanes, Step, testing::Values(1, 3));

TEST_P(Step, IsAsARunGivesIt) {
  const std::size_t lanes = GetParam();
  const Network net = braille();
  for (const char* device : {"cpu", "reference", "loihi?kind=emulator"}) {
    Session whole = open(net, device, lanes), stepped = open(net, device, lanes);
    const std::vector<float> input = touch(lanes);
    const Result result = whole.run(Tensor::view(input, {kSteps, lanes, kInputs}));
    const float* expected = result.outputs.at("output").data<float>();
    std::vector<float> output(lanes * kOutputs);
    for (std::size_t t = 0; t < kSteps; ++t) {
      const float* row = input.data() + t * lanes * kInputs;
      if (t % 2 == 0) {
        stepped.step(std::span(row, lanes * kInputs), output);
      } else {
        const std::vector<std::uint8_t> bytes(row, row + lanes * kInputs);
        stepped.step(std::span(bytes), output);
      }
      ASSERT_EQ(output, std::vector<float>(expected + t * lanes * kOutputs, expected + (t + 1) * lanes * kOutputs))
          << device << t;
    }
    EXPECT_EQ(stepped.clock(), kSteps);
    EXPECT_EQ(stepped.counters().hash(), result.hash());
    EXPECT_EQ(stepped.counters().counters, result.counters);
    EXPECT_EQ(stepped.run(3).hash(), whole.run(3).hash()) << "a run may go on from there";
  }
}

TEST_P(Step, AllocatesNothing) {
  if (!conformance::kCounts) GTEST_SKIP() << "a sanitizer has the allocator";
  const std::size_t lanes = GetParam();
  const std::vector<float> input = touch(lanes);
  std::vector<float> output(lanes * kOutputs);
  const Network net = braille();
  for (const char* device : {"cpu", "loihi?kind=emulator", "null"}) {
    Session session = open(net, device, lanes);
    std::uint64_t before = 0;
    for (std::size_t t = 0; t < kSteps; ++t) {
      if (t == kSteps / 2) before = conformance::g_calls;
      session.step(std::span(input).subspan(t * lanes * kInputs, lanes * kInputs), output);
    }
    EXPECT_EQ(conformance::g_calls - before, 0u) << device;
  }
}

Code code_of(Session& session, std::span<const float> input, std::span<float> output) {
  try {
    session.step(input, output);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::internal;
}

TEST(StreamedStep, RefusesWhatItCannotTake) {
  Session session = braille().to("cpu");
  std::vector<float> input(kInputs), output(kOutputs);
  EXPECT_EQ(code_of(session, std::span(input).first(3), output), Code::bad_shape);
  EXPECT_EQ(code_of(session, input, std::span(output).first(3)), Code::bad_shape);
  input[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(code_of(session, input, output), Code::bad_value);
  input[3] = 0;
  session.step(input, output);
  EXPECT_EQ(session.clock(), 1u) << "what was refused has run nothing";
  Session wide = braille().to("cpu?precision=f64");
  EXPECT_EQ(code_of(wide, input, output), Code::bad_type);
}

}  // namespace
}  // namespace ranvier
