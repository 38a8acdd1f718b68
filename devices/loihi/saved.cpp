#include "devices/loihi/saved.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "devices/loihi/limits.h"
#include "devices/loihi/tensors.h"

namespace ranvier::loihi {
namespace {

using Json = nlohmann::json;
using Kind = Population::Kind;
using On = Population::Noise::On;

constexpr std::string_view kFormat = "ranvier-loihi 1";
constexpr std::string_view kKinds[] = {"input", "neuron", "graded", "output", "none"};
constexpr std::string_view kRules[] = {"lava", "nengo", "brian2"};
constexpr std::string_view kSigns[] = {"mixed", "excitatory", "inhibitory"};
constexpr std::string_view kNoises[] = {"none", "u", "v"};
constexpr std::int32_t kMostWeight = 1 << 15;

template <class Choice, std::size_t kCount>
std::string_view name_of(Choice choice, const std::string_view (&names)[kCount]) {
  return names[static_cast<std::size_t>(choice)];
}

/// The integers of neurons, by the names of their arrays.
struct Parameter {
  const char* name;
  Values Population::*values;
  fixed::Range range;
};
constexpr fixed::Range kPotential{1 - fixed::kTop, fixed::kTop - 1};
constexpr Parameter kParameters[] = {
    {"du", &Population::du, fixed::kDecay},
    {"dv", &Population::dv, fixed::kDecay},
    {"bias_mant", &Population::bias_mant, fixed::kBiasMantissa},
    {"bias_exp", &Population::bias_exp, fixed::kBiasExponent},
    {"refractory", &Population::refractory, fixed::kRefractory},
    {"vmin", &Population::vmin, kPotential},
    {"vmax", &Population::vmax, kPotential},
    {"u0", &Population::u0, {-fixed::kTop, fixed::kTop}},
    {"v0", &Population::v0, kPotential},
};
struct Scale {
  const char* name;
  std::vector<double> Population::*values;
};
constexpr Scale kScales[] = {{"v_scale", &Population::v_scale},
                             {"u_scale", &Population::u_scale},
                             {"v_shift", &Population::v_shift},
                             {"u_shift", &Population::u_shift},
                             {"input_scale", &Population::input_scale}};

bool has_threshold(const Population& p) { return p.kind == Kind::neuron || p.kind == Kind::graded; }

// ---------------------------------------------------------------------------------------------------------------- writing

Json described(const Population& p) {
  return {{"name", p.name},
          {"count", p.count},
          {"kind", name_of(p.kind, kKinds)},
          {"fires", p.fires},
          {"reset_interval", p.reset_interval},
          {"reset_offset", p.reset_offset},
          {"noise", name_of(p.noise.on, kNoises)},
          {"noise_exp", p.noise.exponent},
          {"noise_offset", p.noise.offset},
          {"latency", p.latency}};
}

Json described(const Group& g, const std::string& name) {
  return {{"name", name},
          {"source", g.source},
          {"target", g.target},
          {"path", g.path},
          {"delay", g.delay},
          {"axon_delay", g.axon_delay},
          {"sign", name_of(g.sign, kSigns)},
          {"bits", g.bits},
          {"exponent", g.exponent},
          {"message_bits", g.message_bits},
          {"joint", g.joint},
          {"clamped", g.clamped},
          {"dense", g.dense},
          {"projection", g.projection}};
}

// ---------------------------------------------------------------------------------------------------------------- reading

[[noreturn]] void refuse(const std::string& why) { throw rvd::Failure(RVD_INCOMPATIBLE, "the saved executable " + why); }

void demand(bool holds, const std::string& where) {
  if (!holds) refuse("contradicts itself at " + where);
}

const Json& member(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) refuse(std::string("does not say \"") + key + "\"");
  return object[key];
}

std::string text(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_string()) refuse(std::string("has no text for \"") + key + "\"");
  return value.get<std::string>();
}

bool truth(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_boolean()) refuse(std::string("has neither true nor false for \"") + key + "\"");
  return value.get<bool>();
}

std::int64_t whole(const Json& object, const char* key, std::int64_t low, std::int64_t high) {
  const Json& value = member(object, key);
  const bool fits = value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    refuse(std::string("has no whole number from ") + std::to_string(low) + " to " + std::to_string(high) + " for \"" + key +
           "\"");
  }
  return value.get<std::int64_t>();
}

