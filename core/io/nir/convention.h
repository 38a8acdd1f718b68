/// The table of conventions, and the choices that one `load` makes of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/network.h>

namespace ranvier::net {
struct Node;
}

namespace ranvier::io {

struct Reading;

/// NIR's neurons.
enum class Neuron : std::uint8_t { i, integrate_and_fire, li, lif, cubali, cubalif, threshold };

/// "CubaLIF".
std::string_view name_of(Neuron kind);

/// One simulator's reading of NIR: tools/ has a file for each. docs/conventions has the page that it follows.
struct Convention {
  std::string_view name;
  std::string_view summary;
  // Defaults. decay and input_gain are empty where the tool has no such switch.
  std::string_view reset = "zero";
  std::string_view comparator = ">";
  std::string_view decay = {};
  std::string_view input_gain = {};
  std::string_view probe = "after";
  int hop_delay = 0;
  int feedback_bias = 1;  ///< first step at which a feedback edge carries its source's bias
  std::string_view
      overrides;  ///< arguments of `load` that may differ from these, in words; "several" is a comparator of its own
  /// Model options of a neuron; what the tool does not define is a problem.
  void (*neuron)(Reading&, net::Node&, Neuron) = nullptr;
  /// What the tool does to other nodes, and to the graph as a whole, once all nodes and edges are there. May be null.
  void (*whole)(Reading&) = nullptr;
};

std::span<const Convention* const> all_conventions();

/// A convention with this load's overrides filled in.
struct Choices {
  const Convention* convention = nullptr;
  std::string reset, decay, input_gain, comparator, probe;
  bool reset_given = false;
  int hop_delay = 0;
  bool hop_delay_given = false;
  int feedback_bias = 1;
  bool own_decay() const { return decay == convention->decay; }
  bool own_gain() const { return input_gain == convention->input_gain; }
};

/// Problems: an unknown convention, an unknown choice, a combination that the convention does not define.
Choices choose(const LoadOptions& options, Problems& problems);

}  // namespace ranvier::io
