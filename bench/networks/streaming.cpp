// What does one step cost a C++ program at one lane, input and output included? Runs a NIR file's network step by step over an
// input, again and again until the time is over, and prints the seconds of each step as JSON.
//
//   streaming NETWORK.nir INPUT.npy DT CONVENTION RESET COMPARATOR SECONDS
//
// INPUT is [steps, neurons]; DT is in seconds; an empty RESET or COMPARATOR is the convention's.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <ranvier/ranvier.h>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

std::optional<std::string> given(const char* word) { return *word == '\0' ? std::nullopt : std::optional<std::string>(word); }

std::vector<double> timed(ranvier::Session& session, const ranvier::Tensor& input, Seconds limit) {
  const std::size_t width = input.size() / input.shape()[0];
  const float* const values = input.data<float>();
  std::vector<float> output(ranvier::element_count(session.outputs().front().shape));
  std::vector<double> seconds;
  const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(limit);
  while (seconds.empty() || Clock::now() < end) {
    session.reset();
    for (std::size_t t = 0; t < input.shape()[0]; ++t) {
      const Clock::time_point begin = Clock::now();
      session.step({values + t * width, width}, output);
      seconds.push_back(Seconds(Clock::now() - begin).count());
    }
  }
  return seconds;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 8) {
    std::fprintf(stderr, "usage: %s NETWORK.nir INPUT.npy DT CONVENTION RESET COMPARATOR SECONDS\n", argv[0]);
    return 2;
  }
  const ranvier::Tensor input = ranvier::read_npy(argv[2]).cast(ranvier::DType::f32);
  ranvier::LoadOptions how;
  how.dt = std::atof(argv[3]) * ranvier::s;
  how.convention = argv[4];
  how.reset = given(argv[5]);
  how.comparator = given(argv[6]);
  ranvier::Session session = ranvier::load(argv[1], how).to("cpu");
  timed(session, input, Seconds(0));  // warm
  const std::vector<double> seconds = timed(session, input, Seconds(std::atof(argv[7])));
  std::printf("{\"times\": [");
  for (std::size_t i = 0; i < seconds.size(); ++i) std::printf("%s%.9f", i == 0 ? "" : ", ", seconds[i]);
  std::printf("]}\n");
  return 0;
} catch (const ranvier::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
