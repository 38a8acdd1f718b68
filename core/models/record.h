/// A model as a record: parameters with unit, range and default; options with their choices; and the function that turns both
/// into a program. core/models/README.md says how to add one.
#pragma once

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/network.h>

#include "core/models/program_builder.h"

namespace ranvier::models {

/// What a parameter's elements belong to.
enum class Extent : std::uint8_t {
  neurons,    ///< one for all, or one per neuron
  channels,   ///< one for all, or one per channel: the first axis of the node's shape
  structure,  ///< whole numbers about the node as a whole: one for all axes of its kernel, or one per axis
  node,       ///< one whole number about the node as a whole
};

struct ParameterSpec {
  std::string_view name;
  std::string_view unit;                                  ///< NIR's: "s", or none
  std::optional<double> fallback;                         ///< absent: required
  double low = -std::numeric_limits<double>::infinity();  ///< exclusive
  Extent extent = Extent::neurons;
};

struct OptionSpec {
  std::string_view key;
  std::vector<std::string_view> choices;  ///< the first is the default
};

/// What one choice asks of another option: `key` = `choice` has no meaning unless `other` is one of `allowed`.
struct Need {
  std::string_view key, choice, other;
  std::vector<std::string_view> allowed;
};

/// The parameters and options of one population, complete and checked.
class Setting {
 public:
  Setting(double dt, const Shape& shape, Parameters parameters, Options options)
      : dt_(dt), count_(element_count(shape)), parameters_(std::move(parameters)), options_(std::move(options)) {}

  double dt() const { return dt_; }
  std::size_t count() const { return count_; }
  bool is(std::string_view key, std::string_view choice) const {
    const auto at = options_.find(std::string(key));
    return at != options_.end() && at->second == choice;
  }
  const Tensor& parameter(std::string_view name) const { return parameters_.at(std::string(name)); }
  /// In which state, accumulators and events are: the option `precision`.
  DType type() const { return is("precision", "f64") ? DType::f64 : DType::f32; }

 private:
  double dt_;
  std::size_t count_;
  Parameters parameters_;
  Options options_;
};

/// Weights in the numbers that a chip stores.
struct StoredWeight {
  Tensor values;            ///< in the shape of those asked for; of the receptor's type
  std::size_t changed = 0;  ///< how many are not what was asked for
};

struct Record {
  std::string_view name;      ///< "lif@1"
  std::string_view summary;   ///< one line
  std::string_view citation;  ///< where the equations come from
  bool stateful = false;
  bool spiking = false;
  bool linear = false;                    ///< its `weight` sits on its incoming edges
  std::vector<ParameterSpec> parameters;  ///< without the `weight` of linear nodes
  std::vector<OptionSpec> options;
  std::vector<Need> needs;  ///< between options
  /// Ranges that depend on options or on dt; problems go to the last argument with the one before it. May be null.
  void (*check)(const Setting&, const std::string&, Problems&) = nullptr;
  /// Of linear nodes: what becomes of `weight` once `check` holds; problems as there. Null: it stays as it is.
  StoredWeight (*stored_weight)(const Setting&, const Tensor& weight, const std::string&, Problems&) = nullptr;
  Program (*build)(const Setting&) = nullptr;  ///< nullptr: no program (input@1), only events of `precision_of`
};

/// All models, sorted by name.
std::span<const Record> records();
/// By "lif@1" or "lif" (the newest version); nullptr when there is none.
const Record* find(std::string_view name);

/// Fills in defaults and checks names, sizes, ranges, choices and what they need of each other. Problems go to `problems` with
/// `where`.
/// @return what `build` takes; meaningless when problems were added.
Setting resolve(const Record& record, const std::string& where, double dt, const Shape& shape, const Parameters& parameters,
                const Options& options, Problems& problems);

/// The option `precision` of stateless models as a type: f32 where the model has no such option.
DType precision_of(const Setting& setting);

/// Builds the program, once the record's own check holds; every coefficient must be finite, and a threshold that v is divided by
/// above 0. Problems go to `problems` with `where`.
Program build(const Record& record, const Setting& setting, const std::string& where, Problems& problems);

}  // namespace ranvier::models
