/// Report: what a device makes of a network, before the first spike.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/export.h>

namespace ranvier {

enum class Verdict { exact, approximate, unsupported };

RANVIER_API std::string_view name_of(Verdict verdict);

/// One line: what was asked of the device at a node or edge, what it can do, and what helps.
struct ReportEntry {
  std::string node;      ///< population, or "source -> target"
  std::string quantity;  ///< "neuron model", "weight", "decay" ...
  std::string asked;
  std::string limit;
  std::string unit;
  Verdict verdict = Verdict::exact;
  std::string remedy;
  std::map<std::string, double> figures = {};  ///< the numbers behind it: "max_error", "used", "limit" ...; finite
};

struct RANVIER_API Report {
  std::string device;  ///< as asked for: "loihi?kind=emulator"
  bool ok = false;     ///< `to` with the same arguments will work
  std::vector<ReportEntry> entries;

  std::string summary() const;  ///< "3 exact, 5 approximate, 0 unsupported": lines, by verdict
  std::string text() const;     ///< a table, without the figures
};

}  // namespace ranvier