template <class Choice, std::size_t kCount>
Choice choice(const Json& object, const char* key, const std::string_view (&names)[kCount]) {
  const auto at = std::find(std::begin(names), std::end(names), text(object, key));
  if (at == std::end(names)) refuse(std::string("has an unknown \"") + key + "\"");
  return static_cast<Choice>(at - std::begin(names));
}

const Json& list(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_array()) refuse(std::string("has no list for \"") + key + "\"");
  return value;
}

constexpr std::int64_t kMost32 = 0x7FFF'FFFF;

class Reader {
 public:
  Reader(std::string_view container, const rvd::Host& host) : tensors_(container) {
    demand(tensors_.metadata("format") == kFormat, "format");
    const std::string_view plan = tensors_.u8("plan");
    demand(!plan.empty(), "plan");
    contents_.plan = rvd::PlanCopy(plan.data(), plan.size());
    host.check_plan(contents_.plan.data(), contents_.plan.size());
  }

  Contents read() {
    const Json network = Json::parse(tensors_.metadata("network"), nullptr, false);
    Network& made = contents_.network;
    made.rules = choice<fixed::Rules>(network, "rules", kRules);
    made.chip = text(network, "chip");
    demand(made.chip == "loihi1" || made.chip == "loihi2", "chip");
    contents_.options.rules = made.rules;
    contents_.options.chip = made.chip;
    contents_.options.chip_states = text(network, "states") == "chip";
    const Json& populations = list(network, "populations");
    demand(populations.size() == plan().populations().size(), "populations");
    for (const Json& population : populations) made.populations.push_back(population_of(population));
    for (const Json& group : list(network, "groups")) made.groups.push_back(group_of(group));
    check_joints();
    read_wires();
    read_placement();
    return std::move(contents_);
  }

 private:
  rvd::PlanView plan() const { return contents_.plan.view(); }

  Population population_of(const Json& entry) {
    const std::size_t number = contents_.network.populations.size();
    const rvd_population& record = plan().populations()[number];
    Population p;
    p.name = text(entry, "name");
    p.count = static_cast<std::uint64_t>(whole(entry, "count", 1, kMost32));
    p.kind = choice<Kind>(entry, "kind", kKinds);
    demand(p.name == plan().text(record.name) && p.count == record.count, p.name);
    const bool input = (record.flags & RVD_POPULATION_INPUT) != 0;
    demand(input == (p.kind == Kind::input), p.name + ": kind");
    p.fires = truth(entry, "fires");
    p.reset_interval = static_cast<std::int32_t>(whole(entry, "reset_interval", 0, kMost32));
    p.reset_offset = static_cast<std::int32_t>(whole(entry, "reset_offset", 0, kMost32));
    p.noise.on = choice<On>(entry, "noise", kNoises);
    p.noise.exponent =
        static_cast<std::int32_t>(whole(entry, "noise_exp", fixed::kNoiseExponent.low, fixed::kNoiseExponent.high));
    p.noise.offset = static_cast<std::int32_t>(whole(entry, "noise_offset", fixed::kNoiseOffset.low, fixed::kNoiseOffset.high));
    p.latency = static_cast<std::uint32_t>(whole(entry, "latency", 0, static_cast<std::int64_t>(plan().populations().size())));
    if (has_threshold(p)) {
      p.vth = values(p, "vth", p.kind == Kind::graded ? fixed::Range{0, fixed::kTop - 1} : fixed::kThreshold);
    }
    if (p.kind != Kind::neuron) return p;
    for (const Parameter& parameter : kParameters) p.*parameter.values = values(p, parameter.name, parameter.range);
    for (std::uint64_t i = 0; i < p.count; ++i) demand(at(p.vmin, i) <= at(p.vmax, i), p.name + "/vmin");
    for (const Scale& scale : kScales) {
      std::vector<double> found = tensors_.f64(p.name + "/" + scale.name);
      demand(found.size() == 1 || found.size() == p.count, p.name + "/" + scale.name);
      for (const double x : found) demand(std::isfinite(x), p.name + "/" + scale.name);
      p.*scale.values = std::move(found);
    }
    return p;
  }

  Values values(const Population& p, const char* parameter, fixed::Range range) const {
    const std::string name = p.name + "/" + parameter;
    Values found = tensors_.i32(name);
    demand(found.size() == 1 || found.size() == p.count, name);
    for (const std::int32_t x : found) demand(x >= range.low && x <= range.high, name);
    return found;
  }

