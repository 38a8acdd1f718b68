#include <ranvier/session.h>

#include <utility>

#include "core/run/session_impl.h"

namespace ranvier {

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result Session::run(const Inputs& inputs, const RunOptions& options) { return impl_->run(inputs, options); }
Result Session::run(const Tensor& input, const RunOptions& options) { return impl_->run(input, options); }
Result Session::run(std::uint64_t steps, const RunOptions& options) { return impl_->run(steps, options); }
void Session::step(std::span<const float> input, std::span<float> output) { impl_->step(input, output); }
void Session::step(std::span<const std::uint8_t> input, std::span<float> output) { impl_->step(input, output); }
Result Session::counters() { return impl_->counters(); }
void Session::reset() { impl_->reset(); }
void Session::reset(std::size_t lanes) { impl_->reset(lanes); }
void Session::cancel() { impl_->cancel(); }

std::size_t Session::lanes() const { return impl_->lanes; }
std::uint64_t Session::clock() const { return impl_->clock; }
double Session::dt_ms() const { return impl_->dt_ms; }
const DeviceFacts& Session::device() const { return impl_->deployment->facts; }
const Deployment& Session::deployment() const { return *impl_->deployment; }
const Report& Session::report() const { return impl_->report(); }
const std::vector<Port>& Session::inputs() const { return impl_->inputs; }
const std::vector<Port>& Session::outputs() const { return impl_->outputs; }
const std::vector<std::string>& Session::recordable() const { return impl_->recordable; }

}  // namespace ranvier
