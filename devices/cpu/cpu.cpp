// The default device: programs in vector blocks, events pushed into rings of accumulators.
#include <ranvier/driver.hpp>

#include "devices/cpu/session.h"
#include "kernels/math/float_mode.h"

namespace ranvier::cpu {
namespace {

#if defined(__x86_64__)
constexpr std::string_view kIsa = "x86-64 (SSE2)";
#elif defined(__aarch64__)
constexpr std::string_view kIsa = "aarch64 (NEON)";
#else
constexpr std::string_view kIsa = "baseline";
#endif

constexpr std::uint32_t kMaxLanes = 1U << 24;

bool wide_of(rvd::Settings& settings) {
  const bool wide = settings.choice("precision", "f32", {"f32", "f64"}) == "f64";
  settings.done();
  return wide;
}

class Driver : public rvd::Driver {
 public:
  void read_settings(rvd::Settings& settings) override { wide_of(settings); }

  void info(rvd::Device&, const rvd::Facts& facts) override {
    facts.text("kind", "cpu");
    facts.text("grade", "bit-exact");
    facts.text("isa", kIsa);
    facts.text("verified", "equal to the reference device bit for bit (tests/conformance)");
    facts.text("hash", "all");
    facts.number("max_lanes", kMaxLanes);
  }

  void check(rvd::PlanView, rvd::Settings& settings, rvd::Report&) override { wide_of(settings); }

  rvd::SharedExecutable compile(rvd::PlanView plan, rvd::Settings& settings, rvd::Samples, rvd::Report&) override {
    const FloatMode ieee;
    const bool wide = wide_of(settings);
    return std::make_shared<Executable>(rvd::PlanCopy(plan.base(), plan.length()), wide);
  }

  rvd::SharedExecutable load(const void* bytes, std::uint64_t length, rvd::Report&) override {
    const FloatMode ieee;
    rvd::Saved saved = rvd::load(bytes, length, kMaker);
    return std::make_shared<Executable>(std::move(saved.payload), saved.settings == "f64");
  }

  std::unique_ptr<rvd::Session> open_session(rvd::Device&, rvd::SharedExecutable executable,
                                             const rvd_session_args& args) override {
    if (args.lanes > kMaxLanes) throw rvd::Failure(RVD_INVALID_ARGUMENT, "lanes: at most " + std::to_string(kMaxLanes));
    return std::make_unique<Session>(static_cast<const Executable&>(*executable), args);
  }
};

}  // namespace
}  // namespace ranvier::cpu

RVD_DEFINE_DRIVER(ranvier::cpu::Driver, "cpu", "0.1.0", "Ranvier")
