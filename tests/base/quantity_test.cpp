#include <ranvier/quantity.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include <ranvier/error.h>

namespace ranvier {
namespace {

Code code_of(std::string_view text) {
  try {
    parse_quantity(text);
  } catch (const Error& error) {
    EXPECT_FALSE(error.remedy().empty()) << text;
    return error.code();
  }
  return Code::ok;
}

TEST(Quantity, IsScaledByOneRoundingOfAnExactPower) {
  // Multiplying would round twice, since 1e-3 is no double.
  EXPECT_NE(0.9 * 1e-3, 9e-4);
  EXPECT_EQ((0.9 * ms).si(), 9e-4);
  EXPECT_EQ((0.1 * ms).si(), 1e-4);
  EXPECT_EQ((0.3 * ms).si(), 3e-4);
  EXPECT_EQ((20.0 * ms).si(), 0.02);
  EXPECT_EQ((25.0 * us).si(), 25e-6);
  EXPECT_EQ((1.1 * nA).si(), 1.1 / 1e9);
  EXPECT_EQ((40.0 * MOhm).si(), 4e7);
  EXPECT_EQ((0.5 * s).si(), 0.5);
}

TEST(Quantity, SurvivesTheWayToSiAndBackForWholeMicroseconds) {
  for (int n = 1; n <= 100000; ++n) {
    const double value = n;
    ASSERT_EQ((value * us).si(), value / 1e6) << n;
    ASSERT_EQ((value * ms).in(us), value * 1e3) << n;
  }
}

TEST(Quantity, ConvertsWithinItsDimensionOnly) {
  EXPECT_EQ((0.1 * ms).in(s), 1e-4);
  EXPECT_EQ((2.0 * s).in(ms), 2000.0);
  EXPECT_EQ((7.0 * ms).in(ms), 7.0);
  try {
    (void)(1.0 * ms).in(mV);
    FAIL() << "a time was expressed in mV";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::bad_unit);
    EXPECT_NE(std::string(error.what()).find("1 ms"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("mV"), std::string::npos) << error.what();
  }
}

TEST(Quantity, ScalesFromBothSides) {
  EXPECT_EQ((ms * 3.0).value, 3.0);
  EXPECT_EQ((2.0 * (3.0 * ms)).value, 6.0);
  EXPECT_EQ(((3.0 * ms) * 2.0).unit.symbol, "ms");
}

TEST(ParseQuantity, TakesANumberAndAnyUnitOfTheList) {
  for (const Unit& unit : std::array<Unit, 9>{s, ms, us, mV, nA, nF, MOhm, uS, Hz}) {
    const Quantity quantity = parse_quantity("-2.5e-1 " + std::string(unit.symbol));
    EXPECT_EQ(quantity.value, -0.25) << unit.symbol;
    EXPECT_EQ(quantity.unit.symbol, unit.symbol);
    EXPECT_EQ(quantity.unit.dimension, unit.dimension);
    EXPECT_EQ(quantity.unit.exponent, unit.exponent);
  }
  EXPECT_EQ(parse_quantity("0.1ms").si(), 1e-4);
  EXPECT_EQ(parse_quantity("20   Hz").value, 20);
}

TEST(ParseQuantity, RefusesWhatHasNoUnitOrAnUnknownOne) {
  for (const char* text : {"0.1", "1 ", "1 furlong", "1ms ", "1 MS", "1m s", "1 ms2"}) {
    EXPECT_EQ(code_of(text), Code::bad_unit) << text;
  }
}

TEST(ParseQuantity, RefusesWhatIsNoFiniteNumber) {
  for (const char* text : {"", "ms", " 1ms", "+1ms", "nan ms", "inf ms", "-inf ms", "1e999 ms", "0x1p3z"}) {
    EXPECT_NE(code_of(text), Code::ok) << text;
  }
  EXPECT_EQ(code_of("inf ms"), Code::bad_value);
  EXPECT_EQ(code_of("1e999 ms"), Code::bad_value);
}

TEST(FormatNumber, ReadsBackAsTheSameDouble) {
  for (const double value : {0.1, 1e-4, 1.0 / 3.0, 5e-324, std::numeric_limits<double>::max(), -0.0, 123456789.0}) {
    const std::string text = format_number(value);
    const double back = std::strtod(text.c_str(), nullptr);
    EXPECT_EQ(back, value) << text;
    EXPECT_EQ(std::signbit(back), std::signbit(value)) << text;
  }
}

TEST(FormatNumber, IsAsShortAsCanBe) {
  EXPECT_EQ(format_number(0.1), "0.1");
  EXPECT_EQ(format_number(20.0), "20");
  EXPECT_EQ(format_number(0.1F), "0.1");
  EXPECT_EQ(to_string(0.1 * ms), "0.1 ms");
}

}  // namespace
}  // namespace ranvier
