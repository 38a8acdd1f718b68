// The lines of a report, to be looked at.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ranvier/driver.hpp>

namespace ranvier::loihi {

struct Entry {
  std::uint32_t verdict;
  std::string where, quantity, asked, limit, unit, remedy;
  std::map<std::string, double> figures;
};

class Kept {
 public:
  std::vector<Entry> entries;

  rvd::Report& report() { return *report_; }
  const Entry* find(const std::string& quantity, const std::string& where = "") const {
    const auto found =
        std::ranges::find_if(entries, [&](const Entry& e) { return e.quantity == quantity && e.where == where; });
    return found == entries.end() ? nullptr : &*found;
  }
  std::vector<Entry> refusals() const {
    std::vector<Entry> list;
    std::ranges::copy_if(entries, std::back_inserter(list),
                         [](const Entry& e) { return e.verdict == RVD_VERDICT_UNSUPPORTED; });
    return list;
  }
  double figure(const std::string& quantity, const std::string& name, const std::string& where = "") const {
    const Entry* const entry = find(quantity, where);
    return entry == nullptr ? -1 : entry->figures.at(name);
  }

  Kept() : raw_{sizeof(rvd_report), 0, this, &add}, report_(std::make_unique<rvd::Report>(raw_)) {}
  Kept(Kept&& other) noexcept : Kept() { entries = std::move(other.entries); }

 private:
  static void add(void* context, const rvd_entry* entry) {
    const auto text = [](rvd_text t) { return std::string(rvd::view(t)); };
    std::map<std::string, double> figures;
    for (std::uint64_t i = 0; i < entry->figure_count; ++i) figures[text(entry->figures[i].name)] = entry->figures[i].value;
    static_cast<Kept*>(context)->entries.push_back({entry->verdict, text(entry->where), text(entry->quantity),
                                                    text(entry->asked), text(entry->limit), text(entry->unit),
                                                    text(entry->remedy), figures});
  }

  rvd_report raw_;
  std::unique_ptr<rvd::Report> report_;
};

}  // namespace ranvier::loihi
