/// A network on the chip, for sessions to run.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <ranvier/driver.hpp>

#include "devices/loihi/network.h"
#include "devices/loihi/options.h"
#include "devices/loihi/prepared.h"

namespace ranvier::loihi {

constexpr std::string_view kMaker = "loihi 0.1.0";

class Executable : public rvd::Executable {
 public:
  Executable(rvd::PlanCopy plan, Network network, const Options& options)
      : plan_(std::move(plan)),
        network_(std::move(network)),
        options_(options),
        prepared_(plan_.view(), network_, options.isa) {}
  void save(const rvd::Sink& sink) const override;

  rvd::PlanView plan() const { return plan_.view(); }
  const Network& network() const { return network_; }
  const Options& options() const { return options_; }
  const Prepared& prepared() const { return prepared_; }

 private:
  rvd::PlanCopy plan_;
  Network network_;
  Options options_;
  Prepared prepared_;
};

/// What `save` wrote. @param bytes  any bytes. @throws rvd::Failure RVD_INCOMPATIBLE.
std::shared_ptr<const Executable> load(const void* bytes, std::uint64_t length, const rvd::Host& host);

}  // namespace ranvier::loihi
