/// NIR data files: recordings beside a NIR graph, by node and observable ("spikes", "v" ...); on a grid of time steps, or as
/// events.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include <ranvier/export.h>
#include <ranvier/tensor.h>

namespace ranvier {

struct TimeGriddedData {
  Tensor data;    ///< [samples, steps, neurons]; bool for events, else values
  double dt = 0;  ///< seconds, finite, above 0
};

/// Where a sample has fewer events than the widest one, its rest has idx -1 and time inf.
struct EventData {
  Tensor idx;   ///< [samples, events], integers: the neuron, 0 to n_neurons - 1, or -1
  Tensor time;  ///< [samples, events], f32 or f64: seconds
  std::int64_t n_neurons = 0;
  double t_max = 0;  ///< seconds: the length of the recording
};

struct ValuedEventData : EventData {
  Tensor value;  ///< [samples, events]
};

struct NirNodeData {
  std::map<std::string, std::variant<TimeGriddedData, EventData, ValuedEventData>> observables;
};

struct NirGraphData {
  std::map<std::string, NirNodeData> nodes;
  std::map<std::string, NirGraphData> graphs;  ///< of nested graphs; no name is in both
};

/// Events on a grid: an event at t falls into step floor(t / dt + 1e-9), of floor(t_max / dt + 1e-9) steps, so that times that
/// are multiples of dt but for rounding fall into their own step. bool; of valued events f64, the last of several in one step.
/// @throws Error bad_shape, bad_type, out_of_range for an event that lies outside of the grid.
RANVIER_API TimeGriddedData to_time_gridded(const EventData& events, double dt);
RANVIER_API TimeGriddedData to_time_gridded(const ValuedEventData& events, double dt);

/// Events of a grid of bool, at the beginning of their steps, in the order of time, then neuron.
/// @throws Error bad_shape, bad_type.
RANVIER_API EventData to_events(const TimeGriddedData& grid);

/// Reads a NIR data file (HDF5, in a child process); what stands in it is checked for form, not for meaning.
/// @throws Error not_found, bad_file.
RANVIER_API NirGraphData read_nir_data(const std::filesystem::path& path);

/// Writes one that the reference library (nir 1.0.8) reads back equal; nothing half-written stays.
/// @throws Error bad_value, bad_shape, bad_type, bad_file.
RANVIER_API void write_nir_data(const std::filesystem::path& path, const NirGraphData& data);

}  // namespace ranvier
