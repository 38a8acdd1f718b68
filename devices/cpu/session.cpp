#include "devices/cpu/session.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "kernels/math/float_mode.h"

namespace ranvier::cpu {

using neuron::kPad;
using synapse::Events;

namespace {

constexpr std::uint32_t kMostSteps = 16;        // of a block: enough that a meeting of threads costs little
constexpr std::uint32_t kPipelineSteps = 4;     // of a block, of which a pipeline has as many under way as it has parts
constexpr std::uint64_t kBlockBytes = 1 << 18;  // of one lane's events in a block, so that they stay in a near cache
constexpr std::size_t kSlack = 16;              // events that a kernel may write beyond the last
constexpr double kBlockNs = 2e7;                // a block is not longer: a run must be able to stop
constexpr double kWorthSharing = 4e4;           // ns of a block, below which threads cost more than they bring
constexpr double kWorthMeeting = 1.5e4;         // ns of a step, where threads meet within each
constexpr double kMostOfAStep = 0.8;            // that threads may take together, or one segment of a pipeline, to be of use
constexpr std::uint32_t kRunsAlone = 32;        // until threads are tried again
constexpr double kWorthPipeline = 3e3;          // ns of a step, where they meet after a few

std::uint32_t steps_of_block(const Compiled& compiled) {
  std::uint64_t bytes = 0;
  for (const Neurons& neurons : compiled.populations()) {
    if (neurons.sweep == nullptr || neurons.front_of) continue;
    bytes += neurons.padded / 8 + (neurons.sweep->unit() ? 0 : neurons.padded * rvd::size_of(neurons.type));
  }
  std::uint32_t steps = kMostSteps;
  while (steps > 1 && bytes * steps > kBlockBytes) steps /= 2;
  return steps;
}

/// Into how many slices a stage is cut at most.
unsigned slices_of(const Options& options, std::uint32_t lanes) {
  const unsigned threads = options.share != Share::choose ? options.threads : Team::available(options.threads);
  return lanes >= threads ? 1 : (threads + lanes - 1) / lanes;
}

/// Steps to keep of what a population emitted: its longest way and the blocks under way.
std::uint32_t ring_of(const Compiled& compiled, std::uint32_t population, std::uint32_t steps, unsigned slices) {
  return std::bit_ceil(compiled.longest_delay(population) + std::max(steps, slices == 1 ? 0 : kPipelineSteps * slices));
}

/// How many lanes' events of a population there are at a time: those of all where a delay keeps them.
std::uint32_t seats_of(const Compiled& compiled, std::uint32_t population, std::uint32_t lanes) {
  const bool whole = compiled.longest_delay(population) != 0 || slices_of(compiled.options(), lanes) > 1;
  return whole ? lanes : Team::available(compiled.options().threads);
}

bool graded(const Neurons& neurons) { return !neurons.sweep->unit() || (neurons.joint != nullptr && !neurons.joint->unit()); }

std::size_t events_of_all(const Compiled& compiled) {
  std::size_t events = kSlack;
  for (const Neurons& neurons : compiled.populations()) events += neurons.count + kSlack;
  return events;
}

std::size_t most_positions(const Compiled& compiled) {
  std::size_t most = 0;
  for (const Neurons& neurons : compiled.populations()) most = std::max<std::size_t>(most, neurons.padded);
  return most;
}

std::size_t most_sums(const Compiled& compiled) {
  std::size_t most = 0;
  for (const Neurons& neurons : compiled.populations()) most = std::max(most, neurons.receptors + (neurons.front ? 1 : 0));
  return most;
}

}  // namespace

std::uint64_t session_bytes(const Compiled& compiled, std::uint32_t lanes) {
  const unsigned threads = Team::available(compiled.options().threads);
  const std::uint32_t steps = steps_of_block(compiled);
  const unsigned slices = slices_of(compiled.options(), lanes);
  std::uint64_t bytes = 0;
  for (std::uint32_t index = 0; index < compiled.populations().size(); ++index) {
    const Neurons& neurons = compiled.populations()[index];
    for (const std::uint32_t type : neurons.state_types) bytes += lanes * neurons.padded * rvd::size_of(type);
    if (neurons.sweep == nullptr) continue;
    const std::uint64_t copies = neurons.layout.plain() ? 1 : slices;
    const std::uint64_t row = copies * neurons.padded / 8 + (graded(neurons) ? neurons.padded * rvd::size_of(neurons.type) : 0);
    bytes += row * ring_of(compiled, index, steps, slices) * seats_of(compiled, index, lanes);
  }
  const std::uint64_t positions = most_positions(compiled), events = events_of_all(compiled);
  const std::uint64_t worker =
      most_sums(compiled) * positions * 8 + positions / 8 + positions * 4 + positions * 8 + events * 12;
  return bytes + threads * worker;
}

// -------------------------------------------------------------------------------------------------------- construction

Session::Session(const Compiled& compiled, const rvd_session_args& args)
    : compiled_(compiled),
      lanes_(args.lanes),
      first_step_(args.clock),
      clock_(args.clock),
      slices_(slices_of(compiled.options(), args.lanes)),
      most_steps_(steps_of_block(compiled)),
      watched_(compiled.populations().size()),
      logs_(compiled.plan(), args.lanes, compiled.options().wide),
      team_(compiled.options().threads),
      workers_(team_.size()),
      work_(compiled.fan_outs(), compiled.kernels(), static_cast<std::uint32_t>(compiled.populations().size()), args.lanes,
            team_.size(), most_steps_) {
  populations_.reserve(compiled_.populations().size());
  for (std::uint32_t index = 0; index < compiled_.populations().size(); ++index) add_population(index);
  make_workers();
  make_schedule();
  start_states();
}

void Session::add_population(std::uint32_t index) {
  const Neurons& neurons = compiled_.populations()[index];
  Population population{{}, {}, {}, 0, 1, false, 1, 0, nullptr, EventRecord(lanes_, neurons.count, neurons.type), {}, {}};
  for (const std::uint32_t type : neurons.state_types) {
    population.states.emplace_back(lanes_ * neurons.padded * rvd::size_of(type));
  }
  if (neurons.input) {
    population.input =
        std::make_unique<Input>(compiled_.kernels(), lanes_, neurons.count, neurons.record->value_type, neurons.type);
  } else if (neurons.sweep != nullptr) {
    population.ring = ring_of(compiled_, index, most_steps_, slices_);
    population.copies = neurons.layout.plain() ? 1 : slices_;
    population.words = neurons.padded / 64;
    population.kept = compiled_.longest_delay(index) != 0;
    population.seats = seats_of(compiled_, index, lanes_);
    const std::size_t steps = std::size_t{population.seats} * population.ring;
    population.masks = Buffer(steps * population.copies * population.words * sizeof(std::uint64_t));
    if (graded(neurons)) population.values = Buffer(steps * neurons.padded * rvd::size_of(neurons.type));
  }
  if (neurons.spiking) {
    population.spikes.resize(lanes_);
    population.hashes.resize(lanes_);
  }
  populations_.push_back(std::move(population));
}

void Session::make_workers() {
  const std::size_t positions = most_positions(compiled_), sums = most_sums(compiled_), events = events_of_all(compiled_);
  std::size_t states = 0, scratch = 0;
  for (const Neurons& neurons : compiled_.populations()) {
    states = std::max(states, neurons.state_types.size());
    if (neurons.sweep != nullptr) scratch = std::max(scratch, neurons.sweep->scratch());
    if (neurons.joint != nullptr) scratch = std::max(scratch, neurons.joint->scratch());
  }
  for (Worker& worker : workers_) {
    worker.index = static_cast<unsigned>(&worker - workers_.data());
    for (std::size_t k = 0; k < sums; ++k) {
      worker.sums.emplace_back(positions * 8);
      worker.sums_at.push_back(worker.sums.back().data());
    }
    worker.states_at.resize(states);
    worker.scratch.reserve(scratch);
    worker.mask = Buffer(positions / 8);
    worker.places = Buffer((positions + kSlack) * sizeof(std::uint32_t));
    worker.spread = Buffer(positions * 8);
    worker.lists.resize(populations_.size() * kMostSteps);
    worker.ids = Buffer(events * sizeof(std::uint32_t));
    worker.values = Buffer(events * 8);
  }
}

void Session::start_states() {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    const Neurons& neurons = compiled_.populations()[index];
    for (std::uint32_t s = 0; s < populations_[index].states.size(); ++s) {
      Buffer& state = populations_[index].states[s];
      const rvd_array& initial = compiled_.plan().states(*neurons.record)[s].initial;
      const std::size_t size = rvd::size_of(neurons.state_types[s]);
      state.clear();
      for (std::uint64_t at = 0; initial.count != 0 && at < neurons.count; ++at) {
        const std::uint64_t number = initial.count == 1 ? 0 : neurons.numbers.empty() ? at : neurons.numbers[at];
        std::uint64_t bits = 0;
        std::memcpy(&bits, compiled_.plan().data<std::byte>(initial) + number * rvd::size_of(initial.type),
                    rvd::size_of(initial.type));
        if (size != rvd::size_of(initial.type)) bits = rvd::bits_of(static_cast<double>(rvd::from_bits<float>(bits)));
        for (std::uint64_t lane = 0; lane < lanes_; ++lane) {
          std::memcpy(state.data() + (lane * neurons.padded + at) * size, &bits, size);
        }
      }
    }
  }
}

