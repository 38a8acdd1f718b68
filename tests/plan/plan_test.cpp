// The public door: from_bytes, load, save, describe.
#include <ranvier/plan.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <ranvier/driver.h>
#include <ranvier/error.h>

#include "tests/plan/sample.h"

namespace ranvier {
namespace {

namespace fs = std::filesystem;

class PlanFile : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / ("ranvier_plan_" + std::string(info->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void fill(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  Error load_error(const fs::path& path) {
    try {
      Plan::load(path);
    } catch (const Error& error) {
      return error;
    }
    return {Code::ok, "accepted"};
  }

  fs::path folder_;
};

TEST(Plan, CopiesBytesOfAnyAlignmentToAlignedMemory) {
  const Plan plan = plan::write(plan::sample());
  std::vector<std::byte> odd(plan.bytes().size() + 1);
  std::copy(plan.bytes().begin(), plan.bytes().end(), odd.begin() + 1);
  const Plan copy = Plan::from_bytes(std::span(odd).subspan(1));
  EXPECT_TRUE(std::ranges::equal(copy.bytes(), plan.bytes()));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(copy.bytes().data()) % RVD_PLAN_ALIGN, 0u);
}

TEST(Plan, RefusesBytesThatAreNoPlan) {
  EXPECT_THROW(Plan::from_bytes({}), Error);
  const std::vector<std::byte> zeros(1000);
  EXPECT_THROW(Plan::from_bytes(zeros), Error);
}

TEST(Plan, SharesItsBytesWithCopies) {
  const Plan plan = plan::write(plan::sample());
  const Plan copy = plan;
  EXPECT_EQ(copy.bytes().data(), plan.bytes().data());
}

TEST_F(PlanFile, IsTheBytesAndNothingElse) {
  const Plan plan = plan::write(plan::sample());
  const fs::path path = folder_ / "net.plan";
  fill(path, "what was there before");
  plan.save(path);
  EXPECT_EQ(fs::file_size(path), plan.bytes().size());
  EXPECT_TRUE(std::ranges::equal(Plan::load(path).bytes(), plan.bytes()));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);  // the temporary file is gone
}

TEST_F(PlanFile, IsNamedWhenItCannotBeLoaded) {
  const fs::path path = folder_ / "net.plan";
  EXPECT_EQ(load_error(path).code(), Code::not_found);
  EXPECT_EQ(load_error(path).where(), path.string());
  EXPECT_EQ(load_error(folder_).code(), Code::bad_file);
  fill(path, "");
  EXPECT_EQ(load_error(path).code(), Code::bad_file);
  fill(path, "short");
  EXPECT_EQ(load_error(path).code(), Code::bad_file);
  fill(path, std::string(100, 'x'));
  EXPECT_NE(std::string(load_error(path).what()).find("net.plan: These bytes are not a plan"), std::string::npos);
}

TEST_F(PlanFile, IsCheckedWhenItIsLoaded) {
  const Plan plan = plan::write(plan::sample());
  std::string bytes(reinterpret_cast<const char*>(plan.bytes().data()), plan.bytes().size());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  const fs::path path = folder_ / "net.plan";
  fill(path, bytes);
  const Error error = load_error(path);
  EXPECT_EQ(error.code(), Code::bad_file);
  EXPECT_NE(std::string(error.what()).find("The checksum"), std::string::npos);
  EXPECT_NE(error.remedy(), "");
}

TEST_F(PlanFile, LeavesNothingBehindWhenItCannotBeSaved) {
  const Plan plan = plan::write(plan::sample());
  EXPECT_THROW(plan.save(folder_ / "missing" / "net.plan"), Error);
  fs::create_directories(folder_ / "taken" / "full");
  try {
    plan.save(folder_ / "taken");  // a folder that is not empty cannot be replaced
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::bad_file);
    EXPECT_EQ(error.where(), (folder_ / "taken").string());
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST(PlanDescription, IsATableOfEverything) {
  const Plan plan = plan::write(plan::sample());
  EXPECT_EQ(plan.describe(), "plan \"sample\", " + std::to_string(plan.bytes().size()) + R"( bytes
  dt 0.1 ms, seed 42, memory 1000 bytes shared and 50 bytes a lane

populations
  #  name   model    shape   events  flags             options
  0  in     input@1  [2, 3]  f32     input             -
  1  cells  lif@1    [4]     f32     spiking           reset=zero comparator=>
  2  out    count@1  [2, 2]  i64     output stateless  -

parameters
  population  parameter  value              unit
  cells       tau        0.02               s
  cells       mask       0 .. 1 (4 values)

projections
  #  projection      receptor  kind        delay       weights                 prior
  0  in -> cells     x         dense       0           -1 .. 4.75 (24 values)  -
  1  cells -> cells  x         dense       1 feedback  -1 .. 2.75 (16 values)  -1 .. -0.25 (4 values)
  2  cells -> out    x         one-to-one  0           -                       -

notes
  where           note
  cells -> cells  The delay of 0.12 ms became 1 step.
)");
}

TEST(PlanDescription, SaysWhereAKernelLies) {
  plan::Description description = plan::smallest();
  description.populations[0].shape = {4, 5, 6};
  plan::Population& target = description.populations.emplace_back();
  target.name = "out";
  target.model = "test@1";
  target.shape = {4, 3, 2};
  target.flags = RVD_POPULATION_STATELESS;
  target.receptors = {{"x", DType::f32}};
  target.ops = {plan::make_op(RVD_OP_RECEPTOR, RVD_F32, {}), plan::make_op(RVD_OP_EMIT, RVD_F32, {})};
  target.registers = 1;
  description.projections.resize(3);
  for (plan::Projection& projection : description.projections) projection.target = 1;
  description.projections[0].kind = RVD_PROJECTION_CONVOLUTION;
  description.projections[0].window = {4, 4, 2, 0, {5, 6}, {3, 2}, {3, 2}, {2, 3}, {1, 0}, {1, 2}};
  description.projections[0].weights = Tensor(Shape{4, 2, 3, 2});
  description.projections[1].kind = RVD_PROJECTION_POOL;
  description.projections[1].window = {4, 4, 4, 0, {5, 6}, {3, 2}, {3, 5}, {1, 1}, {0, 0}, {1, 1}};
  description.projections[2].kind = RVD_PROJECTION_SPARSE;
  description.projections[2].rows = Tensor(Shape{121}, DType::i64);
  const std::string text = plan::write(description).describe();
  for (const char* part :
       {"convolution 3x2, stride 2x3, padding 1x0, dilation 1x2, groups 2  0", "pool 3x5 ", "sparse (0 synapses)"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
  }
}

TEST(PlanDescription, ListsProgramsWhenAskedFor) {
  const std::string text = plan::write(plan::sample()).describe(true);
  EXPECT_NE(text.find(R"(
program of cells, 19 operations
  %0 = receptor.f32 x
  %1 = state.f32 v
  %2 = coeff.f32 a
  %3 = mul.f32 %2, %1
  %4 = coeff.f32 b
  %5 = mul.f32 %4, %0
  %6 = add.f32 %3, %5
  %7 = coeff.f32 threshold
  %8 = gt.f32 %6, %7
  %9 = const.f32 0
  %10 = select.f32 %8, %9, %6
  store.f32 v, %10
  %11 = state.i32 wait
  %12 = const.i32 -1
  %13 = shl.i32 %11, 3
  %14 = add.i32 %13, %12
  store.i32 wait, %14
  %15 = convert.i32.f32 %8
  emit.f32 %15

program of out, 10 operations
  %0 = receptor.f32 x
  %1 = coeff.f64 scale
  %2 = convert.f32.f64 %0
  %3 = mul.f64 %1, %2
  %4 = const.f64 0.1
  %5 = add.f64 %3, %4
  %6 = convert.f64.i64 %5
  %7 = const.i64 -2
  %8 = and.i64 %6, %7
  emit.i64 %8
)"),
            std::string::npos)
      << text;
}

TEST(PlanDescription, KeepsItsColumnsWithUnicodeAndControlCharacters) {
  plan::Description description = plan::smallest();
  description.populations[0].name = "caf\xC3\xA9\n\x7F";
  const std::string text = plan::write(description).describe();
  EXPECT_NE(text.find("\n  #  name          model    shape"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  0  caf\xC3\xA9\\x0A\\x7F  input@1  [4]"), std::string::npos) << text;
  EXPECT_EQ(text.find("notes"), std::string::npos);
}

TEST(PlanDescription, ShowsOneValueForEqualOnes) {
  plan::Description description = plan::smallest();
  description.populations[0].parameters = {{"rate", "Hz", Tensor::of({0.1F, 0.1F})},
                                           {"big", "", Tensor::of({std::int64_t{1} << 40})}};
  const std::string text = plan::write(description).describe();
  EXPECT_NE(text.find("rate       0.1 (2 values)  Hz"), std::string::npos) << text;
  EXPECT_NE(text.find("big        1099511627776"), std::string::npos) << text;
}

}  // namespace
}  // namespace ranvier
