// nir_graph_of: a network in NIR's words. Whatever NIR has no word for is refused by name, all together.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ranvier/error.h>

#include "core/io/files.h"
#include "core/models/record.h"

namespace ranvier::io {
namespace {

constexpr const char* kRemedy = "Save a network file instead (any other extension), which holds it.";

enum class Form {
  terminal,  // has its shape as a dataset
  weighted,  // a weight [out, in] and perhaps a bias, as they are
  window,    // a kernel, and numbers about it: one an axis
  neuron     // all datasets have the node's shape
};

// To add a model: a line here, and one in the presets for the way in. Names of parameters are NIR's own.
struct Word {
  std::string_view model;
  std::string_view type;
  Form form;
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;  // absent where the network says nothing
};

const std::vector<Word>& words() {
  static const std::vector<Word> kWords{
      {"input@1", "Input", Form::terminal, {}, {}},
      {"output@1", "Output", Form::terminal, {}, {}},
      {"linear@1", "Linear", Form::weighted, {"weight"}, {}},
      {"affine@1", "Affine", Form::weighted, {"weight", "bias"}, {}},
      {"conv@1", "Conv2d", Form::window, {"weight", "bias", "stride", "padding", "dilation", "groups"}, {}},
      {"sumpool@1", "SumPool2d", Form::window, {"kernel_size", "stride", "padding"}, {}},
      {"avgpool@1", "AvgPool2d", Form::window, {"kernel_size", "stride", "padding"}, {}},
      {"scale@1", "Scale", Form::neuron, {"scale"}, {}},
      {"delay@1", "Delay", Form::neuron, {"delay"}, {}},
      {"threshold@1", "Threshold", Form::neuron, {"threshold"}, {}},
      {"i@1", "I", Form::neuron, {"r"}, {}},
      {"if@1", "IF", Form::neuron, {"r", "v_threshold"}, {"v_reset"}},
      {"li@1", "LI", Form::neuron, {"tau", "r", "v_leak"}, {}},
      {"cubali@1", "CubaLI", Form::neuron, {"tau_syn", "tau_mem", "r", "v_leak"}, {"w_in"}},
      {"lif@1", "LIF", Form::neuron, {"tau", "r", "v_leak", "v_threshold"}, {"v_reset"}},
      {"cubalif@1", "CubaLIF", Form::neuron, {"tau_syn", "tau_mem", "r", "v_leak", "v_threshold"}, {"v_reset", "w_in"}},
  };
  return kWords;
}

bool among(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// NIR has no shape []: its reader sees no type in it.
Shape nir_shape(const Shape& shape) { return shape.empty() ? Shape{1} : shape; }

Tensor shape_dataset(const Shape& shape) {
  Tensor tensor({shape.size()}, DType::i64);
  std::ranges::transform(shape, tensor.mutable_data<std::int64_t>(),
                         [](std::size_t n) { return static_cast<std::int64_t>(n); });
  return tensor;
}

// One value for all, or one for each, as an array of the node's shape.
Tensor spread(const Tensor& values, const Shape& shape) {
  if (values.size() == element_count(shape)) return values.reshape(shape);
  Tensor result(shape, values.dtype());
  const std::size_t bytes = size_of(values.dtype());
  for (std::size_t i = 0; i < result.size(); ++i) {
    std::memcpy(static_cast<std::byte*>(result.mutable_data()) + i * bytes, values.data(), bytes);
  }
  return result;
}

Tensor transposed(const Tensor& matrix) {
  const std::size_t rows = matrix.shape()[0], columns = matrix.shape()[1], bytes = size_of(matrix.dtype());
  Tensor result({columns, rows}, matrix.dtype());
  const auto* const from = static_cast<const std::byte*>(matrix.data());
  auto* const to = static_cast<std::byte*>(result.mutable_data());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) std::memcpy(to + (j * rows + i) * bytes, from + (i * columns + j) * bytes, bytes);
  }
  return result;
}

class Export {
 public:
  explicit Export(const net::Graph& graph) : graph_(graph) {}

  NirGraph run() {
    for (const net::Node& node : graph_.nodes) add(node);
    const std::vector<std::uint32_t> usual = usual_delays();
    for (std::size_t e = 0; e < graph_.edges.size(); ++e) connect(graph_.edges[e], usual[e]);
    problems_.raise();
    return std::move(nir_);
  }

