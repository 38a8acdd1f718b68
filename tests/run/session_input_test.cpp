// What a run takes as input. The fake driver's input populations emit what was written, so conversions are seen whole.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <ranvier/error.h>
#include <ranvier/session.h>

#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

const RunOptions kEcho{.record = {"in.spikes", "ticks.spikes"}, .every = 1, .outputs = true, .keep_going = {}};

Tensor numbers(Shape shape, DType dtype, double first, double step) {
  Tensor tensor(std::move(shape), DType::f64);
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor.mutable_data<double>()[i] = first + step * static_cast<double>(i);
  return tensor.cast(dtype);
}

TEST(Input, OfEveryTypeArrivesAsTheNodesType) {
  Session session = fake(two_inputs());
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::i16, DType::i8, DType::u8}) {
    const Tensor dense = numbers({20, 6}, dtype, 0, 1);
    const Tensor counts = numbers({20, 3}, dtype, 1, 1);
    session.reset();
    const Result result = session.run({{"in", dense}, {"ticks", counts}}, kEcho);
    EXPECT_EQ(result.spikes("in").dense(DType::f64).values<double>()[119], 119) << name_of(dtype);
    EXPECT_EQ(result.spikes("in").size(), 119U) << "zero is no event";
    EXPECT_EQ(result.spikes("ticks").counts().at(59), 60);
  }
}

TEST(Input, WithFewEventsArrivesTheSameWay) {
  Session session = fake(two_inputs(), "none", 2);
  Tensor sparse({50, 2, 6}, DType::boolean);
  sparse.mutable_data<bool>()[100] = sparse.mutable_data<bool>()[599] = true;
  Tensor graded({50, 2, 3}, DType::f64);
  graded.mutable_data<double>()[7] = -2;
  const Result result = session.run({{"in", sparse}, {"ticks", graded}}, kEcho);
  const SpikeTrain& in = result.spikes("in");
  ASSERT_EQ(in.size(), 2U);
  EXPECT_EQ(in[0].step, 8U);
  EXPECT_EQ(in[0].lane, 0U);
  EXPECT_EQ(in[0].i, 4U);
  EXPECT_EQ(in[1].step, 49U);
  EXPECT_EQ(in[1].lane, 1U);
  EXPECT_EQ(in[1].i, 5U);
  ASSERT_EQ(result.spikes("ticks").size(), 1U);
  EXPECT_EQ(result.spikes("ticks").value[0], -2);
  EXPECT_EQ(result.spikes("ticks").lane[0], 0U);
  EXPECT_EQ(result.spikes("ticks").step[0], 1U);
}

TEST(Input, TakesEveryFormOfItsShape) {
  Session one = fake(two_inputs());
  for (const Shape& shape : {Shape{4, 6}, Shape{4, 1, 6}, Shape{4, 2, 3}, Shape{4, 1, 2, 3}}) {
    one.reset();
    const Result result = one.run({{"in", numbers(shape, DType::f32, 1, 1)}}, kEcho);
    EXPECT_EQ(result.spikes("in").dense(DType::f32).at(23), 24) << to_string(shape);
  }
  Session three = fake(two_inputs(), "none", 3);
  for (const Shape& shape : {Shape{4, 3, 6}, Shape{4, 3, 2, 3}}) {
    three.reset();
    EXPECT_EQ(three.run({{"in", numbers(shape, DType::f32, 1, 1)}}, kEcho).spikes("in").size(), 72U) << to_string(shape);
  }
}

TEST(Input, OfAnotherShapeIsRefused) {
  Session one = fake(two_inputs());
  for (const Shape& shape : {Shape{4, 5}, Shape{4, 2, 6}, Shape{4, 3, 2}, Shape{24}, Shape{}, Shape{4, 1, 1, 6}}) {
    Code code = Code::ok;
    const std::string message = message_of([&] { (void)one.run({{"in", Tensor(shape)}}); }, &code);
    EXPECT_EQ(code, Code::bad_shape) << to_string(shape);
    EXPECT_NE(message.find("shape " + to_string(shape)), std::string::npos) << message;
    EXPECT_NE(message.find("[steps, 6] or [steps, 1, 6]"), std::string::npos) << message;
  }
  Session two = fake(two_inputs(), "none", 2);
  const std::string message = message_of([&] { (void)two.run({{"in", Tensor({4, 6})}}); });
  EXPECT_NE(message.find("[steps, 2, 6]"), std::string::npos) << message;
}

