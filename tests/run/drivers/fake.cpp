// A driver that does no arithmetic, and breaks one rule when it is told to: `fake?fault=unsorted`. (wide, slow, stuck and
// no_reset break none: they are what drivers may do.)
//
// Input populations emit what was written. Every other population emits 1 in each lane from neuron (step + lane) mod count, and
// each of its states reads step * 100 + lane * 10 + neuron.

#include <ranvier/driver.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>

namespace {

std::string fault_of(rvd::Settings& settings) {
  std::string fault = settings.choice("fault", "none",
                                      {"none",
                                       "unsorted",
                                       "id",
                                       "lane",
                                       "step",
                                       "over_capacity",
                                       "endless",
                                       "moved",
                                       "type",
                                       "type_changes",
                                       "unknown_status",
                                       "stuck_clock",
                                       "clock_ahead",
                                       "lost",
                                       "lost_counter",
                                       "counter_lane",
                                       "one_hash",
                                       "device_lost",
                                       "throw",
                                       "slow",
                                       "stuck",
                                       "no_probe",
                                       "rows_short",
                                       "rows_width",
                                       "rows_every",
                                       "rows_over_capacity",
                                       "dense_short",
                                       "dense_width",
                                       "dense_late",
                                       "dense_moved",
                                       "dense_over_capacity",
                                       "dense_type",
                                       "refuse",
                                       "refuse_silently",
                                       "yes_and_no",
                                       "bad_report",
                                       "two_lanes_at_most",
                                       "no_reset",
                                       "reset_fails",
                                       "no_memory",
                                       "not_there",
                                       "no_place",
                                       "wide"});
  settings.done();
  return fault;
}

constexpr std::string_view kMaker = FAKE_NAME " 1.2";

// The sum over all samples, as a line that tells what was seen.
void tell_samples(rvd::PlanView plan, rvd::Samples samples, rvd::Report& report) {
  for (const rvd_block* block = samples.blocks; block != samples.blocks + samples.count; ++block) {
    double sum = 0;
    for (std::uint64_t k = 0; k < block->count; ++k) {
      if (block->type == RVD_F32) sum += static_cast<const float*>(block->values)[k];
      if (block->type == RVD_I32) sum += static_cast<const std::int32_t*>(block->values)[k];
    }
    const bool dense = block->layout == RVD_LAYOUT_DENSE && block->count == block->steps * block->lanes * block->width;
    report.exact(plan.text(plan.populations()[block->population].name), "calibration", dense ? "dense" : "events", "", "",
                 {{"steps", static_cast<double>(block->steps)}, {"samples", static_cast<double>(block->lanes)}, {"sum", sum}});
  }
}

class FakeExecutable : public rvd::Executable {
 public:
  FakeExecutable(rvd::PlanCopy plan, std::string fault) : plan_(std::move(plan)), fault_(std::move(fault)) {}
  rvd::PlanView plan() const { return plan_.view(); }
  const std::string& fault() const { return fault_; }
  void save(const rvd::Sink& sink) const override { rvd::save(sink, kMaker, fault_, plan_.data(), plan_.size()); }

 private:
  rvd::PlanCopy plan_;
  std::string fault_;
};

class FakeSession : public rvd::SoftSession {
 public:
  FakeSession(const FakeExecutable& executable, const rvd_session_args& args)
      : SoftSession(executable.plan(), args, executable.fault() == "wide"), fault_(executable.fault()) {
    for (const rvd_population& population : plan().populations()) largest_ = std::max(largest_, population.count);
    row_.resize(lanes() * largest_);
  }

  const std::string& fault() const { return fault_; }

  void write(const rvd_block& block, rvd_io& io) override {
    SoftSession::write(block, io);
    if (fault_ == "lost") io.lost = 3;
  }

