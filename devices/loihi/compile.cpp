#include "devices/loihi/compile.h"

#include "devices/loihi/float_network.h"
#include "devices/loihi/native.h"
#include "devices/loihi/place.h"

namespace ranvier::loihi {

Network compile(rvd::PlanView plan, const Options& options, rvd::Samples samples, rvd::Report& report) {
  Network network = native(plan) ? take_native(plan, options, report) : float_network(plan, options, samples, report);
  if (!report.refused()) place(network, limits_of(options.chip), options.chips, report);
  return network;
}

}  // namespace ranvier::loihi
