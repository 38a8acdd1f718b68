// print_hashes N [PLAN...]: spike hash and a digest of all events, states and counters, as this machine's reference has them, of
// the first N random networks and of plan files: a line each, to be compared with another machine's.
#include <cstdio>
#include <cstdlib>

#include "tests/onehash/networks.h"
#include "tests/onehash/play.h"

namespace {

using ranvier::onehash::Case;

void print(ranvier::conformance::Rig& rig, const Case& network) {
  ranvier::onehash::Way way;
  way.cuts = {network.steps};
  const auto outcome = ranvier::onehash::play(rig, network, way);
  std::printf("%s: hash %016llx, everything %016llx\n", network.name.c_str(),
              static_cast<unsigned long long>(outcome.numbers.at({"hash", 0})),
              static_cast<unsigned long long>(ranvier::onehash::digest_of(outcome)));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fputs("usage: print_hashes N [PLAN...]\n", stderr), 2;
  ranvier::conformance::Rig reference("reference");
  const std::uint64_t networks = std::strtoull(arguments[1], nullptr, 10);
  for (std::uint64_t seed = 0; seed < networks; ++seed) print(reference, ranvier::onehash::random_case(seed));
  for (int k = 2; k < count; ++k) print(reference, ranvier::onehash::case_of(arguments[k]));
}
