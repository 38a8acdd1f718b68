#include <ranvier/report.h>

#include <algorithm>
#include <array>

namespace ranvier {
namespace {

constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

// Columns in characters, not bytes: node names are UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::exact: return "exact";
    case Verdict::approximate: return "approximate";
    case Verdict::unsupported: break;
  }
  return "unsupported";
}

std::string Report::text() const {
  std::string text = device + (ok ? ": ok" : ": not possible");
  if (entries.empty()) return text + ", nothing to report\n";
  std::vector<Row> rows{{"node", "quantity", "asked", "limit", "unit", "verdict", "remedy"}};
  for (const ReportEntry& entry : entries) {
    rows.push_back(
        {entry.node, entry.quantity, entry.asked, entry.limit, entry.unit, std::string(name_of(entry.verdict)), entry.remedy});
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < kColumns; ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  text += "\n";
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < kColumns; ++c) {
      // A column without a word in it, but for its title, is left out.
      const bool empty = std::all_of(rows.begin() + 1, rows.end(), [&](const Row& other) { return other[c].empty(); });
      if (empty) continue;
      line += "  " + row[c] + std::string(widths[c] - width_of(row[c]), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace ranvier
