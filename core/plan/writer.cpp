// Description -> bytes. Records are made with offsets relative to the text and blob sections, whose places are known only when
// all texts and arrays have been met; `rebase` then makes the offsets those of the file.
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ranvier/error.h>

#include "core/plan/check.h"
#include "core/plan/description.h"

namespace ranvier::plan {
namespace {

std::uint64_t aligned(std::uint64_t offset) { return (offset + RVD_PLAN_ALIGN - 1) / RVD_PLAN_ALIGN * RVD_PLAN_ALIGN; }

/// All strings, equal ones once.
class Texts {
 public:
  rvd_str add(const std::string& text) {
    if (text.empty()) return {0, 0};
    const auto [entry, is_new] = offsets_.try_emplace(text, bytes_.size());
    if (is_new) bytes_ += text;
    return {entry->second, text.size()};
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  std::string bytes_;
  std::map<std::string, std::uint64_t> offsets_;
};

/// All arrays, equal ones (type and bytes) once. Keeps tensors, not copies, until `copy_to`.
class Blobs {
 public:
  rvd_array add(const Tensor& tensor) {
    if (tensor.empty()) return {0, 0, 0, 0};
    return {offset_of(tensor), tensor.size(), static_cast<std::uint32_t>(tensor.dtype()), 0};
  }
  std::uint64_t size() const { return size_; }
  void copy_to(std::byte* out) const {
    for (const Entry& entry : entries_) std::memcpy(out + entry.offset, entry.tensor.data(), entry.tensor.bytes());
  }

 private:
  struct Entry {
    Tensor tensor;
    std::uint64_t offset;
  };

  std::uint64_t offset_of(const Tensor& tensor) {
    const std::string_view bytes(static_cast<const char*>(tensor.data()), tensor.bytes());
    const std::size_t hash = std::hash<std::string_view>{}(bytes);
    const auto [first, last] = by_hash_.equal_range(hash);
    for (auto twin = first; twin != last; ++twin) {
      const Entry& entry = entries_[twin->second];
      if (entry.tensor.dtype() == tensor.dtype() && entry.tensor.bytes() == tensor.bytes() &&
          std::memcmp(entry.tensor.data(), tensor.data(), tensor.bytes()) == 0) {
        return entry.offset;
      }
    }
    const std::uint64_t offset = aligned(size_);
    by_hash_.emplace(hash, entries_.size());
    entries_.push_back({tensor, offset});
    size_ = offset + tensor.bytes();
    return offset;
  }

  std::vector<Entry> entries_;
  std::unordered_multimap<std::size_t, std::size_t> by_hash_;
  std::uint64_t size_ = 0;
};

struct Bases {
  std::uint64_t text = 0;
  std::uint64_t blob = 0;
};

void rebase(rvd_str& string, const Bases& bases) {
  if (string.length != 0) string.offset += bases.text;
}
void rebase(rvd_array& array, const Bases& bases) {
  if (array.count != 0) array.offset += bases.blob;
}
void rebase(rvd_network& network, const Bases& bases) { rebase(network.name, bases); }
void rebase(rvd_population& population, const Bases& bases) {
  rebase(population.name, bases);
  rebase(population.model, bases);
}
void rebase(rvd_projection& projection, const Bases& bases) {
  rebase(projection.weights, bases);
  rebase(projection.prior, bases);
  rebase(projection.rows, bases);
  rebase(projection.targets, bases);
}
void rebase(rvd_value& value, const Bases& bases) {
  rebase(value.name, bases);
  rebase(value.unit, bases);
  rebase(value.values, bases);
}
void rebase(rvd_state& state, const Bases& bases) {
  rebase(state.name, bases);
  rebase(state.initial, bases);
}
void rebase(rvd_variable& variable, const Bases& bases) { rebase(variable.name, bases); }
void rebase(rvd_receptor& receptor, const Bases& bases) { rebase(receptor.name, bases); }
void rebase(rvd_option& option, const Bases& bases) {
  rebase(option.key, bases);
  rebase(option.value, bases);
}
void rebase(rvd_op&, const Bases&) {}
void rebase(rvd_note& note, const Bases& bases) {
  rebase(note.where, bases);
  rebase(note.text, bases);
}

template <class Record>
Record empty_record() {
  Record record{};
  record.size = sizeof(Record);
  return record;
}

class Writer {
 public:
  explicit Writer(const Description& description) {
    rvd_network& network = networks_.emplace_back(empty_record<rvd_network>());
    network.dt = description.dt;
    network.seed = description.seed;
    network.shared_bytes = description.shared_bytes;
    network.lane_bytes = description.lane_bytes;
    network.name = texts_.add(description.name);
    for (const Population& population : description.populations) add(population);
    for (const Projection& projection : description.projections) add(projection);
    for (const Note& note : description.notes) add(note);
  }

