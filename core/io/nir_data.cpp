// <ranvier/nir_data.h>: files of recordings, and from events to a grid and back.
#include <ranvier/nir_data.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <ranvier/error.h>
#include <ranvier/quantity.h>

#include "core/io/files.h"

namespace ranvier {
namespace {

constexpr double kSlack = 1e-9;  // of a step: times are multiples of dt but for rounding

void check_floats(const Tensor& tensor, const std::string& name) {
  if (is_floating(tensor.dtype())) return;
  throw Error(Code::bad_type,
              "The " + name + " is of type " + std::string(name_of(tensor.dtype())) + "; it must be f32 or f64.", name);
}

void check_whole(const Tensor& tensor, const std::string& name) {
  if (!is_floating(tensor.dtype()) && tensor.dtype() != DType::boolean) return;
  throw Error(Code::bad_type, "The " + name + " is of type " + std::string(name_of(tensor.dtype())) + "; it must be integers.",
              name);
}

void check_positive(double value, const std::string& name) {
  if (std::isfinite(value) && value > 0) return;
  throw Error(Code::out_of_range, name + " is " + format_number(value) + " s; it must be finite and greater than 0.", name);
}

void check(const TimeGriddedData& grid) {
  check_positive(grid.dt, "dt");
  if (grid.data.shape().size() == 3) return;
  throw Error(Code::bad_shape,
              "The data have the shape " + to_string(grid.data.shape()) + "; it must be [samples, steps, neurons].", "data");
}

void check(const EventData& events) {
  check_whole(events.idx, "idx");
  check_floats(events.time, "time");
  if (!std::isfinite(events.t_max) || events.t_max < 0) {
    throw Error(Code::out_of_range, "t_max is " + format_number(events.t_max) + " s; it must be finite and at least 0.",
                "t_max");
  }
  if (events.n_neurons < 0) {
    throw Error(Code::out_of_range, "n_neurons is " + std::to_string(events.n_neurons) + "; it must be at least 0.",
                "n_neurons");
  }
  if (events.idx.shape().size() == 2 && events.time.shape() == events.idx.shape()) return;
  throw Error(Code::bad_shape,
              "idx has the shape " + to_string(events.idx.shape()) + " and time " + to_string(events.time.shape()) +
                  "; both must be [samples, events].",
              "idx");
}

void check(const ValuedEventData& events) {
  check(static_cast<const EventData&>(events));
  if (events.value.shape() == events.idx.shape()) return;
  throw Error(Code::bad_shape,
              "value has the shape " + to_string(events.value.shape()) + "; idx has " + to_string(events.idx.shape()) +
                  ", and they must be equal.",
              "value");
}

// The checks say what is wrong, this where.
void check(const NirGraphData& data, const std::string& prefix) {
  Problems problems;
  for (const auto& [name, node] : data.nodes) {
    const std::string path = prefix + name;
    if (data.graphs.contains(name)) {
      throw Error(Code::bad_value, "The name " + path + " is that of a node and of a graph.", path, "Rename one of them.");
    }
    for (const auto& [key, observable] : node.observables) {
      try {
        std::visit([](const auto& values) { check(values); }, observable);
      } catch (const Error& error) {
        problems.add(error.code(), error.problems().front().message, path + "." + key);
      }
    }
  }
  problems.raise();
  for (const auto& [name, graph] : data.graphs) check(graph, prefix + name + "/");
}

std::size_t steps_of(double t_max, double dt) {
  const double steps = std::floor(t_max / dt + kSlack);
  if (steps < 0x1p53) return static_cast<std::size_t>(steps);
  throw Error(Code::out_of_range,
              "A recording of " + format_number(t_max) + " s has too many steps of " + format_number(dt) + " s.", "dt");
}

// Calls `set(flat index of the grid, index of the event)` for each event, in their order.
template <class Set>
TimeGriddedData on_grid(const EventData& events, double dt, DType dtype, Set set) {
  check_positive(dt, "dt");
  const std::size_t samples = events.idx.shape()[0], width = events.idx.shape()[1];
  const std::size_t steps = steps_of(events.t_max, dt);
  const auto neurons = static_cast<std::size_t>(events.n_neurons);
  TimeGriddedData grid{Tensor({samples, steps, neurons}, dtype), dt};
  for (std::size_t i = 0; i < samples * width; ++i) {
    const double neuron = events.idx.at(i);
    if (neuron == -1) continue;
    const double step = std::floor(events.time.at(i) / dt + kSlack);
    if (!(neuron >= 0 && neuron < static_cast<double>(neurons) && step >= 0 && step < static_cast<double>(steps))) {
      throw Error(Code::out_of_range,
                  "Event " + std::to_string(i % width) + " of sample " + std::to_string(i / width) + " is of neuron " +
                      format_number(neuron) + " at " + format_number(events.time.at(i)) + " s; there are " +
                      std::to_string(neurons) + " neurons and " + std::to_string(steps) + " steps.",
                  "idx");
    }
    const std::size_t row = i / width * steps + static_cast<std::size_t>(step);
    set(grid.data, row * neurons + static_cast<std::size_t>(neuron), i);
  }
  return grid;
}

}  // namespace

TimeGriddedData to_time_gridded(const EventData& events, double dt) {
  check(events);
  return on_grid(events, dt, DType::boolean,
                 [](Tensor& data, std::size_t at, std::size_t) { data.mutable_data<bool>()[at] = true; });
}

TimeGriddedData to_time_gridded(const ValuedEventData& events, double dt) {
  check(events);
  return on_grid(events, dt, DType::f64, [&](Tensor& data, std::size_t at, std::size_t event) {
    data.mutable_data<double>()[at] = events.value.at(event);
  });
}

EventData to_events(const TimeGriddedData& grid) {
  check(grid);
  if (grid.data.dtype() != DType::boolean) {
    throw Error(Code::bad_type, "The data are of type " + std::string(name_of(grid.data.dtype())) + "; only bool are events.",
                "data");
  }
  const std::size_t samples = grid.data.shape()[0], steps = grid.data.shape()[1], neurons = grid.data.shape()[2];
  const bool* const data = grid.data.data<bool>();
  std::vector<std::vector<std::size_t>> found(samples);
  std::size_t width = 0;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const bool* const begin = data + sample * steps * neurons;
    for (std::size_t i = 0; i < steps * neurons; ++i) {
      if (begin[i]) found[sample].push_back(i);
    }
    width = std::max(width, found[sample].size());
  }
  EventData events{Tensor({samples, width}, DType::i64), Tensor({samples, width}, DType::f64),
                   static_cast<std::int64_t>(neurons), static_cast<double>(steps) * grid.dt};
  auto* const idx = events.idx.mutable_data<std::int64_t>();
  auto* const time = events.time.mutable_data<double>();
  std::fill_n(idx, samples * width, -1);
  std::fill_n(time, samples * width, std::numeric_limits<double>::infinity());
  for (std::size_t sample = 0; sample < samples; ++sample) {
    for (std::size_t k = 0; k < found[sample].size(); ++k) {
      idx[sample * width + k] = static_cast<std::int64_t>(found[sample][k] % neurons);
      time[sample * width + k] = static_cast<double>(found[sample][k] / neurons) * grid.dt;
    }
  }
  return events;
}

NirGraphData read_nir_data(const std::filesystem::path& path) { return io::read_nir_data(path); }

void write_nir_data(const std::filesystem::path& path, const NirGraphData& data) {
  check(data, "");
  io::write_file(path, io::nir_file(data, path));
}

}  // namespace ranvier
