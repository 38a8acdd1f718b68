#include <ranvier/report.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace ranvier {
namespace {

constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

// Columns in characters, not bytes: node names are UTF-8.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// 1234567 as "1.18 MiB"; what is no whole number or small stays as it is.
std::string size_text(const std::string& bytes) {
  std::uint64_t count = 0;
  const char* const end = bytes.data() + bytes.size();
  const bool whole = !bytes.empty() && std::from_chars(bytes.data(), end, count).ptr == end;
  if (!whole || count < 1024) return bytes.empty() ? bytes : bytes + " bytes";
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double size = static_cast<double>(count) / 1024;
  std::size_t unit = 0;
  for (; size >= 1023.5 && unit + 1 < kUnits.size(); ++unit) size /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), size < 10 ? "%.2f %s" : size < 100 ? "%.1f %s" : "%.0f %s", size, kUnits[unit]);
  return text.data();
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

std::string Report::summary() const {
  std::string text;
  for (const Verdict verdict : {Verdict::exact, Verdict::approximate, Verdict::unsupported}) {
    const auto count = std::ranges::count(entries, verdict, &ReportEntry::verdict);
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(name_of(verdict));
  }
  return text;
}

std::string Report::text() const {
  std::string text = device + (ok ? ": ok" : ": not possible");
  if (entries.empty()) return text + ", nothing to report\n";
  text += ", " + summary();
  std::vector<Row> rows{{"node", "quantity", "asked", "limit", "unit", "verdict", "remedy"}};
  for (const ReportEntry& entry : entries) {
    const bool bytes = entry.unit == "bytes";
    rows.push_back({entry.node, entry.quantity, bytes ? size_text(entry.asked) : entry.asked,
                    bytes ? size_text(entry.limit) : entry.limit, bytes ? "" : entry.unit, std::string(name_of(entry.verdict)),
                    entry.remedy});
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
