// A driver from outside Ranvier's tree, for an imaginary chip: 32 integrate-and-fire neurons, 8-bit weights, 12-bit decay and a
// 24-bit potential, no recurrence. It runs no programs: it knows one model by name, quantises its parameters while compiling,
// says in the report what that costs, and refuses all else with all reasons at once. The chip is emulated, in `step`.
#include <cmath>
#include <map>

#include <ranvier/driver.hpp>

namespace {
using Kind = rvd::FusedView::Kind;
constexpr std::uint64_t kNeurons = 32, kMaxDelay = 15, kSlots = kMaxDelay + 1;
constexpr std::int64_t kLimit = 1 << 23;
constexpr std::pair<std::string_view, std::string_view> kPlain[] = {  // options of lif@1 that the circuit can do
    {"update", "linear"},   {"reset", "zero"},  {"comparator", ">"},
    {"threshold", "plain"}, {"probe", "after"}, {"start", "zero"}};

struct Route {  // synapses from one population; weights [source][target], none: one to one
  std::uint32_t source;
  std::uint64_t delay;
  std::vector<std::int8_t> weights;
};

struct Core {  // a population as the chip holds it
  Kind kind;
  std::uint64_t count;
  std::vector<double> gain;                 // weight times gain of the target is what the chip stores
  std::vector<std::int64_t> dv, threshold;  // per neuron
  double scale = 1;                         // the chip's potential for 1 of the plan's
  std::vector<Route> routes;
};

struct Chip : rvd::Executable {
  Chip(rvd::PlanView given, rvd::Report& report)
      : copy(given.base(), given.length()), plan(known(copy.view(), report)), view(plan) {
    std::uint64_t total = 0;
    std::string counts;
    for (const rvd::FusedView::Node& node : view.nodes()) {
      const rvd_population& population = plan.populations()[node.population];
      const std::string where(plan.text(population.name)), model(plan.text(population.model));
      Core& core = cores[node.population] = {node.kind, population.count, {}, {}, {}, 1, {}};
      if (!node.bias.empty()) report.unsupported(where, "bias", "a constant input", "none", "", "Train without biases.");
      if (node.kind == Kind::input || node.kind == Kind::output) continue;
      total += core.count;
      counts += (counts.empty() ? "" : "+") + std::to_string(core.count);
      if (model != "lif@1") report.unsupported(where, "neuron model", model, "lif@1", "", "Use LIF and linear nodes.");
      else if (plan.option(population, "update") == "shift") take(node.population, core);
      else quantise(node.population, core, where, report);
    }
    if (total > kNeurons) report.unsupported("", "neuron count", counts, "32", "neurons", "Make the layers smaller.");
    for (const rvd::FusedView::Synapses& synapses : view.synapses()) connect(synapses, report);
  }

  // Of connections the chip has two kinds. (The view would make matrices of the others.)
  static rvd::PlanView known(rvd::PlanView plan, rvd::Report& report) {
    constexpr std::string_view kNames[] = {"", "dense", "one-to-one", "convolution", "pool", "sparse"};
    for (const rvd_projection& projection : plan.projections()) {
      if (projection.kind <= RVD_PROJECTION_ONE_TO_ONE) continue;
      const auto name = [&](std::uint32_t index) { return std::string(plan.text(plan.populations()[index].name)); };
      report.unsupported(name(projection.source) + " -> " + name(projection.target), "projection", kNames[projection.kind],
                         "dense, one-to-one", "", "Use linear nodes.");
    }
    return plan;
  }

  // The chip's own rule (convention lava-fixed): its integers stand in the coefficients already.
  void take(std::uint32_t index, Core& core) const {
    for (std::uint64_t i = 0; i < core.count; ++i) {
      core.gain.push_back(view.coefficient(index, "w", i));
      core.dv.push_back(static_cast<std::int64_t>(view.coefficient(index, "dv", i)));
      core.threshold.push_back(static_cast<std::int64_t>(view.coefficient(index, "threshold", i)));
    }
  }

