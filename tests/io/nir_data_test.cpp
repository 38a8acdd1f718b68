// NIR data files and the way from events to a grid.
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <variant>

#include <ranvier/nir_data.h>

#include "core/io/files.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

EventData events() {
  return {Tensor::of<std::int64_t>({0, 2, -1, 1, 1, 0}).reshape({2, 3}),
          Tensor::of({0.0, 0.3, kInfinity, 0.1, 0.2, 0.9}).reshape({2, 3}), 3, 1.0};
}

NirGraphData recordings() {
  NirGraphData data;
  TimeGriddedData grid{Tensor({2, 4, 3}, DType::boolean), 1e-4};
  grid.data.mutable_data<bool>()[5] = true;
  data.nodes["lif"].observables["spikes"] = grid;
  data.nodes["lif"].observables["v"] = TimeGriddedData{Tensor({1, 4, 3}), 1e-4};
  data.nodes["in"].observables["spikes"] = events();
  ValuedEventData valued;
  static_cast<EventData&>(valued) = events();
  valued.value = Tensor({2, 3});
  data.nodes["in"].observables["graded"] = valued;
  data.nodes["silent"];
  data.graphs["inner"].nodes["lif"] = data.nodes["lif"];
  return data;
}

TEST(NirDataFile, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  ranvier::write_nir_data(folder / "x.h5", recordings());
  EXPECT_EQ(write_network_file(ranvier::read_nir_data(folder / "x.h5")), write_network_file(recordings()));
}

TEST(NirDataFile, ReadsWhatTheReferenceLibraryWrote) {
  const NirGraphData data = ranvier::read_nir_data(ranvier::io::data("nir-paper/derived/refwriter_nirdata.h5"));
  EXPECT_FALSE(data.nodes.empty());
  for (const auto& [name, node] : data.nodes) EXPECT_FALSE(node.observables.empty()) << name;
}

TEST(NirDataFile, NamesEveryMistake) {
  const auto refusal = [](const NirGraphData& data) {
    const auto error = error_of([&] { ranvier::write_nir_data("/nonexistent/x.h5", data); });
    return error ? std::string(error->what()) : "nothing was refused";
  };
  NirGraphData data = recordings();
  std::get<TimeGriddedData>(data.nodes["lif"].observables["v"]).dt = 0;
  std::get<EventData>(data.nodes["in"].observables["spikes"]).time = Tensor({3, 2});
  const std::string text = refusal(data);
  EXPECT_NE(text.find("lif.v"), std::string::npos) << text;
  EXPECT_NE(text.find("dt is 0 s"), std::string::npos) << text;
  EXPECT_NE(text.find("in.spikes"), std::string::npos) << text;
  EXPECT_NE(text.find("time [3, 2]"), std::string::npos) << text;
  data = recordings();
  data.graphs["lif"];
  EXPECT_NE(refusal(data).find("that of a node and of a graph"), std::string::npos);
  data = recordings();
  data.nodes["a/b"];
  EXPECT_NE(refusal(data).find("'a/b'"), std::string::npos);
  EXPECT_NE(refusal(recordings()).find("cannot be written"), std::string::npos);
}

TEST(NirDataFile, SaysWhatAFileIsInstead) {
  const auto graph = error_of([] { ranvier::read_nir_data(ranvier::io::data("nir-paper/01_lif/lif_norse.nir")); });
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->problems().front().message, "The file holds a NIR graph, not NIR data (recordings).");
  EXPECT_EQ(error_of([] { ranvier::read_nir_data("/nonexistent"); })->code(), Code::not_found);
}

TEST(NirEvents, FallIntoTheirStep) {
  const TimeGriddedData grid = to_time_gridded(events(), 0.1);
  ASSERT_EQ(grid.data.shape(), Shape({2, 10, 3}));
  EXPECT_EQ(grid.data.dtype(), DType::boolean);
  std::string found;
  for (std::size_t i = 0; i < grid.data.size(); ++i) {
    if (grid.data.values<bool>()[i])
      found += std::to_string(i / 30) + ":" + std::to_string(i / 3 % 10) + ":" + std::to_string(i % 3) + " ";
  }
  // 0.3 / 0.1 is just below 3 in floating point; it belongs to step 3 all the same.
  EXPECT_EQ(found, "0:0:0 0:3:2 1:1:1 1:2:1 1:9:0 ");
}

TEST(NirEvents, KeepTheLastValueOfAStep) {
  ValuedEventData valued;
  valued.idx = Tensor::of<std::int32_t>({0, 0, -1}).reshape({1, 3});
  valued.time = Tensor::of({0.11f, 0.12f, 0.0f}).reshape({1, 3});
  valued.value = Tensor::of({1.5f, 2.5f, 9.0f}).reshape({1, 3});
  valued.n_neurons = 1;
  valued.t_max = 0.2;
  EXPECT_TRUE(same(to_time_gridded(valued, 0.1).data, Tensor::of({0.0, 2.5}).reshape({1, 2, 1})));
}

TEST(NirEvents, ComeBackFromTheGrid) {
  const TimeGriddedData grid = to_time_gridded(events(), 0.1);
  const EventData back = to_events(grid);
  EXPECT_TRUE(same(back.idx, Tensor::of<std::int64_t>({0, 2, -1, 1, 1, 0}).reshape({2, 3})));
  EXPECT_EQ(back.n_neurons, 3);
  EXPECT_DOUBLE_EQ(back.t_max, 1.0);
  EXPECT_TRUE(same(to_time_gridded(back, 0.1).data, grid.data));
}

TEST(NirEvents, OutsideOfTheGridAreRefused) {
  const auto code = [](const EventData& changed, double dt = 0.1) {
    return error_of([&] { to_time_gridded(changed, dt); })->code();
  };
  EventData changed = events();
  changed.n_neurons = 2;
  EXPECT_EQ(code(changed), Code::out_of_range);
  changed = events();
  changed.t_max = 0.9;
  EXPECT_EQ(code(changed), Code::out_of_range);
  changed.time = Tensor({2, 3}, DType::i32);
  EXPECT_EQ(code(changed), Code::bad_type);
  changed.idx = Tensor({2, 3});
  EXPECT_EQ(code(changed), Code::bad_type);
  changed = events();
  changed.time = Tensor({2, 2});
  EXPECT_EQ(code(changed), Code::bad_shape);
  EXPECT_EQ(code(events(), 0), Code::out_of_range);
  EXPECT_EQ(code(events(), 1e-300), Code::out_of_range);
  EXPECT_EQ(error_of([] { to_events({Tensor({1, 2, 3}), 0.1}); })->code(), Code::bad_type);
  EXPECT_EQ(error_of([] { to_events({Tensor({2, 3}), 0.1}); })->code(), Code::bad_shape);
}

}  // namespace
}  // namespace ranvier::io
