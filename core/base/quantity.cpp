#include <ranvier/quantity.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <ranvier/error.h>

namespace ranvier {
namespace {

constexpr std::array<Unit, 9> kUnits{s, ms, us, mV, nA, nF, MOhm, uS, Hz};
constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Dividing by an exact power rounds once; multiplying by 1e-3, which is no double, would round twice.
double scaled(double value, int exponent) {
  const double power = kPowers[static_cast<std::size_t>(std::abs(exponent))];
  return exponent < 0 ? value / power : value * power;
}

template <class Float>
std::string shortest(Float value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), result.ptr);
}

std::string known_units() {
  std::string list;
  for (const Unit& unit : kUnits) list += (list.empty() ? "" : ", ") + std::string(unit.symbol);
  return list;
}

}  // namespace

double Quantity::si() const { return scaled(value, unit.exponent); }

double Quantity::in(const Unit& other) const {
  if (unit.dimension != other.dimension) {
    throw Error(Code::bad_unit, to_string(*this) + " cannot be expressed in " + std::string(other.symbol) + ".");
  }
  return scaled(value, unit.exponent - other.exponent);
}

Quantity parse_quantity(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) {
    throw Error(Code::bad_value, "'" + std::string(text) + "' does not begin with a finite number.", {},
                "Write a number and a unit, like 0.1ms.");
  }
  std::string_view symbol(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!symbol.empty() && symbol.front() == ' ') symbol.remove_prefix(1);
  for (const Unit& unit : kUnits) {
    if (unit.symbol == symbol) return {value, unit};
  }
  const std::string problem = symbol.empty() ? "has no unit" : "has the unknown unit '" + std::string(symbol) + "'";
  throw Error(Code::bad_unit, "'" + std::string(text) + "' " + problem + ".", {}, "Use one of " + known_units() + ".");
}

std::string to_string(const Quantity& quantity) {
  return format_number(quantity.value) + " " + std::string(quantity.unit.symbol);
}

std::string format_number(double value) { return shortest(value); }
std::string format_number(float value) { return shortest(value); }

}  // namespace ranvier
