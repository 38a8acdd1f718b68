// `ranvier convert`: one form of a network into another, by the extension of the file to write.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <ranvier/error.h>

#include "core/cli/arguments.h"
#include "core/cli/commands.h"

namespace ranvier::cli {
namespace {

enum class Kind { nir, network, plan };

const char* name_of(Kind kind) { return kind == Kind::nir ? "nir" : kind == Kind::network ? "network" : "plan"; }

std::optional<Kind> kind_of(const std::string& path) {
  std::string extension = std::filesystem::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".nir" || extension == ".h5" || extension == ".hdf5") return Kind::nir;
  if (extension == ".safetensors") return Kind::network;
  if (extension == ".plan" || extension == ".rvplan") return Kind::plan;
  return {};
}

/// Whether anything was said about how to read the file: then it becomes a network, else it stays what it is.
bool is_read(const LoadArguments& arguments) {
  return std::any_of(arguments.for_networks.begin(), arguments.for_networks.end(),
                     [](const CLI::Option* option) { return option->count() > 0; });
}

void convert(const LoadArguments& arguments, const std::string& out, Kind kind) {
  if (kind != Kind::plan && !is_read(arguments) && !is_plan(arguments.file)) return convert_nir(arguments.file, out);
  const Source source = open_source(arguments);
  if (kind == Kind::plan) return plan_of(source).save(out);
  if (const Network* const network = std::get_if<Network>(&source)) return network->save(out);
  throw Error(Code::unsupported, "A plan holds what a device needs, not what the user said: there is no way back.",
              arguments.file, "Convert the network that the plan was made from.");
}

}  // namespace

void add_convert(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    std::string out;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand(
      "convert", "Writes a NIR file, a network file (.safetensors) or a plan (.plan) as another of them, by OUT's extension.");
  add_load_arguments(*command, *arguments);
  command->add_option("OUT", arguments->out, "the file to write")->required();
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const std::optional<Kind> kind = kind_of(arguments->out);
    if (!kind) {
      throw Error(Code::invalid_argument, "'" + arguments->out + "' does not say what shall be written.", "OUT",
                  "End it in .nir, .h5 or .hdf5 (NIR), .safetensors (network file), .plan or .rvplan.");
    }
    convert(*arguments, arguments->out, *kind);
    if (arguments->json) print_json({{"out", arguments->out}, {"kind", name_of(*kind)}});
    exit = Exit::ok;
  });
}

}  // namespace ranvier::cli
