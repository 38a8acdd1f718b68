// The doors of the room: load and save.
#include <fstream>
#include <memory>

#include <ranvier/network.h>

#include "core/io/files.h"
#include "core/io/nir/preset.h"

namespace ranvier {
namespace {

void refuse_for_network_files(const LoadOptions& options, const std::string& file) {
  Problems problems;
  const auto refuse = [&](bool given, const char* argument) {
    if (!given) return;
    problems.add(Code::bad_value, std::string(argument) + " is given, but a network file holds its own.", file,
                 "Leave " + std::string(argument) + " out, or load the NIR file again.");
  };
  refuse(options.dt.has_value(), "dt");
  refuse(options.convention != LoadOptions{}.convention, "convention");
  refuse(options.reset.has_value(), "reset");
  refuse(options.decay.has_value(), "decay");
  refuse(options.input_gain.has_value(), "input_gain");
  refuse(options.comparator.has_value(), "comparator");
  refuse(options.hop_delay.has_value(), "hop_delay");
  refuse(options.feedback_bias.has_value(), "feedback_bias");
  refuse(options.probe.has_value(), "probe");
  refuse(!options.delays.empty(), "delays");
  refuse(options.seed != 0, "seed");
  problems.raise();
}

void write(const std::vector<std::byte>& bytes, const std::filesystem::path& path) {
  const std::filesystem::path part = path.string() + ".part";
  std::ofstream file(part, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(part, path, error);
  if (file && !error) return;
  std::filesystem::remove(part, error);
  throw Error(Code::bad_file, "The network file cannot be written.", path.string(), "Check the folder and the space left.");
}

}  // namespace

Network load(const std::filesystem::path& path, const LoadOptions& options) {
  io::FileContent content = io::read_file(path);
  if (auto* graph = std::get_if<net::Graph>(&content)) {
    refuse_for_network_files(options, path.string());
    return Network(std::make_unique<net::Graph>(std::move(*graph)));
  }
  const auto& nir = std::get<io::NirGraph>(content);
  return Network(std::make_unique<net::Graph>(io::apply_preset(nir, options, path.stem().string())));
}

void convert_nir(const std::filesystem::path& from, const std::filesystem::path& to) {
  const io::FileContent content = io::read_file(from);
  const auto* const nir = std::get_if<io::NirGraph>(&content);
  if (nir == nullptr) {
    Network(std::make_unique<net::Graph>(std::get<net::Graph>(content))).save(to);
    return;
  }
  write(io::write_network_file(*nir), to);
}

void Network::save(const std::filesystem::path& path) const { write(io::write_network_file(*graph_), path); }

}  // namespace ranvier
