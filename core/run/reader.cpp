#include "core/run/reader.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <tuple>
#include <utility>

#include <ranvier/error.h>

#include "core/run/callbacks.h"
#include "core/run/faults.h"

namespace ranvier::run {
namespace {

constexpr std::size_t kFirstCapacity = 256;
constexpr std::size_t kMostCapacity = std::size_t{1} << 20;

[[noreturn]] void broke(const Driver& driver, std::string_view entry, const Probe& probe, const std::string& rule) {
  Problem problem = rule_broken(driver.name, entry, rule);
  problem.where = probe.node->name;
  throw Error({problem});
}

void require_ok(const Driver& driver, std::string_view entry, const Probe& probe, rvd_status status) {
  if (status != RVD_OK) throw Error({problem_of(driver.name, entry, status, probe.node->name)});
}

template <class Visitor>
decltype(auto) visit(DType type, Visitor&& visitor) {
  switch (type) {
    case DType::f64: return visitor(double{});
    case DType::i32: return visitor(std::int32_t{});
    case DType::i64: return visitor(std::int64_t{});
    default: return visitor(float{});
  }
}

void append(SpikeTrain& train, const rvd_block& block, DType type) {
  train.step.insert(train.step.end(), block.step, block.step + block.count);
  train.lane.insert(train.lane.end(), block.lane, block.lane + block.count);
  train.id.insert(train.id.end(), block.id, block.id + block.count);
  visit(type, [&](auto value) {
    const auto* const values = static_cast<const decltype(value)*>(block.values);
    train.value.insert(train.value.end(), values, values + block.count);
  });
}

void spread(const EventTarget& target, const Probe& probe, const rvd_block& block, std::uint64_t lanes) {
  visit(probe.type, [&](auto value) {
    using T = decltype(value);
    const auto* const values = static_cast<const T*>(block.values);
    auto* const out = static_cast<T*>(target.output->mutable_data());
    for (std::uint64_t k = 0; k < block.count; ++k) {
      const std::uint64_t row = (block.step[k] - target.first_step) * lanes + block.lane[k];
      out[row * probe.node->count + block.id[k]] = values[k];
    }
  });
}

// Types are the plan's, but for a device that was told to widen (precision=f64).
void learn_type(const Driver& driver, const char* entry, Probe& probe, std::uint32_t type) {
  const auto given = static_cast<DType>(type);
  const bool widened = probe.planned == DType::f32 && given == DType::f64;
  if (given != probe.planned && !widened) {
    broke(driver, entry, probe, "a block's type is the plan's (or f64 for f32), but " + std::to_string(type) + " was set");
  }
  if (probe.type_known && given != probe.type) broke(driver, entry, probe, "a block's type does not change in a session");
  probe.type = given;
  probe.type_known = true;
}

rvd_block row_block(const Probe& probe, void* values, std::uint64_t capacity) {
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_DENSE;
  block.population = probe.node->population;
  block.type = static_cast<std::uint32_t>(probe.type);
  block.capacity = capacity;
  block.values = values;
  return block;
}

const char* entry_of(const Probe& probe) { return probe.events ? "read" : "probe_read"; }

rvd_status read_rows(Driver& driver, rvd_session_t* session, const Probe& probe, rvd_block& block) {
  if (probe.events) return call(driver.api.read, session, &block);
  return call(driver.api.probe_read, session, text_of(probe.variable), &block);
}

// At least one whole row, and those that come next. `capacity` is what was asked for: the block's own may have been changed.
void check_rows(const Driver& driver, const RowTarget& target, const Window& window, std::uint64_t capacity, const void* values,
                const rvd_block& block) {
  const Probe& probe = *target.probe;
  const char* const entry = entry_of(probe);
  const std::uint64_t row = window.lanes * probe.node->count;
  if (block.count > capacity) broke(driver, entry, probe, "count is at most capacity");
  if (block.values != values) broke(driver, entry, probe, "the arrays of a block are the host's, but another address was set");
  const bool whole = block.steps != 0 && block.count % row == 0 && block.count / row == block.steps;
  if (!whole || block.lanes != window.lanes || block.width != probe.node->count) {
    broke(driver, entry, probe,
          "a dense block holds whole steps of lanes x neurons, and all that were recorded are handed out, but " +
              std::to_string(block.count) + " elements in " + std::to_string(block.steps) + " steps, " +
              std::to_string(block.lanes) + " lanes and width " + std::to_string(block.width) + " were given where rows of " +
              std::to_string(row) + " are due");
  }
  const std::uint64_t expected = target.first_step + target.rows * probe.every;
  if (block.first_step != expected || block.every != probe.every) {
    broke(driver, entry, probe,
          "rows follow each other from step " + std::to_string(expected) + ", every " + std::to_string(probe.every) +
              ", but step " + std::to_string(block.first_step) + ", every " + std::to_string(block.every) + " was given");
  }
}

}  // namespace

Tensor unset(Shape shape, DType type) {
  constexpr std::align_val_t kAlignment{64};
  const std::size_t count = element_count(shape), size = size_of(type);
  const bool counted = count <= std::numeric_limits<std::size_t>::max() / size;
  void* const memory = counted ? ::operator new(count* size, kAlignment, std::nothrow) : nullptr;
  if (memory == nullptr) {
    throw Error(Code::out_of_memory, "No memory for a tensor of shape " + to_string(shape) + " (" + std::to_string(count) +
                                         " elements of " + std::to_string(size) + " bytes).");
  }
  const auto free = [](void* held) { ::operator delete(held, kAlignment); };
  return Tensor::borrow(memory, type, std::move(shape), std::shared_ptr<void>(memory, free));
}

rvd_block Reader::event_block(const Probe& probe) {
  if (steps_.empty()) {
    steps_.resize(kFirstCapacity);
    lanes_.resize(kFirstCapacity);
    ids_.resize(kFirstCapacity);
    values_.resize(std::max(values_.size(), kFirstCapacity));
  }
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_EVENTS;
  block.population = probe.node->population;
  block.type = static_cast<std::uint32_t>(probe.type);
  block.capacity = steps_.size();
  block.step = steps_.data();
  block.lane = lanes_.data();
  block.id = ids_.data();
  block.values = values_.data();
  return block;
}

void Reader::check_events(const Driver& driver, const Probe& probe, const Window& window, const rvd_block& block) {
  if (block.count > steps_.size()) {
    broke(driver, "read", probe,
          "count is at most capacity, but " + std::to_string(block.count) + " of " + std::to_string(steps_.size()) +
              " events were set");
  }
  const bool moved = block.step != steps_.data() || block.lane != lanes_.data() || block.id != ids_.data() ||
                     block.values != static_cast<void*>(values_.data());
  if (moved) broke(driver, "read", probe, "the arrays of a block are the host's, but another address was set");
  for (std::uint64_t k = 0; k < block.count; ++k) {
    const std::uint64_t step = steps_[k];
    const std::uint32_t lane = lanes_[k];
    const std::uint32_t id = ids_[k];
    if (step < window.begin || step >= window.end || lane >= window.lanes || id >= probe.node->count) {
      broke(driver, "read", probe,
            "events lie in the steps that were run, the lanes and the population, but step " + std::to_string(step) +
                ", lane " + std::to_string(lane) + ", id " + std::to_string(id) + " was given for steps " +
                std::to_string(window.begin) + " to " + std::to_string(window.end) + ", " + std::to_string(window.lanes) +
                " lanes and " + std::to_string(probe.node->count) + " neurons");
    }
    const bool rises = std::tie(last_step_, last_lane_, last_id_) < std::tie(step, lane, id);
    if (any_before_ && !rises) {
      broke(driver, "read", probe,
            "events are sorted by (step, lane, id) and unique, but those of step " + std::to_string(step) + " are not");
    }
    any_before_ = true;
    last_step_ = step;
    last_lane_ = lane;
    last_id_ = id;
  }
}

void Reader::events(Driver& driver, rvd_session_t* session, Probe& probe, const Window& window, const EventTarget& target) {
  any_before_ = false;
  while (true) {
    rvd_block block = event_block(probe);
    require_ok(driver, "read", probe, call(driver.api.read, session, &block));
    check_events(driver, probe, window, block);
    if (block.count > 0) {
      learn_type(driver, "read", probe, block.type);
      if (target.output != nullptr && target.output->dtype() != probe.type) *target.output = target.output->cast(probe.type);
      if (target.output != nullptr) spread(target, probe, block, window.lanes);
      if (target.train != nullptr) append(*target.train, block, probe.type);
    }
    if (block.remaining == 0) return;
    // Strictly rising events end by themselves; no event and a promise of more would not.
    if (block.count == 0) broke(driver, "read", probe, "an answer with something remaining holds at least one event");
    const std::size_t wanted =
        std::min<std::uint64_t>(std::max<std::uint64_t>(block.remaining, 2 * steps_.size()), kMostCapacity);
    if (wanted <= steps_.size()) continue;
    steps_.resize(wanted);
    lanes_.resize(wanted);
    ids_.resize(wanted);
    values_.resize(std::max(values_.size(), wanted));
  }
}

void Reader::rows(Driver& driver, rvd_session_t* session, RowTarget& target, const Window& window) {
  Probe& probe = *target.probe;
  const std::uint64_t row = window.lanes * probe.node->count;
  const std::uint64_t due = (window.end - target.first_step + probe.every - 1) / probe.every;
  while (target.rows < due) {
    // Straight into the result, once the size of an element is known; the first row through a buffer that fits any.
    const bool learning = !probe.type_known;
    const std::uint64_t rows = learning ? 1 : due - target.rows;
    if (learning && values_.size() < row) values_.resize(row);
    if (target.tensor->dtype() != probe.type) *target.tensor = unset(target.tensor->shape(), probe.type);
    const auto place = [&] {
      return static_cast<std::byte*>(target.tensor->mutable_data()) + target.rows * row * size_of(probe.type);
    };
    void* const values = learning ? static_cast<void*>(values_.data()) : place();
    rvd_block block = row_block(probe, values, rows * row);
    require_ok(driver, entry_of(probe), probe, read_rows(driver, session, probe, block));
    check_rows(driver, target, window, rows * row, values, block);
    learn_type(driver, entry_of(probe), probe, block.type);
    if (learning) {
      if (target.tensor->dtype() != probe.type) *target.tensor = unset(target.tensor->shape(), probe.type);
      std::memcpy(place(), values_.data(), row * size_of(probe.type));
    }
    target.rows += block.steps;
  }
}

void Reader::drop_rows(Driver& driver, rvd_session_t* session, Probe& probe, const Window& window) {
  const std::uint64_t row = window.lanes * probe.node->count;
  const std::uint64_t capacity = std::max<std::uint64_t>(row, kMostCapacity / 16);
  if (values_.size() < capacity) values_.resize(capacity);
  for (std::uint64_t step = window.begin; step <= window.end; ++step) {
    rvd_block block = row_block(probe, values_.data(), capacity);
    require_ok(driver, entry_of(probe), probe, read_rows(driver, session, probe, block));
    if (block.remaining == 0) return;
  }
  broke(driver, entry_of(probe), probe, "no more rows remain than steps were run");
}

}  // namespace ranvier::run
