#include "devices/cpu/session.h"

#include <algorithm>
#include <cstring>

#include "kernels/math/float_mode.h"

namespace ranvier::cpu {

Executable::Executable(rvd::PlanCopy plan, bool wide) : plan_(std::move(plan)), wide_(wide), fan_outs_(plan_.view()) {
  const rvd::PlanView records = plan_.view();
  for (const rvd_population& population : records.populations()) programs_.emplace_back(records, population, wide_);
  axons_.resize(programs_.size());
  for (const rvd_projection& projection : records.projections()) {
    axons_[projection.source].emplace_back(records, projection, wide_);
  }
}

Session::Session(const Executable& executable, const rvd_session_args& args)
    : SoftSession(executable.plan(), args, executable.wide()),
      executable_(executable),
      work_(executable.fan_outs(), static_cast<std::uint32_t>(executable.plan().populations().size()), args.lanes) {
  const auto records = plan().populations();
  for (std::uint32_t index = 0; index < records.size(); ++index) add_population(index);
  restart();
}

void Session::add_population(std::uint32_t index) {
  const rvd_population& record = plan().populations()[index];
  Population population{&record, {}, {}};
  for (const rvd_state& state : plan().states(record)) {
    population.states.emplace_back(lanes() * record.count * rvd::size_of(used(state.type)));
  }
  std::vector<std::uint64_t> steps(record.receptors.count, 1);  // the longest delay and the step itself
  for (const rvd_projection& projection : plan().projections()) {
    if (projection.target != index) continue;
    steps[projection.receptor] = std::max<std::uint64_t>(steps[projection.receptor], projection.delay + std::uint64_t{1});
  }
  const auto receptors = plan().receptors(record);
  for (std::uint64_t r = 0; r < receptors.size(); ++r) {
    population.receptors.emplace_back(used(receptors[r].type), steps[r], lanes(), record.count);
  }
  populations_.push_back(std::move(population));

  const Program& program = executable_.program(index);
  registers_.reserve(program.registers(), program.room());
  rows_.states.resize(std::max<std::size_t>(rows_.states.size(), record.states.count));
  rows_.sums.resize(std::max<std::size_t>(rows_.sums.size(), receptors.size()));
  if (fired_.ids.size() < record.count) {
    fired_.ids.resize(record.count);
    fired_.values = Buffer(record.count * 8);
  }
}

void Session::restart() {
  const FloatMode ieee;
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    for (std::uint32_t s = 0; s < populations_[index].states.size(); ++s) start_state(populations_[index], s);
    for (Accumulators& sums : populations_[index].receptors) sums.clear();
  }
  deliver_priors();
  work_.clear();
}

void Session::start_state(Population& population, std::uint32_t index) {
  const rvd_state& record = plan().states(*population.record)[index];
  Buffer& state = population.states[index];
  const Values initial(plan(), record.initial, wide());
  state.clear();
  if (initial.count() == 0) return;
  const std::uint64_t count = population.record->count;
  for (std::uint64_t k = 0; k < lanes() * count; ++k) {
    const std::uint64_t from = initial.count() == 1 ? 0 : k % count;
    std::memcpy(state.data() + k * initial.size(), initial.data() + from * initial.size(), initial.size());
  }
}

// As if emitted in the steps before the first, so in ascending step: of projections, first those with the longest delay.
void Session::deliver_priors() {
  const auto projections = plan().projections();
  std::uint64_t longest = 0;
  for (const rvd_projection& projection : projections) {
    if (projection.prior.count != 0) longest = std::max<std::uint64_t>(longest, projection.delay);
  }
  for (std::uint64_t before = longest; before > 0; --before) {
    std::vector<std::size_t> next(populations_.size(), 0);
    for (const rvd_projection& projection : projections) {
      const Axon& axon = executable_.axons(projection.source)[next[projection.source]++];
      if (projection.prior.count == 0 || projection.delay < before) continue;
      const Values prior(plan(), projection.prior, wide());
      const std::uint32_t type = used(projection.prior.type);
      fired_.count = emit_of(type)(prior.data(), prior.count(), 0, fired_.ids.data(), fired_.values.data());
      for (std::uint32_t lane = 0; lane < lanes(); ++lane) {
        deliver(axon, fired_, populations_[axon.target].receptors[axon.receptor], first_step() + axon.delay - before, lane);
      }
    }
  }
}

