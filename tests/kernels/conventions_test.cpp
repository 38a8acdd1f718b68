// Which conventions' neurons have a fused loop: each model under each convention, as the public door loads and lowers it.
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include <ranvier/error.h>
#include <ranvier/network.h>
#include <ranvier/plan.h>
#include <ranvier/plan_view.hpp>

#include "kernels/neuron/sweep.h"

namespace ranvier::kernels_test {
namespace {

constexpr const char* kModels[] = {"lif", "cubalif", "if", "li", "i", "cubali", "threshold"};

/// NIR files of one neuron model behind a linear node, in shapes that one convention or another asks for.
class Networks {
 public:
  Networks() {
    std::filesystem::create_directories(folder_);
    for (const std::string model : kModels) {
      // spikingjelly and snntorch want r and w_in to be 1 or tau / dt, and dt is 1 ms.
      for (const double r : {1.0, 10.0, 1000.0}) {
        for (const double w_in : {1.0, 5.0}) {
          for (const bool recurrent : {false, true}) {
            if (model != "threshold" || !recurrent) add(model, parameters(model, r, w_in), recurrent);
          }
        }
      }
    }
  }
  ~Networks() { std::filesystem::remove_all(folder_); }

  const std::vector<std::filesystem::path>& of(const std::string& model) const { return files_.at(model); }

 private:
  static Parameters parameters(const std::string& model, double r, double w_in) {
    const auto value = [](double number) { return Tensor::of<float>({static_cast<float>(number)}); };
    const Parameters all{{"tau", value(0.01)},      {"tau_mem", value(0.01)}, {"tau_syn", value(0.005)},
                         {"r", value(r)},           {"w_in", value(w_in)},    {"v_leak", value(0)},
                         {"v_threshold", value(1)}, {"v_reset", value(0)},    {"threshold", value(1)}};
    const std::map<std::string, std::set<std::string>> names{
        {"lif", {"tau", "r", "v_leak", "v_threshold", "v_reset"}},
        {"cubalif", {"tau_mem", "tau_syn", "r", "w_in", "v_leak", "v_threshold", "v_reset"}},
        {"if", {"r", "v_threshold", "v_reset"}},
        {"li", {"tau", "r", "v_leak"}},
        {"i", {"r"}},
        {"cubali", {"tau_mem", "tau_syn", "r", "w_in", "v_leak"}},
        {"threshold", {"threshold"}}};
    Parameters chosen;
    for (const std::string& name : names.at(model)) chosen[name] = all.at(name);
    return chosen;
  }

  void add(const std::string& model, const Parameters& parameters, bool recurrent) {
    Tensor weight(Shape{4, 4}, DType::f32);
    for (std::size_t i = 0; i < weight.size(); ++i) weight.mutable_data<float>()[i] = 0.5F;
    Network network(0.001 * s);
    network.input("in", {4});
    network.add("w", "linear", {4}, {{"weight", weight}});
    network.add("neurons", model, {4}, parameters);
    network.output("out", {4});
    network.connect("in", "w");
    network.connect("w", "neurons");
    network.connect("neurons", "out");
    if (recurrent) {
      network.add("back", "linear", {4}, {{"weight", weight}});
      network.connect("neurons", "back");
      network.connect("back", "neurons");
    }
    const auto stem = folder_ / (model + std::to_string(files_[model].size()));
    network.save(stem.string() + ".nir");
    convert_nir(stem.string() + ".nir", stem.string() + ".safetensors");  // read in this process, hundreds of times
    files_[model].push_back(stem.string() + ".safetensors");
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("ranvier-conventions-" + std::to_string(::getpid()));
  std::map<std::string, std::vector<std::filesystem::path>> files_;
};

neuron::Program program_of(rvd::PlanView plan, const rvd_population& population) {
  neuron::Program program;
  program.registers = population.registers;
  for (const rvd_op& op : plan.ops(population)) program.ops.push_back(op);
  for (const rvd_value& value : plan.coefficients(population)) {
    program.coefficients.push_back({plan.data<std::byte>(value.values), value.values.count != 1});
  }
  return program;
}

/// "fused", "f32 in blocks", "f64 in blocks" ... of each way in which the convention reads the model; empty where it does not.
std::set<std::string> ways(const Networks& networks, const std::string& model, const LoadOptions& options) {
  std::set<std::string> found;
  for (const std::filesystem::path& file : networks.of(model)) {
    std::optional<Plan> plan;
    try {
      plan = load(file, options).lower();
    } catch (const Error&) {
      continue;  // not these parameters, or not this model
    }
    const rvd::PlanView view(plan->bytes().data(), plan->bytes().size());
    for (const rvd_population& population : view.populations()) {
      if (view.text(population.name) != "neurons") continue;
      const auto sweep = neuron::make_sweep(simd::Isa::scalar, program_of(view, population));
      const rvd::Records<rvd_state> states = view.states(population);
      const std::uint32_t type = states.empty() ? population.value_type : states[0].type;
      const char* const name = type == RVD_F32 ? "f32" : type == RVD_F64 ? "f64" : "integers";
      found.insert(sweep->fused() ? "fused" : std::string(name) + " in blocks");
    }
  }
  return found;
}

using Ways = std::map<std::string, std::set<std::string>>;  // by "convention model"

Ways ways_of_all(const Networks& networks, const std::optional<std::string>& reset) {
  Ways all;
  for (const auto& [convention, summary] : conventions()) {
    for (const std::string model : kModels) {
      LoadOptions options;
      options.dt = 0.001 * s;
      options.convention = convention;
      options.reset = reset;
      const std::set<std::string> found = ways(networks, model, options);
      if (!found.empty()) all[convention + " " + model] = found;
    }
  }
  return all;
}

const Ways kInBlocks{{"lava lif", {"f64 in blocks"}},           {"lava-dl cubalif", {"integers in blocks"}},
                     {"lava-dl if", {"integers in blocks"}},    {"lava-fixed lif", {"integers in blocks"}},
                     {"nengo cubalif", {"f64 in blocks"}},      {"nengo if", {"f64 in blocks"}},
                     {"nengo li", {"f64 in blocks"}},           {"nengo lif", {"f64 in blocks"}},
                     {"spinnaker2 cubalif", {"f64 in blocks"}}, {"spinnaker2 if", {"f64 in blocks"}},
                     {"spinnaker2 lif", {"f64 in blocks"}}};

TEST(Conventions, HaveAFusedLoopForAllThatComputesInF32) {
  const Networks networks;
  const Ways all = ways_of_all(networks, std::nullopt);
  EXPECT_EQ(all.size(), 44U) << "models that some convention reads";
  for (const auto& [name, found] : all) {
    const auto known = kInBlocks.find(name);
    EXPECT_EQ(found, known == kInBlocks.end() ? std::set<std::string>{"fused"} : known->second) << name;
  }
}

TEST(Conventions, HaveAFusedLoopForBothResets) {
  const Networks networks;
  for (const char* const reset : {"zero", "subtract"}) {
    for (const auto& [name, found] : ways_of_all(networks, reset)) {
      EXPECT_TRUE(found == std::set<std::string>{"fused"} || kInBlocks.contains(name)) << name << ", " << reset;
    }
  }
}

}  // namespace
}  // namespace ranvier::kernels_test
