#include "devices/loihi/export_lava.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "devices/loihi/lava_script.h"

namespace ranvier::loihi {
namespace {

using Json = nlohmann::json;
using Kind = Population::Kind;

constexpr std::uint64_t kMostWeights = std::uint64_t{1} << 26;  // of a matrix
constexpr int kMostMessageBits = 24;                            // that Lava's events have

std::string base64(const std::vector<std::int32_t>& values) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  const std::size_t count = values.size() * sizeof(std::int32_t);
  std::string text;
  for (std::size_t k = 0; k < count; k += 3) {
    const std::size_t left = std::min<std::size_t>(3, count - k);
    std::uint32_t group = std::uint32_t{bytes[k]} << 16;
    if (left > 1) group |= std::uint32_t{bytes[k + 1]} << 8;
    if (left > 2) group |= bytes[k + 2];
    for (std::size_t digit = 0; digit < 4; ++digit) {
      text += digit <= left ? kDigits[(group >> (18 - 6 * digit)) & 63] : '=';
    }
  }
  return text;
}

Json array(const std::vector<std::int32_t>& values, const std::vector<std::uint64_t>& shape) {
  return {{"i32", base64(values)}, {"shape", shape}};
}
Json array(const Values& values) { return array(values, {values.size()}); }

class Writer {
 public:
  Writer(rvd::PlanView plan, const Network& network, rvd::Report& report) : plan_(plan), network_(network), report_(report) {}

  std::string write() {
    if (network_.rules != fixed::Rules::lava) {
      report_.unsupported("", "rules", network_.rules == fixed::Rules::nengo ? "nengo" : "brian2", "lava", "",
                          "Compile with compat=lava.");
    }
    Json described{{"inputs", Json::array()}, {"populations", Json::array()}, {"synapses", Json::array()}};
    for (const Population& p : network_.populations) {
      if (p.kind == Kind::input) described["inputs"].push_back({{"name", p.name}, {"count", p.count}});
      if (neurons(p)) described["populations"].push_back(population(p));
    }
    for (const Group& group : network_.groups) described["synapses"].push_back(synapses(group));
    check_inputs(described);
    report_.stop_if_refused();
    return filled(described.dump(-1, ' ', true));
  }

 private:
  static bool neurons(const Population& p) { return p.kind == Kind::neuron || p.kind == Kind::graded; }

  // ------------------------------------------------------------------------------------------------------- populations

  Json population(const Population& p) {
    Json made{{"name", p.name}, {"count", p.count}, {"latency", p.latency}, {"kind", "graded"}, {"vth", array(p.vth)}};
    if (p.kind == Kind::graded) return made;
    check(p);
    made["kind"] = "neuron";
    // What reads as v and must not fire has the highest threshold, 63 below the largest v.
    if (!p.fires) made["vth"] = array({fixed::kThreshold.high});
    for (const auto& [key, values] : {std::pair{"du", &p.du},
                                      {"dv", &p.dv},
                                      {"bias_mant", &p.bias_mant},
                                      {"bias_exp", &p.bias_exp},
                                      {"u0", &p.u0},
                                      {"v0", &p.v0}}) {
      made[key] = array(*values);
    }
    made["reset_interval"] = p.reset_interval;
    made["reset_offset"] = p.reset_interval == 0 ? 0 : p.reset_offset % p.reset_interval;
    return made;
  }

  void check(const Population& p) {
    const auto lacks = [&](std::string_view what, const Values& values, std::int32_t only, std::string_view remedy) {
      for (const std::int32_t x : values) {
        if (x == only) continue;
        return report_.unsupported(p.name, what, std::to_string(x), std::to_string(only), "", remedy);
      }
    };
    lacks("refractory", p.refractory, 1, "Lava's fixed-point LIF has no refractory period: leave it out.");
    lacks("vmin", p.vmin, 1 - fixed::kTop, "Lava's LIF has the chip's widest bounds only.");
    lacks("vmax", p.vmax, fixed::kTop - 1, "Lava's LIF has the chip's widest bounds only.");
    if (p.noise.on != Population::Noise::On::none) {
      report_.unsupported(p.name, "noise", "of u or v", "none", "", "Lava's LIF has no noise: leave it out.");
    }
    if (p.latency == 0 || !p.fires) return;
    for (std::uint64_t i = 0; i < p.count; ++i) {
      const std::int64_t bias = std::int64_t{at(p.bias_mant, i)} << at(p.bias_exp, i);
      const std::int64_t threshold = std::int64_t{at(p.vth, i)} << fixed::kUnit;
      if (bias <= threshold) continue;
      return report_.unsupported(p.name, "bias", std::to_string(bias), std::to_string(threshold), "units of v",
                                 "It fires from its bias alone, in the " + std::to_string(p.latency) +
                                     " steps before its first as well. Give the edges before it a delay of a step.");
    }
  }

  /// How many processes a population becomes: one for each du, dv and vth.
  std::size_t processes(const Population& p) const {
    if (p.kind == Kind::input) return 1;
    std::set<std::array<std::int32_t, 3>> kinds;
    for (std::uint64_t i = 0; i < p.count; ++i) {
      const bool graded = p.kind == Kind::graded;
      kinds.insert({graded ? 0 : at(p.du, i), graded ? 0 : at(p.dv, i), p.fires ? at(p.vth, i) : 0});
    }
    return kinds.size();
  }

  // ---------------------------------------------------------------------------------------------------------- synapses

