#include <ranvier/report.h>

#include <gtest/gtest.h>

namespace ranvier {
namespace {

TEST(Report, IsATableWithoutEmptyColumns) {
  Report report{"loihi?kind=emulator", false, {}};
  report.entries.push_back({"größe", "delay", "70", "62", "steps", Verdict::unsupported, ""});
  report.entries.push_back({"out", "weight", "0.3", "0.25", "", Verdict::approximate, ""});
  EXPECT_EQ(report.text(),
            "loihi?kind=emulator: not possible, 0 exact, 1 approximate, 1 unsupported\n"
            "  node   quantity  asked  limit  unit   verdict\n"
            "  größe  delay     70     62     steps  unsupported\n"
            "  out    weight    0.3    0.25          approximate\n");
}

TEST(Report, ShowsBytesAsAPersonCountsThem) {
  const auto shown = [](const char* bytes) {
    const Report report{"cpu", true, {{"", "memory", bytes, "", "bytes", Verdict::exact, ""}}};
    const std::string text = report.text();
    const std::size_t begin = text.find_first_not_of(' ', text.find("memory") + 6);
    return text.substr(begin, text.find("  exact") - begin);
  };
  EXPECT_EQ(shown("1023"), "1023 bytes");
  EXPECT_EQ(shown("1024"), "1.00 KiB");
  EXPECT_EQ(shown("1234567"), "1.18 MiB");
  EXPECT_EQ(shown("1048575"), "1.00 MiB");
  EXPECT_EQ(shown("104857600"), "100 MiB");
  EXPECT_EQ(shown("many"), "many bytes");
}

TEST(Report, OfNothingSaysSo) { EXPECT_EQ((Report{"cpu", true, {}}.text()), "cpu: ok, nothing to report\n"); }

}  // namespace
}  // namespace ranvier
