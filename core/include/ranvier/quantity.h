/// Quantities: numbers that carry their unit, so that 0.1 ms is never mistaken for 0.1 s.
#pragma once

#include <string>
#include <string_view>

#include <ranvier/export.h>

namespace ranvier {

enum class Dimension { time, voltage, current, capacitance, resistance, conductance, frequency };

/// A unit is a power of ten of its dimension's SI unit.
struct Unit {
  Dimension dimension;
  int exponent;
  std::string_view symbol;
};

inline constexpr Unit s{Dimension::time, 0, "s"};
inline constexpr Unit ms{Dimension::time, -3, "ms"};
inline constexpr Unit us{Dimension::time, -6, "us"};
inline constexpr Unit mV{Dimension::voltage, -3, "mV"};
inline constexpr Unit nA{Dimension::current, -9, "nA"};
inline constexpr Unit nF{Dimension::capacitance, -9, "nF"};
inline constexpr Unit MOhm{Dimension::resistance, 6, "MOhm"};
inline constexpr Unit uS{Dimension::conductance, -6, "uS"};
inline constexpr Unit Hz{Dimension::frequency, 0, "Hz"};

/// A value in a unit. Kept as it was written: 0.1 ms becomes 1e-4 s by one division, correctly rounded.
struct Quantity {
  double value;
  Unit unit;

  /// In SI units. One IEEE division or multiplication by a power of ten that is a double exactly.
  RANVIER_API double si() const;
  /// In `other`, of the same dimension. @throws Error bad_unit, naming both.
  RANVIER_API double in(const Unit& other) const;
};

constexpr Quantity operator*(double value, const Unit& unit) { return {value, unit}; }
constexpr Quantity operator*(const Unit& unit, double value) { return {value, unit}; }
constexpr Quantity operator*(double factor, const Quantity& q) { return {factor * q.value, q.unit}; }
constexpr Quantity operator*(const Quantity& q, double factor) { return {q.value * factor, q.unit}; }

/// "0.1ms", "20 Hz": a number, optional blanks, a symbol of the list above.
/// @throws Error bad_unit for an unknown or missing unit, bad_value for what is not a finite number.
RANVIER_API Quantity parse_quantity(std::string_view text);

/// "0.1 ms", with as many digits as are needed to read the same double again.
RANVIER_API std::string to_string(const Quantity& quantity);

/// The shortest decimal that reads as the same double, or float.
RANVIER_API std::string format_number(double value);
RANVIER_API std::string format_number(float value);

}  // namespace ranvier