  // An option that a plan leaves out has the plain value.
  void demand(std::uint32_t index, const std::string& where, rvd::Report& report) const {
    for (const auto& [key, plain] : kPlain) {
      const std::string_view asked = plan.option(plan.populations()[index], key);
      if (asked.empty() || asked == plain) continue;
      report.unsupported(where, "option " + std::string(key), asked, plain, "", "Load the network with another convention.");
    }
    for (const char* name : {"v_leak", "v_reset"}) {
      double asked = 0;
      for (std::uint64_t i = 0; i < cores.at(index).count && asked == 0; ++i) asked = view.parameter(index, name, i, 0);
      if (asked != 0) report.unsupported(where, name, rvd::number(asked), "0", "", "Shift the potentials so that it is 0.");
    }
  }

  // v = a v + b x in the plan's units becomes integers, with one scale for the population.
  void quantise(std::uint32_t index, Core& core, const std::string& where, rvd::Report& report) const {
    demand(index, where, report);
    const auto option = [&](const char* key) { return plan.option(plan.populations()[index], key); };
    const std::string_view gain = option("input_gain");
    double worst = 0, strongest = 1e-9, highest = 1e-9;
    for (std::uint64_t i = 0; i < core.count; ++i) {
      const double rate = plan.network().dt / view.parameter(index, "tau", i, 1);
      const double decay = option("decay") == "euler" ? 1 - rate : std::exp(-rate);
      const double r = option("r") == "ignored" ? 1 : view.parameter(index, "r", i, 1);
      core.gain.push_back(gain == "one" ? 1 : r * (gain == "dt/tau" ? rate : -std::expm1(-rate)));
      core.dv.push_back(std::min<std::int64_t>(std::lround((1 - decay) * 4096), 4095));
      worst = std::max(worst, std::fabs((1 - static_cast<double>(core.dv[i]) / 4096) / decay - 1));
      strongest = std::max(strongest, std::fabs(core.gain[i]));
      highest = std::max(highest, std::fabs(view.parameter(index, "v_threshold", i, 1)));
    }
    const double factor = std::min(127 / (strongest * view.largest_weight(index, 1e-9)), (kLimit - 1) / 64.0 / highest);
    core.scale = factor * 64;
    for (std::uint64_t i = 0; i < core.count; ++i) {
      core.gain[i] *= factor;
      core.threshold.push_back(std::lround(view.parameter(index, "v_threshold", i, 1) * core.scale));
    }
    const std::string limit = "12 bits, largest relative error " + rvd::number(worst);
    report.approximate(where, "decay", "float", limit, "", "", {{"max_relative_error", worst}});
  }

  void connect(const rvd::FusedView::Synapses& s, rvd::Report& report) {
    Core& core = cores[s.target];
    if (s.source >= s.target) report.unsupported(s.path, "recurrence", s.path, "none", "", "Remove the edge.");
    if (s.delay > kMaxDelay) report.unsupported(s.path, "delay", std::to_string(s.delay), "15", "steps", "Shorten it.");
    if (core.kind == Kind::output && !s.weights.identity()) report.unsupported(s.path, "output weight", "any", "1", "", "");
    core.routes.push_back({s.source, s.delay, {}});
    double worst = 0, outside = 0;
    for (std::uint64_t k = 0; !core.gain.empty() && k < s.weights.sources * core.count; ++k) {
      const double gain = core.gain[k % core.count], exact = s.weights.at(k / core.count, k % core.count) * gain;
      const double whole = std::nearbyint(exact), kept = std::min(std::max(whole, -128.0), 127.0);
      core.routes.back().weights.push_back(static_cast<std::int8_t>(kept));
      if (whole != kept) outside = whole;
      if (whole != exact) worst = std::max(worst, std::fabs((whole - exact) / gain));
    }
    if (outside != 0) report.unsupported(s.path, "weight", rvd::number(outside), "-128 to 127", "", "Scale the weights down.");
    const std::string limit = "8 bits, largest error " + rvd::number(worst);
    if (worst > 0) report.approximate(s.path, "weight", "float", limit, "", "", {{"max_error", worst}});
    else if (!core.gain.empty()) report.exact(s.path, "weight", "float", limit, "", {{"max_error", 0}});
  }

