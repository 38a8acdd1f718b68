#include "devices/loihi/calibrate.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "devices/loihi/float_run.h"

namespace ranvier::loihi {
namespace {

constexpr double kMostUpdates = 1 << 27;  // of neurons and synapses in all samples: a second or two a layer
constexpr double kActive = 0.05;
constexpr double kFilter = 32;  // steps

/// One row of a dense block.
FloatRun::Events events_of(const rvd_block& block, std::uint64_t step, std::uint64_t sample) {
  FloatRun::Events events;
  const std::size_t size = rvd::size_of(block.type);
  for (std::uint64_t i = 0; i < block.width; ++i) {
    const std::uint64_t at = (step * block.lanes + sample) * block.width + i;
    std::uint64_t bits = 0;
    std::memcpy(&bits, static_cast<const std::byte*>(block.values) + at * size, size);
    if (!rvd::is_zero(block.type, bits)) events.push_back({0, static_cast<std::uint32_t>(i), bits});
  }
  return events;
}

std::vector<Hit> hits_of(const FloatRun::Events& events, std::uint32_t type) {
  constexpr double kMost = 1 << 30;
  std::vector<Hit> hits;
  for (const rvd::Event& event : events) {
    const double value = std::clamp(std::nearbyint(rvd::as_double(type, event.bits)), -kMost, kMost);
    hits.push_back({event.id, static_cast<std::int32_t>(value)});
  }
  return hits;
}

/// States of a layer before a step, to know v after its dynamics and before its reset.
struct Before {
  std::vector<double> i, v;
};

std::uint32_t state_index(rvd::PlanView plan, std::uint32_t population, std::string_view name) {
  const auto states = plan.states(plan.populations()[population]);
  for (std::uint32_t s = 0; s < states.size(); ++s) {
    if (plan.text(states[s].name) == name) return s;
  }
  return 0xFFFFFFFFU;
}

void note_before(rvd::PlanView plan, const FloatRun& run, const Layer& layer, Before& before) {
  const std::uint32_t i = state_index(plan, layer.population, "i"), v = state_index(plan, layer.population, "v");
  const std::uint64_t count = layer.neurons.size();
  before.i.assign(count, 0);
  before.v.assign(count, 0);
  for (std::uint64_t t = 0; t < count; ++t) {
    if (i != 0xFFFFFFFFU) before.i[t] = run.state(layer.population, i, t);
    before.v[t] = run.state(layer.population, v, t);
  }
}

void note_after(const FloatRun& run, const Layer& layer, const Before& before, Seen& seen) {
  for (std::uint64_t t = 0; t < layer.neurons.size(); ++t) {
    const Equation& e = layer.equations[t];
    const double x = run.arrived(layer.population, t);
    const double i = e.i_decay * before.i[t] + e.i_gain * x + e.i_drive;
    const double v = e.v_decay * before.v[t] + e.v_from_i * before.i[t] + e.v_gain * x + e.v_drive - e.reset;
    const Target& n = layer.neurons[t];
    const double u = layer.has_current ? n.v_per_i * (i - n.i_shift) : n.gain * x;
    seen.ranges.u[t] = std::max(seen.ranges.u[t], std::fabs(u));
    seen.ranges.low[t] = std::max(seen.ranges.low[t], -v);
    seen.ranges.high[t] = std::max(seen.ranges.high[t], v);
  }
  if (!layer.fires) return;
  for (const rvd::Event& event : run.emitted(layer.population)) {
    const Equation& e = layer.equations[event.id];
    const double v = e.v_decay * before.v[event.id] + e.v_from_i * before.i[event.id] +
                     e.v_gain * run.arrived(layer.population, event.id) + e.v_drive - e.reset;
    const double height = layer.neurons[event.id].threshold;
    ++seen.spikes;
    if (height > 0) seen.overshoot += std::max(v / height - 1, 0.0);
  }
}

}  // namespace

Calibration::Calibration(rvd::PlanView plan, rvd::Samples samples, const std::vector<const Layer*>& layers) {
  if (samples.count == 0 || samples.blocks[0].steps == 0) return;
  steps_ = samples.blocks[0].steps;
  given_ = samples.blocks[0].lanes;
  double work = 0;  // of a step; few sources fire in one
  for (const rvd_population& population : plan.populations()) work += static_cast<double>(population.count);
  for (const Layer* layer : layers) {
    for (const Input& input : layer->inputs) work += kActive * static_cast<double>(input.synapses->weights.values.size());
  }
  const double most = kMostUpdates / (work * static_cast<double>(steps_));
  samples_ = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::min(most, static_cast<double>(given_))));
  run(plan, samples, layers);
}

void Calibration::run(rvd::PlanView plan, rvd::Samples samples, const std::vector<const Layer*>& layers) {
  const auto populations = plan.populations();
  FloatRun floats(plan, false);
  asked_.assign(populations.size(), Raster(samples_ * steps_));
  seen_.resize(populations.size());
  std::vector<Before> before(layers.size());
  for (const Layer* layer : layers) {
    const std::vector<double> zeros(layer->neurons.size(), 0);
    seen_[layer->population].ranges = {zeros, zeros, zeros, {}};
  }
  std::vector<FloatRun::Events> input(populations.size());
  for (std::uint64_t sample = 0; sample < samples_; ++sample) {
    floats.restart();
    for (std::uint64_t step = 0; step < steps_; ++step) {
      for (std::uint64_t b = 0; b < samples.count; ++b) {
        input[samples.blocks[b].population] = events_of(samples.blocks[b], step, sample);
      }
      for (std::size_t l = 0; l < layers.size(); ++l) note_before(plan, floats, *layers[l], before[l]);
      floats.step(input);
      for (std::size_t l = 0; l < layers.size(); ++l) note_after(floats, *layers[l], before[l], seen_[layers[l]->population]);
      for (std::uint32_t p = 0; p < populations.size(); ++p) {
        const bool stateless = (populations[p].flags & RVD_POPULATION_STATELESS) != 0;
        if (!stateless) asked_[p][sample * steps_ + step] = hits_of(floats.emitted(p), populations[p].value_type);
      }
    }
  }
  for (Seen& seen : seen_) seen.overshoot = seen.spikes == 0 ? 0 : seen.overshoot / seen.spikes;
  rasters_ = asked_;
}