  rvd_status run(std::uint64_t until, const rvd::Watch& watch) override {
    if (fault_ == "stuck_clock") return RVD_OK;
    if (fault_ == "clock_ahead") return SoftSession::run(until + 1, watch);
    if (fault_ == "device_lost") throw rvd::Failure(RVD_DEVICE_LOST, "the cable was pulled");
    if (fault_ == "unknown_status") return 4711;
    while (fault_ == "stuck") {
      if (const rvd_status status = watch.poll()) return status;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return SoftSession::run(until, watch);
  }

  void read(rvd_block& block) override {
    const std::uint64_t capacity = block.capacity;
    SoftSession::read(block);
    if (fault_ == "endless") {
      block.count = 0;
      block.remaining = 1;
    }
    if (fault_ == "moved") block.step = nullptr;
    if (block.count == 0) return;
    if (block.layout == RVD_LAYOUT_DENSE) return read_rows(block);
    const std::uint64_t last = block.count - 1;
    if (fault_ == "unsorted") std::swap(block.step[0], block.step[last]);
    if (fault_ == "id") block.id[last] = 4;
    if (fault_ == "lane") block.lane[last] = lanes();
    if (fault_ == "step") block.step[0] = clock();
    if (fault_ == "over_capacity") block.count = capacity + 1;
    if (fault_ == "type") block.type = RVD_U8;
    if (fault_ == "type_changes") block.type = reads_++ == 0 ? RVD_F32 : RVD_F64;
  }

  void read_rows(rvd_block& block) {
    if (fault_ == "dense_short") block.steps = block.count = block.remaining = 0;
    if (fault_ == "dense_width") ++block.width;
    if (fault_ == "dense_late") ++block.first_step;
    if (fault_ == "dense_moved") block.values = nullptr;
    if (fault_ == "dense_over_capacity") block.count = block.capacity *= 2;
    if (fault_ == "dense_type") block.type = RVD_U8;
  }

  void probe_set(std::uint32_t population, std::string_view variable, std::uint64_t every) override {
    if (fault_ == "no_probe") throw rvd::Failure(RVD_UNSUPPORTED, "probes are compiled in");
    SoftSession::probe_set(population, variable, every);
  }

  void probe_read(std::string_view variable, rvd_block& block) override {
    SoftSession::probe_read(variable, block);
    if (fault_ == "rows_short") block.steps = block.count = block.remaining = 0;
    if (fault_ == "rows_width") ++block.width;
    if (fault_ == "rows_every") ++block.every;
    if (fault_ == "rows_over_capacity") block.count = block.capacity *= 2;
  }

  void reset() override {
    if (fault_ == "no_reset") throw rvd::Failure(RVD_NOT_IMPLEMENTED, "no reset");
    if (fault_ == "reset_fails") throw rvd::Failure(RVD_DEVICE_LOST, "gone");
    SoftSession::reset();
  }

  void counters(const rvd::Facts& facts) override {
    if (fault_ == "one_hash") return facts.number("hash", 1, 0);
    SoftSession::counters(facts);
    if (fault_ == "counter_lane") facts.number("spikes", 1, lanes());
    if (fault_ == "lost_counter") facts.number("lost", 7);
  }

 protected:
  void step(std::uint64_t n) override {
    if (fault_ == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(2));
    for (std::uint32_t index = 0; index < plan().populations().size(); ++index) {
      const rvd_population& population = plan().populations()[index];
      if ((population.flags & RVD_POPULATION_INPUT) != 0) {
        for (const rvd::Event& event : input(index, n)) emitted(index, n, event);
        continue;
      }
      for (std::uint32_t lane = 0; lane < lanes(); ++lane) {
        emitted(
            index, n,
            {lane, static_cast<std::uint32_t>((n + lane) % population.count), rvd::bits_of_one(used(population.value_type))});
      }
    }
    now_ = n;
  }

  void restart() override {}

  const void* state(std::uint32_t population, std::uint32_t index) const override {
    const rvd_population& record = plan().populations()[population];
    const std::uint32_t type = used(plan().states(record)[index].type);
    for (std::uint64_t k = 0; k < lanes() * record.count; ++k) {
      const std::uint64_t value = now_ * 100 + k / record.count * 10 + k % record.count;
      const std::uint64_t bits = type == RVD_F32   ? rvd::bits_of(static_cast<float>(value))
                                 : type == RVD_F64 ? rvd::bits_of(static_cast<double>(value))
                                                   : value;
      std::memcpy(reinterpret_cast<std::byte*>(row_.data()) + k * rvd::size_of(type), &bits, rvd::size_of(type));
    }
    return row_.data();
  }

 private:
  std::string fault_;
  std::uint64_t largest_ = 1;
  std::uint64_t now_ = 0;
  int reads_ = 0;
  mutable std::vector<std::uint64_t> row_;
};

class FakeDriver : public rvd::Driver {
 public:
  void read_settings(rvd::Settings& settings) override {
    if (fault_of(settings) == "not_there") throw rvd::Failure(RVD_NOT_FOUND, "no chip is connected", "Use fault=none.");
  }
  void enumerate(const rvd::Facts& facts) override {
    facts.text("0", "the first");
    facts.text("1", "the second");
  }
  std::unique_ptr<rvd::Device> open_device(std::uint64_t index) override {
    if (index > 1) throw rvd::Failure(RVD_NOT_FOUND, "there are two devices");
    return std::make_unique<rvd::Device>(index);
  }
  void info(rvd::Device& device, const rvd::Facts& facts) override {
    facts.text("kind", "none");
    facts.number("index", device.index());
  }

