// The doors of the room: load and save.
#include <algorithm>
#include <cctype>
#include <memory>
#include <string>

#include <ranvier/network.h>

#include "core/io/files.h"
#include "core/io/nir/preset.h"

namespace ranvier {
namespace {

// What says how to read NIR has no meaning for what is a network, or in a chip's integers, already.
void refuse_for_other_files(const LoadOptions& options, bool netx, const std::string& file) {
  Problems problems;
  const std::string holds = netx ? "a netx file is in the chip's integers" : "a network file holds its own";
  const auto refuse = [&](bool given, const char* argument) {
    if (!given) return;
    problems.add(Code::bad_value, std::string(argument) + " is given, but " + holds + ".", file,
                 "Leave " + std::string(argument) + " out" + (netx ? "." : ", or load the NIR file again."));
  };
  refuse(!netx && options.dt.has_value(), "dt");
  refuse(options.convention != LoadOptions{}.convention, "convention");
  refuse(options.reset.has_value(), "reset");
  refuse(options.decay.has_value(), "decay");
  refuse(options.input_gain.has_value(), "input_gain");
  refuse(options.comparator.has_value(), "comparator");
  refuse(options.hop_delay.has_value(), "hop_delay");
  refuse(options.feedback_bias.has_value(), "feedback_bias");
  refuse(options.probe.has_value(), "probe");
  refuse(!options.delays.empty(), "delays");
  refuse(!netx && options.seed != 0, "seed");
  refuse(!options.strict, "strict");
  problems.raise();
}

bool is_nir(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".nir" || extension == ".h5" || extension == ".hdf5";
}

}  // namespace

Network load(const std::filesystem::path& path, const LoadOptions& options) {
  io::FileContent content = io::read_file(path);
  if (auto* graph = std::get_if<net::Graph>(&content)) {
    refuse_for_other_files(options, false, path.string());
    return Network(std::make_unique<net::Graph>(std::move(*graph)));
  }
  if (const auto* netx = std::get_if<io::NetxFile>(&content)) {
    refuse_for_other_files(options, true, path.string());
    return Network(std::make_unique<net::Graph>(io::network_of(*netx, options, path.stem().string(), path.string())));
  }
  const auto nir = std::make_shared<const io::NirGraph>(std::move(std::get<io::NirGraph>(content)));
  return Network(std::make_unique<net::Graph>(io::apply_preset(nir, options, path.stem().string())));
}

void convert_nir(const std::filesystem::path& from, const std::filesystem::path& to) {
  const io::FileContent content = io::read_file(from);
  const auto* const nir = std::get_if<io::NirGraph>(&content);
  if (nir == nullptr) return load(from, {}).save(to);
  io::write_file(to, is_nir(to) ? io::nir_file(*nir, to) : io::write_network_file(*nir));
}

void Network::save(const std::filesystem::path& path) const {
  io::write_file(path, is_nir(path) ? io::nir_file(io::nir_graph_of(*graph_), path) : io::write_network_file(*graph_));
}

}  // namespace ranvier
