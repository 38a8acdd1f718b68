// A driver's answers are not trusted: whatever it does wrong becomes an Error that names it, and a session of no use until
// reset.
#include <gtest/gtest.h>

#include <ranvier/error.h>
#include <ranvier/session.h>

#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

struct Case {
  const char* fault;
  Code code;
  const char* sentence;
};

void PrintTo(const Case& given, std::ostream* out) { *out << given.fault; }

class SessionFault : public testing::TestWithParam<Case> {};

TEST_P(SessionFault, IsASentenceAndPoisonsTheSession) {
  const Case& given = GetParam();
  Session session = fake(two_inputs(), given.fault, 2);
  RunOptions options;
  options.record = {"net.cells.spikes", "net.cells.v"};
  Code code = Code::ok;
  Tensor input({40, 2, 6}, DType::u8);
  input.mutable_data<std::uint8_t>()[0] = 1;
  const Inputs inputs{{"in", input}};
  const std::string message = message_of([&] { (void)session.run(inputs, options); }, &code);
  EXPECT_EQ(code, given.code) << message;
  EXPECT_NE(message.find(given.sentence), std::string::npos) << message;
  if (given.code == Code::bad_driver) {
    EXPECT_NE(message.find("The driver 'fake' broke a rule"), std::string::npos) << message;
  }
  const std::string again = message_of([&] { (void)session.run(1); }, &code);
  EXPECT_EQ(code, Code::failed_precondition) << again;
  EXPECT_NE(again.find(given.sentence), std::string::npos) << again;
  session.reset();
  EXPECT_EQ(session.clock(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Each, SessionFault,
                         testing::Values(Case{"unsorted", Code::bad_driver, "events are sorted by (step, lane, id)"},
                                         Case{"id", Code::bad_driver, "id 4 was given"},
                                         Case{"lane", Code::bad_driver, "lane 2, id"},
                                         Case{"step", Code::bad_driver, "events lie in the steps that were run"},
                                         Case{"over_capacity", Code::bad_driver, "count is at most capacity"},
                                         Case{"endless", Code::bad_driver, "something remaining holds at least one event"},
                                         Case{"moved", Code::bad_driver, "the arrays of a block are the host's"},
                                         Case{"type", Code::bad_driver, "a block's type is the plan's"},
                                         Case{"type_changes", Code::bad_driver, "a block's type does not change"},
                                         Case{"unknown_status", Code::bad_driver, "4711 was answered"},
                                         Case{"stuck_clock", Code::bad_driver, "the clock stands at `until`"},
                                         Case{"clock_ahead", Code::bad_driver, "the clock stands at `until`"},
                                         Case{"lost", Code::data_loss, "3 events were lost"},
                                         Case{"lost_counter", Code::data_loss, "7 events were lost"},
                                         Case{"counter_lane", Code::bad_driver, "lanes that exist"},
                                         Case{"one_hash", Code::bad_driver, "a hash for each of them"},
                                         Case{"device_lost", Code::device_lost, "the cable was pulled"},
                                         Case{"throw", Code::bad_driver, "no exception leaves an entry"},
                                         Case{"rows_short", Code::bad_driver, "0 elements in 0 steps"},
                                         Case{"rows_width", Code::bad_driver, "a dense block holds whole steps"},
                                         Case{"rows_every", Code::bad_driver, "rows follow each other from step 0, every 1"},
                                         Case{"rows_over_capacity", Code::bad_driver, "count is at most capacity"},
                                         Case{"dense_short", Code::bad_driver, "in read: a dense block holds whole steps"},
                                         Case{"dense_width", Code::bad_driver, "in read: a dense block holds whole steps"},
                                         Case{"dense_late", Code::bad_driver, "rows follow each other from step 0, every 1"},
                                         Case{"dense_moved", Code::bad_driver, "the arrays of a block are the host's"},
                                         Case{"dense_over_capacity", Code::bad_driver, "in read: count is at most capacity"},
                                         Case{"dense_type", Code::bad_driver, "in read: a block's type is the plan's"}),
                         [](const auto& test) { return std::string(test.param.fault); });

TEST(SessionFault, OfResetKeepsItPoisoned) {
  Session session = fake(two_inputs(), "reset_fails");
  Code code = Code::ok;
  (void)message_of([&] { session.reset(); }, &code);
  EXPECT_EQ(code, Code::device_lost);
  (void)message_of([&] { (void)session.run(1); }, &code);
  EXPECT_EQ(code, Code::failed_precondition);
}

}  // namespace
}  // namespace ranvier::run
