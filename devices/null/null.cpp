// The null device: takes every plan, does nothing, emits nothing. What a run on it costs is the host's own overhead.
#include <ranvier/driver.hpp>

namespace {

constexpr std::string_view kMaker = "null 0.1.0";

class NullExecutable : public rvd::Executable {
 public:
  explicit NullExecutable(rvd::PlanCopy plan) : plan_(std::move(plan)) {}
  void save(const rvd::Sink& sink) const override { rvd::save(sink, kMaker, "", plan_.data(), plan_.size()); }
  rvd::PlanView plan() const { return plan_.view(); }

 private:
  rvd::PlanCopy plan_;
};

/// A probe of nothing: only counts the rows that are due, all of them zeros.
struct Probe {
  std::uint32_t population;
  std::string variable;
  std::uint32_t type;
  std::uint64_t every;
  std::uint64_t next;  // step of the first unread row
};

class NullSession : public rvd::Session {
 public:
  NullSession(rvd::PlanView plan, const rvd_session_args& args)
      : plan_(plan), lanes_(args.lanes), first_step_(args.clock), clock_(args.clock) {}

  std::uint64_t clock() const override { return clock_; }

  // Input is accepted and forgotten; what comes late is counted, as by every device.
  void write(const rvd_block& block, rvd_io& io) override {
    const rvd_population& record = population(block.population);
    if ((record.flags & RVD_POPULATION_INPUT) == 0) {
      throw rvd::Failure(RVD_INVALID_ARGUMENT, "write: population " + std::to_string(block.population) + " is no input");
    }
    rvd::InputQueue(lanes_, record.count, record.value_type, record.value_type).count(block, clock_, io);
    late_ += io.late;
  }

  rvd_status run(std::uint64_t until, const rvd::Watch&) override {
    clock_ = std::max(clock_, until);
    return RVD_OK;
  }

  void read(rvd_block& block) override { rows(block, "spikes"); }
  void probe_read(std::string_view variable, rvd_block& block) override { rows(block, variable); }

  void probe_set(std::uint32_t index, std::string_view variable, std::uint64_t every) override {
    Probe* probe = find(index, variable);
    if (probe == nullptr) {
      probes_.push_back({index, std::string(variable), type_of(population(index), variable), 0, 0});
      probe = &probes_.back();
    }
    probe->every = every;
    probe->next = clock_;
  }

  void reset() override {
    clock_ = first_step_;
    late_ = 0;
    for (Probe& probe : probes_) probe.next = clock_;
  }

  // No "spikes" and "hash": an empty result must not look like a silent network's.
  void counters(const rvd::Facts& facts) override {
    facts.number("steps", clock_ - first_step_);
    facts.number("late", late_);
    facts.number("lost", 0);
  }

 private:
  const rvd_population& population(std::uint32_t index) const {
    if (index < plan_.populations().size()) return plan_.populations()[index];
    throw rvd::Failure(RVD_NOT_FOUND, "there is no population " + std::to_string(index));
  }

  std::uint32_t type_of(const rvd_population& record, std::string_view variable) const {
    if (variable == "spikes") return record.value_type;
    for (const rvd_variable& known : plan_.variables(record)) {
      if (plan_.text(known.name) == variable) return plan_.states(record)[known.state].type;
    }
    throw rvd::Failure(RVD_NOT_FOUND, "probe_set: no variable \"" + std::string(variable) + "\"");
  }

  Probe* find(std::uint32_t index, std::string_view variable) {
    for (Probe& probe : probes_) {
      if (probe.population == index && probe.variable == variable) return &probe;
    }
    return nullptr;
  }

  void rows(rvd_block& block, std::string_view variable) {
    const std::uint64_t width = population(block.population).count;
    Probe* probe = find(block.population, variable);
    if (probe == nullptr) throw rvd::Failure(RVD_FAILED_PRECONDITION, "no probe was set on \"" + std::string(variable) + "\"");
    const std::uint64_t row = lanes_ * width;
    const bool due = probe->every != 0 && probe->next < clock_;
    const std::uint64_t waiting = due ? (clock_ - probe->next - 1) / probe->every + 1 : 0;
    const bool dense = block.layout == RVD_LAYOUT_DENSE;
    block.type = probe->type;
    block.first_step = probe->next;
    block.every = probe->every;
    block.lanes = lanes_;
    block.width = width;
    block.steps = dense ? std::min(waiting, block.capacity / row) : waiting;
    block.count = dense ? block.steps * row : 0;
    block.remaining = dense ? (waiting - block.steps) * row : 0;
    if (block.count != 0) std::memset(block.values, 0, static_cast<std::size_t>(block.count) * rvd::size_of(probe->type));
    probe->next += block.steps * probe->every;
  }

  rvd::PlanView plan_;
  std::uint32_t lanes_;
  std::uint64_t first_step_;
  std::uint64_t clock_;
  std::uint64_t late_ = 0;
  std::vector<Probe> probes_;
};

class NullDriver : public rvd::Driver {
 public:
  void info(rvd::Device&, const rvd::Facts& facts) override {
    facts.text("kind", "none");
    facts.text("grade", "none");
    facts.text("verified", "computes nothing");
  }
  void check(rvd::PlanView, rvd::Settings& settings, rvd::Samples, rvd::Report& report) override {
    settings.done();
    report.approximate("", "computation", "the whole network", "none: no events, states of zero");
  }
  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report&) override {
    settings.done();
    return std::make_shared<NullExecutable>(rvd::PlanCopy(plan.base(), plan.length()));
  }
  rvd::SharedExecutable load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    return std::make_shared<NullExecutable>(rvd::load_plan(host(), bytes, length, kMaker).payload);
  }
  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable executable,
                                             const rvd_session_args& args) override {
    return std::make_unique<NullSession>(static_cast<const NullExecutable&>(*executable).plan(), args);
  }
};

}  // namespace

RVD_DEFINE_DRIVER(NullDriver, "null", "0.1.0", "Ranvier")
