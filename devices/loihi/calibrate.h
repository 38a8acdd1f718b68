/// What calibration samples are good for: how far the plan's own states go, and which of several ways to make integers comes
/// nearest to its spikes.
#pragma once

#include <cstdint>
#include <vector>

#include <ranvier/driver.hpp>

#include "devices/loihi/layer.h"
#include "devices/loihi/network.h"
#include "devices/loihi/quantise.h"

namespace ranvier::loihi {

struct Hit {
  std::uint32_t id;
  std::int32_t value;
};
/// [sample * steps + step]: the events of one population.
using Raster = std::vector<std::vector<Hit>>;

/// What a layer did in the plan's floats.
struct Seen {
  Ranges ranges;
  double spikes = 0, overshoot = 0;  ///< how many, and by how many thresholds v was above its threshold on average
};

/// How far a layer's integers are from the plan on the samples.
struct Distance {
  double spikes_asked = 0, spikes_made = 0;
  double differing = 0;  ///< (sample, step, neuron) where one of the two has a spike
  double distance = 0;   ///< what is made small: see `Calibration::try_out`
};

class Calibration {
 public:
  /// Runs the plan's programs over the samples; over the first of them where all would take long.
  Calibration(rvd::PlanView plan, rvd::Samples samples, const std::vector<const Layer*>& layers);

  bool empty() const { return samples_ == 0; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t given() const { return given_; }
  double largest_input(std::uint32_t population) const;
  const Seen& seen(std::uint32_t population) const { return seen_[population]; }
  const Raster& asked(std::uint32_t population) const { return asked_[population]; }  ///< in the plan

  /// The chip's neurons on what their sources sent: layers kept before as on the chip, others as in the plan; the layer itself
  /// as in the plan too, or where a `raster` is wanted, as it fires. The distance is the sum over samples and neurons of the
  /// squared difference of the two spike trains, both passed through an exponential of kFilter steps and summed over time; or,
  /// for a layer that the host reads, of the squared difference of the counts.
  Distance try_out(const Layer& layer, const Integers& made, fixed::Rules rules, bool read_by_host,
                   Raster* raster = nullptr) const;
  /// From now on the layer sends what its integers made.
  void keep(std::uint32_t population, Raster raster) { rasters_[population] = std::move(raster); }

 private:
  void run(rvd::PlanView plan, rvd::Samples samples, const std::vector<const Layer*>& layers);

  std::uint64_t steps_ = 0, samples_ = 0, given_ = 0;
  std::vector<Raster> asked_, rasters_;  // by population
  std::vector<Seen> seen_;
};

}  // namespace ranvier::loihi