 private:
  void refuse(const std::string& sentence, const std::string& where) {
    problems_.add(Code::unsupported, sentence, where, kRemedy);
  }

  void add(const net::Node& node) {
    const auto word = std::ranges::find(words(), node.model, &Word::model);
    if (node.model == "flatten@1") return flatten(node);
    if (word == words().end()) return refuse("NIR has no type for the model " + node.model + ".", node.name);
    check_options(node);
    if (word->form == Form::window) return window(node, *word);
    NirNode nir{node.name, std::string(word->type), {}, {}};
    if (word->form == Form::terminal) nir.arrays.emplace("shape", shape_dataset(nir_shape(node.shape)));
    for (const auto& [name, values] : node.parameters) {
      if (!among(word->required, name) && !among(word->optional, name)) {
        refuse("NIR's " + nir.type + " has no parameter " + name + ".", node.name);
      } else if (word->form == Form::neuron) {
        take(nir, node, name, values);
      } else {
        nir.arrays.emplace(name, values);
      }
    }
    for (const std::string_view name : word->required) {
      if (!node.parameters.contains(std::string(name))) fill(nir, node, name);
    }
    nir_.nodes.push_back(std::move(nir));
  }

  // Numbers about a kernel: int64, [axes]; without an axis where there is but one kind of it (groups, and all of Conv1d).
  void window(const net::Node& node, const Word& word) {
    NirNode nir{node.name, std::string(word.type), {}, {}};
    const auto weight = node.parameters.find("weight");
    const bool line = weight != node.parameters.end() && weight->second.shape().size() == 3;
    if (line) nir.type = "Conv1d";
    for (const std::string_view parameter : word.required) {
      const std::string name(parameter);
      const auto given = node.parameters.find(name);
      if (name == "weight" || name == "bias") {
        if (given == node.parameters.end()) {
          problems_.add(Code::bad_value, "The parameter " + name + " is missing.", node.name, "Give it.");
          return;
        }
        nir.arrays.emplace(name, name == "bias" ? spread(given->second, {node.shape.front()}) : given->second);
        continue;
      }
      const models::Record* const record = models::find(node.model);
      const auto spec = std::ranges::find(record->parameters, parameter, &models::ParameterSpec::name);
      if (given == node.parameters.end() && !spec->fallback) {
        problems_.add(Code::bad_value, "The parameter " + name + " is missing.", node.name, "Give it.");
        return;
      }
      const Shape shape = line || name == "groups" ? Shape{} : Shape{2};
      Tensor values(shape, DType::i64);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const double value =
            given == node.parameters.end() ? *spec->fallback : given->second.at(given->second.size() == 1 ? 0 : i);
        values.mutable_data<std::int64_t>()[i] = static_cast<std::int64_t>(value);
      }
      nir.arrays.emplace(name, std::move(values));
    }
    nir_.nodes.push_back(std::move(nir));
  }

  // From all axes to one.
  void flatten(const net::Node& node) {
    check_options(node);
    const auto edge = std::ranges::find_if(graph_.edges, [&](const net::Edge& e) { return &graph_.nodes[e.target] == &node; });
    if (node.shape.size() != 1 || edge == graph_.edges.end()) {
      return refuse("NIR's Flatten joins axes of what arrives; this one has the shape " + to_string(node.shape) +
                        (edge == graph_.edges.end() ? " and nothing arrives." : "."),
                    node.name);
    }
    const Tensor zero(Shape{}, DType::i64);
    Tensor last(Shape{}, DType::i64);
    last.mutable_data<std::int64_t>()[0] = -1;
    const Shape& source = graph_.nodes[edge->source].shape;
    nir_.nodes.push_back(
        {node.name, "Flatten", {{"start_dim", zero}, {"end_dim", last}, {"input_type", shape_dataset(nir_shape(source))}}, {}});
  }

