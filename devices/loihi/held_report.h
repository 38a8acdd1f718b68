/// Lines of a report that nobody has seen yet: kept, and told or thrown away once it is clear which of two ways is taken.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ranvier/driver.hpp>

namespace ranvier::loihi {

class HeldReport {
 public:
  HeldReport() : raw_{sizeof(rvd_report), 0, this, &keep}, report_(raw_) {}
  HeldReport(const HeldReport&) = delete;
  HeldReport& operator=(const HeldReport&) = delete;

  rvd::Report& report() { return report_; }
  bool refused() const { return report_.refused(); }
  void tell(rvd::Report& to) const {
    for (const Line& line : lines_) {
      rvd::Figures figures;
      for (const auto& [name, value] : line.figures) figures.push_back({name, value});
      const auto& [where, quantity, asked, limit, unit, remedy] = line.texts;
      if (line.verdict == RVD_VERDICT_EXACT) to.exact(where, quantity, asked, limit, unit, figures);
      else if (line.verdict == RVD_VERDICT_APPROXIMATE) to.approximate(where, quantity, asked, limit, unit, remedy, figures);
      else to.unsupported(where, quantity, asked, limit, unit, remedy, figures);
    }
  }

 private:
  struct Texts {
    std::string where, quantity, asked, limit, unit, remedy;
  };
  struct Line {
    std::uint32_t verdict;
    Texts texts;
    std::vector<std::pair<std::string, double>> figures;
  };

  static void keep(void* self, const rvd_entry* e) {
    const auto text = [](rvd_text t) { return std::string(rvd::view(t)); };
    Line line{
        e->verdict, {text(e->where), text(e->quantity), text(e->asked), text(e->limit), text(e->unit), text(e->remedy)}, {}};
    for (std::uint64_t k = 0; k < e->figure_count; ++k)
      line.figures.emplace_back(text(e->figures[k].name), e->figures[k].value);
    static_cast<HeldReport*>(self)->lines_.push_back(std::move(line));
  }

  rvd_report raw_;
  rvd::Report report_;
  std::vector<Line> lines_;
};

}  // namespace ranvier::loihi