double Calibration::largest_input(std::uint32_t population) const {
  double largest = 1;
  if (empty()) return largest;
  for (const std::vector<Hit>& hits : asked_[population]) {
    for (const Hit& hit : hits) largest = std::max(largest, std::fabs(static_cast<double>(hit.value)));
  }
  return largest;
}

namespace {

/// The integers of one layer, step by step.
class Emulation {
 public:
  Emulation(const Integers& made, fixed::Rules rules)
      : made_(made), rules_(rules), arriving_(made.population.count), sum_(made.population.count) {
    restart();
  }

  void restart() {
    const Population& p = made_.population;
    u_.resize(p.count);
    v_.resize(p.count);
    for (std::uint64_t t = 0; t < p.count; ++t) {
      u_[t] = at(p.u0, t);
      v_[t] = at(p.v0, t);
    }
    std::fill(arriving_.begin(), arriving_.end(), 0);
  }

  void add(const Group& group, const std::vector<Hit>& hits) {
    if (hits.empty()) return;
    std::fill(sum_.begin(), sum_.end(), 0);
    for (const Hit& hit : hits) {
      const std::int64_t value = group.message_bits > 0 ? hit.value : 1;
      if (group.dense) {
        const std::int32_t* row = group.weights.data() + hit.id * made_.population.count;
        for (std::size_t t = 0; t < sum_.size(); ++t) sum_[t] += row[t] * value;
      } else {
        for (std::int64_t k = group.rows[hit.id]; k < group.rows[hit.id + 1]; ++k) {
          const auto at = static_cast<std::size_t>(k);
          sum_[static_cast<std::size_t>(group.targets[at])] += group.weights[at] * value;
        }
      }
    }
    for (std::size_t t = 0; t < sum_.size(); ++t) arriving_[t] += (sum_[t] >> group.shift.right) << group.shift.left;
  }

  std::vector<Hit> step() {
    const Population& p = made_.population;
    std::vector<Hit> fired;
    for (std::uint32_t t = 0; t < p.count; ++t) {
      const std::int64_t bias = std::int64_t{at(p.bias_mant, t)} * (1 << at(p.bias_exp, t));
      u_[t] = fixed::current_of(rules_, u_[t], at(p.du, t), arriving_[t]);
      v_[t] = fixed::potential_of(rules_, v_[t], at(p.dv, t), u_[t], bias, at(p.vmin, t), at(p.vmax, t));
      arriving_[t] = 0;
      if (!p.fires || v_[t] <= std::int64_t{at(p.vth, t)} << fixed::kUnit) continue;
      v_[t] = 0;
      fired.push_back({t, 1});
    }
    return fired;
  }

 private:
  const Integers& made_;
  fixed::Rules rules_;
  std::vector<std::int64_t> u_, v_, arriving_, sum_;
};

/// The difference of two spike trains over time.
class Difference {
 public:
  Difference(std::uint64_t count, bool counts)
      : counts_(counts), keep_(counts ? 1 : std::exp(-1 / kFilter)), trace_(count, 0) {}

  void add(const std::vector<Hit>& asked, const std::vector<Hit>& made, Distance& distance) {
    std::vector<double> change(trace_.size(), 0);
    for (const Hit& hit : made) change[hit.id] += 1;
    for (const Hit& hit : asked) change[hit.id] -= hit.value;
    for (std::size_t t = 0; t < trace_.size(); ++t) {
      trace_[t] = trace_[t] * keep_ + change[t];
      distance.differing += change[t] != 0 ? 1 : 0;
      if (!counts_) distance.distance += trace_[t] * trace_[t];
    }
    for (const Hit& hit : asked) distance.spikes_asked += hit.value;
    distance.spikes_made += static_cast<double>(made.size());
  }
  void finish(Distance& distance) {
    for (double& trace : trace_) {
      if (counts_) distance.distance += trace * trace;
      trace = 0;
    }
  }

 private:
  bool counts_;
  double keep_;
  std::vector<double> trace_;
};

}  // namespace

Distance Calibration::try_out(const Layer& layer, const Integers& made, fixed::Rules rules, bool read_by_host,
                              Raster* raster) const {
  Emulation emulation(made, rules);
  Difference difference(made.population.count, read_by_host);
  Distance distance;
  Raster own(steps_);
  for (std::uint64_t sample = 0; sample < samples_; ++sample) {
    emulation.restart();
    for (std::uint64_t step = 0; step < steps_; ++step) {
      for (std::size_t g = 0; g < made.groups.size(); ++g) {
        const std::uint64_t delay = made.groups[g].delay;
        if (delay > step) continue;
        const std::uint64_t then = step - delay;
        const bool itself = raster != nullptr && made.groups[g].source == layer.population;
        emulation.add(made.groups[g], itself ? own[then] : rasters_[made.groups[g].source][sample * steps_ + then]);
      }
      own[step] = emulation.step();
      difference.add(asked_[layer.population][sample * steps_ + step], own[step], distance);
      if (raster != nullptr) (*raster)[sample * steps_ + step] = own[step];
    }
    difference.finish(distance);
  }
  return distance;
}

}  // namespace ranvier::loihi