  void check(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples samples, rvd::Report& report) override {
    const std::string fault = fault_of(settings);
    tell_samples(plan, samples, report);
    if (fault == "refuse") {
      report.exact("in", "input", "6", "", "neurons");
      report.unsupported("cells", "delay", "70", "62", "steps", "Use shorter delays.");
      report.unsupported("out", "neuron model", "linear@1", "lif@1", "", "");
    }
    if (fault == "refuse_silently") throw rvd::Failure(RVD_UNSUPPORTED, "no");
    if (fault == "two_lanes_at_most" && settings.lanes() > 2) {
      report.unsupported("", "lanes", std::to_string(settings.lanes()), "2", "", "Use fewer lanes.");
    }
    if (fault == "no_memory") throw rvd::Failure(RVD_OUT_OF_MEMORY, "the board is full");
  }
  std::shared_ptr<const rvd::Executable> compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples samples,
                                                 rvd::Report& report) override {
    report.approximate("cells", "weight", "0.3", "0.25", "", "", {{"max_error", 0.05}});
    tell_samples(plan, samples, report);
    return std::make_shared<FakeExecutable>(rvd::PlanCopy(plan.base(), plan.length()), fault_of(settings));
  }
  std::shared_ptr<const rvd::Executable> load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    rvd::Saved saved = rvd::load_plan(host(), bytes, length, kMaker);
    return std::make_shared<FakeExecutable>(std::move(saved.payload), saved.settings);
  }
  void formats(const rvd::Facts& facts) override { facts.text("text", "the populations, one a line"); }
  void write(const rvd::Executable& executable, std::string_view, rvd::Report& report, const rvd::Sink& sink) override {
    const auto& made = static_cast<const FakeExecutable&>(executable);
    if (made.fault() == "no_place") {
      report.unsupported("cells", "delay", "2", "1", "steps", "Use shorter delays.");
      report.stop_if_refused();
    }
    report.approximate("cells", "state", "w", "", "", "");
    for (const rvd_population& population : made.plan().populations()) {
      const std::string line = std::string(made.plan().text(population.name)) + "\n";
      sink.write(line.data(), line.size());
    }
  }
  std::unique_ptr<rvd::Session> open_session(rvd::Device&, std::shared_ptr<const rvd::Executable> executable,
                                             const rvd_session_args& args) override {
    return std::make_unique<FakeSession>(static_cast<const FakeExecutable&>(*executable), args);
  }
};

// What the C++ layer would not let through is done underneath it.

bool asked(const rvd_settings* settings, std::string_view fault) {
  return settings->count != 0 && rvd::view(settings->items[0].value) == fault;
}

rvd_status raw_run(rvd_session_t* session, std::uint64_t until, std::uint64_t timeout, std::uint64_t* clock) {
  if (static_cast<FakeSession&>(*rvd::detail::of(session).session).fault() == "throw")
    throw std::runtime_error("out of an entry");
  return rvd::detail::run(session, until, timeout, clock);
}

rvd_status raw_check(rvd_driver_t* driver, const void* plan, std::uint64_t length, const rvd_settings* settings,
                     const rvd_block* samples, std::uint64_t sample_count, const rvd_report* report) {
  if (asked(settings, "refuse_silently")) return RVD_UNSUPPORTED;
  rvd_entry entry{};
  entry.struct_size = sizeof entry;
  entry.verdict = RVD_VERDICT_UNSUPPORTED;
  entry.quantity = rvd::text("mood");
  if (asked(settings, "bad_report")) entry.struct_size = 3;
  if (asked(settings, "bad_report") || asked(settings, "yes_and_no")) {
    report->add(report->context, &entry);
    return RVD_OK;
  }
  return rvd::detail::check(driver, plan, length, settings, samples, sample_count, report);
}

}  // namespace

extern "C" RVD_EXPORT const rvd_api* rvd_driver(std::uint32_t abi_version) {
  static const rvd_api table = [] {
    rvd_api made = rvd::detail::table_of<FakeDriver>(FAKE_NAME, "1.2", "Tests");
    made.run = &raw_run;
    made.check = &raw_check;
    return made;
  }();
  return abi_version == RVD_ABI_VERSION ? &table : nullptr;
}
