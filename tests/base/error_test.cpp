#include <ranvier/error.h>

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include <ranvier/driver.h>

namespace ranvier {
namespace {

TEST(Code, SharesItsFirstNumbersWithTheDriverContract) {
  EXPECT_EQ(static_cast<rvd_status>(Code::ok), RVD_OK);
  EXPECT_EQ(static_cast<rvd_status>(Code::invalid_argument), RVD_INVALID_ARGUMENT);
  EXPECT_EQ(static_cast<rvd_status>(Code::not_found), RVD_NOT_FOUND);
  EXPECT_EQ(static_cast<rvd_status>(Code::unsupported), RVD_UNSUPPORTED);
  EXPECT_EQ(static_cast<rvd_status>(Code::not_implemented), RVD_NOT_IMPLEMENTED);
  EXPECT_EQ(static_cast<rvd_status>(Code::incompatible), RVD_INCOMPATIBLE);
  EXPECT_EQ(static_cast<rvd_status>(Code::out_of_memory), RVD_OUT_OF_MEMORY);
  EXPECT_EQ(static_cast<rvd_status>(Code::failed_precondition), RVD_FAILED_PRECONDITION);
  EXPECT_EQ(static_cast<rvd_status>(Code::timeout), RVD_TIMEOUT);
  EXPECT_EQ(static_cast<rvd_status>(Code::cancelled), RVD_CANCELLED);
  EXPECT_EQ(static_cast<rvd_status>(Code::device_lost), RVD_DEVICE_LOST);
  EXPECT_EQ(static_cast<rvd_status>(Code::internal), RVD_INTERNAL);
  EXPECT_EQ(static_cast<rvd_status>(Code::data_loss), RVD_DATA_LOSS);
}

TEST(Code, HasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::uint32_t code = 0; code <= 12; ++code) names.insert(name_of(static_cast<Code>(code)));
  for (std::uint32_t code = 32; code <= 40; ++code) names.insert(name_of(static_cast<Code>(code)));
  EXPECT_EQ(names.size(), 22U);
  EXPECT_EQ(name_of(Code::unknown_name), "unknown_name");
  EXPECT_EQ(name_of(Code::bad_driver), "bad_driver");
}

TEST(Code, OutsideTheListIsCalledInternal) { EXPECT_EQ(name_of(static_cast<Code>(1000)), "internal"); }

TEST(Status, IsTrueOnlyWhenOk) {
  EXPECT_TRUE(static_cast<bool>(Status{}));
  EXPECT_FALSE(static_cast<bool>(Status{Code::timeout}));
}

TEST(Error, OfOneProblemReadsAsASentence) {
  const Error error(Code::bad_shape, "It is [2], not [3].", "lif1", "Transpose it.");
  EXPECT_STREQ(error.what(), "lif1: It is [2], not [3]. Remedy: Transpose it.");
  EXPECT_EQ(error.code(), Code::bad_shape);
  EXPECT_EQ(error.where(), "lif1");
  EXPECT_EQ(error.remedy(), "Transpose it.");
}

TEST(Error, LeavesOutWhatIsEmpty) { EXPECT_STREQ(Error(Code::internal, "No.").what(), "No."); }

TEST(Error, OfSeveralProblemsListsAllAndAnswersForTheFirst) {
  const Error error({{Code::bad_unit, "First.", "a", ""}, {Code::bad_value, "Second.", "", "Do."}});
  EXPECT_STREQ(error.what(), "2 problems:\n  - a: First.\n  - Second. Remedy: Do.");
  EXPECT_EQ(error.code(), Code::bad_unit);
  EXPECT_EQ(error.problems().size(), 2U);
}

TEST(Error, WithoutAProblemIsAFaultOfOurs) {
  const Error error(std::vector<Problem>{});
  ASSERT_EQ(error.problems().size(), 1U);
  EXPECT_EQ(error.code(), Code::internal);
}

TEST(Problems, RaiseNothingWhileEmpty) {
  const Problems problems;
  EXPECT_TRUE(problems.empty());
  EXPECT_NO_THROW(problems.raise());
}

TEST(Problems, RaiseAllInTheOrderInWhichTheyWereAdded) {
  Problems problems;
  problems.add(Code::bad_value, "One.");
  problems.add(Code::bad_shape, "Two.", "here", "so");
  EXPECT_FALSE(problems.empty());
  try {
    problems.raise();
    FAIL() << "raise returned";
  } catch (const Error& error) {
    ASSERT_EQ(error.problems().size(), 2U);
    EXPECT_EQ(error.problems()[0].message, "One.");
    EXPECT_EQ(error.problems()[1].code, Code::bad_shape);
    EXPECT_EQ(error.problems()[1].where, "here");
    EXPECT_EQ(error.problems()[1].remedy, "so");
  }
}

}  // namespace
}  // namespace ranvier
