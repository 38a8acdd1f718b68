#include <array>

#include "core/io/nir/convention.h"

namespace ranvier::io {
namespace {

constexpr std::array<Convention, 4> kConventions{{
    {"exact", "Ranvier's own: the exact solution over one step with the input held", "linear", "zero", "exponential", "1-exp",
     true, 0, 1, "zero", "used", "used", "subtract", "plain"},
    {"norse", "Norse 1.1: forward Euler in f32, state starting at v_leak", "increment", "zero", "euler", "dt/tau", true, 0, 1,
     "v_leak", "ignored", "ignored", "subtract", "plain"},
    {"snntorch", "snnTorch 1.0: beta = 1 - dt/tau, the input's gain moved into the threshold", "leaky", "zero", "euler", "one",
     true, 0, 0, "zero", "ignored", "used", "guarded", "divided"},
    {"lava-fixed", "Lava's fixed-point LIF (PyLifModelBitAcc): 24-bit state, 12-bit decay", "shift", "zero", "", "", false, 1,
     1, "zero", "ignored", "ignored", "", "plain"},
}};

}  // namespace

std::span<const Convention> all_conventions() { return kConventions; }

}  // namespace ranvier::io

namespace ranvier {

std::vector<std::pair<std::string, std::string>> conventions() {
  std::vector<std::pair<std::string, std::string>> list;
  for (const io::Convention& c : io::all_conventions()) list.emplace_back(c.name, c.summary);
  return list;
}

}  // namespace ranvier