struct BadValue {
  const char* node;
  double value;
  const char* sentence;
};

TEST(Input, ThatDoesNotFitIsRefusedWithItsPlace) {
  const double infinity = std::numeric_limits<double>::infinity();
  const BadValue cases[] = {
      {"in", std::nan(""), "nan at row 1, neuron 2 is not finite"},
      {"in", infinity, "inf at row 1, neuron 2 is not finite"},
      {"in", 1e300, "1e+300 at row 1, neuron 2 is out of range"},
      {"ticks", 0.5, "0.5 at row 1, neuron 2 is not a whole number"},
      {"ticks", 0x1p31, "2147483648 at row 1, neuron 2 is out of range"},
      {"ticks", -infinity, "-inf at row 1, neuron 2 is not finite"},
  };
  Session session = fake(two_inputs());
  for (const BadValue& bad : cases) {
    const std::size_t width = std::string(bad.node) == "in" ? 6 : 3;
    Tensor input({3, width}, DType::f64);
    input.mutable_data<double>()[width + 2] = bad.value;
    Code code = Code::ok;
    const std::string message = message_of([&] { (void)session.run({{bad.node, input}}); }, &code);
    EXPECT_EQ(code, Code::bad_value);
    EXPECT_NE(message.find(bad.sentence), std::string::npos) << message;
    EXPECT_NE(message.find(bad.node), std::string::npos) << message;
  }
  Tensor wide({1, 3}, DType::i64);
  wide.mutable_data<std::int64_t>()[1] = -(std::int64_t{1} << 40);
  EXPECT_NE(message_of([&] { (void)session.run({{"ticks", wide}}); }).find("out of range"), std::string::npos);
  wide.mutable_data<std::int64_t>()[1] = -(std::int64_t{1} << 31);
  EXPECT_EQ(session.run({{"ticks", wide}}).steps, 1U);
  EXPECT_EQ(session.clock(), 1U) << "refused input leaves the session where it was";
}

TEST(Input, ReportsAllProblemsTogether) {
  Session session = fake(two_inputs());
  RunOptions options;
  options.record = {"net.cells.vv", "net.cells.v", "nothing"};
  options.every = 0;
  try {
    (void)session.run({{"in", Tensor({5, 6})}, {"tick", Tensor({5, 3})}, {"ticks", Tensor({4, 3})}}, options);
    FAIL();
  } catch (const Error& error) {
    ASSERT_EQ(error.problems().size(), 5U) << error.what();
    EXPECT_EQ(error.problems()[0].code, Code::unknown_name);
    EXPECT_NE(error.problems()[0].message.find("no input 'tick'; this network takes 'in', 'ticks'"), std::string::npos);
    EXPECT_EQ(error.problems()[1].message, "The input has 4 steps, that of 'in' has 5.");
    EXPECT_NE(error.problems()[2].message.find("every is 0"), std::string::npos);
    EXPECT_NE(error.problems()[3].message.find("'net.cells.vv' cannot be recorded; these can: 'net.cells.v', "),
              std::string::npos)
        << error.problems()[3].message;
  }
}

TEST(Input, WithoutANameNeedsASingleInput) {
  Session one = fake(one_input());
  EXPECT_EQ(one.run(Tensor({7, 4})).steps, 7U);
  Session two = fake(two_inputs());
  EXPECT_NE(message_of([&] { (void)two.run(Tensor({7, 6})); }).find("this network takes 'in', 'ticks'"), std::string::npos);
  EXPECT_NE(message_of([&] { (void)two.run(Inputs{}); }).find("Call run(steps)"), std::string::npos);
}

}  // namespace
}  // namespace ranvier::run
