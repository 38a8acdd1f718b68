#include "devices/cpu/options.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "devices/cpu/team.h"

namespace ranvier::cpu {
namespace {

constexpr std::uint64_t kMostThreads = 256;

simd::Isa isa_named(std::string_view name, std::string_view where) {
  const auto isa = simd::isa_of(name);
  const auto& known = simd::available();
  if (isa && std::find(known.begin(), known.end(), *isa) != known.end()) return *isa;
  throw rvd::Failure(RVD_INVALID_ARGUMENT, std::string(where) + " is \"" + std::string(name) +
                                               "\"; this processor and build have: " + list_of_isas() + ".");
}

simd::Isa isa_of(std::string_view setting) {
  if (setting != "auto") return isa_named(setting, "isa");
  const char* forced = std::getenv("RANVIER_ISA");
  return forced == nullptr || *forced == '\0' ? simd::available().back() : isa_named(forced, "RANVIER_ISA");
}

synapse::How how_of(std::string_view setting) {
  if (setting == "events") return synapse::How::events;
  return setting == "dense" ? synapse::How::dense : synapse::How::choose;
}

std::string_view name_of(synapse::How how) {
  if (how == synapse::How::events) return "events";
  return how == synapse::How::dense ? "dense" : "auto";
}

Share share_of(std::string_view setting) {
  if (setting == "slices") return Share::slices;
  return setting == "pipeline" ? Share::pipeline : Share::choose;
}

std::string_view name_of(Share share) {
  if (share == Share::slices) return "slices";
  return share == Share::pipeline ? "pipeline" : "auto";
}

}  // namespace

Options options_of(rvd::Settings& settings) {
  Options options;
  options.wide = settings.choice("precision", "f32", {"f32", "f64"}) == "f64";
  options.threads = static_cast<unsigned>(settings.whole("threads", default_threads(), 1, kMostThreads));
  const std::string isa = settings.choice("isa", "auto", {"auto", "scalar", "sse4", "avx2", "avx512", "neon"});
  options.how = how_of(settings.choice("delivery", "auto", {"auto", "events", "dense"}));
  options.fused = settings.choice("kernels", "auto", {"auto", "blocks"}) == "auto";
  options.share = share_of(settings.choice("share", "auto", {"auto", "slices", "pipeline"}));
  settings.done();
  options.isa = isa_of(isa);
  return options;
}

std::string list_of_isas() {
  std::string list;
  for (const simd::Isa isa : simd::available()) list += (list.empty() ? "" : ", ") + std::string(simd::name(isa));
  return list;
}

std::string to_text(const Options& options) {
  std::ostringstream text;
  text << (options.wide ? "f64" : "f32") << ' ' << options.threads << ' ' << simd::name(options.isa) << ' '
       << name_of(options.how) << ' ' << (options.fused ? "auto" : "blocks") << ' ' << name_of(options.share);
  return text.str();
}

Options from_text(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string precision, isa, how, kernels, share;
  Options options;
  words >> precision >> options.threads >> isa >> how >> kernels >> share;
  if (words.fail()) throw rvd::Failure(RVD_INCOMPATIBLE, "the saved executable's settings cannot be read");
  options.wide = precision == "f64";
  options.threads = std::clamp(options.threads, 1U, static_cast<unsigned>(kMostThreads));
  const auto& known = simd::available();
  const auto wanted = simd::isa_of(isa);
  options.isa = wanted && std::find(known.begin(), known.end(), *wanted) != known.end() ? *wanted : known.back();
  options.how = how_of(how);
  options.fused = kernels != "blocks";
  options.share = share_of(share);
  return options;
}

}  // namespace ranvier::cpu
