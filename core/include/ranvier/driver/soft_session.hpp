/// SoftSession: a session that does all but the steps themselves, for drivers that compute in host memory.
/// Part of <ranvier/driver.hpp>.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/driver/report.hpp>
#include <ranvier/driver/session.hpp>
#include <ranvier/plan_view.hpp>

namespace rvd {

/// The counters of driver.h about work. `dense`: synapses of all steps and lanes.
inline void tell_operations(const Facts& facts, std::uint64_t acs, std::uint64_t macs, std::uint64_t dense,
                            std::uint64_t neuron_updates) {
  facts.number("synaptic_operations", acs + macs);
  facts.number("effective_acs", acs);
  facts.number("effective_macs", macs);
  facts.number("dense_operations", dense);
  facts.number("dense_operations_avoided", dense - (acs + macs));
  facts.number("neuron_updates", neuron_updates);
}

/// A session of a driver that computes in host memory. It does all but the steps themselves.
class SoftSession : public Session {
 public:
  /// `wide`: f32 is computed, and read back, as f64. The plan must outlive the session.
  SoftSession(PlanView plan, const rvd_session_args& args, bool wide)
      : plan_(plan),
        lanes_(args.lanes),
        first_step_(args.clock),
        seed_(args.seed),
        first_lane_(static_cast<std::uint32_t>(args.first_lane)),
        wide_(wide),
        clock_(args.clock),
        hashes_(lanes_),
        states_(plan, args.lanes, wide) {
    for (const rvd_population& population : plan_.populations()) {
      const std::uint32_t type = used(population.value_type);
      inputs_.emplace_back(lanes_, population.count, population.value_type, type);
      events_.emplace_back(lanes_, population.count, type);
      const bool spiking = (population.flags & RVD_POPULATION_SPIKING) != 0;
      emitters_.push_back({type, spiking, std::vector<std::uint64_t>(spiking ? lanes_ : 0)});
    }
  }

  std::uint64_t clock() const override { return clock_; }

  void write(const rvd_block& block, rvd_io& io) override {
    if ((population_of(block.population).flags & RVD_POPULATION_INPUT) == 0) {
      throw Failure(RVD_INVALID_ARGUMENT, "write: population " + std::to_string(block.population) + " is no input");
    }
    inputs_[block.population].write(block, clock_, io);
    late_ += io.late;
  }

  rvd_status run(std::uint64_t until, const Watch& watch) override {
    while (clock_ < until) {
      step(clock_);
      for (StateLog& log : states_) {
        if (log.due(clock_)) log.add(state(log.population(), log.state()));
      }
      ++clock_;
      if (clock_ == until) break;
      if (const rvd_status status = watch.poll()) return status;
    }
    return RVD_OK;
  }

  void read(rvd_block& block) override {
    population_of(block.population);
    events_[block.population].read(block, clock_);
  }

  void probe_set(std::uint32_t population, std::string_view variable, std::uint64_t every) override {
    population_of(population);
    if (variable == "spikes") {
      if (every > 1) throw Failure(RVD_INVALID_ARGUMENT, "probe_set: spikes are recorded in every step or not at all");
      every == 1 ? events_[population].start(clock_) : events_[population].stop(clock_);
      return;
    }
    states_.set(population, variable, every, clock_);
  }

  void probe_read(std::string_view variable, rvd_block& block) override {
    if (variable == "spikes") throw Failure(RVD_INVALID_ARGUMENT, "probe_read: spikes are events, see `read`");
    population_of(block.population);
    states_.read(variable, block);
  }

  void reset() override {
    clock_ = first_step_;
    for (InputQueue& queue : inputs_) queue.clear();
    for (EventLog& log : events_) log.clear(clock_);
    states_.clear(clock_);
    for (Emitter& emitter : emitters_) std::fill(emitter.spikes.begin(), emitter.spikes.end(), 0);
    std::fill(hashes_.begin(), hashes_.end(), 0);
    late_ = 0;
    restart();
  }

  void counters(const Facts& facts) override {
    std::vector<std::uint64_t> spikes(lanes_);
    for (std::uint32_t index = 0; index < emitters_.size(); ++index) {
      if (!emitters_[index].spiking) continue;
      std::uint64_t all = 0;
      for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
        spikes[lane] += emitters_[index].spikes[lane];
        all += emitters_[index].spikes[lane];
      }
      facts.number("spikes." + std::string(plan_.text(plan_.populations()[index].name)), all);
    }
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      facts.number("spikes", spikes[lane], lane);
      facts.number("hash", hashes_[lane], lane);
    }
    facts.number("steps", clock_ - first_step_);
    facts.number("late", late_);
    facts.number("lost", 0);
  }

 protected:
  virtual void step(std::uint64_t n) = 0;
  /// Back to the initial state.
  virtual void restart() = 0;
  /// [lane][neuron] after the last step, in the type used.
  virtual const void* state(std::uint32_t population, std::uint32_t index) const = 0;

  const PlanView& plan() const { return plan_; }
  std::uint32_t lanes() const { return lanes_; }
  std::uint64_t first_step() const { return first_step_; }
  std::uint64_t seed() const { return seed_; }
  std::uint32_t first_lane() const { return first_lane_; }
  bool wide() const { return wide_; }
  /// The type in which values of a plan's type are computed.
  std::uint32_t used(std::uint32_t type) const { return wide_ && type == RVD_F32 ? RVD_F64 : type; }

  /// What the host wrote for an input population; valid until the next call.
  const std::vector<Event>& input(std::uint32_t population, std::uint64_t n) { return inputs_[population].take(n); }

  /// Whether `emitted` needs to be told of this population's events.
  bool watched(std::uint32_t population) const { return events_[population].on() || emitters_[population].spiking; }
  /// Records and counts. Call it for each event, in ascending order of (step, lane, id) within a population.
  void emitted(std::uint32_t population, std::uint64_t n, const Event& event) {
    if (events_[population].on()) events_[population].add(n, event);
    if (!emitters_[population].spiking) return;
    ++emitters_[population].spikes[event.lane];
    hashes_[event.lane] += hash_of(population, event.id, n, as_double(emitters_[population].type, event.bits));
  }

 private:
  const rvd_population& population_of(std::uint32_t index) const {
    if (index < plan_.populations().size()) return plan_.populations()[index];
    throw Failure(RVD_NOT_FOUND, "population " + std::to_string(index) + " of " + std::to_string(plan_.populations().size()));
  }

  struct Emitter {
    std::uint32_t type;  // used
    bool spiking;
    std::vector<std::uint64_t> spikes;  // [lane]
  };

  PlanView plan_;
  std::uint32_t lanes_;
  std::uint64_t first_step_;
  std::uint64_t seed_;
  std::uint32_t first_lane_;
  bool wide_;
  std::uint64_t clock_;
  std::uint64_t late_ = 0;
  std::vector<std::uint64_t> hashes_;
  std::vector<InputQueue> inputs_;
  std::vector<EventLog> events_;
  std::vector<Emitter> emitters_;
  StateLogs states_;
};

}  // namespace rvd
