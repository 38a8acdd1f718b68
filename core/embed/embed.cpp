#include <ranvier/embed.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/devices.h>
#include <ranvier/driver.h>
#include <ranvier/error.h>
#include <ranvier/plan.h>
#include <ranvier/session.h>
#include <ranvier/tensor.h>

struct rv_session {
  explicit rv_session(ranvier::Session opened) : session(std::move(opened)) {}

  ranvier::Session session;
  ranvier::Inputs inputs;  // of the next run
  ranvier::RunOptions options;
  ranvier::Result result;  // of the last run
};

namespace {

using ranvier::Code;
using ranvier::DType;
using ranvier::Error;
using ranvier::Shape;
using ranvier::Tensor;

static_assert(RV_MAX_RANK == RVD_MAX_RANK + 2);
static_assert(RV_BOOL == static_cast<std::uint32_t>(DType::boolean) && RV_F32 == static_cast<std::uint32_t>(DType::f32));
static_assert(RV_DATA_LOSS == static_cast<rv_code>(Code::data_loss));
static_assert(RV_UNKNOWN_NAME == static_cast<rv_code>(Code::unknown_name));
static_assert(RV_OUT_OF_RANGE == static_cast<rv_code>(Code::out_of_range));
static_assert(RV_BAD_FILE == static_cast<rv_code>(Code::bad_file) && RV_BAD_DRIVER == static_cast<rv_code>(Code::bad_driver));

// Cut at the start of a character. Allocates nothing: it runs where memory may have run out.
rv_code tell(rv_error* error, Code code, const char* message) noexcept {
  if (error == nullptr) return static_cast<rv_code>(code);
  error->code = static_cast<rv_code>(code);
  std::size_t length = std::min(std::strlen(message), sizeof error->message - 1);
  while (message[length] != '\0' && length > 0 && (message[length] & 0xC0) == 0x80) --length;
  std::memcpy(error->message, message, length);
  error->message[length] = '\0';
  return static_cast<rv_code>(code);
}

// Runs the body of a call; whatever is thrown becomes a code.
template <class Body>
rv_code guard(rv_error* error, Body&& body) noexcept {
  try {
    body();
    return RV_OK;
  } catch (const Error& problem) {
    return tell(error, problem.code(), problem.what());
  } catch (const std::bad_alloc&) {
    return tell(error, Code::out_of_memory, "There is not enough memory.");
  } catch (const std::exception& problem) {
    return tell(error, Code::internal, problem.what());
  } catch (...) {
    return tell(error, Code::internal, "An unknown exception was thrown.");
  }
}

template <class Pointer>
Pointer need(Pointer pointer, const char* name) {
  if (pointer == nullptr) throw Error(Code::invalid_argument, std::string(name) + " is NULL.", name);
  return pointer;
}

rv_session* open(const ranvier::Plan& plan, const char* device, const rv_options* options) {
  ranvier::SessionOptions opened;
  if (options != nullptr) {
    opened.lanes = options->lanes;
    opened.first_lane = options->first_lane;
  }
  return new rv_session(ranvier::open(plan, need(device, "device"), opened));
}

void describe(const ranvier::Port& port, rv_node& node) {
  node = {};
  node.name = port.name.c_str();
  node.type = static_cast<std::uint32_t>(port.dtype);
  node.rank = static_cast<std::uint32_t>(port.shape.size());
  std::copy(port.shape.begin(), port.shape.end(), node.shape);
  node.neurons = ranvier::element_count(port.shape);
}

rv_code port_at(const std::vector<ranvier::Port>& ports, std::uint64_t index, rv_node* node) {
  if (node == nullptr) return RV_INVALID_ARGUMENT;
  if (index >= ports.size()) return RV_OUT_OF_RANGE;
  return guard(nullptr, [&] { describe(ports[index], *node); });
}

std::size_t neurons_of(const rv_session& session, const std::string& name) {
  std::string known;
  for (const ranvier::Port& port : session.session.inputs()) {
    if (port.name == name) return ranvier::element_count(port.shape);
    known.append(known.empty() ? "'" : ", '").append(port.name).append("'");
  }
  throw Error(Code::unknown_name,
              "There is no input '" + name + "'; this network takes " + (known.empty() ? "nothing" : known) + ".", name);
}

rv_array array_of(const Tensor& tensor) {
  rv_array array{};
  array.data = tensor.data();
  array.type = static_cast<std::uint32_t>(tensor.dtype());
  array.rank = static_cast<std::uint32_t>(tensor.shape().size());
  std::copy(tensor.shape().begin(), tensor.shape().end(), array.shape);
  return array;
}

}  // namespace

rv_code rv_open_file(const char* plan_path, const char* device, const rv_options* options, rv_session** session,
                     rv_error* error) {
  return guard(error, [&] {
    need(session, "session");
    *session = open(ranvier::Plan::load(need(plan_path, "plan_path")), device, options);
  });
}

rv_code rv_open_bytes(const void* plan, uint64_t length, const char* device, const rv_options* options, rv_session** session,
                      rv_error* error) {
  return guard(error, [&] {
    need(session, "session");
    const auto* const bytes = static_cast<const std::byte*>(need(plan, "plan"));
    *session = open(ranvier::Plan::from_bytes({bytes, static_cast<std::size_t>(length)}), device, options);
  });
}

void rv_close(rv_session* session) { delete session; }

