// How blocks of steps are run: by one thread, or shared as lanes, slices, or a pipeline.
#include <algorithm>
#include <chrono>

#include "devices/cpu/session.h"
#include "kernels/math/float_mode.h"

namespace ranvier::cpu {
namespace {

constexpr double kBlockNs = 2e7;          // a block is not longer: a run must be able to stop
constexpr double kWorthSharing = 4e4;     // ns of a run, below which threads cost more than they bring
constexpr double kWorthMeeting = 1.5e4;   // ns of a step, where threads meet within each
constexpr double kWorthPipeline = 3e3;    // ns of a step, where they meet after a few
constexpr double kMostOfAStep = 0.8;      // that threads may take together, or one segment of a pipeline, to be of use
constexpr std::uint32_t kRunsAlone = 32;  // until threads are tried again

}  // namespace

void Session::make_schedule() {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) watched_[index] = populations_[index].record.on();
  schedule_ = std::make_unique<Schedule>(compiled_, watched_, slices_);
  whole_ = part_of(0, schedule_->segments.size());
  parts_.clear();
  segment_ns_.assign(schedule_->segments.size(), 0);
  known_ = 0;
}

/// Inputs are the first part's, and so is what no segment has.
Session::Part Session::part_of(std::size_t begin, std::size_t end) const {
  std::vector<std::size_t> segment_of(populations_.size(), 0);
  for (std::size_t k = 0; k < schedule_->segments.size(); ++k) {
    for (std::size_t s = schedule_->segments[k].begin; s < schedule_->segments[k].end; ++s) {
      segment_of[schedule_->stages[s].population] = k;
    }
  }
  Part part{begin, end, {}, {}};
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    const Neurons& neurons = compiled_.populations()[index];
    const std::size_t segment = segment_of[neurons.relays ? *neurons.relays : index];
    if (segment < begin || (segment >= end && end != 0)) continue;
    part.populations.push_back(index);
    if (watched_[index] || neurons.spiking || work_.counts(index)) part.collected.push_back(index);
  }
  return part;
}

/// As many parts as there are threads, cut so that the longest is about as short as can be; segments that were never timed, where
/// a pipeline is forced, are alike.
void Session::make_parts() {
  if (known_ == 0) segment_ns_.assign(segment_ns_.size(), 1);
  const unsigned most = std::min<unsigned>(slices_, static_cast<unsigned>(segment_ns_.size()));
  const auto cuts_at = [&](double longest) {
    std::vector<std::size_t> ends;
    double sum = 0;
    for (std::size_t k = 0; k < segment_ns_.size(); ++k) {
      if (k != 0 && sum + segment_ns_[k] > longest) {
        ends.push_back(k);
        sum = 0;
      }
      sum += segment_ns_[k];
    }
    ends.push_back(segment_ns_.size());
    return ends;
  };
  double low = 0, high = 1;  // of the whole
  for (const double ns : segment_ns_) high += ns;
  for (int halving = 0; halving < 30; ++halving) {
    const double middle = (low + high) / 2;
    (cuts_at(middle).size() <= most ? high : low) = middle;
  }
  std::size_t begin = 0;
  parts_.clear();
  for (const std::size_t end : cuts_at(high)) {
    parts_.push_back(part_of(begin, end));
    begin = end;
  }
}

/// Not longer than what a run may take to stop, by the pace of the last block.
Session::Block Session::next_block(std::uint64_t begin, std::uint64_t until, std::uint32_t most) const {
  std::uint64_t steps = std::min<std::uint64_t>(until - begin, most);
  const bool forced = compiled_.options().share != Share::choose;  // and never timed
  if (known_ == 0 && !forced) steps = 1;
  const double ns = std::max(pace_ns_, 1.0);
  steps = std::max<std::uint64_t>(1, std::min(steps, static_cast<std::uint64_t>(kBlockNs / ns)));
  return {begin, static_cast<std::uint32_t>(steps)};
}

/// ns of a step since the last look.
double Session::look(std::uint32_t steps) {
  const auto now = std::chrono::steady_clock::now();
  pace_ns_ = std::chrono::duration<double, std::nano>(now - looked_).count() / steps;
  looked_ = now;
  return pace_ns_;
}

Session::Mode Session::mode(std::uint64_t until) const {
  const Share share = compiled_.options().share;
  const bool forced = share != Share::choose;
  const bool few = slices_ > 1;
  if (!forced && (team_.size() == 1 || known_ < 2)) return Mode::alone;
  if (!forced && step_ns_ * static_cast<double>(until - clock_) < kWorthSharing) return Mode::alone;
  if (!few) return Mode::lanes;
  if (!forced && together_ns_ > kMostOfAStep * step_ns_ && alone_runs_ < kRunsAlone) return Mode::alone;
  if (forced) return share == Share::slices ? Mode::slices : Mode::pipeline;
  double longest = 0;
  for (const double ns : segment_ns_) longest = std::max(longest, ns);
  if (longest < kMostOfAStep * step_ns_ && step_ns_ > kWorthPipeline) return Mode::pipeline;
  return step_ns_ > kWorthMeeting ? Mode::slices : Mode::alone;
}

