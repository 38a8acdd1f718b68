#include <ranvier/report.h>

#include <gtest/gtest.h>

namespace ranvier {
namespace {

TEST(Report, IsATableWithoutEmptyColumns) {
  Report report{"loihi?kind=emulator", false, {}};
  report.entries.push_back({"größe", "delay", "70", "62", "steps", Verdict::unsupported, ""});
  report.entries.push_back({"out", "weight", "0.3", "0.25", "", Verdict::approximate, ""});
  EXPECT_EQ(report.text(),
            "loihi?kind=emulator: not possible\n"
            "  node   quantity  asked  limit  unit   verdict\n"
            "  größe  delay     70     62     steps  unsupported\n"
            "  out    weight    0.3    0.25          approximate\n");
}

TEST(Report, OfNothingSaysSo) { EXPECT_EQ((Report{"cpu", true, {}}.text()), "cpu: ok, nothing to report\n"); }

}  // namespace
}  // namespace ranvier
