#include "devices/loihi/options.h"

#include <algorithm>
#include <cstdlib>

#include "devices/loihi/limits.h"

namespace ranvier::loihi {
namespace {

std::string list_of_isas() {
  std::string list;
  for (const simd::Isa isa : simd::available()) list += (list.empty() ? "" : ", ") + std::string(simd::name(isa));
  return list;
}

simd::Isa isa_of(rvd::Settings& settings) {
  std::string wanted = settings.choice("isa", "auto", {"auto", "scalar", "sse4", "avx2", "avx512", "neon"});
  std::string_view key = "isa";
  const char* forced = std::getenv("RANVIER_ISA");
  const auto& known = simd::available();
  if (wanted == "auto" && (forced == nullptr || *forced == '\0')) return known.back();
  if (wanted == "auto") {
    wanted = forced;
    key = "RANVIER_ISA";
  }
  const auto isa = simd::isa_of(wanted);
  if (isa && std::find(known.begin(), known.end(), *isa) != known.end()) return *isa;
  settings.refuse(RVD_INVALID_ARGUMENT, key, wanted, list_of_isas(), "This processor and build have: " + list_of_isas() + ".");
  return simd::Isa::scalar;
}

fixed::Rules rules_of(std::string_view name) {
  if (name == "nengo") return fixed::Rules::nengo;
  return name == "brian2" ? fixed::Rules::brian2 : fixed::Rules::lava;
}

}  // namespace

Options read_options(rvd::Settings& settings) {
  Options options;
  if (settings.choice("kind", "hardware", {"emulator", "hardware"}) == "hardware") {
    throw rvd::Failure(RVD_NOT_FOUND, "no Loihi can be reached from here",
                       "Ask for the emulator, \"loihi?kind=emulator\", and export from it what runs on a chip.");
  }
  const std::string compat = settings.choice("compat", "", {"lava", "nengo", "brian2"});
  options.rules = rules_of(compat);
  options.rules_given = !compat.empty();
  options.chip = settings.choice("chip", "loihi2", {"loihi2", "loihi1"});
  options.chips = static_cast<std::uint32_t>(settings.whole("chips", 1, 1, kMostChips));
  options.scale_per_neuron = settings.choice("scale", "population", {"population", "neuron"}) == "neuron";
  options.chip_states = settings.choice("states", "network", {"network", "chip"}) == "chip";
  options.isa = isa_of(settings);
  settings.done();
  return options;
}

}  // namespace ranvier::loihi