/// Until the end, or until threads are to share the work.
rvd_status Session::run_alone(std::uint64_t until, const rvd::Watch& watch) {
  ++alone_runs_;
  do {
    const Block block = next_block(clock_, until, most_steps_);
    // A streamed step is not timed, once it is known about how long one takes.
    const bool timed = known_ < 2 || block.steps > 1;
    if (timed) looked_ = std::chrono::steady_clock::now();
    open(whole_, block);
    timing_ = timed && slices_ > 1;
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) run_part(whole_, lane, block, workers_[0]);
    timing_ = false;
    close(whole_, block);
    if (timed) learn(look(block.steps));
    pass(block);
    if (clock_ == until) return RVD_OK;
    if (const rvd_status status = watch.poll()) return status;
  } while (mode(until) == Mode::alone);
  return RVD_OK;
}

void Session::learn(double ns) {
  step_ns_ = known_ < 2 ? ns : 0.75 * step_ns_ + 0.25 * ns;
  known_ = std::min(known_ + 1, 2U);
}

/// The block is over for all.
void Session::pass(const Block& block) {
  clock_ = block.begin + block.steps;
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    Population& population = populations_[index];
    if (population.input == nullptr) continue;
    population.input->forget(clock_ - std::min<std::uint64_t>(clock_, compiled_.longest_delay(index)));
  }
}

// A neighbour may need the other processor, or the network may be too small after all: then the next runs are one thread's.
template <class Job>
rvd_status Session::run_together(Job job) {
  const std::uint64_t first = clock_;
  const auto begin = looked_ = std::chrono::steady_clock::now();
  team_.run(job);
  if (clock_ != first) {
    const std::chrono::duration<double, std::nano> ns = std::chrono::steady_clock::now() - begin;
    together_ns_ = ns.count() / static_cast<double>(clock_ - first);
    alone_runs_ = 0;
  }
  return job.status();
}

/// Blocks one after the other, which all threads share.
class Session::Blocks {
 public:
  Blocks(Session& session, std::uint64_t until, const rvd::Watch& watch) : session_(session), until_(until), watch_(watch) {}

  bool next() {
    if (block_.steps != 0) {
      session_.close(session_.whole_, block_);
      session_.look(block_.steps);
      session_.pass(block_);
      if (session_.clock_ == until_) return false;
      status_ = watch_.poll();
      if (status_ != RVD_OK) return false;
    }
    block_ = session_.next_block(session_.clock_, until_, session_.most_steps_);
    session_.open(session_.whole_, block_);
    return true;
  }
  const std::vector<std::uint32_t>& units() const { return units_; }
  rvd_status status() const { return status_; }

 protected:
  Session& session_;
  std::vector<std::uint32_t> units_;
  Block block_{};

 private:
  std::uint64_t until_;
  const rvd::Watch& watch_;
  rvd_status status_ = RVD_OK;
};

/// Each lane is one thread's from the block's first step to its last, so that its state is near.
class Session::Lanes : public Blocks {
 public:
  Lanes(Session& session, std::uint64_t until, const rvd::Watch& watch) : Blocks(session, until, watch) {
    units_.push_back(std::min<std::uint32_t>(session.lanes_, 64 * session.team_.size()));
  }

  void work(std::uint32_t, std::uint32_t unit, unsigned worker) {
    const auto bound = [&](std::uint64_t at) { return static_cast<std::uint32_t>(session_.lanes_ * at / units_[0]); };
    for (std::uint32_t lane = bound(unit); lane < bound(unit + std::uint64_t{1}); ++lane) {
      session_.run_part(session_.whole_, lane, block_, session_.workers_[worker]);
    }
  }
};

/// Each stage is cut into slices of its neurons, and threads meet after each stage; where a segment is one stage that does not
/// feed itself, after all steps of it.
class Session::Slices : public Blocks {
 public:
  using Blocks::Blocks;

  bool next() {
    const std::uint32_t before = block_.steps;
    if (!Blocks::next()) return false;
    if (block_.steps != before) make_phases();
    for (Worker& worker : session_.workers_) worker.forget();
    return true;
  }
  void work(std::uint32_t phase, std::uint32_t unit, unsigned index) {
    Worker& worker = session_.workers_[index];
    const Phase& now = phases_[phase];
    const std::vector<std::uint32_t>& collected = session_.whole_.collected;
    if (now.stage == nullptr) {
      for (std::size_t part = unit; part < collected.size() * session_.lanes_; part += units_[phase]) {
        session_.collect(collected[part / session_.lanes_], static_cast<std::uint32_t>(part % session_.lanes_), block_, worker);
      }
      return;
    }
    const std::uint32_t part = unit / session_.lanes_;
    for (std::uint32_t t = now.begin; t < now.end; ++t) {
      session_.update(*now.stage, unit % session_.lanes_, block_.begin + t, now.stage->slices[part], part, false, worker);
    }
  }

