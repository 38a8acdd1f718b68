#include "tests/onehash/cells.h"

#include <array>
#include <span>
#include <string_view>

#include <ranvier/error.h>

#include "core/lower/lower.h"
#include "core/models/record.h"
#include "core/net/graph.h"

namespace ranvier::onehash {
namespace {

constexpr std::array kModels{"lif@1", "lif@1", "lif@1", "cubalif@1", "cubalif@1", "cubalif@1",
                             "if@1",  "if@1",  "li@1",  "cubali@1",  "i@1",       "threshold@1"};

/// A value that keeps a population between silent and saturated for most options.
double value_of(Dice& dice, std::string_view parameter) {
  if (parameter.starts_with("tau")) return kDt * dice.real(1.2, 20);
  if (parameter == "r") return dice.chance(30) ? dice.real(0.5, 2) / kDt : dice.real(1, 20);
  if (parameter.ends_with("threshold")) return dice.real(0.3, 1.5);
  if (parameter == "w_in") return dice.real(0.5, 4);
  if (parameter == "weight_scale") return dice.real(1, 8);
  return dice.real(-0.3, 0.3);  // v_leak, v_reset, bias
}

Tensor values_of(Dice& dice, std::string_view parameter, std::size_t count) {
  const bool one = dice.chance(40);
  Tensor values(Shape{one ? 1 : count}, dice.one_of({DType::f32, DType::f64}));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = value_of(dice, parameter);
    if (values.dtype() == DType::f32) values.mutable_data<float>()[i] = static_cast<float>(value);
    else values.mutable_data<double>()[i] = value;
  }
  return values;
}

Cell any_cell(Dice& dice, std::size_t count, DType type) {
  const models::Record& record = *models::find(dice.any(kModels));
  Cell cell;
  cell.model = record.name;
  for (const models::ParameterSpec& spec : record.parameters) {
    if (spec.fallback && dice.chance(25)) continue;
    cell.parameters[std::string(spec.name)] = values_of(dice, spec.name, count);
  }
  const std::size_t share = dice.one_of<std::size_t>({0, 0, 20, 60});  // few options off their defaults, or many
  for (const models::OptionSpec& spec : record.options) {
    const bool updates = spec.key == "update" && dice.chance(60);
    if (updates || dice.chance(share)) cell.options[std::string(spec.key)] = dice.any(spec.choices);
  }
  cell.options["precision"] = type == DType::f64 ? "f64" : "f32";
  return cell;
}

}  // namespace

Cell random_cell(Dice& dice, const Shape& shape, DType type) {
  for (;;) {
    Cell cell = any_cell(dice, element_count(shape), type);
    try {
      population_of("cell", shape, cell);
      return cell;
    } catch (const Error&) {
      // Options or parameters that have no meaning together: another throw.
    }
  }
}

plan::Population population_of(const std::string& name, const Shape& shape, const Cell& cell) {
  Network net(kDt * s);
  net.add(name, cell.model, shape, cell.parameters, cell.options);
  return lower::lower(net.graph()).populations.front();
}

}  // namespace ranvier::onehash
