#include "core/run/suggest.h"

#include <gtest/gtest.h>

namespace ranvier::run {
namespace {

TEST(Suggest, FindsWhatIsAFewLettersAway) {
  EXPECT_EQ(near_matches("rference", {"cpu", "null", "reference"}), std::vector<std::string>{"reference"});
  EXPECT_TRUE(near_matches("gpu2000", {"null", "reference"}).empty());
  EXPECT_TRUE(near_matches("x", {"ab"}).empty());
}

TEST(Suggest, ListsTheNearestFirst) { EXPECT_EQ(list_for("cells.w", {"in.spikes", "cells.v"}), "'cells.v', 'in.spikes'"); }

TEST(Suggest, CutsALongList) {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) names.push_back("population" + std::to_string(i));
  EXPECT_NE(list_for("zzz", names).find("'population11' and 28 more"), std::string::npos);
  EXPECT_EQ(list_for("a", {}), "nothing");
}

}  // namespace
}  // namespace ranvier::run