  void take(NirNode& nir, const net::Node& node, const std::string& name, const Tensor& values) {
    const Shape shape = nir_shape(node.shape);
    if (values.size() == 1 || values.size() == element_count(shape)) {
      nir.arrays.emplace(name, spread(values, shape));
      return;
    }
    problems_.add(Code::bad_shape,
                  "The parameter " + name + " has the shape " + to_string(values.shape()) +
                      "; it must be one value, or one for each of " + to_string(shape) + ".",
                  node.name);
  }

  // What NIR demands and the network leaves to the model's default.
  void fill(NirNode& nir, const net::Node& node, std::string_view name) {
    const models::Record* const record = models::find(node.model);
    const auto spec = std::ranges::find(record->parameters, name, &models::ParameterSpec::name);
    if (spec != record->parameters.end() && spec->fallback) {
      take(nir, node, std::string(name), Tensor::of({*spec->fallback}));
    } else {
      problems_.add(Code::bad_value, "The parameter " + std::string(name) + " is missing.", node.name, "Give it.");
    }
  }

  void check_options(const net::Node& node) {
    const models::Record* const record = models::find(node.model);
    for (const auto& [key, choice] : node.options) {
      const auto spec = std::ranges::find(record->options, key, &models::OptionSpec::key);
      if (spec != record->options.end() && spec->choices.front() == choice) continue;
      refuse("NIR cannot hold the option " + key + " = " + choice + ".", node.name);
    }
  }

  // Those that the feedback rule gives, and which every reader gives anew.
  std::vector<std::uint32_t> usual_delays() const {
    net::Graph bare = graph_;
    for (net::Edge& edge : bare.edges) {
      edge.delay.reset();
      edge.hop_delay = 0;
    }
    return net::order_of(bare).delay;
  }

  void connect(const net::Edge& edge, std::uint32_t usual) {
    const std::string& source = graph_.nodes[edge.source].name;
    const std::string& target = graph_.nodes[edge.target].name;
    const std::string where = source + " -> " + target;
    const std::uint32_t delay = std::max(edge.delay.value_or(usual), edge.hop_delay);
    if (delay != usual) refuse("NIR cannot hold the delay of " + std::to_string(delay) + " steps.", where);
    if (!edge.receptor.empty()) refuse("NIR cannot hold the receptor " + edge.receptor + ".", where);
    if (edge.feedback_bias_from_start) refuse("NIR cannot hold that a bias is fed back before the first step.", where);
    if (!edge.weights) {
      nir_.edges.emplace_back(source, target);
      return;
    }
    const Shape &from = graph_.nodes[edge.source].shape, &to = graph_.nodes[edge.target].shape;
    if (edge.weights->shape().size() == 2 && (from.size() > 1 || to.size() > 1)) {
      return refuse(
          "NIR's weights join nodes of one axis; these have the shapes " + to_string(from) + " and " + to_string(to) + ".",
          where);
    }
    // NIR's edges carry no numbers: a node of its own does.
    const std::string name = new_name(source + "_" + target);
    nir_.nodes.push_back(weights_node(name, *edge.weights, nir_shape(graph_.nodes[edge.source].shape)));
    nir_.edges.emplace_back(source, name);
    nir_.edges.emplace_back(name, target);
  }

  NirNode weights_node(const std::string& name, const Tensor& weights, const Shape& source) {
    if (weights.shape().size() == 2) return {name, "Linear", {{"weight", transposed(weights)}}, {}};
    if (weights.size() != 1 && weights.size() != element_count(source)) {
      problems_.add(Code::bad_shape,
                    "The weights have the shape " + to_string(weights.shape()) +
                        "; they must be [source, target], or one for each neuron.",
                    name);
      return {name, "Scale", {}, {}};
    }
    return {name, "Scale", {{"scale", spread(weights, source)}}, {}};
  }

  std::string new_name(const std::string& wanted) const {
    std::string name = wanted;
    for (std::size_t i = 1; graph_.find(name) || std::ranges::find(nir_.nodes, name, &NirNode::name) != nir_.nodes.end(); ++i) {
      name = wanted + "_" + std::to_string(i);
    }
    return name;
  }

  const net::Graph& graph_;
  NirGraph nir_;
  Problems problems_;
};

}  // namespace

NirGraph nir_graph_of(const net::Graph& graph) { return graph.nir ? *graph.nir : Export(graph).run(); }

}  // namespace ranvier::io