  std::uint32_t end_of(const Json& entry, const char* key) const {
    const auto last = static_cast<std::int64_t>(contents_.network.populations.size()) - 1;
    return static_cast<std::uint32_t>(whole(entry, key, 0, last));
  }

  Group group_of(const Json& entry) {
    const Network& network = contents_.network;
    const std::string name = text(entry, "name");
    Group g;
    g.source = end_of(entry, "source");
    g.target = end_of(entry, "target");
    const Population &source = network.populations[g.source], &target = network.populations[g.target];
    demand(source.kind == Kind::input || source.kind == Kind::graded || (source.kind == Kind::neuron && source.fires), name);
    demand(has_threshold(target), name);
    g.path = text(entry, "path");
    g.delay = static_cast<std::uint64_t>(whole(entry, "delay", g.source < g.target ? 0 : 1, kMost32));
    g.axon_delay = static_cast<std::uint32_t>(whole(entry, "axon_delay", 1, fixed::kDelay.high + 1));
    demand(g.axon_delay == static_cast<std::int64_t>(g.delay) + target.latency - source.latency, name + ": axon_delay");
    g.sign = choice<fixed::Sign>(entry, "sign", kSigns);
    g.bits = static_cast<int>(whole(entry, "bits", fixed::kWeightBits.low, fixed::kWeightBits.high));
    g.exponent = static_cast<int>(whole(entry, "exponent", fixed::kWeightExponent.low, fixed::kWeightExponent.high));
    g.message_bits = static_cast<int>(whole(entry, "message_bits", 0, 32));
    g.shift = fixed::sum_shift(network.rules, g.exponent);
    g.joint = static_cast<std::uint32_t>(whole(entry, "joint", 0, kMost32));
    g.clamped = truth(entry, "clamped");
    g.dense = truth(entry, "dense");
    g.projection = whole(entry, "projection", -1, static_cast<std::int64_t>(plan().projections().size()) - 1);
    demand(g.projection < 0 || convolves(plan().projections()[static_cast<std::uint64_t>(g.projection)], source, target), name);
    g.weights = tensors_.i32(name + "/weights");
    for (const std::int32_t w : g.weights) demand(w >= -kMostWeight && w <= kMostWeight, name + "/weights");
    if (g.dense) {
      demand(g.weights.size() == source.count * target.count, name + "/weights");
      return g;
    }
    g.rows = tensors_.i64(name + "/rows");
    g.targets = tensors_.i32(name + "/targets");
    demand(g.rows.size() == source.count + 1 && g.rows.front() == 0, name + "/rows");
    demand(std::is_sorted(g.rows.begin(), g.rows.end()), name + "/rows");
    demand(g.rows.back() == static_cast<std::int64_t>(g.targets.size()) && g.targets.size() == g.weights.size(),
           name + "/targets");
    for (const std::int32_t t : g.targets) demand(t >= 0 && static_cast<std::uint64_t>(t) < target.count, name + "/targets");
    return g;
  }

  static bool convolves(const rvd_projection& projection, const Population& source, const Population& target) {
    const rvd_window& w = projection.window;
    return projection.kind == RVD_PROJECTION_CONVOLUTION && projection.weights.type == RVD_I32 &&
           std::uint64_t{w.channels_in} * w.in[0] * w.in[1] == source.count &&
           std::uint64_t{w.channels_out} * w.out[0] * w.out[1] == target.count;
  }

