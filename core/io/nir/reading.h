/// One `load` of a NIR graph: what a convention's file (tools/) asks about a node, and says of it.
#pragma once

#include <functional>
#include <string>

#include "core/io/nir/convention.h"
#include "core/net/graph.h"

namespace ranvier::io {

struct Reading {
  const Choices& choices;
  net::Graph& graph;
  Problems& problems;

  double dt() const { return graph.dt; }

  void assume(std::string topic, std::string sentence) {
    graph.assumptions.emplace_back(std::move(topic), std::move(sentence));
  }
  /// Notes that a parameter is ignored, where a value differs from the one that makes no difference.
  void ignored(const net::Node& node, const std::string& parameter, double harmless);
  /// A problem: the convention does not define `what`.
  void undefined(const net::Node& node, const std::string& what, const std::string& remedy = {});
  /// A problem with the first element of `parameter` for which `rule(index)` is false. Absent parameters pass.
  void demand(const net::Node& node, const std::string& parameter, const std::string& range, const std::string& remedy,
              const std::function<bool(std::size_t)>& rule);
  /// Greater than 0, once rounded to f32.
  void demand_positive(const net::Node& node, const std::string& parameter);
  /// |value - wanted| <= tolerance for all elements.
  void demand_value(const net::Node& node, const std::string& parameter, double wanted, double tolerance);
  /// One value for all neurons.
  void demand_uniform(const net::Node& node, const std::string& parameter);

  /// Element i of a parameter, a shared one's single value, or the fallback.
  static double at(const net::Node& node, const std::string& parameter, std::size_t i, double fallback);

  /// reset, comparator, probe as chosen, for a membrane with threshold. The words of a subtractive reset differ by tool.
  void threshold_options(net::Node& node, const std::string& subtract = "subtract");
  /// `v_reset` = ignored, with a note where it is not 0.
  void ignore_v_reset(net::Node& node);
  /// Refuses padding on the graph's SumPool2d, which most importers ignore.
  void demand_no_pool_padding();
  /// Linear layers on a cycle lose their bias.
  void drop_feedback_bias();
  /// Sets an option on every node.
  void everywhere(const std::string& option, const std::string& choice);
};

}  // namespace ranvier::io
