// The reference device: the oracle. It follows the contract to the letter, neuron by neuron, and is slow on purpose: each step it
// gathers every sum anew from the events of the last steps. It shares kernels/math with the other devices and no more.
#include <algorithm>
#include <cmath>

#include <ranvier/driver.hpp>

#include "devices/reference/program.h"
#include "kernels/math/float_mode.h"

namespace ranvier::reference {
namespace {

constexpr std::string_view kMaker = "reference 0.1.0";

using Events = std::vector<rvd::Event>;

class Executable : public rvd::Executable {
 public:
  Executable(rvd::PlanCopy plan, bool wide) : plan_(std::move(plan)), wide_(wide) {}
  void save(const rvd::Sink& sink) const override {
    rvd::save(sink, kMaker, wide_ ? "f64" : "f32", plan_.data(), plan_.size());
  }
  rvd::PlanView plan() const { return plan_.view(); }
  bool wide() const { return wide_; }

 private:
  rvd::PlanCopy plan_;
  bool wide_;
};

class Session : public rvd::SoftSession {
 public:
  Session(const Executable& executable, const rvd_session_args& args);

  rvd_status run(std::uint64_t until, const rvd::Watch& watch) override {
    const FloatMode ieee;
    return SoftSession::run(until, watch);
  }
  void counters(const rvd::Facts& facts) override;

 private:
  struct Incoming {  // a projection, as its receptor sees it
    const rvd_projection* record;
    Events prior;
    std::vector<std::uint64_t> operations;  // [lane] of this step: terms of which neither weight nor value is zero
  };
  struct Population {
    const rvd_population* record;
    Program program;
    std::vector<std::vector<Incoming>> receptors;  // terms in the contract's order
    std::vector<std::vector<Word>> states;         // [state][lane * count + neuron]
    std::vector<std::vector<std::byte>> rows;      // [state]: the same in the state's type, for probes
    std::vector<std::vector<Events>> history;      // [step % depth][lane], by id
  };

  void step(std::uint64_t n) override;
  void restart() override;
  const void* state(std::uint32_t population, std::uint32_t index) const override {
    return populations_[population].rows[index].data();
  }

  void connect();
  Events prior_of(const rvd_projection& projection) const;
  void update(std::uint32_t index, std::uint64_t n, std::uint32_t lane);
  const Events& arriving(const Incoming& incoming, std::uint64_t n, std::uint32_t lane) const;
  Word sum(std::vector<Incoming>& terms, std::uint32_t type, std::uint64_t n, std::uint32_t lane, std::uint64_t neuron);
  template <class T>
  Word sum_as(std::vector<Incoming>& terms, std::uint64_t n, std::uint32_t lane, std::uint64_t neuron);
  template <class T>
  T weight(const rvd_array& weights, std::uint64_t k) const;
  void count_operations(std::uint64_t n);
  bool graded(const Incoming& incoming, std::uint64_t n) const;

