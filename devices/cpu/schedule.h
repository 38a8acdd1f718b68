/// What happens in a step, in which order, for one session: which populations are swept, what arrives there, and what may be cut
/// into slices of neurons or run over several steps at once.
#pragma once

#include <cstdint>
#include <vector>

#include "devices/cpu/compiled.h"

namespace ranvier::cpu {

/// Events of one projection on their way into a sum.
struct Arrival {
  const Axon* axon;
  std::uint32_t source;  ///< population whose events they are: that of the projection, or the one it relays
  std::size_t sums;      ///< which of the sweep's
};

/// A range of positions.
struct Slice {
  std::size_t begin, end;
};

/// One population swept, maybe with the linear node in front of it.
struct Stage {
  std::uint32_t population;
  const neuron::Sweep* sweep;
  bool joint;
  std::vector<Arrival> arrivals;  ///< in the order of terms: longest delay first, then by projection
  std::vector<Slice> slices;
};

/// Stages that feed each other, or a single one. Segments follow each other without a way back, so each may run over a block of
/// steps before the next begins.
struct Segment {
  std::size_t begin, end;  ///< of the schedule's stages
  bool recurrent;          ///< step by step, also where a single stage is cut into slices
};

struct Schedule {
  /// `watched`: by population, whether its events are looked at. `slices`: at most, of each stage.
  Schedule(const Compiled& compiled, const std::vector<bool>& watched, unsigned slices);

  std::vector<Stage> stages;
  std::vector<Segment> segments;
  std::vector<bool> ordered;  ///< by population: its events are needed in ascending order of number

 private:
  void add_stages(const Compiled& compiled, const std::vector<bool>& watched, unsigned slices);
  void add_arrivals(const Compiled& compiled);
  void sort_into_segments(const Compiled& compiled);
};

}  // namespace ranvier::cpu