uint64_t rv_input_count(const rv_session* session) { return session->session.inputs().size(); }
uint64_t rv_output_count(const rv_session* session) { return session->session.outputs().size(); }
rv_code rv_input_node(const rv_session* session, uint64_t index, rv_node* node) {
  return port_at(session->session.inputs(), index, node);
}
rv_code rv_output_node(const rv_session* session, uint64_t index, rv_node* node) {
  return port_at(session->session.outputs(), index, node);
}
uint64_t rv_lanes(const rv_session* session) { return session->session.lanes(); }
uint64_t rv_clock(const rv_session* session) { return session->session.clock(); }
double rv_dt_ms(const rv_session* session) { return session->session.dt_ms(); }

rv_code rv_record(rv_session* session, const char* const* names, uint64_t count, uint64_t every, rv_error* error) {
  return guard(error, [&] {
    std::vector<std::string> record;
    for (uint64_t i = 0; i < count; ++i) record.emplace_back(need(need(names, "names")[i], "a name"));
    session->options.record = std::move(record);
    session->options.every = every;
  });
}

rv_code rv_input_dense(rv_session* session, const char* node, uint32_t type, const void* data, uint64_t steps,
                       rv_error* error) {
  return guard(error, [&] {
    const std::string name = need(node, "node");
    if (type < RV_F32 || type > RV_BOOL) throw Error(Code::bad_type, "There is no type " + std::to_string(type) + ".", name);
    if (steps != 0) need(data, "data");
    const Shape shape{static_cast<std::size_t>(steps), session->session.lanes(), neurons_of(*session, name)};
    session->inputs[name] = Tensor::borrow(data, static_cast<DType>(type), shape, nullptr);
  });
}

rv_code rv_input_events(rv_session* session, const char* node, uint64_t steps, uint64_t count, const uint64_t* step,
                        const uint32_t* lane, const uint32_t* id, const double* value, rv_error* error) {
  return guard(error, [&] {
    const std::string name = need(node, "node");
    const std::size_t lanes = session->session.lanes();
    const std::size_t neurons = neurons_of(*session, name);
    if (count != 0) need(step, "step"), need(id, "id");
    Tensor dense(Shape{static_cast<std::size_t>(steps), lanes, neurons}, DType::f64);
    auto* const values = dense.mutable_data<double>();
    for (uint64_t k = 0; k < count; ++k) {
      const std::uint32_t at = lane == nullptr ? 0 : lane[k];
      if (step[k] >= steps || at >= lanes || id[k] >= neurons) {
        throw Error(Code::out_of_range,
                    "Event " + std::to_string(k) + " has step " + std::to_string(step[k]) + ", lane " + std::to_string(at) +
                        ", id " + std::to_string(id[k]) + "; there are " + std::to_string(steps) + " steps, " +
                        std::to_string(lanes) + " lanes and " + std::to_string(neurons) + " neurons.",
                    name);
      }
      values[(step[k] * lanes + at) * neurons + id[k]] += value == nullptr ? 1 : value[k];
    }
    session->inputs[name] = std::move(dense);
  });
}

rv_code rv_run(rv_session* session, uint64_t steps, rv_error* error) {
  return guard(error, [&] {
    const ranvier::Inputs inputs = std::exchange(session->inputs, {});
    session->result = {};
    for (const auto& [name, tensor] : inputs) {
      if (tensor.shape().front() == steps) continue;
      throw Error(Code::bad_shape,
                  "The input has " + std::to_string(tensor.shape().front()) + " steps, the run " + std::to_string(steps) + ".",
                  name);
    }
    session->result =
        inputs.empty() ? session->session.run(steps, session->options) : session->session.run(inputs, session->options);
  });
}

void rv_cancel(rv_session* session) {
  (void)guard(nullptr, [&] { session->session.cancel(); });
}

rv_code rv_reset(rv_session* session, rv_error* error) {
  return guard(error, [&] {
    session->result = {};
    session->session.reset();
  });
}

rv_code rv_reset_lanes(rv_session* session, uint64_t lanes, rv_error* error) {
  return guard(error, [&] {
    session->inputs.clear();
    session->result = {};
    session->session.reset(static_cast<std::size_t>(lanes));
  });
}

rv_code rv_spikes(const rv_session* session, const char* node, rv_events* events, rv_error* error) {
  return guard(error, [&] {
    const ranvier::SpikeTrain& train = session->result.spikes(need(node, "node"));
    *need(events, "events") = {train.size(), train.step.data(), train.lane.data(), train.id.data(), train.value.data()};
  });
}

rv_code rv_state(const rv_session* session, const char* node, const char* variable, rv_array* array, rv_error* error) {
  return guard(
      error, [&] { *need(array, "array") = array_of(session->result.state(need(node, "node"), need(variable, "variable"))); });
}

rv_code rv_output(const rv_session* session, const char* node, rv_array* array, rv_error* error) {
  return guard(error, [&] {
    const auto found = session->result.outputs.find(need(node, "node"));
    if (found == session->result.outputs.end()) {
      throw Error(Code::unknown_name, "The last run has no output '" + std::string(node) + "'.", node);
    }
    *need(array, "array") = array_of(found->second);
  });
}

rv_code rv_hash(const rv_session* session, uint64_t* hash, rv_error* error) {
  return guard(error, [&] {
    if (session->result.lane_hashes.empty()) {
      throw Error(Code::not_found, "The last run has no spike hash.", {}, "Run first, on a device that has one.");
    }
    *need(hash, "hash") = session->result.hash();
  });
}

rv_code rv_counter(const rv_session* session, const char* name, uint64_t* value, rv_error* error) {
  return guard(error, [&] {
    const auto found = session->result.counters.find(need(name, "name"));
    if (found == session->result.counters.end()) {
      throw Error(Code::not_found, "The last run has no counter '" + std::string(name) + "'.", name);
    }
    *need(value, "value") = found->second;
  });
}
