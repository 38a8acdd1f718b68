#include "core/plan/describe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <ranvier/tensor.h>

namespace ranvier::plan {
namespace {

/// Columns two blanks apart, as wide as their widest cell; the first row is the heading.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) { add(std::move(heading)); }
  void add(std::vector<std::string> row) {
    widths_.resize(std::max(widths_.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width(row[i]));
    rows_.push_back(std::move(row));
  }
  /// Empty when there is no row but the heading.
  std::string text(const std::string& title) const {
    if (rows_.size() == 1) return {};
    std::string result = "\n" + title + "\n";
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += "  " + row[i] + std::string(widths_[i] - width(row[i]), ' ');
      }
      result += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return result;
  }

 private:
  /// Characters, not bytes: UTF-8's continuation bytes do not count.
  static std::size_t width(const std::string& cell) {
    return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  }

  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

std::string type_name(std::uint32_t type) { return std::string(name_of(static_cast<DType>(type))); }

/// As many digits as a reader of a table wants: those that the type surely holds.
std::string rounded(double value, std::uint32_t type) {
  std::array<char, 40> buffer{};
  const int digits = type == RVD_F32 ? 7 : type == RVD_F64 ? 12 : 19;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::general, digits).ptr;
  return {buffer.data(), end};
}

/// "0.02", "-1 .. 1 (3072 values)", "-" when absent.
std::string summary(const rvd::PlanView& plan, const rvd_array& array) {
  if (array.count == 0) return "-";
  double low = plan.number(array, 0);
  double high = low;
  for (std::uint64_t i = 1; i < array.count; ++i) {
    const double value = plan.number(array, i);
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (array.count == 1) return rounded(low, array.type);
  const std::string range =
      low == high ? rounded(low, array.type) : rounded(low, array.type) + " .. " + rounded(high, array.type);
  return range + " (" + std::to_string(array.count) + " values)";
}

std::string shape_text(const rvd_population& population) {
  Shape shape;
  for (std::uint32_t axis = 0; axis < population.rank; ++axis) shape.push_back(population.shape[axis]);
  return to_string(shape);
}

void append_word(std::string& text, const std::string& word) { text += (text.empty() ? "" : " ") + word; }

std::string flags_text(std::uint32_t flags) {
  std::string text;
  if ((flags & RVD_POPULATION_INPUT) != 0) append_word(text, "input");
  if ((flags & RVD_POPULATION_OUTPUT) != 0) append_word(text, "output");
  if ((flags & RVD_POPULATION_SPIKING) != 0) append_word(text, "spiking");
  if ((flags & RVD_POPULATION_STATELESS) != 0) append_word(text, "stateless");
  return text.empty() ? "-" : text;
}

std::string options_text(const rvd::PlanView& plan, const rvd_population& population) {
  std::string text;
  for (const rvd_option& option : plan.options(population)) {
    append_word(text, printable(plan.text(option.key)) + "=" + printable(plan.text(option.value)));
  }
  return text.empty() ? "-" : text;
}

std::string network_text(const rvd::PlanView& plan) {
  const rvd_network& network = plan.network();
  return "plan \"" + printable(plan.text(network.name)) + "\", " + std::to_string(plan.length()) + " bytes\n  dt " +
         rounded(network.dt * 1e3, RVD_F64) + " ms, seed " + std::to_string(network.seed) + ", memory " +
         std::to_string(network.shared_bytes) + " bytes shared and " + std::to_string(network.lane_bytes) + " bytes a lane\n";
}

std::string populations_text(const rvd::PlanView& plan) {
  Table table({"#", "name", "model", "shape", "events", "flags", "options"});
  std::uint64_t number = 0;
  for (const rvd_population& population : plan.populations()) {
    table.add({std::to_string(number++), printable(plan.text(population.name)), printable(plan.text(population.model)),
               shape_text(population), type_name(population.value_type), flags_text(population.flags),
               options_text(plan, population)});
  }
  return table.text("populations");
}

std::string parameters_text(const rvd::PlanView& plan) {
  Table table({"population", "parameter", "value", "unit"});
  for (const rvd_population& population : plan.populations()) {
    for (const rvd_value& value : plan.parameters(population)) {
      table.add({printable(plan.text(population.name)), printable(plan.text(value.name)), summary(plan, value.values),
                 printable(plan.text(value.unit))});
    }
  }
  return table.text("parameters");
}

std::string extents(const std::uint32_t (&axes)[2]) { return std::to_string(axes[0]) + "x" + std::to_string(axes[1]); }

/// "convolution 3x3", with what is not plain: ", stride 2x2, padding 1x1, dilation 2x1, groups 2".
std::string window_text(const rvd_window& window, bool pool) {
  std::string text = (pool ? "pool " : "convolution ") + extents(window.kernel);
  if (window.stride[0] != 1 || window.stride[1] != 1) text += ", stride " + extents(window.stride);
  if (window.padding[0] != 0 || window.padding[1] != 0) text += ", padding " + extents(window.padding);
  if (window.dilation[0] != 1 || window.dilation[1] != 1) text += ", dilation " + extents(window.dilation);
  if (!pool && window.groups != 1) text += ", groups " + std::to_string(window.groups);
  return text;
}

std::string kind_text(const rvd_projection& projection) {
  switch (projection.kind) {
    case RVD_PROJECTION_DENSE: return "dense";
    case RVD_PROJECTION_ONE_TO_ONE: return "one-to-one";
    case RVD_PROJECTION_SPARSE: return "sparse (" + std::to_string(projection.targets.count) + " synapses)";
    default: return window_text(projection.window, projection.kind == RVD_PROJECTION_POOL);
  }
}

std::string projections_text(const rvd::PlanView& plan) {
  Table table({"#", "projection", "receptor", "kind", "delay", "weights", "prior"});
  std::uint64_t number = 0;
  for (const rvd_projection& projection : plan.projections()) {
    const rvd_population& source = plan.populations()[projection.source];
    const rvd_population& target = plan.populations()[projection.target];
    const bool feedback = (projection.flags & RVD_PROJECTION_FEEDBACK) != 0;
    table.add({std::to_string(number++), printable(plan.text(source.name)) + " -> " + printable(plan.text(target.name)),
               printable(plan.text(plan.receptors(target)[projection.receptor].name)), kind_text(projection),
               std::to_string(projection.delay) + (feedback ? " feedback" : ""), summary(plan, projection.weights),
               summary(plan, projection.prior)});
  }
  return table.text("projections");
}

std::string notes_text(const rvd::PlanView& plan) {
  Table table({"where", "note"});
  for (const rvd_note& note : plan.notes()) table.add({printable(plan.text(note.where)), printable(plan.text(note.text))});
  return table.text("notes");
}

std::string programs_text(const rvd::PlanView& plan) {
  std::string text;
  for (const rvd_population& population : plan.populations()) {
    if (population.ops.count == 0) continue;
    text += "\nprogram of " + printable(plan.text(population.name)) + ", " + std::to_string(population.ops.count) +
            " operations\n" + listing(plan, population);
  }
  return text;
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      result += c;
    } else {
      result.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 0xF]);
    }
  }
  return result;
}

std::string describe(const rvd::PlanView& plan, bool with_programs) {
  std::string text =
      network_text(plan) + populations_text(plan) + parameters_text(plan) + projections_text(plan) + notes_text(plan);
  if (with_programs) text += programs_text(plan);
  return text;
}

}  // namespace ranvier::plan