  std::vector<Population> populations_;
  std::uint64_t depth_ = 1;  // steps of history: the longest delay and the step itself
  std::uint64_t synapses_ = 0;
  std::uint64_t neurons_ = 0;  // with state
  std::uint64_t accumulates_ = 0, multiplications_ = 0;
};

/// The source coordinates that a target's coordinate sees on one axis, ascending, with their positions in the kernel.
template <class Visit>
void each_seen(const rvd_window& window, unsigned axis, std::uint64_t o, Visit visit) {
  const std::uint64_t dilation = window.dilation[axis], padding = window.padding[axis], begin = o * window.stride[axis];
  std::uint64_t k = begin < padding ? (padding - begin + dilation - 1) / dilation : 0;
  for (; k < window.kernel[axis] && begin + k * dilation < padding + window.in[axis]; ++k) {
    visit(begin + k * dilation - padding, k);
  }
}

/// Calls visit(event, weight) for the events that a target neuron sees through a window, in ascending source.
template <class Visit>
void each_in_field(const rvd_window& w, const Events& events, std::uint64_t target, Visit visit) {
  const std::uint64_t area = std::uint64_t{w.out[0]} * w.out[1], sees = w.channels_in / w.groups;
  const std::uint64_t to = target / area, first = to / (w.channels_out / w.groups) * sees;
  auto next = events.begin();
  for (std::uint64_t i = 0; i < sees; ++i) {
    each_seen(w, 0, target % area / w.out[1], [&](std::uint64_t x0, std::uint64_t k0) {
      each_seen(w, 1, target % w.out[1], [&](std::uint64_t x1, std::uint64_t k1) {
        const std::uint64_t source = ((first + i) * w.in[0] + x0) * w.in[1] + x1;
        next = std::lower_bound(next, events.end(), source, [](const rvd::Event& e, std::uint64_t id) { return e.id < id; });
        if (next == events.end() || next->id != source) return;
        visit(*next, ((to * sees + i) * w.kernel[0] + k0) * w.kernel[1] + k1);
      });
    });
  }
}

/// Calls visit(event, weight) for the terms that these events bring to a target neuron, in the contract's order.
template <class Visit>
void each_term(rvd::PlanView plan, const rvd_projection& p, const Events& events, std::uint64_t target, Visit visit) {
  if (events.empty()) return;
  if (rvd::has_window(p.kind)) return each_in_field(p.window, events, target, visit);
  const std::uint64_t targets = plan.populations()[p.target].count;
  // A dense or one-to-one record may end before its rows.
  const std::int64_t* rows = p.kind == RVD_PROJECTION_SPARSE ? plan.data<std::int64_t>(p.rows) : nullptr;
  for (const rvd::Event& event : events) {
    if (p.kind == RVD_PROJECTION_DENSE) visit(event, event.id * targets + target);
    if (p.kind == RVD_PROJECTION_ONE_TO_ONE && event.id == target) visit(event, p.weights.count == 1 ? 0 : target);
    if (p.kind != RVD_PROJECTION_SPARSE) continue;
    for (std::int64_t k = rows[event.id]; k < rows[event.id + 1]; ++k) {
      const auto to = static_cast<std::uint64_t>(plan.data<std::int32_t>(p.targets)[k]);
      if (to == target) visit(event, p.weights.count == 1 ? 0 : static_cast<std::uint64_t>(k));
    }
  }
}

/// How many synapses a projection has. Those without a weight are wires: nobody counts operations for them.
std::uint64_t synapses_of(rvd::PlanView plan, const rvd_projection& p) {
  if (p.weights.count == 0) return 0;
  if (p.kind == RVD_PROJECTION_SPARSE) return p.targets.count;
  const std::uint64_t sources = plan.populations()[p.source].count, targets = plan.populations()[p.target].count;
  if (p.kind == RVD_PROJECTION_ONE_TO_ONE) return sources;
  if (p.kind == RVD_PROJECTION_DENSE) return sources * targets;
  const rvd_window& w = p.window;
  std::uint64_t joined[2] = {0, 0};
  for (unsigned axis = 0; axis < 2; ++axis) {
    for (std::uint64_t o = 0; o < w.out[axis]; ++o) each_seen(w, axis, o, [&](auto, auto) { ++joined[axis]; });
  }
  return joined[0] * joined[1] * w.channels_in * (w.channels_out / w.groups);
}

Session::Session(const Executable& executable, const rvd_session_args& args)
    : SoftSession(executable.plan(), args, executable.wide()) {
  for (const rvd_population& record : plan().populations()) {
    populations_.push_back({&record, Program(plan(), record, wide()), {}, {}, {}, {}});
    populations_.back().receptors.resize(record.receptors.count);
    if ((record.flags & (RVD_POPULATION_INPUT | RVD_POPULATION_STATELESS)) == 0) neurons_ += record.count;
  }
  connect();
  restart();
}

// Terms in ascending (step of emission, projection): among those that arrive in one step, the longest delay was emitted first.
void Session::connect() {
  for (const rvd_projection& projection : plan().projections()) {
    populations_[projection.target].receptors[projection.receptor].push_back({&projection, prior_of(projection), {}});
    synapses_ += synapses_of(plan(), projection);
    depth_ = std::max<std::uint64_t>(depth_, projection.delay + std::uint64_t{1});
  }
  const auto earlier = [](const Incoming& a, const Incoming& b) { return a.record->delay > b.record->delay; };
  for (Population& population : populations_) {
    for (std::vector<Incoming>& terms : population.receptors) std::stable_sort(terms.begin(), terms.end(), earlier);
  }
}

Events Session::prior_of(const rvd_projection& projection) const {
  Events events;
  for (std::uint32_t id = 0; id < projection.prior.count; ++id) {
    Word word = 0;
    const std::size_t size = rvd::size_of(projection.prior.type);
    std::memcpy(&word, plan().data<std::byte>(projection.prior) + id * size, size);
    if (rvd::is_zero(projection.prior.type, word)) continue;
    if (projection.prior.type != used(projection.prior.type)) word = rvd::bits_of(double{rvd::from_bits<float>(word)});
    events.push_back({0, id, word});
  }
  return events;
}

void Session::restart() {
  for (Population& population : populations_) {
    const auto records = plan().states(*population.record);
    const std::uint64_t count = population.record->count;
    population.states.assign(records.size(), std::vector<Word>(lanes() * count));
    population.rows.resize(records.size());
    for (std::uint64_t s = 0; s < records.size(); ++s) {
      const rvd_array& initial = records[s].initial;
      const std::size_t size = rvd::size_of(records[s].type);
      population.rows[s].assign(lanes() * count * rvd::size_of(used(records[s].type)), std::byte{0});
      for (std::uint64_t k = 0; initial.count != 0 && k < lanes() * count; ++k) {
        Word& word = population.states[s][k];
        std::memcpy(&word, plan().data<std::byte>(initial) + (initial.count == 1 ? 0 : k % count) * size, size);
        if (records[s].type != used(records[s].type)) word = rvd::bits_of(double{rvd::from_bits<float>(word)});
      }
    }
    population.history.assign(depth_, std::vector<Events>(lanes()));
    for (std::vector<Incoming>& terms : population.receptors) {
      for (Incoming& incoming : terms) incoming.operations.assign(lanes(), 0);
    }
  }
  accumulates_ = multiplications_ = 0;
}

void Session::step(std::uint64_t n) {
  for (std::uint32_t index = 0; index < populations_.size(); ++index) {
    Population& population = populations_[index];
    std::vector<Events>& now = population.history[n % depth_];
    for (Events& events : now) events.clear();
    if ((population.record->flags & RVD_POPULATION_INPUT) != 0) {
      for (const rvd::Event& event : input(index, n)) now[event.lane].push_back(event);
    } else {
      for (std::uint32_t lane = 0; lane < lanes(); ++lane) update(index, n, lane);
    }
    for (const Events& events : now) {
      for (const rvd::Event& event : events) emitted(index, n, event);
    }
  }
  count_operations(n);
}

// By NeuroBench's rule: what a step's events are says whether a connection only accumulates, that of all samples together.
bool Session::graded(const Incoming& incoming, std::uint64_t n) const {
  const std::uint32_t type = used(populations_[incoming.record->source].record->value_type);
  for (std::uint32_t lane = 0; lane < lanes(); ++lane) {
    for (const rvd::Event& event : arriving(incoming, n, lane)) {
      if (std::fabs(rvd::as_double(type, event.bits)) != 1) return true;
    }
  }
  return false;
}

void Session::count_operations(std::uint64_t n) {
  for (Population& population : populations_) {
    for (std::vector<Incoming>& terms : population.receptors) {
      for (Incoming& incoming : terms) {
        std::uint64_t& counter = graded(incoming, n) ? multiplications_ : accumulates_;
        for (std::uint64_t& operations : incoming.operations) counter += std::exchange(operations, 0);
      }
    }
  }
}

void Session::counters(const rvd::Facts& facts) {
  SoftSession::counters(facts);
  const std::uint64_t steps = clock() - first_step();
  rvd::tell_operations(facts, accumulates_, multiplications_, steps * lanes() * synapses_, steps * lanes() * neurons_);
}

void Session::update(std::uint32_t index, std::uint64_t n, std::uint32_t lane) {
  Population& population = populations_[index];
  const auto receptors = plan().receptors(*population.record);
  const auto states = plan().states(*population.record);
  std::vector<Word> sums(receptors.size()), state(states.size());
  const Program::Draws draws{random_key(seed(), RandomObject::population, index), n, first_lane() + lane};
  for (std::uint32_t neuron = 0; neuron < population.record->count; ++neuron) {
    const std::uint64_t at = lane * population.record->count + neuron;
    for (std::uint64_t r = 0; r < sums.size(); ++r) sums[r] = sum(population.receptors[r], receptors[r].type, n, lane, neuron);
    for (std::uint64_t s = 0; s < state.size(); ++s) state[s] = population.states[s][at];
    const Word value = population.program.run(neuron, sums.data(), state.data(), draws);
    for (std::uint64_t s = 0; s < state.size(); ++s) {
      const std::size_t size = rvd::size_of(used(states[s].type));
      population.states[s][at] = state[s];
      std::memcpy(population.rows[s].data() + at * size, &state[s], size);
    }
    if (!rvd::is_zero(used(population.record->value_type), value)) {
      population.history[n % depth_][lane].push_back({lane, neuron, value});
    }
  }
}

// Before the first step a projection carried its prior, whatever its source.
const Events& Session::arriving(const Incoming& incoming, std::uint64_t n, std::uint32_t lane) const {
  const std::uint64_t delay = incoming.record->delay;
  if (n - first_step() < delay) return incoming.prior;
  return populations_[incoming.record->source].history[(n - delay) % depth_][lane];
}

Word Session::sum(std::vector<Incoming>& terms, std::uint32_t type, std::uint64_t n, std::uint32_t lane, std::uint64_t neuron) {
  switch (used(type)) {
    case RVD_F32: return sum_as<float>(terms, n, lane, neuron);
    case RVD_F64: return sum_as<double>(terms, n, lane, neuron);
    case RVD_I32: return sum_as<std::uint32_t>(terms, n, lane, neuron);  // unsigned: integers wrap
    default: return sum_as<std::uint64_t>(terms, n, lane, neuron);
  }
}

template <class T>
Word Session::sum_as(std::vector<Incoming>& terms, std::uint64_t n, std::uint32_t lane, std::uint64_t neuron) {
  T total = 0;
  for (Incoming& incoming : terms) {
    const rvd_array& weights = incoming.record->weights;
    each_term(plan(), *incoming.record, arriving(incoming, n, lane), neuron, [&](const rvd::Event& event, std::uint64_t k) {
      const T value = rvd::from_bits<T>(event.bits);
      total += weights.count == 0 ? value : static_cast<T>(weight<T>(weights, k) * value);
      if (weights.count != 0 && weight<T>(weights, k) != T{0}) ++incoming.operations[lane];
    });
  }
  return rvd::bits_of(total);
}

template <class T>
T Session::weight(const rvd_array& weights, std::uint64_t k) const {
  return weights.type == RVD_F32 ? static_cast<T>(plan().data<float>(weights)[k]) : plan().data<T>(weights)[k];
}

class Driver : public rvd::Driver {
 public:
  void read_settings(rvd::Settings& settings) override { wide_of(settings); }