  void check_joints() const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, const Group*> first;
    for (const Group& g : contents_.network.groups) {
      if (g.joint == 0) continue;
      const Group& other = *first.try_emplace({g.target, g.joint}, &g).first->second;
      demand(g.exponent == other.exponent && g.clamped == other.clamped, g.path + ": joint");
    }
  }

  void read_wires() {
    const std::vector<std::int64_t> wires = tensors_.i64("wires");
    demand(wires.size() % 3 == 0, "wires");
    Network& network = contents_.network;
    const auto count = static_cast<std::int64_t>(network.populations.size());
    std::int64_t longest = 0;  // way in the plan, at most
    for (const rvd_projection& projection : plan().projections()) longest += projection.delay;
    for (std::size_t k = 0; k < wires.size(); k += 3) {
      demand(wires[k] >= 0 && wires[k] < count && wires[k + 1] >= 0 && wires[k + 1] < count, "wires");
      demand(wires[k + 2] >= (wires[k] < wires[k + 1] ? 0 : 1) && wires[k + 2] <= longest, "wires");
      const Wire wire{static_cast<std::uint32_t>(wires[k]), static_cast<std::uint32_t>(wires[k + 1]),
                      static_cast<std::uint64_t>(wires[k + 2])};
      const Population &source = network.populations[wire.source], &target = network.populations[wire.target];
      demand(target.kind == Kind::output && source.kind != Kind::output && source.kind != Kind::none, "wires");
      demand(source.count == target.count, "wires");
      network.wires.push_back(wire);
    }
  }

  void read_placement() {
    const std::vector<std::int64_t> parts = tensors_.i64("placement");
    demand(parts.size() % 5 == 0, "placement");
    Network& network = contents_.network;
    for (std::size_t k = 0; k < parts.size(); k += 5) {
      demand(std::all_of(parts.begin() + static_cast<std::ptrdiff_t>(k), parts.begin() + static_cast<std::ptrdiff_t>(k + 5),
                         [](std::int64_t x) { return x >= 0 && x <= kMost32; }),
             "placement");
      const auto number = static_cast<std::size_t>(parts[k]);
      demand(number < network.populations.size(), "placement");
      demand(static_cast<std::uint64_t>(parts[k + 1] + parts[k + 2]) <= network.populations[number].count, "placement");
      demand(static_cast<std::uint64_t>(parts[k + 3]) < kMostChips &&
                 static_cast<std::uint64_t>(parts[k + 4]) < limits_of(network.chip).cores,
             "placement");
      network.placement.push_back({static_cast<std::uint32_t>(parts[k]), static_cast<std::uint64_t>(parts[k + 1]),
                                   static_cast<std::uint64_t>(parts[k + 2]), static_cast<std::uint32_t>(parts[k + 3]),
                                   static_cast<std::uint32_t>(parts[k + 4])});
    }
  }

  TensorReader tensors_;
  Contents contents_;
};

}  // namespace

std::vector<std::string> group_names(const Network& network) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (const Group& g : network.groups) {
    const std::string ends = network.populations[g.source].name + "->" + network.populations[g.target].name;
    std::string name = ends;
    for (int number = 2; !taken.insert(name).second; ++number) name = ends + "#" + std::to_string(number);
    names.push_back(std::move(name));
  }
  return names;
}

std::string container_of(rvd::PlanView plan, const Network& network, const Options& options) {
  TensorWriter tensors;
  tensors.add("plan", plan.base(), plan.length());
  Json described_network{{"rules", name_of(network.rules, kRules)},
                         {"chip", network.chip},
                         {"states", options.chip_states ? "chip" : "network"},
                         {"populations", Json::array()},
                         {"groups", Json::array()}};
  for (const Population& p : network.populations) {
    described_network["populations"].push_back(described(p));
    if (has_threshold(p)) tensors.add(p.name + "/vth", p.vth);
    if (p.kind != Kind::neuron) continue;
    for (const Parameter& parameter : kParameters) tensors.add(p.name + "/" + parameter.name, p.*parameter.values);
    for (const Scale& scale : kScales) tensors.add(p.name + "/" + scale.name, p.*scale.values);
  }
  const std::vector<std::string> names = group_names(network);
  for (std::size_t k = 0; k < names.size(); ++k) {
    const Group& g = network.groups[k];
    described_network["groups"].push_back(described(g, names[k]));
    std::vector<std::uint64_t> shape;
    if (g.dense) shape = {network.populations[g.source].count, network.populations[g.target].count};
    tensors.add(names[k] + "/weights", g.weights, shape);
    if (g.dense) continue;
    tensors.add(names[k] + "/rows", g.rows);
    tensors.add(names[k] + "/targets", g.targets);
  }
  std::vector<std::int64_t> wires, placement;
  for (const Wire& w : network.wires) wires.insert(wires.end(), {w.source, w.target, static_cast<std::int64_t>(w.delay)});
  for (const Placed& p : network.placement) {
    placement.insert(placement.end(),
                     {p.population, static_cast<std::int64_t>(p.first), static_cast<std::int64_t>(p.count), p.chip, p.core});
  }
  tensors.add("wires", wires, {network.wires.size(), 3});
  tensors.add("placement", placement, {network.placement.size(), 5});
  std::string bytes;
  tensors.write({{"format", std::string(kFormat)}, {"network", described_network.dump()}}, bytes);
  return bytes;
}

Contents contents_of(std::string_view container, const rvd::Host& host) { return Reader(container, host).read(); }

}  // namespace ranvier::loihi
