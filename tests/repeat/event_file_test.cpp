#include "core/repeat/event_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include <ranvier/error.h>

#include "tests/repeat/networks.h"

namespace ranvier::repeat {
namespace {

SpikeTrain train_of(std::size_t events) {
  SpikeTrain train;
  for (std::size_t k = 0; k < events; ++k) {
    train.step.push_back(k / 2 + (std::uint64_t{1} << 40));
    train.lane.push_back(static_cast<std::uint32_t>(k % 2));
    train.id.push_back(static_cast<std::uint32_t>(k * 7919));
    train.value.push_back(static_cast<double>(k) / 3);
  }
  return train;
}

TEST(EventFile, ComesBackEqual) {
  const TestFolder folder;
  for (const std::size_t events : {0U, 1U, 4095U, 4096U, 4097U, 10000U}) {
    const SpikeTrain train = train_of(events);
    write_events(folder / "x.npy", train);
    const SpikeTrain read = read_events(folder / "x.npy");
    EXPECT_EQ(read.step, train.step);
    EXPECT_EQ(read.lane, train.lane);
    EXPECT_EQ(read.id, train.id);
    EXPECT_EQ(read.value, train.value);
  }
}

TEST(EventFile, RefusesWhatItDidNotWrite) {
  const TestFolder folder;
  write_events(folder / "x.npy", train_of(3));
  std::ifstream file(folder / "x.npy", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> wrong{
      "", "x", whole.substr(0, 191), whole.substr(0, whole.size() - 1), whole + "x", whole.substr(0, whole.size() - 24)};
  for (std::size_t k = 0; k < 192; ++k) {
    std::string altered = whole;
    altered[k] = static_cast<char>(altered[k] ^ 1);
    wrong.push_back(altered);
  }
  for (const std::string& text : wrong) {
    std::ofstream(folder / "y.npy", std::ios::binary) << text;
    EXPECT_THROW(read_events(folder / "y.npy"), Error);
  }
  EXPECT_THROW(read_events(folder / "none.npy"), Error);
}

}  // namespace
}  // namespace ranvier::repeat
