// The reference device: the oracle. It follows the contract to the letter, neuron by neuron, and is slow on purpose: each step it
// gathers every sum anew from the events of the last steps. It shares kernels/math with the other devices and no more.
#include <algorithm>

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

 private:
  struct Incoming {  // a projection, as its receptor sees it
    const rvd_projection* record;
    Events prior;
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
  Word sum(const std::vector<Incoming>& terms, std::uint32_t type, std::uint64_t n, std::uint32_t lane,
           std::uint64_t neuron) const;
  template <class T>
  Word sum_as(const std::vector<Incoming>& terms, std::uint64_t n, std::uint32_t lane, std::uint64_t neuron) const;
  template <class T>
  T term(const rvd_projection& projection, const rvd::Event& event, std::uint64_t neuron) const;
  template <class T>
  T weight(const rvd_array& weights, std::uint64_t k) const;

  std::vector<Population> populations_;
  std::uint64_t depth_ = 1;  // steps of history: the longest delay and the step itself
};

Session::Session(const Executable& executable, const rvd_session_args& args)
    : SoftSession(executable.plan(), args, executable.wide()) {
  for (const rvd_population& record : plan().populations()) {
    populations_.push_back({&record, Program(plan(), record, wide()), {}, {}, {}, {}});
    populations_.back().receptors.resize(record.receptors.count);
  }
  connect();
  restart();
}

// Terms in ascending (step of emission, projection): among those that arrive in one step, the longest delay was emitted first.
void Session::connect() {
  for (const rvd_projection& projection : plan().projections()) {
    populations_[projection.target].receptors[projection.receptor].push_back({&projection, prior_of(projection)});
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
  }
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
}

void Session::update(std::uint32_t index, std::uint64_t n, std::uint32_t lane) {
  Population& population = populations_[index];
  const auto receptors = plan().receptors(*population.record);
  const auto states = plan().states(*population.record);
  std::vector<Word> sums(receptors.size()), state(states.size());
  for (std::uint32_t neuron = 0; neuron < population.record->count; ++neuron) {
    const std::uint64_t at = lane * population.record->count + neuron;
    for (std::uint64_t r = 0; r < sums.size(); ++r) sums[r] = sum(population.receptors[r], receptors[r].type, n, lane, neuron);
    for (std::uint64_t s = 0; s < state.size(); ++s) state[s] = population.states[s][at];
    const Word value = population.program.run(neuron, sums.data(), state.data());
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

Word Session::sum(const std::vector<Incoming>& terms, std::uint32_t type, std::uint64_t n, std::uint32_t lane,
                  std::uint64_t neuron) const {
  switch (used(type)) {
    case RVD_F32: return sum_as<float>(terms, n, lane, neuron);
    case RVD_F64: return sum_as<double>(terms, n, lane, neuron);
    case RVD_I32: return sum_as<std::uint32_t>(terms, n, lane, neuron);  // unsigned: integers wrap
    default: return sum_as<std::uint64_t>(terms, n, lane, neuron);
  }
}

template <class T>
Word Session::sum_as(const std::vector<Incoming>& terms, std::uint64_t n, std::uint32_t lane, std::uint64_t neuron) const {
  T total = 0;
  for (const Incoming& incoming : terms) {
    for (const rvd::Event& event : arriving(incoming, n, lane)) {
      if (incoming.record->kind == RVD_PROJECTION_ONE_TO_ONE && event.id != neuron) continue;
      total += term<T>(*incoming.record, event, neuron);
    }
  }
  return rvd::bits_of(total);
}

template <class T>
T Session::term(const rvd_projection& projection, const rvd::Event& event, std::uint64_t neuron) const {
  const T value = rvd::from_bits<T>(event.bits);
  const rvd_array& weights = projection.weights;
  if (projection.kind == RVD_PROJECTION_DENSE) {
    const std::uint64_t targets = populations_[projection.target].record->count;
    return weight<T>(weights, event.id * targets + neuron) * value;
  }
  if (weights.count == 0) return value;
  return weight<T>(weights, weights.count == 1 ? 0 : event.id) * value;
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

  void check(rvd::PlanView, rvd::Settings& settings, rvd::Report&) override { wide_of(settings); }

  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report&) override {
    const bool wide = wide_of(settings);
    return std::make_shared<Executable>(rvd::PlanCopy(plan.base(), plan.length()), wide);
  }

  rvd::SharedExecutable load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    rvd::Saved saved = rvd::load(bytes, length, kMaker);
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
