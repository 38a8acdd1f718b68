// consumer DEVICE FILE: writes a network of two neurons to a file, runs it on a device and prints the hash of its spikes.
#include <cstdio>
#include <vector>

#include <ranvier/ranvier.h>

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  using ranvier::Tensor;
  ranvier::Network net(1 * ranvier::ms);
  net.input("drive", {2});
  net.add("cells", "lif", {2}, {{"tau", Tensor::of({0.020})}, {"v_threshold", Tensor::of({1.0})}});
  net.output("out", {2});
  net.connect("drive", "cells", {.weights = Tensor::of({3.0F, 4.0F}), .delay = {}, .receptor = {}});
  net.connect("cells", "out");
  const std::vector<float> ones(200, 1.0F);
  net.save(argv[2]);
  const ranvier::Result result = net.to(argv[1]).run(Tensor::view(ones, {100, 2}));
  std::printf("%llu spikes, hash %016llx\n", static_cast<unsigned long long>(result.counters.at("spikes")),
              static_cast<unsigned long long>(result.hash()));
} catch (const ranvier::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
