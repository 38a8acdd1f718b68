#include "devices/loihi/executable.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "devices/loihi/saved.h"

namespace ranvier::loihi {
namespace {

/// What runs here, whatever the executable was made on.
simd::Isa isa_here() {
  const auto& known = simd::available();
  const char* forced = std::getenv("RANVIER_ISA");
  const auto wanted = simd::isa_of(forced == nullptr ? "" : forced);
  return wanted && std::find(known.begin(), known.end(), *wanted) != known.end() ? *wanted : known.back();
}

}  // namespace

void Executable::save(const rvd::Sink& sink) const {
  const std::string container = container_of(plan(), network_, options_);
  rvd::save(sink, kMaker, "", container.data(), container.size());
}

std::shared_ptr<const Executable> load(const void* bytes, std::uint64_t length, const rvd::Host& host) {
  const rvd::Saved saved = rvd::load(bytes, length, kMaker);
  Contents contents = contents_of({reinterpret_cast<const char*>(saved.payload.data()), saved.payload.size()}, host);
  contents.options.isa = isa_here();
  return std::make_shared<Executable>(std::move(contents.plan), std::move(contents.network), contents.options);
}

}  // namespace ranvier::loihi