  std::vector<std::byte> bytes();

 private:
  void add(const Population& population);
  void add_shape(const Population& population, rvd_population& record) const;
  void add(const Projection& projection);
  void add(const Note& note);
  rvd_value value(const Value& value);
  rvd_state state(const State& state);

  /// Appends a record for each item and returns the range of the new ones.
  template <class Record, class Items, class Make>
  rvd_range append(std::vector<Record>& records, const Items& items, Make make) {
    const auto first = static_cast<std::uint32_t>(records.size());
    for (const auto& item : items) records.push_back(make(item));
    return {first, static_cast<std::uint32_t>(items.size())};
  }

  /// Calls visit(section, records) for the sections of records, in the order of the file.
  template <class Visit>
  void each_section(Visit visit) {
    visit(RVD_SECTION_NETWORK, networks_);
    visit(RVD_SECTION_POPULATION, populations_);
    visit(RVD_SECTION_PROJECTION, projections_);
    visit(RVD_SECTION_PARAMETER, parameters_);
    visit(RVD_SECTION_COEFFICIENT, coefficients_);
    visit(RVD_SECTION_STATE, states_);
    visit(RVD_SECTION_VARIABLE, variables_);
    visit(RVD_SECTION_RECEPTOR, receptors_);
    visit(RVD_SECTION_OPTION, options_);
    visit(RVD_SECTION_OP, ops_);
    visit(RVD_SECTION_NOTE, notes_);
  }
  std::vector<rvd_section> lay_out();

