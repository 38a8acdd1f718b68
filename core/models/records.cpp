#include <array>

#include "core/models/cuba.h"
#include "core/models/integrate.h"
#include "core/models/leak.h"
#include "core/models/loihi.h"
#include "core/models/record.h"
#include "core/models/stateless.h"
#include "core/models/threshold.h"

namespace ranvier::models {

std::span<const Record> records() {
  static const std::array kRecords{
      affine(),      avgpool(),      binarize(),           conv(),   cubali(), cubalif(), delay(),    flatten(),
      integrator(),  identity(),     integrate_and_fire(), input(),  li(),     lif(),     linear(),   loihi_conv(),
      loihi_dense(), loihi_graded(), loihi_lif(),          output(), scale(),  sumpool(), threshold()};
  return kRecords;
}

const Record* find(std::string_view name) {
  for (const Record& record : records()) {
    if (record.name == name || record.name.substr(0, record.name.find('@')) == name) return &record;
  }
  return nullptr;
}

}  // namespace ranvier::models
