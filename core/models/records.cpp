#include <array>

#include "core/models/cubalif.h"
#include "core/models/lif.h"
#include "core/models/record.h"
#include "core/models/stateless.h"

namespace ranvier::models {

std::span<const Record> records() {
  static const std::array<Record, 13> kRecords{affine(), avgpool(), conv(),   cubalif(), delay(), flatten(), identity(),
                                               input(),  lif(),     linear(), output(),  scale(), sumpool()};
  return kRecords;
}

const Record* find(std::string_view name) {
  for (const Record& record : records()) {
    if (record.name == name || record.name.substr(0, record.name.find('@')) == name) return &record;
  }
  return nullptr;
}

}  // namespace ranvier::models
