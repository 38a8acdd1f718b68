// A network of one's own: an input drives a neuron, which inhibits a second one 3 steps later.
#include <cstdio>
#include <vector>

#include <ranvier/ranvier.h>

int main() try {
  using ranvier::Tensor;
  ranvier::Network net(1 * ranvier::ms, 42);
  net.input("drive", {1});
  net.add("first", "lif", {1}, {{"tau", Tensor::of({0.020})}, {"v_threshold", Tensor::of({1.0})}});
  net.add("second", "lif", {1}, {{"tau", Tensor::of({0.020})}, {"v_threshold", Tensor::of({1.0})}});
  net.connect("drive", "first", {.weights = Tensor::of({5.0F})});
  net.connect("drive", "second", {.weights = Tensor::of({5.0F})});
  net.connect("first", "second", {.weights = Tensor::of({-8.0F}), .delay = 3});

  auto session = net.to("cpu");
  const std::vector<float> ones(20, 1.0F);
  const auto result = session.run(Tensor::view(ones, {20, 1}), {.record = {"first.spikes", "second.spikes", "second.v"}});
  for (const char* node : {"first", "second"}) {
    std::printf("%s spikes after", node);
    for (const auto spike : result.spikes(node)) std::printf(" %g", spike.t);
    std::printf(" ms\n");
  }
  return 0;
} catch (const ranvier::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