 private:
  void make_phases() {
    phases_.clear();
    units_.clear();
    const auto add = [&](const Stage* stage, std::uint32_t begin, std::uint32_t end, std::size_t units) {
      phases_.push_back({stage, begin, end});
      units_.push_back(static_cast<std::uint32_t>(std::min<std::size_t>(units * session_.lanes_, Team::kMostUnits)));
    };
    for (const Segment& segment : session_.schedule_->segments) {
      for (std::uint32_t t = 0; t < block_.steps; t += segment.recurrent ? 1 : block_.steps) {
        for (std::size_t k = segment.begin; k < segment.end; ++k) {
          const Stage& stage = session_.schedule_->stages[k];
          add(&stage, t, segment.recurrent ? t + 1 : block_.steps, stage.slices.size());
        }
      }
    }
    add(nullptr, 0, block_.steps, session_.whole_.collected.size());
  }

  std::vector<Phase> phases_;
};

/// Each thread has a part of the network, and runs the block behind the one that the part before it runs at the same time.
class Session::Pipeline {
 public:
  Pipeline(Session& session, std::uint64_t until, const rvd::Watch& watch)
      : session_(session), until_(until), watch_(watch), front_(session.clock_) {
    if (session_.parts_.empty()) session_.make_parts();
    blocks_.resize(session_.parts_.size());
    units_.assign(1, static_cast<std::uint32_t>(blocks_.size()));
  }

  bool next() {
    if (status_ == RVD_OK && front_ != session_.clock_) status_ = watch_.poll();
    if (blocks_.back().steps != 0) {
      session_.look(blocks_.back().steps);
      session_.pass(blocks_.back());
    }
    for (std::size_t part = blocks_.size() - 1; part > 0; --part) blocks_[part] = blocks_[part - 1];
    blocks_[0] = {front_, 0};
    if (status_ == RVD_OK && front_ != until_) {
      blocks_[0] = session_.next_block(front_, until_, kPipelineSteps);
      front_ += blocks_[0].steps;
    }
    for (const Block& block : blocks_) {
      if (block.steps != 0) return true;
    }
    return false;
  }
  const std::vector<std::uint32_t>& units() const { return units_; }
  void work(std::uint32_t, std::uint32_t unit, unsigned worker) {
    const Block& block = blocks_[unit];
    if (block.steps == 0) return;
    const Part& part = session_.parts_[unit];
    session_.open(part, block);
    for (std::uint32_t lane = 0; lane < session_.lanes_; ++lane)
      session_.run_part(part, lane, block, session_.workers_[worker]);
    session_.close(part, block);
  }
  rvd_status status() const { return session_.clock_ == until_ ? RVD_OK : status_; }

 private:
  Session& session_;
  std::uint64_t until_;
  const rvd::Watch& watch_;
  std::uint64_t front_;        // first step that the first part has not begun
  std::vector<Block> blocks_;  // of each part
  std::vector<std::uint32_t> units_;
  rvd_status status_ = RVD_OK;
};

rvd_status Session::run(std::uint64_t until, const rvd::Watch& watch) {
  const FloatMode ieee;
  if (schedule_ == nullptr) make_schedule();
  while (clock_ < until) {
    rvd_status status = RVD_OK;
    switch (mode(until)) {
      case Mode::alone: status = run_alone(until, watch); break;
      case Mode::lanes: status = run_together(Lanes(*this, until, watch)); break;
      case Mode::slices: status = run_together(Slices(*this, until, watch)); break;
      case Mode::pipeline: status = run_together(Pipeline(*this, until, watch)); break;
    }
    if (status != RVD_OK) return status;
  }
  return RVD_OK;
}

void Session::open(const Part& part, const Block& block) {
  for (const std::uint32_t index : part.collected) {
    if (populations_[index].record.on()) populations_[index].record.open(block.begin, block.steps);
  }
  if (logs_.empty()) return;
  for (const std::uint32_t index : part.populations) {
    for (rvd::StateLog& log : logs_) {
      if (log.population() == index) log.extend(block.begin, block.begin + block.steps);
    }
  }
}

void Session::close(const Part& part, const Block& block) {
  for (const std::uint32_t index : part.collected) {
    if (populations_[index].record.on()) populations_[index].record.close();
    work_.close(index, block.begin, block.steps);
  }
}

void Session::run_part(const Part& part, std::uint32_t lane, const Block& block, Worker& worker) {
  using Clock = std::chrono::steady_clock;
  worker.forget();
  for (std::size_t number = part.begin; number < part.end; ++number) {
    const Segment& segment = schedule_->segments[number];
    const auto begin = timing_ ? Clock::now() : Clock::time_point{};
    for (std::uint32_t t = 0; t < block.steps; ++t) {
      for (std::size_t k = segment.begin; k < segment.end; ++k) {
        const Stage& stage = schedule_->stages[k];
        update(stage, lane, block.begin + t, {0, compiled_.populations()[stage.population].count}, 0, true, worker);
      }
    }
    if (!timing_) continue;
    const double ns = std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / block.steps * lanes_;
    segment_ns_[number] = segment_ns_[number] == 0 ? ns : 0.75 * segment_ns_[number] + 0.25 * ns;
  }
  for (const std::uint32_t population : part.collected) collect(population, lane, block, worker);
}

}  // namespace ranvier::cpu
