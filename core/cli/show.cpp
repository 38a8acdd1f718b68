// `ranvier show`: a network with every assumption, or a plan, as text or as JSON.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <ranvier/plan_view.hpp>

#include "core/cli/arguments.h"
#include "core/cli/commands.h"

namespace ranvier::cli {
namespace {

/// Its values where there are few, else their range: weights may be millions.
Json to_json(const Tensor& values) {
  constexpr std::size_t kMost = 16;
  Json json{{"shape", values.shape()}, {"dtype", name_of(values.dtype())}};
  if (values.size() <= kMost) {
    json["values"] = Json::array();
    for (std::size_t i = 0; i < values.size(); ++i) json["values"].push_back(values.at(i));
    return json;
  }
  double low = values.at(0), high = low;
  for (std::size_t i = 1; i < values.size(); ++i) {
    low = std::min(low, values.at(i));
    high = std::max(high, values.at(i));
  }
  json["min"] = low;
  json["max"] = high;
  return json;
}

Json to_json(const Network& network) {
  Json nodes = Json::array();
  for (const NodeInfo& node : network.nodes()) {
    Json parameters = Json::object();
    for (const auto& [name, values] : node.parameters) parameters[name] = to_json(values);
    nodes.push_back({{"name", node.name},
                     {"model", node.model},
                     {"shape", node.shape},
                     {"parameters", std::move(parameters)},
                     {"options", node.options}});
  }
  Json edges = Json::array();
  for (const EdgeInfo& edge : network.edges()) {
    edges.push_back({{"source", edge.source}, {"target", edge.target}, {"delay", edge.delay}, {"feedback", edge.feedback}});
  }
  Json assumptions = Json::array();
  for (const auto& [topic, sentence] : network.assumptions()) {
    assumptions.push_back({{"topic", topic}, {"sentence", sentence}});
  }
  return {{"kind", "network"},         {"dt_s", network.dt_seconds()}, {"seed", network.seed()},
          {"nodes", std::move(nodes)}, {"edges", std::move(edges)},    {"assumptions", std::move(assumptions)}};
}

Json to_json(const Plan& plan) {
  const rvd::PlanView view(plan.bytes().data(), plan.bytes().size());
  const auto text = [&](rvd_str s) { return std::string(view.text(s)); };
  Json populations = Json::array();
  for (const rvd_population& p : view.populations()) {
    Json options = Json::object();
    for (const rvd_option& option : view.options(p)) options[text(option.key)] = text(option.value);
    populations.push_back({{"name", text(p.name)},
                           {"model", text(p.model)},
                           {"shape", Shape(p.shape, p.shape + p.rank)},
                           {"options", std::move(options)},
                           {"operations", view.ops(p).size()}});
  }
  Json projections = Json::array();
  for (const rvd_projection& p : view.projections()) {
    projections.push_back({{"source", text(view.populations()[p.source].name)},
                           {"target", text(view.populations()[p.target].name)},
                           {"delay", p.delay},
                           {"feedback", (p.flags & RVD_PROJECTION_FEEDBACK) != 0},
                           {"weights", p.weights.count}});
  }
  Json notes = Json::array();
  for (const rvd_note& note : view.notes()) notes.push_back({{"where", text(note.where)}, {"text", text(note.text)}});
  return {{"kind", "plan"},
          {"dt_s", view.network().dt},
          {"seed", view.network().seed},
          {"bytes", plan.bytes().size()},
          {"populations", std::move(populations)},
          {"projections", std::move(projections)},
          {"notes", std::move(notes)}};
}

}  // namespace

void add_show(CLI::App& program, Exit& exit) {
  struct Arguments : LoadArguments {
    bool programs = false;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = program.add_subcommand("show", "Prints a network with every assumption, or a plan.");
  add_load_arguments(*command, *arguments);
  command->add_flag("--programs", arguments->programs, "lower the network and print its plan with the update programs");
  command->add_flag("--json", arguments->json, "print JSON");
  command->callback([arguments, &exit] {
    const Source source = open_source(*arguments);
    const Network* const network = std::get_if<Network>(&source);
    const bool as_network = network != nullptr && !arguments->programs;
    if (arguments->json) print_json(as_network ? to_json(*network) : to_json(plan_of(source)));
    else std::cout << (as_network ? network->describe() : plan_of(source).describe(arguments->programs));
    exit = Exit::ok;
  });
}

}  // namespace ranvier::cli
