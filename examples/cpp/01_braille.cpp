// Runs a trained network that reads Braille by touch: 01_braille NETWORK.nir RASTER.u8 (256 steps of 12 sensors, one byte each).
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <vector>

#include <ranvier/ranvier.h>

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s NETWORK.nir RASTER.u8\n", argv[0]);
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  const std::vector<std::uint8_t> raster{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t steps = raster.size() / 12;

  auto net = ranvier::load(argv[1], {.dt = 0.1 * ranvier::ms, .convention = "snntorch"});
  std::fputs(net.describe().c_str(), stdout);
  auto session = net.to("cpu");
  const auto result = session.run(ranvier::Tensor::view(raster, {steps, 12}), {.record = {"lif1.lif.spikes"}});

  std::printf("%zu spikes in the hidden layer, hash %016llx\n", result.spikes("lif1.lif").size(),
              static_cast<unsigned long long>(result.hash()));
  for (const auto spike : result.spikes("lif1.lif")) std::printf("%u %g\n", spike.i, spike.t);
  return 0;
} catch (const ranvier::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
