// save_plans DATA FOLDER: FOLDER/<name>.plan of each network in plan_files.h, from its NIR file.
#include <cstdio>
#include <filesystem>

#include <ranvier/ranvier.h>

#include "tests/onehash/plan_files.h"

int main(int count, char** arguments) try {
  if (count != 3) return std::fputs("usage: save_plans DATA FOLDER\n", stderr), 2;
  const std::filesystem::path data(arguments[1]), folder(arguments[2]);
  std::filesystem::remove_all(folder);  // no plan of an older list stays
  std::filesystem::create_directories(folder);
  for (const ranvier::onehash::PlanFile& file : ranvier::onehash::kPlanFiles) {
    ranvier::LoadOptions options;
    options.dt = file.dt_ms * ranvier::ms;
    options.convention = file.convention;
    if (file.reset != nullptr) options.reset = file.reset;
    ranvier::load(data / file.nir, options).lower().save(folder / (std::string(file.name) + ".plan"));
  }
} catch (const ranvier::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