  Json synapses(const Group& g) {
    const Population &source = network_.populations[g.source], &target = network_.populations[g.target];
    static constexpr const char* kSigns[] = {"mixed", "excitatory", "inhibitory"};
    Json made{{"source", source.name},
              {"target", target.name},
              {"axon_delay", g.axon_delay},
              {"sign", kSigns[static_cast<std::size_t>(g.sign)]},
              {"bits", g.bits},
              {"exponent", g.exponent},
              {"message_bits", std::min(g.message_bits, kMostMessageBits)}};
    if (g.exponent < 0) check_sum(g, processes(source));
    if (g.clamped) {
      made["window"] = window(g);
      return made;
    }
    if (source.count * target.count > kMostWeights) {
      report_.unsupported(g.path, "weights", std::to_string(source.count * target.count), std::to_string(kMostWeights), "",
                          "The script holds them as a matrix: make the layer smaller.");
      return made;
    }
    made["weights"] = array(matrix(g), {target.count, source.count});
    return made;
  }

  /// Lava shifts what each of its processes sends; the chip's sum is one.
  void check_sum(const Group& g, std::size_t parts) {
    const auto joint = std::count_if(network_.groups.begin(), network_.groups.end(), [&](const Group& other) {
      return g.joint != 0 && other.joint == g.joint && other.target == g.target;
    });
    if (parts <= 1 && joint <= 1) return;
    report_.unsupported(g.path, "weight exponent", std::to_string(g.exponent), "0", "",
                        parts > 1
                            ? "Its source has several du, dv or vth, and with them several processes, whose sums Lava "
                              "rounds one by one: give it one of each."
                            : "Several sources share it, whose sums Lava rounds one by one: give each a node of its own.");
  }

  Json window(const Group& g) {
    const rvd_projection* projection =
        g.projection < 0 ? nullptr : &plan_.projections()[static_cast<std::uint64_t>(g.projection)];
    if (g.axon_delay != 1 || projection == nullptr) {
      report_.unsupported(g.path, "delay", std::to_string(g.axon_delay), "1", "steps", "Lava's Conv takes one step.");
      return {};
    }
    if (processes(network_.populations[g.source]) > 1 || processes(network_.populations[g.target]) > 1) {
      report_.unsupported(g.path, "neurons", "of several du, dv or vth", "of one", "",
                          "Lava's Conv joins whole processes, which have one of each.");
      return {};
    }
    const rvd_window& w = projection->window;
    const auto* weights = plan_.data<std::int32_t>(projection->weights);
    return {{"weights", array({weights, weights + projection->weights.count},
                              {w.channels_out, w.channels_in / w.groups, w.kernel[0], w.kernel[1]})},
            {"input_shape", {w.in[0], w.in[1], w.channels_in}},
            {"stride", {w.stride[0], w.stride[1]}},
            {"padding", {w.padding[0], w.padding[1]}},
            {"dilation", {w.dilation[0], w.dilation[1]}},
            {"groups", w.groups}};
  }

  /// [target][source], as Lava has it.
  std::vector<std::int32_t> matrix(const Group& g) const {
    const std::uint64_t sources = network_.populations[g.source].count, targets = network_.populations[g.target].count;
    std::vector<std::int32_t> result(sources * targets);
    for (std::uint64_t s = 0; s < sources; ++s) {
      const std::uint64_t begin = g.dense ? 0 : static_cast<std::uint64_t>(g.rows[s]);
      const std::uint64_t end = g.dense ? targets : static_cast<std::uint64_t>(g.rows[s + 1]);
      for (std::uint64_t k = begin; k < end; ++k) {
        const std::uint64_t t = g.dense ? k : static_cast<std::uint64_t>(g.targets[k]);
        result[t * sources + s] = g.weights[g.dense ? s * targets + k : k];
      }
    }
    return result;
  }

  void check_inputs(const Json& described) {
    if (!described["inputs"].empty() && !described["populations"].empty()) return;
    report_.unsupported("", "network", "without inputs or neurons", "at least one of each", "", "Add them.");
  }

  // ------------------------------------------------------------------------------------------------------------ the text

  std::string filled(const std::string& network) const {
    std::string script = kLavaScript;
    put(script, "{{title}}", "A spiking network for Loihi 2, built from Lava's processes. Written by Ranvier.");
    put(script, "{{about}}", about());
    put(script, "{{network}}", network);
    return script;
  }

  /// How many steps later than the network's each population runs: known before the first one.
  std::string about() const {
    std::string text =
        "Populations, neurons, and their latency: how many steps later than in the network they run on the chip.\n\n";
    for (const Population& p : network_.populations) {
      if (!neurons(p)) continue;
      text += "    " + printable(p.name) + "  " + std::to_string(p.count) + "  " + std::to_string(p.latency) + "\n";
    }
    text.pop_back();
    return text;
  }

  /// A name inside a Python text: without what could end it.
  static std::string printable(const std::string& name) {
    std::string text;
    for (const char c : name) text += c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ' ? '?' : c;
    return text;
  }

  static void put(std::string& text, std::string_view mark, const std::string& with) {
    text.replace(text.find(mark), mark.size(), with);
  }

  rvd::PlanView plan_;
  const Network& network_;
  rvd::Report& report_;
};

}  // namespace

std::string lava_script(rvd::PlanView plan, const Network& network, rvd::Report& report) {
  return Writer(plan, network, report).write();
}

}  // namespace ranvier::loihi
