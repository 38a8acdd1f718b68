#include "devices/cpu/session.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

namespace ranvier::cpu {

namespace {

constexpr std::uint64_t kBlockBytes = 1 << 18;  // of one lane's events in a block, so that they stay in a near cache

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
      seed_(args.seed),
      first_lane_(static_cast<std::uint32_t>(args.first_lane)),
      clock_(args.clock),
      slices_(slices_of(compiled.options(), args.lanes)),
      most_steps_(steps_of_block(compiled)),
      watched_(compiled.populations().size()),
      logs_(compiled.plan(), args.lanes, compiled.options().wide),
      team_(compiled.options().threads),
      workers_(team_.size()),
      work_(compiled.fan_outs(), compiled.kernels(), static_cast<std::uint32_t>(compiled.populations().size()), args.lanes,
            team_.size(), std::max(most_steps_, kPipelineSteps)) {
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

}  // namespace ranvier::cpu
