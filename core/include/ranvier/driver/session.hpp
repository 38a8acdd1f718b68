/// Sessions and their parts: input kept until its step, records of events and states, the spike hash, cancel and timeout.
/// Part of <ranvier/driver.hpp>.
///
/// Values of events travel as 64 bits whose low bytes are the value of the session's type (little-endian, as everywhere).
/// Where a driver computes f32 populations in f64, blocks it fills say so: `type` of a block that is read is the type really
/// used, so a host's buffer for `values` needs 8 bytes an element whatever the plan says.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/driver/report.hpp>
#include <ranvier/plan_view.hpp>

namespace rvd {

inline std::size_t size_of(std::uint32_t type) {
  switch (type) {
    case RVD_F64:
    case RVD_I64: return 8;
    case RVD_F32:
    case RVD_I32: return 4;
    case RVD_I16: return 2;
    default: return 1;
  }
}

template <class T>
std::uint64_t bits_of(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The value of an event as a double; `type` is f32, f64, i32 or i64.
inline double as_double(std::uint32_t type, std::uint64_t bits) {
  switch (type) {
    case RVD_F32: return static_cast<double>(from_bits<float>(bits));
    case RVD_F64: return from_bits<double>(bits);
    case RVD_I32: return static_cast<double>(from_bits<std::int32_t>(bits));
    default: return static_cast<double>(from_bits<std::int64_t>(bits));
  }
}

/// The bits of 1 in a type.
inline std::uint64_t bits_of_one(std::uint32_t type) {
  if (type == RVD_F32) return bits_of(1.0F);
  return type == RVD_F64 ? bits_of(1.0) : 1;
}

/// Zero, of either sign, is no event. By bits, so that no mode of the processor can turn a subnormal into one.
inline bool is_zero(std::uint32_t type, std::uint64_t bits) {
  if (type == RVD_F32) return (bits & 0x7FFFFFFFU) == 0;
  return type == RVD_F64 ? (bits << 1) == 0 : bits == 0;
}

struct Event {
  std::uint32_t lane;
  std::uint32_t id;
  std::uint64_t bits;
};

// ------------------------------------------------------------------------------------------------------- the spike hash

inline std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

/// The term of one event in its lane's spike hash. All NaNs count as one: which of them an operation gives differs by processor.
inline std::uint64_t hash_of(std::uint32_t population, std::uint32_t neuron, std::uint64_t step, double value) {
  const std::uint64_t bits = std::isnan(value) ? 0x7FF8000000000000U : bits_of(value);
  return mix64(mix64(mix64(mix64(population) ^ neuron) ^ step) ^ bits);
}

// ---------------------------------------------------------------------------------------------------------------- input

/// The sum of two values of a type, as several events of one neuron in one step are.
inline std::uint64_t sum_of(std::uint32_t type, std::uint64_t a, std::uint64_t b) {
  switch (type) {
    case RVD_F32: return bits_of(from_bits<float>(a) + from_bits<float>(b));
    case RVD_F64: return bits_of(from_bits<double>(a) + from_bits<double>(b));
    case RVD_I32: return (a + b) & 0xFFFFFFFFU;
    default: return a + b;
  }
}

namespace detail {

inline bool ascends(const rvd_block& block, std::uint64_t k) {
  if (block.step[k] != block.step[k - 1]) return block.step[k] > block.step[k - 1];
  if (block.lane[k] != block.lane[k - 1]) return block.lane[k] > block.lane[k - 1];
  return block.id[k] > block.id[k - 1];
}

inline void require_events(const rvd_block& block, std::uint64_t lanes, std::uint64_t width) {
  if (block.count == 0) return;
  if (block.step == nullptr || block.lane == nullptr || block.id == nullptr) {
    throw Failure(RVD_INVALID_ARGUMENT, "an array of the events is NULL");
  }
  for (std::uint64_t k = 0; k < block.count; ++k) {
    if (block.lane[k] >= lanes || block.id[k] >= width) {
      throw Failure(RVD_INVALID_ARGUMENT, "event " + std::to_string(k) + " has lane " + std::to_string(block.lane[k]) + " of " +
                                              std::to_string(lanes) + ", neuron " + std::to_string(block.id[k]) + " of " +
                                              std::to_string(width));
    }
    if (k > 0 && !ascends(block, k)) {
      throw Failure(RVD_INVALID_ARGUMENT, "event " + std::to_string(k) + " repeats or goes back in (step, lane, id)");
    }
  }
}

inline void require_dense(const rvd_block& block, std::uint64_t lanes, std::uint64_t width) {
  if (block.lanes != lanes || block.width != width) {
    throw Failure(RVD_INVALID_ARGUMENT, "a dense block of " + std::to_string(block.lanes) + " lanes x " +
                                            std::to_string(block.width) + " neurons for a population of " +
                                            std::to_string(lanes) + " x " + std::to_string(width));
  }
  if (block.steps != 0 && block.values == nullptr) throw Failure(RVD_INVALID_ARGUMENT, "a dense block without values");
  if (block.count != block.steps * block.lanes * block.width) {
    throw Failure(RVD_INVALID_ARGUMENT, "count of a dense block is not steps x lanes x width");
  }
}

}  // namespace detail

/// @throws Failure RVD_INVALID_ARGUMENT for a block that breaks a rule of <ranvier/driver.h>.
inline void require_input(const rvd_block& block, std::uint64_t lanes, std::uint64_t width, std::uint32_t type) {
  if (block.type != type) throw Failure(RVD_INVALID_ARGUMENT, "the block's type is not the population's value_type");
  if (block.layout == RVD_LAYOUT_EVENTS) return detail::require_events(block, lanes, width);
  if (block.layout == RVD_LAYOUT_DENSE) return detail::require_dense(block, lanes, width);
  throw Failure(RVD_INVALID_ARGUMENT, "unknown layout " + std::to_string(block.layout));
}

/// Keeps what was written until its step. One population.
class InputQueue {
 public:
  InputQueue(std::uint32_t lanes, std::uint64_t width, std::uint32_t plan_type, std::uint32_t session_type)
      : lanes_(lanes), width_(width), plan_type_(plan_type), session_type_(session_type) {}

  /// All or nothing. Late events are counted and dropped; a neuron written twice for one step gets the sum.
  /// @throws Failure RVD_INVALID_ARGUMENT for a block that breaks a rule of <ranvier/driver.h>.
  void write(const rvd_block& block, std::uint64_t clock, rvd_io& io) {
    std::uint64_t step = 0;
    std::vector<Event>* events = nullptr;  // of `step`
    visit(block, clock, io, [&](std::uint64_t at, const Event& event) {
      if (is_zero(plan_type_, event.bits)) return;
      if (events == nullptr || at != step) events = &waiting_[step = at];
      events->push_back(event);
    });
  }

  /// Checks and counts as `write` does, and keeps nothing.
  void count(const rvd_block& block, std::uint64_t clock, rvd_io& io) const {
    visit(block, clock, io, [](std::uint64_t, const Event&) {});
  }

  /// The events of `step`, by (lane, id), and none twice. Steps must be asked for in ascending order.
  const std::vector<Event>& take(std::uint64_t step) {
    current_.clear();
    while (!waiting_.empty() && waiting_.begin()->first <= step) {
      if (waiting_.begin()->first == step) current_.swap(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
    }
    if (plan_type_ != session_type_) {
      for (Event& event : current_) event.bits = bits_of(static_cast<double>(from_bits<float>(event.bits)));
    }
    const auto no_ascent = [](const Event& a, const Event& b) { return !less(a, b); };
    if (std::adjacent_find(current_.begin(), current_.end(), no_ascent) != current_.end()) merge();
    return current_;
  }

  void clear() { waiting_.clear(); }

 private:
  // take(step, event) for what is on time. A zero of a dense block is no event; one among events is, to be counted.
  template <class Take>
  void visit(const rvd_block& block, std::uint64_t clock, rvd_io& io, Take take) const {
    require_input(block, lanes_, width_, plan_type_);
    if (block.layout == RVD_LAYOUT_EVENTS) {
      visit_events(block, clock, io, take);
    } else {
      visit_dense(block, clock, io, take);
    }
  }

  template <class Take>
  void visit_events(const rvd_block& block, std::uint64_t clock, rvd_io& io, Take take) const {
    const std::uint64_t one = bits_of_one(plan_type_);
    for (std::uint64_t k = 0; k < block.count; ++k) {
      const std::uint64_t bits = block.values == nullptr ? one : element(block.values, k);
      count_one(block.step[k], clock, io);
      if (block.step[k] >= clock) take(block.step[k], Event{block.lane[k], block.id[k], bits});
    }
  }

  template <class Take>
  void visit_dense(const rvd_block& block, std::uint64_t clock, rvd_io& io, Take take) const {
    std::uint64_t k = 0;
    for (std::uint64_t row = 0; row < block.steps; ++row) {
      const std::uint64_t step = block.first_step + row;
      for (std::uint32_t lane = 0; lane < lanes_; ++lane) {
        for (std::uint32_t id = 0; id < width_; ++id, ++k) {
          const std::uint64_t bits = element(block.values, k);
          if (is_zero(plan_type_, bits)) continue;
          count_one(step, clock, io);
          if (step >= clock) take(step, Event{lane, id, bits});
        }
      }
    }
  }

  static void count_one(std::uint64_t step, std::uint64_t clock, rvd_io& io) { ++(step < clock ? io.late : io.accepted); }
  static bool less(const Event& a, const Event& b) { return a.lane != b.lane ? a.lane < b.lane : a.id < b.id; }

  std::uint64_t element(const void* values, std::uint64_t k) const {
    std::uint64_t bits = 0;
    const std::size_t size = size_of(plan_type_);
    std::memcpy(&bits, static_cast<const std::byte*>(values) + k * size, size);
    return bits;
  }

  // Several writes met in one step: bring them into order; what one neuron got several times is summed in the order of writing.
  void merge() {
    std::stable_sort(current_.begin(), current_.end(), less);
    std::size_t end = 0;
    for (std::size_t k = 0; k < current_.size();) {
      Event event = current_[k++];
      for (; k < current_.size() && !less(event, current_[k]); ++k)
        event.bits = sum_of(session_type_, event.bits, current_[k].bits);
      if (!is_zero(session_type_, event.bits)) current_[end++] = event;
    }
    current_.resize(end);
  }

  std::uint32_t lanes_;
  std::uint64_t width_;
  std::uint32_t plan_type_;
  std::uint32_t session_type_;
  std::map<std::uint64_t, std::vector<Event>> waiting_;
  std::vector<Event> current_;
};

// -------------------------------------------------------------------------------------------------------------- records

/// Of `waiting` rows of `row` elements, those that there is room for: `steps` and `count` of a dense block that is read.
inline void take_steps(rvd_block& block, const char* entry, std::uint64_t waiting, std::uint64_t row) {
  block.steps = std::min(waiting, block.capacity / row);
  if (block.steps == 0 && waiting != 0) {
    throw Failure(RVD_INVALID_ARGUMENT, std::string(entry) + ": capacity " + std::to_string(block.capacity) +
                                            " is below one step's " + std::to_string(row) + " elements");
  }
  if (block.steps != 0 && block.values == nullptr) {
    throw Failure(RVD_INVALID_ARGUMENT, std::string(entry) + ": values is NULL");
  }
  block.count = block.steps * row;
}

/// The recorded events of one population, from the step where its probe was set to the clock.
class EventLog {
 public:
  EventLog() = default;
  EventLog(std::uint32_t lanes, std::uint64_t width, std::uint32_t type) : lanes_(lanes), width_(width), type_(type) {}

  bool on() const { return on_; }
  void start(std::uint64_t clock) {
    if (on_) return;
    if (at_ != events_.size()) throw Failure(RVD_FAILED_PRECONDITION, "probe_set: read the events of the former probe first");
    from_ = clock;
    known_ = on_ = true;
  }
  void stop(std::uint64_t clock) {
    if (on_) until_ = clock;
    on_ = false;
  }
  /// Unread events go; the probe stays.
  void clear(std::uint64_t clock) {
    steps_.clear();
    events_.clear();
    at_ = 0;
    from_ = until_ = clock;
  }
  /// In ascending order of (step, lane, id).
  void add(std::uint64_t step, const Event& event) {
    steps_.push_back(step);
    events_.push_back(event);
  }

  void read(rvd_block& block, std::uint64_t clock) {
    if (!known_) throw Failure(RVD_FAILED_PRECONDITION, "read: no probe was set on this population's spikes");
    block.type = type_;
    block.lanes = lanes_;
    block.width = width_;
    block.every = 1;
    block.first_step = from_;
    const std::uint64_t end = on_ ? clock : until_;
    if (block.layout == RVD_LAYOUT_EVENTS) {
      read_events(block, end);
    } else if (block.layout == RVD_LAYOUT_DENSE) {
      read_dense(block, end);
    } else {
      throw Failure(RVD_INVALID_ARGUMENT, "read: unknown layout " + std::to_string(block.layout));
    }
    if (at_ != events_.size()) return;
    steps_.clear();
    events_.clear();
    at_ = 0;
  }

 private:
  void read_events(rvd_block& block, std::uint64_t end) {
    if (block.capacity != 0 && (block.step == nullptr || block.lane == nullptr || block.id == nullptr)) {
      throw Failure(RVD_INVALID_ARGUMENT, "read: an array for the events is NULL");
    }
    block.count = std::min<std::uint64_t>(block.capacity, events_.size() - at_);
    for (std::uint64_t k = 0; k < block.count; ++k) {
      const Event& event = events_[at_ + k];
      block.step[k] = steps_[at_ + k];
      block.lane[k] = event.lane;
      block.id[k] = event.id;
      if (block.values != nullptr) put(block.values, k, event.bits);
    }
    at_ += block.count;
    block.remaining = events_.size() - at_;
    from_ = block.remaining == 0 ? end : steps_[at_];
    block.steps = end - block.first_step;
  }

  void read_dense(rvd_block& block, std::uint64_t end) {
    const std::uint64_t row = lanes_ * width_;
    const std::uint64_t waiting = end - from_;
    take_steps(block, "read", waiting, row);
    if (block.count != 0) std::memset(block.values, 0, static_cast<std::size_t>(block.count) * size_of(type_));
    for (; at_ < events_.size() && steps_[at_] < from_ + block.steps; ++at_) {
      const Event& event = events_[at_];
      put(block.values, ((steps_[at_] - from_) * lanes_ + event.lane) * width_ + event.id, event.bits);
    }
    from_ += block.steps;
    block.remaining = (waiting - block.steps) * row;
  }

  void put(void* values, std::uint64_t k, std::uint64_t bits) const {
    const std::size_t size = size_of(type_);
    std::memcpy(static_cast<std::byte*>(values) + k * size, &bits, size);
  }

  std::uint64_t lanes_ = 1;
  std::uint64_t width_ = 0;
  std::uint32_t type_ = RVD_F32;
  bool on_ = false;
  bool known_ = false;       // a probe was set at some time
  std::uint64_t from_ = 0;   // first step not yet read
  std::uint64_t until_ = 0;  // where a stopped probe ended
  std::vector<std::uint64_t> steps_;
  std::vector<Event> events_;
  std::size_t at_ = 0;  // first event not yet read
};

/// The recorded rows [lane][neuron] of one state.
class StateLog {
 public:
  StateLog(std::uint32_t population, std::uint32_t state, std::string variable, std::uint32_t lanes, std::uint64_t width,
           std::uint32_t type)
      : population_(population), state_(state), variable_(std::move(variable)), lanes_(lanes), width_(width), type_(type) {}

  std::uint32_t population() const { return population_; }
  std::uint32_t state() const { return state_; }
  const std::string& variable() const { return variable_; }

  /// The first row is that of `clock`, the next step.
  void set(std::uint64_t every, std::uint64_t clock) {
    every_ = every;
    next_ = clock;
    spans_.push_back({clock, every, 0});
  }
  void clear(std::uint64_t clock) {
    rows_.clear();
    spans_.clear();
    read_ = 0;
    set(every_, clock);
  }
  bool due(std::uint64_t step) const { return every_ != 0 && step == next_; }
  void add(const void* row) {
    const auto* bytes = static_cast<const std::byte*>(row);
    rows_.insert(rows_.end(), bytes, bytes + row_bytes());
    next_ += every_;
    ++spans_.back().rows;
  }

  /// Zeroed rows for those steps of begin .. end-1 that are due, to be filled through `row`: for drivers that do not come to the
  /// lanes of a step one after the other.
  void extend(std::uint64_t begin, std::uint64_t end) {
    opened_ = rows_.size();
    first_opened_ = next_;
    for (; every_ != 0 && next_ >= begin && next_ < end; next_ += every_) {
      rows_.resize(rows_.size() + row_bytes());
      ++spans_.back().rows;
    }
  }
  /// The row of a step, as `extend` made it; nullptr where none is due.
  std::byte* row(std::uint64_t step) {
    if (every_ == 0 || step < first_opened_ || step >= next_ || (step - first_opened_) % every_ != 0) return nullptr;
    return rows_.data() + opened_ + (step - first_opened_) / every_ * row_bytes();
  }
  /// Rows of one spacing at a time; `remaining` counts the others too.
  void read(rvd_block& block) {
    if (block.layout != RVD_LAYOUT_DENSE) throw Failure(RVD_INVALID_ARGUMENT, "probe_read: states are dense");
    while (spans_.size() > 1 && spans_.front().rows == 0) spans_.pop_front();
    Span& span = spans_.front();
    const std::uint64_t row = lanes_ * width_;
    block.type = type_;
    block.lanes = lanes_;
    block.width = width_;
    block.every = span.every;
    block.first_step = span.first;
    take_steps(block, "probe_read", span.rows, row);
    const std::size_t bytes = static_cast<std::size_t>(block.steps) * row_bytes();
    if (bytes != 0) std::memcpy(block.values, rows_.data() + read_, bytes);
    read_ += bytes;
    span.first += block.steps * span.every;
    span.rows -= block.steps;
    block.remaining = (rows_.size() - read_) / size_of(type_);
    if (read_ != rows_.size()) return;
    rows_.clear();
    read_ = 0;
  }

 private:
  struct Span {  // rows that are equally far apart
    std::uint64_t first, every, rows;
  };
  std::size_t row_bytes() const { return static_cast<std::size_t>(lanes_ * width_) * size_of(type_); }

  std::uint32_t population_;
  std::uint32_t state_;
  std::string variable_;
  std::uint64_t lanes_;
  std::uint64_t width_;
  std::uint32_t type_;
  std::uint64_t every_ = 0;
  std::uint64_t next_ = 0;
  std::vector<std::byte> rows_;
  std::size_t read_ = 0;            // bytes
  std::size_t opened_ = 0;          // where the rows of the last `extend` begin
  std::uint64_t first_opened_ = 0;  // and the step of the first
  std::deque<Span> spans_;
};

/// The probes on states of one session.
class StateLogs {
 public:
  /// `wide`: f32 is computed, and read back, as f64. The plan must outlive it.
  StateLogs(PlanView plan, std::uint32_t lanes, bool wide) : plan_(plan), lanes_(lanes), wide_(wide) {}

  /// @throws Failure RVD_NOT_FOUND for a variable that the population does not have.
  void set(std::uint32_t population, std::string_view variable, std::uint64_t every, std::uint64_t clock) {
    const rvd_population& record = plan_.populations()[population];
    for (const rvd_variable& known : plan_.variables(record)) {
      if (plan_.text(known.name) == variable) return log_of(population, known).set(every, clock);
    }
    std::string list = "; known: spikes";
    for (const rvd_variable& known : plan_.variables(record)) list += ", " + std::string(plan_.text(known.name));
    throw Failure(RVD_NOT_FOUND, "probe_set: \"" + std::string(plan_.text(record.name)) + "\" has no variable \"" +
                                     std::string(variable) + "\"" + list);
  }

  /// @throws Failure RVD_FAILED_PRECONDITION for a variable that no probe was set on.
  void read(std::string_view variable, rvd_block& block) {
    for (StateLog& log : logs_) {
      if (log.population() == block.population && log.variable() == variable) return log.read(block);
    }
    throw Failure(RVD_FAILED_PRECONDITION, "probe_read: no probe was set on \"" + std::string(variable) + "\"");
  }

  void clear(std::uint64_t clock) {
    for (StateLog& log : logs_) log.clear(clock);
  }
  bool empty() const { return logs_.empty(); }
  std::vector<StateLog>::iterator begin() { return logs_.begin(); }
  std::vector<StateLog>::iterator end() { return logs_.end(); }

 private:
  StateLog& log_of(std::uint32_t population, const rvd_variable& variable) {
    for (StateLog& log : logs_) {
      if (log.population() == population && log.variable() == plan_.text(variable.name)) return log;
    }
    const rvd_population& record = plan_.populations()[population];
    const std::uint32_t planned = plan_.states(record)[variable.state].type;
    const std::uint32_t type = wide_ && planned == RVD_F32 ? RVD_F64 : planned;
    return logs_.emplace_back(population, variable.state, std::string(plan_.text(variable.name)), lanes_, record.count, type);
  }

  PlanView plan_;
  std::uint32_t lanes_;
  bool wide_;
  std::vector<StateLog> logs_;
};

// ------------------------------------------------------------------------------------------------------------- sessions

/// Why a run should stop before its end. Ask after each step, so that even the shortest timeout gets on by one.
class Watch {
 public:
  using Clock = std::chrono::steady_clock;
  Watch(const std::atomic<bool>& cancelled, std::uint64_t timeout_ns) : cancelled_(cancelled), timed_(timeout_ns != 0) {
    constexpr std::uint64_t kLongest = 1'000'000'000'000'000'000;  // 31 years; keeps the sum below in range
    if (timed_) deadline_ = Clock::now() + std::chrono::nanoseconds(std::min(timeout_ns, kLongest));
  }
  rvd_status poll() const {
    if (cancelled_.load(std::memory_order_relaxed)) return RVD_CANCELLED;
    return timed_ && Clock::now() >= deadline_ ? RVD_TIMEOUT : RVD_OK;
  }

 private:
  const std::atomic<bool>& cancelled_;
  bool timed_;
  Clock::time_point deadline_;
};

/// What a driver implements of a session. Entries it leaves out answer RVD_NOT_IMPLEMENTED.
class Session {
 public:
  virtual ~Session() = default;
  virtual std::uint64_t clock() const = 0;
  virtual void write(const rvd_block& block, rvd_io& io) = 0;
  /// RVD_OK, RVD_TIMEOUT or RVD_CANCELLED, after a whole step; anything thrown fails the session until it is reset.
  virtual rvd_status run(std::uint64_t until, const Watch& watch) = 0;
  virtual void read(rvd_block& block) = 0;
  virtual void probe_set(std::uint32_t, std::string_view, std::uint64_t) { leave_out("probe_set"); }
  virtual void probe_read(std::string_view, rvd_block&) { leave_out("probe_read"); }
  virtual void reset() { leave_out("reset"); }
  virtual void counters(const Facts&) { leave_out("counters"); }

 private:
  [[noreturn]] static void leave_out(const char* entry) {
    throw Failure(RVD_NOT_IMPLEMENTED, std::string(entry) + " is not implemented by this driver");
  }
};

}  // namespace rvd
