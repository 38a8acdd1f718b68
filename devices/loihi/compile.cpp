#include "devices/loihi/compile.h"

#include "devices/loihi/float_network.h"
#include "devices/loihi/held_report.h"
#include "devices/loihi/native.h"
#include "devices/loihi/place.h"

namespace ranvier::loihi {
namespace {

Network placed(Network network, const Options& options, rvd::Report& report) {
  if (!report.refused()) place(network, limits_of(options.chip), options.chips, report);
  return network;
}

}  // namespace

Network compile(rvd::PlanView plan, const Options& options, rvd::Samples samples, rvd::Report& report) {
  if (native(plan)) return placed(take_native(plan, options, report), options, report);
  // Samples choose among integers. Whether there are any and they have room is settled without.
  HeldReport without, with;
  Network plain = placed(float_network(plan, options, {}, without.report()), options, without.report());
  if (!without.refused() && samples.count != 0) {
    Network calibrated = placed(float_network(plan, options, samples, with.report()), options, with.report());
    if (!with.refused()) return with.tell(report), calibrated;
    report.approximate("", "calibration", "samples", "not used", "", "What they would choose has no room on the chip.");
  }
  without.tell(report);
  return plain;
}

}  // namespace ranvier::loihi