rvd_status Session::run(std::uint64_t until, const rvd::Watch& watch) {
  const FloatMode ieee;
  return SoftSession::run(until, watch);
}

void Session::counters(const rvd::Facts& facts) {
  SoftSession::counters(facts);
  work_.tell(facts, clock() - first_step());
}

// Populations update in order of number; each one's events are on their way before the next, which they may reach without delay.
void Session::step(std::uint64_t n) {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    if ((populations_[index].record->flags & RVD_POPULATION_INPUT) != 0) {
      step_input(index, n);
      work_.close(index, n);
      continue;
    }
    executable_.program(index).enter(registers_);
    for (std::uint32_t lane = 0; lane < lanes(); ++lane) {
      step_program(index, n, lane);
      send(index, n, lane);
    }
    work_.close(index, n);
  }
}

void Session::step_input(std::uint32_t index, std::uint64_t n) {
  const std::vector<rvd::Event>& events = input(index, n);
  const std::size_t size = rvd::size_of(used(populations_[index].record->value_type));
  for (std::size_t k = 0; k < events.size();) {
    const std::uint32_t lane = events[k].lane;
    fired_.count = 0;
    for (; k < events.size() && events[k].lane == lane; ++k) {
      fired_.ids[fired_.count] = events[k].id;
      std::memcpy(fired_.values.data() + fired_.count++ * size, &events[k].bits, size);
    }
    send(index, n, lane);
  }
}

void Session::step_program(std::uint32_t index, std::uint64_t n, std::uint32_t lane) {
  Population& population = populations_[index];
  const Program& program = executable_.program(index);
  const std::uint64_t count = population.record->count;
  const std::uint32_t type = used(population.record->value_type);
  const Emit emit = emit_of(type);
  for (std::size_t s = 0; s < population.states.size(); ++s) {
    rows_.states[s] = population.states[s].data() + lane * (population.states[s].size() / lanes());
  }
  for (std::size_t r = 0; r < population.receptors.size(); ++r) rows_.sums[r] = population.receptors[r].row(n, lane);
  fired_.count = 0;
  for (std::uint64_t begin = 0; begin < count; begin += kBlock) {
    const std::size_t size = std::min<std::size_t>(kBlock, count - begin);
    const void* values = program.compute(registers_, rows_, begin, size);
    fired_.count += emit(values, size, static_cast<std::uint32_t>(begin), fired_.ids.data() + fired_.count,
                         fired_.values.data() + fired_.count * rvd::size_of(type));
    program.store(registers_, rows_, begin, size);
  }
  for (Accumulators& sums : population.receptors) sums.close(n, lane);
}

void Session::send(std::uint32_t index, std::uint64_t n, std::uint32_t lane) {
  if (fired_.count == 0) return;
  work_.add(index, used(populations_[index].record->value_type), fired_);
  for (const Axon& axon : executable_.axons(index)) {
    deliver(axon, fired_, populations_[axon.target].receptors[axon.receptor], n + axon.delay, lane);
  }
  if (!watched(index)) return;
  const std::size_t size = rvd::size_of(used(populations_[index].record->value_type));
  for (std::size_t k = 0; k < fired_.count; ++k) {
    rvd::Event event{lane, fired_.ids[k], 0};
    std::memcpy(&event.bits, fired_.values.data() + k * size, size);
    emitted(index, n, event);
  }
}

}  // namespace ranvier::cpu