  std::vector<rvd_network> networks_;
  std::vector<rvd_population> populations_;
  std::vector<rvd_projection> projections_;
  std::vector<rvd_value> parameters_, coefficients_;
  std::vector<rvd_state> states_;
  std::vector<rvd_variable> variables_;
  std::vector<rvd_receptor> receptors_;
  std::vector<rvd_option> options_;
  std::vector<rvd_op> ops_;
  std::vector<rvd_note> notes_;
  Texts texts_;
  Blobs blobs_;
};

void Writer::add(const Population& population) {
  auto record = empty_record<rvd_population>();
  record.flags = population.flags;
  record.name = texts_.add(population.name);
  record.model = texts_.add(population.model);
  add_shape(population, record);
  record.value_type = static_cast<std::uint32_t>(population.value_type);
  record.registers = population.registers;
  record.options = append(options_, population.options, [&](const auto& option) {
    auto made = empty_record<rvd_option>();
    made.key = texts_.add(option.first);
    made.value = texts_.add(option.second);
    return made;
  });
  record.parameters = append(parameters_, population.parameters, [&](const Value& item) { return value(item); });
  record.coefficients = append(coefficients_, population.coefficients, [&](const Value& item) { return value(item); });
  record.states = append(states_, population.states, [&](const State& item) { return state(item); });
  record.variables = append(variables_, population.variables, [&](const Variable& variable) {
    auto made = empty_record<rvd_variable>();
    made.state = variable.state;
    made.name = texts_.add(variable.name);
    return made;
  });
  record.receptors = append(receptors_, population.receptors, [&](const Receptor& receptor) {
    auto made = empty_record<rvd_receptor>();
    made.type = static_cast<std::uint32_t>(receptor.type);
    made.name = texts_.add(receptor.name);
    return made;
  });
  record.ops = append(ops_, population.ops, [](rvd_op op) {
    op.size = sizeof op;
    return op;
  });
  populations_.push_back(record);
}

void Writer::add_shape(const Population& population, rvd_population& record) const {
  record.count = element_count(population.shape);
  record.rank = static_cast<std::uint32_t>(population.shape.size());
  if (record.rank > RVD_MAX_RANK) {
    throw Error(Code::internal, "The shape " + to_string(population.shape) + " has " + std::to_string(record.rank) +
                                    " axes; a plan holds at most " + std::to_string(RVD_MAX_RANK) + ".");
  }
  for (std::uint32_t axis = 0; axis < record.rank; ++axis) record.shape[axis] = population.shape[axis];
}

void Writer::add(const Projection& projection) {
  auto record = empty_record<rvd_projection>();
  record.kind = projection.kind;
  record.source = projection.source;
  record.target = projection.target;
  record.receptor = projection.receptor;
  record.delay = projection.delay;
  record.flags = projection.flags;
  record.weights = blobs_.add(projection.weights);
  record.prior = blobs_.add(projection.prior);
  record.window = projection.window;
  record.rows = blobs_.add(projection.rows);
  record.targets = blobs_.add(projection.targets);
  projections_.push_back(record);
}

void Writer::add(const Note& note) {
  auto record = empty_record<rvd_note>();
  record.where = texts_.add(note.where);
  record.text = texts_.add(note.text);
  notes_.push_back(record);
}

rvd_value Writer::value(const Value& item) {
  auto record = empty_record<rvd_value>();
  record.name = texts_.add(item.name);
  record.unit = texts_.add(item.unit);
  record.values = blobs_.add(item.values);
  return record;
}

rvd_state Writer::state(const State& item) {
  auto record = empty_record<rvd_state>();
  record.type = static_cast<std::uint32_t>(item.type);
  record.name = texts_.add(item.name);
  record.initial = blobs_.add(item.initial);
  return record;
}

/// The section table: every section that is not empty, at the next multiple of 64.
std::vector<rvd_section> Writer::lay_out() {
  std::vector<rvd_section> sections;
  const auto add_section = [&](std::uint32_t kind, std::size_t record_size, std::uint64_t count) {
    if (count != 0) sections.push_back({kind, static_cast<std::uint32_t>(record_size), 0, count});
  };
  each_section([&](std::uint32_t kind, const auto& records) { add_section(kind, sizeof(records[0]), records.size()); });
  add_section(RVD_SECTION_TEXT, 1, texts_.bytes().size());
  add_section(RVD_SECTION_BLOB, 1, blobs_.size());
  std::uint64_t end = sizeof(rvd_plan_header) + sections.size() * sizeof(rvd_section);
  for (rvd_section& section : sections) {
    section.offset = aligned(end);
    end = section.offset + section.record_size * section.count;
  }
  return sections;
}

std::vector<std::byte> Writer::bytes() {
  const std::vector<rvd_section> sections = lay_out();
  const auto offset_of = [&](std::uint32_t kind) {
    for (const rvd_section& section : sections) {
      if (section.kind == kind) return section.offset;
    }
    return std::uint64_t{0};
  };
  const Bases bases{offset_of(RVD_SECTION_TEXT), offset_of(RVD_SECTION_BLOB)};

  rvd_plan_header header{};
  std::memcpy(header.magic, RVD_PLAN_MAGIC, sizeof header.magic);
  header.major = RVD_PLAN_MAJOR;
  header.minor = RVD_PLAN_MINOR;
  header.length = sections.back().offset + sections.back().record_size * sections.back().count;
  header.section_count = static_cast<std::uint32_t>(sections.size());

  std::vector<std::byte> bytes(header.length);
  std::memcpy(bytes.data() + sizeof header, sections.data(), sections.size() * sizeof(rvd_section));
  each_section([&](std::uint32_t kind, auto& records) {
    std::byte* out = bytes.data() + offset_of(kind);
    for (auto& record : records) {
      rebase(record, bases);
      std::memcpy(out, &record, sizeof record);
      out += sizeof record;
    }
  });
  const std::span<const std::byte> text = texts_.bytes();
  if (!text.empty()) std::memcpy(bytes.data() + bases.text, text.data(), text.size());
  blobs_.copy_to(bytes.data() + bases.blob);
  std::memcpy(bytes.data(), &header, sizeof header);
  header.crc32c = checksum(bytes);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

}  // namespace

Plan write(const Description& description) {
  try {
    return Plan::from_bytes(Writer(description).bytes());
  } catch (const Error& error) {
    if (error.code() == Code::out_of_memory) throw;
    throw Error(Code::internal, std::string("The plan that was written does not pass its check. ") + error.what());
  }
}

}  // namespace ranvier::plan