// -------------------------------------------------------------------------------------------------------- the contract

const rvd_population& Session::population_of(std::uint32_t index) const {
  if (index < populations_.size()) return *compiled_.populations()[index].record;
  throw rvd::Failure(RVD_NOT_FOUND, "population " + std::to_string(index) + " of " + std::to_string(populations_.size()));
}

void Session::write(const rvd_block& block, rvd_io& io) {
  population_of(block.population);
  if (populations_[block.population].input == nullptr) {
    throw rvd::Failure(RVD_INVALID_ARGUMENT, "write: population " + std::to_string(block.population) + " is no input");
  }
  populations_[block.population].input->write(block, clock_, io);
  late_ += io.late;
}

void Session::read(rvd_block& block) {
  population_of(block.population);
  populations_[block.population].record.read(block, clock_);
}

void Session::probe_set(std::uint32_t population, std::string_view variable, std::uint64_t every) {
  population_of(population);
  if (variable != "spikes") return logs_.set(population, variable, every, clock_);
  if (every > 1) throw rvd::Failure(RVD_INVALID_ARGUMENT, "probe_set: spikes are recorded in every step or not at all");
  EventRecord& record = populations_[population].record;
  every == 1 ? record.start(clock_) : record.stop(clock_);
  if (watched_[population] != record.on()) schedule_.reset();
}

