#include <array>

#include "core/io/nir/tools/tools.h"

namespace ranvier::io {

std::string_view name_of(Neuron kind) {
  static constexpr std::array<std::string_view, 7> kNames{"I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::span<const Convention* const> all_conventions() {
  static constexpr std::array kAll{&kExact,    &kEuler,        &kNorse, &kSnntorch,  &kSpyx2023, &kNengo,     &kSinabs,
                                   &kRockpool, &kSpikingjelly, &kLava,  &kLavaFixed, &kLavaDl,   &kSpinnaker2};
  return kAll;
}

}  // namespace ranvier::io

namespace ranvier {

std::vector<std::pair<std::string, std::string>> conventions() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const io::Convention* c : io::all_conventions()) list.emplace_back(c->name, c->summary);
  return list;
}

}  // namespace ranvier
