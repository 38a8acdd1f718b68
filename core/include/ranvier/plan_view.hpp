/// Header-only C++ view of a checked plan's records (<ranvier/driver.h>), for the host's rooms and for drivers alike.
/// Nothing is copied and nothing is checked again: hand it a plan that the host's checker has passed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <ranvier/driver.h>

namespace rvd {

/// Records of one section, walked by the section's own stride.
template <class Record>
class Records {
 public:
  Records() = default;
  Records(const std::byte* first, std::uint64_t count, std::uint32_t stride) : first_(first), count_(count), stride_(stride) {}

  std::uint64_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const Record& operator[](std::uint64_t i) const { return *reinterpret_cast<const Record*>(first_ + i * stride_); }
  Records slice(rvd_range range) const { return {first_ + std::uint64_t{range.first} * stride_, range.count, stride_}; }

  class Iterator {
   public:
    Iterator(const Records* records, std::uint64_t at) : records_(records), at_(at) {}
    const Record& operator*() const { return (*records_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Records* records_;
    std::uint64_t at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, count_}; }

 private:
  const std::byte* first_ = nullptr;
  std::uint64_t count_ = 0;
  std::uint32_t stride_ = sizeof(Record);
};

/// Whether a kind of projection has a `window`.
constexpr bool has_window(std::uint32_t kind) { return kind == RVD_PROJECTION_CONVOLUTION || kind == RVD_PROJECTION_POOL; }

/// Calls visit(o, k) for each target coordinate o that sees the source coordinate x through position k of the kernel, on one
/// axis, in ascending o. In time linear in how many there are (times the dilation).
template <class Visit>
void each_on_axis(const rvd_window& window, unsigned axis, std::uint64_t x, Visit visit) {
  const std::uint64_t stride = window.stride[axis], dilation = window.dilation[axis];
  const std::uint64_t reach = dilation * (window.kernel[axis] - std::uint64_t{1});
  const std::uint64_t at = x + window.padding[axis];
  std::uint64_t o = at > reach ? (at - reach + stride - 1) / stride : 0;
  for (; o < window.out[axis] && o * stride <= at; ++o) {
    const std::uint64_t offset = at - o * stride;
    if (offset % dilation == 0) visit(o, offset / dilation);
  }
}

/// Calls visit(target, weight) for each synapse of a source neuron under a window, in ascending target; `weight` is a position
/// among a convolution's weights.
template <class Visit>
void each_in_window(const rvd_window& window, std::uint64_t source, Visit visit) {
  const std::uint64_t columns = window.in[1], area = window.in[0] * columns;
  const std::uint64_t sees = window.channels_in / window.groups, out = window.channels_out / window.groups;
  const std::uint64_t channel = source / area, first = channel / sees * out;
  for (std::uint64_t c = first; c < first + out; ++c) {
    each_on_axis(window, 0, source % area / columns, [&](std::uint64_t o0, std::uint64_t k0) {
      each_on_axis(window, 1, source % columns, [&](std::uint64_t o1, std::uint64_t k1) {
        visit((c * window.out[0] + o0) * window.out[1] + o1,
              ((c * sees + channel % sees) * window.kernel[0] + k0) * window.kernel[1] + k1);
      });
    });
  }
}

class PlanView {
 public:
  PlanView() = default;
  PlanView(const void* plan, std::uint64_t length) : base_(static_cast<const std::byte*>(plan)), length_(length) {}

  const std::byte* base() const { return base_; }
  std::uint64_t length() const { return length_; }

  const rvd_network& network() const { return section<rvd_network>(RVD_SECTION_NETWORK)[0]; }
  Records<rvd_population> populations() const { return section<rvd_population>(RVD_SECTION_POPULATION); }
  Records<rvd_projection> projections() const { return section<rvd_projection>(RVD_SECTION_PROJECTION); }
  Records<rvd_note> notes() const { return section<rvd_note>(RVD_SECTION_NOTE); }