void Session::probe_read(std::string_view variable, rvd_block& block) {
  if (variable == "spikes") throw rvd::Failure(RVD_INVALID_ARGUMENT, "probe_read: spikes are events, see `read`");
  population_of(block.population);
  logs_.read(variable, block);
}

void Session::reset() {
  clock_ = first_step_;
  logs_.clear(clock_);
  late_ = 0;
  for (Population& population : populations_) {
    population.record.clear(clock_);
    population.masks.clear();
    if (population.input != nullptr) population.input->clear();
    std::fill(population.spikes.begin(), population.spikes.end(), 0);
    std::fill(population.hashes.begin(), population.hashes.end(), 0);
  }
  for (Worker& worker : workers_) {
    for (Buffer& sums : worker.sums) sums.clear();  // a run that failed may have left terms
    worker.forget();
  }
  work_.clear();
  start_states();
}

void Session::counters(const rvd::Facts& facts) {
  std::vector<std::uint64_t> spikes(lanes_), hashes(lanes_);
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    const Population& population = populations_[index];
    if (!compiled_.populations()[index].spiking) continue;
    std::uint64_t all = 0;
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
      spikes[lane] += population.spikes[lane];
      hashes[lane] += population.hashes[lane];
      all += population.spikes[lane];
    }
    facts.number("spikes." + std::string(compiled_.plan().text(compiled_.populations()[index].record->name)), all);
  }
  for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
    facts.number("spikes", spikes[lane], lane);
    facts.number("hash", hashes[lane], lane);
  }
  facts.number("steps", clock_ - first_step_);
  facts.number("late", late_);
  facts.number("lost", 0);
  work_.tell(facts, clock_ - first_step_);
}