  rvd::PlanCopy copy;
  rvd::PlanView plan;
  rvd::FusedView view;
  std::map<std::uint32_t, Core> cores;  // by population, which is the order of update
};

struct Emulation : rvd::SoftSession {
  Emulation(const Chip& made, const rvd_session_args& args) : SoftSession(made.plan, args, false), chip(made) { restart(); }

  void restart() override {
    past.clear();
    for (const auto& [index, core] : chip.cores) v[index].assign(core.count, 0);
  }

  void step(std::uint64_t n) override {
    for (const auto& [index, core] : chip.cores) {
      std::vector<rvd::Event>& now = past[{index, n % kSlots}] = input(index, n);  // none where the core is no input
      sums.assign(core.count, 0);
      gather(core, n);
      for (std::uint32_t i = 0; core.kind != Kind::input && i < core.count; ++i) {
        const double value = core.kind == Kind::output ? sums[i] : update(core, i, v[index][i]);
        if (value != 0) now.push_back({0, i, rvd::bits_of(static_cast<float>(value))});
      }
      for (const rvd::Event& event : now) emitted(index, n, event);
    }
  }

  void gather(const Core& core, std::uint64_t n) {
    for (const Route& route : core.routes) {
      for (const rvd::Event& event : past[{route.source, (n - route.delay) % kSlots}]) {
        const double value{rvd::from_bits<float>(event.bits)};
        if (route.weights.empty()) sums[event.id] += value;
        for (std::uint64_t k = 0; !route.weights.empty() && k < core.count; ++k) {
          sums[k] += route.weights[event.id * core.count + k] * value;
        }
      }
    }
  }

  bool update(const Core& core, std::uint32_t i, std::int32_t& potential) const {
    std::int64_t current = static_cast<std::int64_t>(sums[i]) * 64;
    current += current > kLimit ? -2 * kLimit : current <= -kLimit ? 2 * kLimit : 0;  // 24 bits wrap
    const std::int64_t left = (std::abs(std::int64_t{potential}) * (4096 - core.dv[i])) >> 12;
    const std::int64_t after = std::min(std::max((potential < 0 ? -left : left) + current, 1 - kLimit), kLimit - 1);
    potential = after > core.threshold[i] ? 0 : static_cast<std::int32_t>(after);
    return after > core.threshold[i];
  }

  const void* state(std::uint32_t population, std::uint32_t index) const override {
    const std::vector<std::int32_t>& potentials = v.at(population);
    if (plan().states(plan().populations()[population])[index].type == RVD_I32) return potentials.data();
    shown.clear();  // a float model: back to its units
    for (const std::int32_t x : potentials) shown.push_back(static_cast<float>(x / chip.cores.at(population).scale));
    return shown.data();
  }

  const Chip& chip;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::vector<rvd::Event>> past;  // (population, step % kSlots)
  std::map<std::uint32_t, std::vector<std::int32_t>> v;
  std::vector<double> sums;
  mutable std::vector<float> shown;
};

struct Driver : rvd::Driver {
  void info(rvd::Device&, const rvd::Facts& facts) override {
    for (const auto& [name, value] : {std::pair{"kind", "emulator"}, {"grade", "bit-exact"}}) facts.text(name, value);
    facts.number("max_neurons", kNeurons);
  }
  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report& report) override {
    settings.done();
    if (settings.lanes() != 1) report.unsupported("", "lanes", std::to_string(settings.lanes()), "1", "", "Run one by one.");
    return std::make_shared<Chip>(plan, report);
  }
  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable chip, const rvd_session_args& args) override {
    if (args.lanes != 1) throw rvd::Failure(RVD_UNSUPPORTED, "chip32 has one lane");
    return std::make_unique<Emulation>(static_cast<const Chip&>(*chip), args);
  }
};

}  // namespace
RVD_DEFINE_DRIVER(Driver, "chip32", "1.0", "Example")
