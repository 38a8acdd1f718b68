// The one file that knows both sides of the waist: a network is lowered to a Plan, and a device takes it from there.
#include <ranvier/network.h>

#include "core/lower/lower.h"
#include "core/plan/description.h"

namespace ranvier {

Plan Network::lower() const { return plan::write(lower::lower(*graph_)); }

Report Network::check(const std::string& device, const SessionOptions& options) const {
  return ranvier::check(lower(), device, options);
}

Executable Network::compile(const std::string& device, const CompileOptions& options) const {
  return ranvier::compile(lower(), device, options);
}

Session Network::to(const std::string& device, const SessionOptions& options) const {
  return ranvier::open(lower(), device, options);
}

}  // namespace ranvier