// ----------------------------------------------------------------------------------------------------- blocks of steps

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

Session::Block Session::next_block(std::uint64_t begin, std::uint64_t until, std::uint32_t most) const {
  std::uint64_t steps = std::min<std::uint64_t>(until - begin, most);
  const bool forced = compiled_.options().share != Share::choose;  // and never timed
  if (known_ == 0 && !forced) steps = 1;
  if (step_ns_ * static_cast<double>(steps) > kBlockNs) {
    steps = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(kBlockNs / step_ns_));
  }
  return {begin, static_cast<std::uint32_t>(steps)};
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

/// Until the end, or until it is known how long a step takes.
rvd_status Session::run_alone(std::uint64_t until, const rvd::Watch& watch) {
  using Clock = std::chrono::steady_clock;
  ++alone_runs_;
  do {
    const Block block = next_block(clock_, until, most_steps_);
    // A streamed step is not timed, once it is known about how long one takes.
    const bool timed = known_ < 2 || block.steps == most_steps_;
    const auto begin = timed ? Clock::now() : Clock::time_point{};
    open(whole_, block);
    timing_ = timed && slices_ > 1;
    for (std::uint32_t lane = 0; lane < lanes_; ++lane) run_part(whole_, lane, block, workers_[0]);
    timing_ = false;
    close(whole_, block);
    if (timed) learn(std::chrono::duration<double, std::nano>(Clock::now() - begin).count(), block.steps);
    pass(block);
    if (clock_ == until) return RVD_OK;
    if (const rvd_status status = watch.poll()) return status;
  } while (known_ >= 2 && mode(until) == Mode::alone);
  return RVD_OK;
}

void Session::learn(double ns, std::uint32_t steps) {
  step_ns_ = known_ < 2 ? ns / steps : 0.75 * step_ns_ + 0.25 * ns / steps;
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
  using Clock = std::chrono::steady_clock;
  const std::uint64_t first = clock_;
  const auto begin = Clock::now();
  team_.run(job);
  if (clock_ != first) {
    together_ns_ = std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / static_cast<double>(clock_ - first);
    alone_runs_ = 0;
  }
  return job.status();
}

/// Each lane is one thread's from the block's first step to its last, so that its state is near.
class Session::Lanes {
 public:
  Lanes(Session& session, std::uint64_t until, const rvd::Watch& watch)
      : session_(session),
        until_(until),
        watch_(watch),
        units_{std::min<std::uint32_t>(session.lanes_, 64 * session.team_.size())} {}