  Records<rvd_value> parameters(const rvd_population& p) const { return part<rvd_value>(RVD_SECTION_PARAMETER, p.parameters); }
  Records<rvd_value> coefficients(const rvd_population& p) const {
    return part<rvd_value>(RVD_SECTION_COEFFICIENT, p.coefficients);
  }
  Records<rvd_state> states(const rvd_population& p) const { return part<rvd_state>(RVD_SECTION_STATE, p.states); }
  Records<rvd_variable> variables(const rvd_population& p) const {
    return part<rvd_variable>(RVD_SECTION_VARIABLE, p.variables);
  }
  Records<rvd_receptor> receptors(const rvd_population& p) const {
    return part<rvd_receptor>(RVD_SECTION_RECEPTOR, p.receptors);
  }
  Records<rvd_option> options(const rvd_population& p) const { return part<rvd_option>(RVD_SECTION_OPTION, p.options); }
  Records<rvd_op> ops(const rvd_population& p) const { return part<rvd_op>(RVD_SECTION_OP, p.ops); }

  std::string_view text(rvd_str s) const {
    return {reinterpret_cast<const char*>(base_ + s.offset), static_cast<std::size_t>(s.length)};
  }
  /// The elements of an array; valid while the plan is. Ask `type` first.
  template <class T>
  const T* data(const rvd_array& array) const {
    return reinterpret_cast<const T*>(base_ + array.offset);
  }
  /// Element i of a per-neuron array, the single value of a shared one.
  double number(const rvd_array& array, std::uint64_t i) const {
    const std::uint64_t k = array.count == 1 ? 0 : i;
    switch (array.type) {
      case RVD_F32: return static_cast<double>(data<float>(array)[k]);
      case RVD_F64: return data<double>(array)[k];
      case RVD_I32: return static_cast<double>(data<std::int32_t>(array)[k]);
      case RVD_I64: return static_cast<double>(data<std::int64_t>(array)[k]);
      case RVD_I16: return static_cast<double>(data<std::int16_t>(array)[k]);
      case RVD_I8: return static_cast<double>(data<std::int8_t>(array)[k]);
      default: return static_cast<double>(data<std::uint8_t>(array)[k]);
    }
  }
  /// Calls visit(target, weight) for each synapse of neuron `source`, of any kind of projection; `weight` is a position among
  /// its weights, of no meaning where those are absent.
  template <class Visit>
  void each_synapse(const rvd_projection& p, std::uint64_t source, Visit visit) const {
    const std::uint64_t targets = populations()[p.target].count;
    switch (p.kind) {
      case RVD_PROJECTION_DENSE:
        for (std::uint64_t t = 0; t < targets; ++t) visit(t, source * targets + t);
        return;
      case RVD_PROJECTION_ONE_TO_ONE: visit(source, p.weights.count == 1 ? 0 : source); return;
      case RVD_PROJECTION_SPARSE: {
        const std::int64_t* rows = data<std::int64_t>(p.rows);
        for (auto k = static_cast<std::uint64_t>(rows[source]); k < static_cast<std::uint64_t>(rows[source + 1]); ++k) {
          visit(static_cast<std::uint64_t>(data<std::int32_t>(p.targets)[k]), p.weights.count == 1 ? 0 : k);
        }
        return;
      }
      default: each_in_window(p.window, source, visit);
    }
  }
  /// A weight by its position as a double; 1 where a projection has none.
  double weight(const rvd_projection& p, std::uint64_t position) const {
    return p.weights.count == 0 ? 1.0 : number(p.weights, position);
  }
  /// The named record, or nullptr.
  const rvd_value* find(const Records<rvd_value>& values, std::string_view name) const {
    for (const rvd_value& value : values) {
      if (text(value.name) == name) return &value;
    }
    return nullptr;
  }
  /// The value of a model's option, or "".
  std::string_view option(const rvd_population& p, std::string_view key) const {
    for (const rvd_option& option : options(p)) {
      if (text(option.key) == key) return text(option.value);
    }
    return {};
  }

 private:
  template <class Record>
  Records<Record> section(std::uint32_t kind) const {
    const auto* header = reinterpret_cast<const rvd_plan_header*>(base_);
    const auto* sections = reinterpret_cast<const rvd_section*>(header + 1);
    for (std::uint32_t i = 0; i < header->section_count; ++i) {
      if (sections[i].kind == kind) return {base_ + sections[i].offset, sections[i].count, sections[i].record_size};
    }
    return {};
  }
  template <class Record>
  Records<Record> part(std::uint32_t kind, rvd_range range) const {
    return range.count == 0 ? Records<Record>{} : section<Record>(kind).slice(range);
  }

  const std::byte* base_ = nullptr;
  std::uint64_t length_ = 0;
};

}  // namespace rvd