  void info(rvd::Device&, const rvd::Facts& facts) override {
    facts.text("kind", "cpu");
    facts.text("grade", "bit-exact");
    facts.text("isa", "scalar");
    facts.text("verified", "each operation against its definition in driver.h, sums against an independent NumPy model");
    facts.text("hash", "all");
    facts.number("max_lanes", kMaxLanes);
  }

  void check(rvd::PlanView, rvd::Settings& settings, rvd::Samples, rvd::Report&) override { wide_of(settings); }

  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report&) override {
    const bool wide = wide_of(settings);
    return std::make_shared<Executable>(rvd::PlanCopy(plan.base(), plan.length()), wide);
  }

  rvd::SharedExecutable load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    rvd::Saved saved = rvd::load_plan(host(), bytes, length, kMaker);
    return std::make_shared<Executable>(std::move(saved.payload), saved.settings == "f64");
  }

  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable executable,
                                             const rvd_session_args& args) override {
    if (args.lanes > kMaxLanes) throw rvd::Failure(RVD_INVALID_ARGUMENT, "lanes: at most " + std::to_string(kMaxLanes));
    return std::make_unique<Session>(static_cast<const Executable&>(*executable), args);
  }

 private:
  static constexpr std::uint32_t kMaxLanes = 1U << 24;

  static bool wide_of(rvd::Settings& settings) {
    const bool wide = settings.choice("precision", "f32", {"f32", "f64"}) == "f64";
    settings.done();
    return wide;
  }
};

}  // namespace
}  // namespace ranvier::reference

RVD_DEFINE_DRIVER(ranvier::reference::Driver, "reference", "0.1.0", "Ranvier")