  bool next() {
    if (block_.steps != 0) {
      session_.close(session_.whole_, block_);
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
  void work(std::uint32_t, std::uint32_t unit, unsigned worker) {
    const auto bound = [&](std::uint64_t at) { return static_cast<std::uint32_t>(session_.lanes_ * at / units_[0]); };
    for (std::uint32_t lane = bound(unit); lane < bound(unit + std::uint64_t{1}); ++lane) {
      session_.run_part(session_.whole_, lane, block_, session_.workers_[worker]);
    }
  }
  rvd_status status() const { return status_; }

 private:
  Session& session_;
  std::uint64_t until_;
  const rvd::Watch& watch_;
  std::vector<std::uint32_t> units_;
  Block block_{};
  rvd_status status_ = RVD_OK;
};

/// Each stage is cut into slices of its neurons, and threads meet after each stage; where a segment is one stage that does not
/// feed itself, after all steps of it.
class Session::Slices {
 public:
  Slices(Session& session, std::uint64_t until, const rvd::Watch& watch) : session_(session), until_(until), watch_(watch) {}

  bool next() {
    if (block_.steps != 0) {
      session_.close(session_.whole_, block_);
      session_.pass(block_);
      if (session_.clock_ == until_) return false;
      status_ = watch_.poll();
      if (status_ != RVD_OK) return false;
    }
    const std::uint32_t before = block_.steps;
    block_ = session_.next_block(session_.clock_, until_, session_.most_steps_);
    session_.open(session_.whole_, block_);
    if (block_.steps != before) make_phases();
    for (Worker& worker : session_.workers_) worker.forget();
    return true;
  }
  const std::vector<std::uint32_t>& units() const { return units_; }
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
  rvd_status status() const { return status_; }

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

  Session& session_;
  std::uint64_t until_;
  const rvd::Watch& watch_;
  std::vector<Phase> phases_;
  std::vector<std::uint32_t> units_;
  Block block_{};
  rvd_status status_ = RVD_OK;
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
    if (blocks_.back().steps != 0) session_.pass(blocks_.back());
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

// -------------------------------------------------------------------------------------------------------------- a step

// What arrives, in the order of terms; then the neurons, which leave the sums at +0; then who emitted.
void Session::update(const Stage& stage, std::uint32_t lane, std::uint64_t n, const Slice& slice, std::uint32_t copy,
                     bool whole, Worker& worker) {
  for (const Arrival& arrival : stage.arrivals) arrive(arrival, lane, n, slice, worker);
  const Neurons& neurons = compiled_.populations()[stage.population];
  Population& population = populations_[stage.population];
  for (std::size_t s = 0; s < population.states.size(); ++s) {
    worker.states_at[s] = population.states[s].data() + lane * neurons.padded * rvd::size_of(neurons.state_types[s]);
  }
  const bool direct = neurons.layout.plain() || !schedule_->ordered[stage.population];
  neuron::SweepArgs args{};
  args.states = worker.states_at.data();
  args.sums = worker.sums_at.data();
  args.inner = stage.joint ? worker.sums_at[neurons.receptors] : nullptr;
  const std::size_t row = row_of(population, lane, n, worker);
  args.values = population.values.size() == 0 ? nullptr : values_of(stage.population, row);
  args.mask = direct ? mask_of(stage.population, row, 0) : reinterpret_cast<std::uint64_t*>(worker.mask.data());
  args.begin = slice.begin;
  args.end = slice.end;
  stage.sweep->run(args, worker.scratch);
  if (!direct) set_bits(stage.population, row, slice, copy, whole, worker);
  if (!logs_.empty()) log_states(stage.population, lane, n, slice);
}

void Session::arrive(const Arrival& arrival, std::uint32_t lane, std::uint64_t n, const Slice& slice, Worker& worker) const {
  const Axon& axon = *arrival.axon;
  if (n - first_step_ < axon.delay) {
    if (axon.prior_ids.empty()) return;
    return deliver(arrival, {axon.prior_ids.data(), axon.prior_values.data(), axon.prior_ids.size()}, nullptr, slice, worker);
  }
  const std::uint64_t sent = n - axon.delay;
  const Population& source = populations_[arrival.source];
  const std::byte* values = source.values.size() == 0 ? nullptr : values_of(arrival.source, row_of(source, lane, sent, worker));
  if (values != nullptr && axon.aligned != nullptr && compiled_.options().how != synapse::How::events) {
    const Events all{nullptr, values, compiled_.populations()[arrival.source].count};
    return axon.aligned->deliver(all, worker.sums_at[arrival.sums], slice.begin, slice.end);
  }
  const Events events = events_of(arrival.source, lane, sent, worker);
  if (events.count != 0) deliver(arrival, events, values, slice, worker);
}

/// `values`: of all sources by position, if they are there.
void Session::deliver(const Arrival& arrival, const Events& events, const void* values, const Slice& slice,
                      Worker& worker) const {
  const Axon& axon = *arrival.axon;
  void* const sums = worker.sums_at[arrival.sums];
  const bool dense = axon.delivery->prefers_dense(events.count) && compiled_.options().how != synapse::How::events;
  if (!dense && compiled_.options().how != synapse::How::dense) {
    return axon.delivery->deliver(events, sums, slice.begin, slice.end);
  }
  const Neurons& source = compiled_.populations()[arrival.source];
  const std::uint32_t* positions = axon.by_position && !source.positions.empty() ? source.positions.data() : nullptr;
  if (values == nullptr || (!axon.by_position && !source.layout.plain())) {
    const std::size_t size = rvd::size_of(source.type);
    const std::uint64_t one = rvd::bits_of_one(source.type);
    std::byte* spread = worker.spread.data();
    std::memset(spread, 0, source.count * size);
    for (std::size_t k = 0; k < events.count; ++k) {
      const std::size_t at = positions == nullptr ? events.ids[k] : positions[events.ids[k]];
      const void* value =
          events.values == nullptr ? static_cast<const void*>(&one) : static_cast<const std::byte*>(events.values) + k * size;
      std::memcpy(spread + at * size, value, size);
    }
    values = spread;
  }
  axon.delivery->deliver({nullptr, values, source.count}, sums, slice.begin, slice.end);
}

/// Of a map whose events are needed by number: from the bits by position of a slice to those by number.
void Session::set_bits(std::uint32_t population, std::size_t row, const Slice& slice, std::uint32_t copy, bool whole,
                       Worker& worker) {
  const Population& self = populations_[population];
  const std::vector<std::uint32_t>& numbers = compiled_.populations()[population].numbers;
  std::uint64_t* bits = mask_of(population, row, copy);
  std::memset(bits, 0, (whole ? self.copies : 1) * self.words * sizeof(std::uint64_t));
  auto* places = reinterpret_cast<std::uint32_t*>(worker.places.data());
  const auto* mask = reinterpret_cast<const std::uint64_t*>(worker.mask.data());
  const std::size_t first = slice.begin / 64;
  const std::size_t count =
      compiled_.kernels().extract(mask + first, (slice.end + 63) / 64 - first, static_cast<std::uint32_t>(slice.begin), places);
  for (std::size_t k = 0; k < count; ++k) {
    const std::uint32_t number = numbers[places[k]];
    bits[number / 64] |= std::uint64_t{1} << (number % 64);
  }
}

void Session::log_states(std::uint32_t population, std::uint32_t lane, std::uint64_t n, const Slice& slice) {
  const Neurons& neurons = compiled_.populations()[population];
  for (rvd::StateLog& log : logs_) {
    if (log.population() != population) continue;
    std::byte* row = log.row(n);
    if (row == nullptr) continue;
    const std::size_t size = rvd::size_of(neurons.state_types[log.state()]);
    const std::byte* from = populations_[population].states[log.state()].data() + lane * neurons.padded * size;
    std::byte* to = row + lane * neurons.count * size;
    if (neurons.layout.plain()) {
      std::memcpy(to + slice.begin * size, from + slice.begin * size, (slice.end - slice.begin) * size);
      continue;
    }
    for (std::size_t at = slice.begin; at < slice.end; ++at) {
      std::memcpy(to + neurons.numbers[at] * size, from + at * size, size);
    }
  }
}

// What a population emitted in the steps of the block, counted and recorded: in steps as they come, so a lane's record is in order.
void Session::collect(std::uint32_t population, std::uint32_t lane, const Block& block, Worker& worker) {
  const Neurons& neurons = compiled_.populations()[population];
  Population& self = populations_[population];
  const std::uint32_t source = neurons.relays ? *neurons.relays : population;
  const bool counted = work_.counts(population), recorded = self.record.on();
  for (std::uint32_t t = 0; t < block.steps; ++t) {
    const Events events = events_of(source, lane, block.begin + t, worker);
    if (events.count == 0) continue;
    if (neurons.spiking) {
      self.spikes[lane] += events.count;
      self.hashes[lane] += compiled_.kernels().hash(neurons.type, population, block.begin + t, events);
    }
    if (counted) work_.add(worker.index, population, t, neurons.type, events);
    if (recorded) self.record.add(lane, t, events);
  }
}

// -------------------------------------------------------------------------------------------------------------- events

Events Session::events_of(std::uint32_t population, std::uint32_t lane, std::uint64_t n, Worker& worker) const {
  const Population& self = populations_[population];
  if (self.input != nullptr) return self.input->of(n, lane);
  Worker::List& list = worker.lists[population * kMostSteps + n % kMostSteps];
  if (list.stamp == worker.stamp && list.step == n && list.lane == lane) return list.events;
  const Events events = listed(population, lane, n, worker);
  list = {n, worker.stamp, lane, events};
  return events;
}

Events Session::listed(std::uint32_t population, std::uint32_t lane, std::uint64_t n, Worker& worker) const {
  const Neurons& neurons = compiled_.populations()[population];
  const Population& self = populations_[population];
  const synapse::EventKernels& kernels = compiled_.kernels();
  if ((worker.used + neurons.count + kSlack) * sizeof(std::uint32_t) > worker.ids.size()) {
    worker.forget();  // what was kept is written over
  }
  const std::size_t row = row_of(self, lane, n, worker);
  const std::uint64_t* mask = mask_of(population, row, 0);
  const bool by_number = neurons.layout.plain() || schedule_->ordered[population];
  if (by_number && self.copies > 1) {
    auto* merged = reinterpret_cast<std::uint64_t*>(worker.mask.data());
    for (std::size_t w = 0; w < self.words; ++w) {
      merged[w] = mask[w];
      for (std::uint32_t copy = 1; copy < self.copies; ++copy) merged[w] |= mask[copy * self.words + w];
    }
    mask = merged;
  }
  auto* ids = reinterpret_cast<std::uint32_t*>(worker.ids.data()) + worker.used;
  const std::size_t count = kernels.extract(mask, (neurons.count + 63) / 64, 0, ids);
  if (count == 0) return {ids, nullptr, 0};
  const std::uint32_t* places = ids;
  if (!neurons.layout.plain()) {
    auto* room = reinterpret_cast<std::uint32_t*>(worker.places.data());
    places = room;
    if (by_number) {
      if (self.values.size() != 0) kernels.gather(RVD_I32, neurons.positions.data(), ids, count, room);
    } else {
      std::memcpy(room, ids, count * sizeof(std::uint32_t));
      kernels.gather(RVD_I32, neurons.numbers.data(), room, count, ids);
    }
  }
  std::byte* values = nullptr;
  if (self.values.size() != 0) {
    values = worker.values.data() + worker.used * 8;
    kernels.gather(neurons.type, values_of(population, row), places, count, values);
  }
  worker.used += count;
  return {ids, values, count};
}

/// Where the masks and values of a step and lane lie.
std::size_t Session::row_of(const Population& population, std::uint32_t lane, std::uint64_t n, const Worker& worker) const {
  const std::size_t seat = population.kept || slices_ > 1 ? lane : worker.index;
  return (n & (population.ring - 1)) * population.seats + seat;
}

std::uint64_t* Session::mask_of(std::uint32_t population, std::size_t row, std::uint32_t copy) const {
  const Population& self = populations_[population];
  auto* masks = reinterpret_cast<std::uint64_t*>(const_cast<std::byte*>(self.masks.data()));
  return masks + (row * self.copies + copy) * self.words;
}

std::byte* Session::values_of(std::uint32_t population, std::size_t row) const {
  const Neurons& neurons = compiled_.populations()[population];
  return const_cast<std::byte*>(populations_[population].values.data()) + row * neurons.padded * rvd::size_of(neurons.type);
}

}  // namespace ranvier::cpu
