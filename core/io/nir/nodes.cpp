#include "core/io/nir/nodes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <ranvier/quantity.h>

namespace ranvier::io {
namespace {

constexpr std::size_t kMaxNeurons = 0x7FFFFFFF;

using Whole = std::vector<std::int64_t>;

const std::vector<Primitive>& primitives() {
  static const std::vector<Primitive> kPrimitives{
      {"Input", "input@1", {"shape"}, {}},
      {"Output", "output@1", {}, {"shape"}},
      {kIdentity, "identity@1", {"shape"}, {}},
      {"Linear", "linear@1", {"weight"}, {}},
      {"Affine", "affine@1", {"weight", "bias"}, {}},
      {"Scale", "scale@1", {"scale"}, {}},
      {"Conv1d", "conv@1", {"weight", "bias", "stride", "padding", "dilation", "groups"}, {"input_shape"}},
      {"Conv2d", "conv@1", {"weight", "bias", "stride", "padding", "dilation", "groups"}, {"input_shape"}},
      {"SumPool2d", "sumpool@1", {"kernel_size", "stride", "padding"}, {}},
      {"AvgPool2d", "avgpool@1", {"kernel_size", "stride", "padding"}, {}},
      {"Flatten", "flatten@1", {"start_dim", "end_dim"}, {"input_type"}},
      {"Delay", "delay@1", {"delay"}, {}},
      {"Threshold", "threshold@1", {"threshold"}, {}},
      {"I", "i@1", {"r"}, {}},
      {"IF", "if@1", {"r", "v_threshold"}, {"v_reset"}},
      {"LI", "li@1", {"tau", "r", "v_leak"}, {}},
      {"LIF", "lif@1", {"tau", "r", "v_leak", "v_threshold"}, {"v_reset"}},
      {"CubaLI", "cubali@1", {"tau_syn", "tau_mem", "r", "v_leak"}, {"w_in"}},
      {"CubaLIF", "cubalif@1", {"tau_syn", "tau_mem", "r", "v_leak", "v_threshold"}, {"v_reset", "w_in"}},
  };
  return kPrimitives;
}

std::string type_list() {
  std::string list;
  for (const Primitive& known : primitives()) {
    if (known.type != kIdentity) list += (list.empty() ? "" : ", ") + std::string(known.type);
  }
  return list;
}

class Nodes {
 public:
  Nodes(FlatGraph& graph, bool strict, Problems& problems) : graph_(graph), strict_(strict), problems_(problems) {}

  std::vector<net::Node> read() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) index_.emplace(graph_.nodes[i].name, i);
    sources_.resize(graph_.nodes.size());
    targets_.resize(graph_.nodes.size());
    for (const auto& [source, target] : graph_.edges) {
      sources_[index_.at(target)].push_back(index_.at(source));
      targets_[index_.at(source)].push_back(index_.at(target));
    }
    nodes_.resize(graph_.nodes.size());
    state_.assign(graph_.nodes.size(), State::open);
    for (std::size_t i = 0; i < nodes_.size(); ++i) take(i);
    infer();
    return std::move(nodes_);
  }

 private:
  enum class State : char { open, known, failed };

  void problem(Code code, std::size_t i, const std::string& sentence, const std::string& remedy = {}) {
    problems_.add(code, sentence, nodes_[i].name, remedy);
    state_[i] = State::failed;
  }

  void note(const std::string& where, const std::string& sentence) { graph_.notes.emplace_back(where, sentence); }

  bool has(std::size_t i, const char* array) const { return graph_.nodes[i].arrays.contains(array); }
  const Tensor& array(std::size_t i, const char* name) const { return graph_.nodes[i].arrays.at(name); }

  // Datasets, and the shape where the node alone tells it.
  void take(std::size_t i) {
    const NirNode& nir = graph_.nodes[i];
    net::Node& node = nodes_[i];
    node.name = nir.name;
    const Primitive* primitive = primitive_of(nir.type);
    if (primitive == nullptr) {
      return problem(Code::unsupported, i, "The node type " + nir.type + " is not one of NIR's.",
                     "NIR has: " + type_list() + ".");
    }
    node.model = primitive->model;
    if (!check_datasets(i, *primitive)) return;
    for (const auto& [name, values] : nir.arrays) {
      if (name != "shape" && name != "input_shape" && name != "input_type") node.parameters[name] = values;
    }
    const std::string_view first = primitive->required.empty() ? "shape" : primitive->required.front();
    if (first == "shape" && !has(i, "shape")) return;  // files before NIR 0.2: an Output has what arrives
    if (first == "shape") {
      if (const auto shape = whole(i, "shape", 1)) settle(i, as_shape(*shape));
    } else if (first == "weight" && nir.type.starts_with("Conv")) {
      take_convolution(i);
    } else if (first == "weight") {
      take_linear(i);
    } else if (first == "kernel_size") {
      for (const char* name : {"kernel_size", "stride", "padding"}) {
        if (!take_window(i, name, 2)) return;
      }
    } else if (first == "start_dim") {
      node.parameters.clear();
      if (!has(i, "input_type") || array(i, "input_type").empty()) return;
      if (const auto shape = whole(i, "input_type", 1)) declared_[i] = as_shape(*shape);
    } else {
      take_elementwise(i);
    }
  }

  bool check_datasets(std::size_t i, const Primitive& primitive) {
    const NirNode& nir = graph_.nodes[i];
    for (const std::string_view required : primitive.required) {
      const std::string name(required);
      if (nir.arrays.contains(name) || (name == "padding" && nir.texts.contains(name))) continue;
      problem(Code::bad_file, i, "The " + nir.type + " has no dataset '" + name + "'.",
              "Write the file again with the tool that made it.");
    }
    const auto check = [&](const std::string& name, bool text) {
      const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), name) != list.end(); };
      if (text ? name == "padding" && nir.type.starts_with("Conv") : in(primitive.required) || in(primitive.optional)) return;
      if (strict_) {
        problem(Code::bad_file, i, "The " + nir.type + " has the unknown dataset '" + name + "'.",
                "Keep what is not NIR's in the node's metadata, or load with strict=False.");
      } else {
        note(nir.name, "The unknown dataset '" + name + "' is left out.");
      }
    };
    for (const auto& [name, values] : nir.arrays) check(name, false);
    for (const auto& [name, value] : nir.texts) check(name, true);
    if (!strict_ && state_[i] != State::failed) drop_unknown(i, primitive);
    return state_[i] != State::failed;
  }

  void drop_unknown(std::size_t i, const Primitive& primitive) {
    std::erase_if(graph_.nodes[i].arrays, [&](const auto& entry) {
      const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), entry.first) != list.end(); };
      return !in(primitive.required) && !in(primitive.optional);
    });
  }

  // A dataset of whole numbers, none below `low`.
  std::optional<Whole> whole(std::size_t i, const char* name, std::int64_t low) {
    const Tensor& stored = array(i, name);
    Whole values;
    for (std::size_t k = 0; k < stored.size(); ++k) {
      const double value = stored.at(k);
      if (!(value >= static_cast<double>(low) && value <= static_cast<double>(kMaxNeurons) && value == std::floor(value))) {
        problem(Code::out_of_range, i,
                "The " + std::string(name) + " is " + format_number(value) + " at index " + std::to_string(k) +
                    "; it must be a whole number from " + std::to_string(low) + " to 2^31 - 1.");
        return std::nullopt;
      }
      values.push_back(static_cast<std::int64_t>(value));
    }
    return values;
  }

  static Shape as_shape(const Whole& values) { return {values.begin(), values.end()}; }

  static Tensor as_tensor(const Whole& values) {
    Tensor result(Shape{values.size()}, DType::i64);
    std::copy(values.begin(), values.end(), result.mutable_data<std::int64_t>());
    return result;
  }

  // A window's numbers, one for each of `axes`; one number stands for all.
  bool take_window(std::size_t i, const char* name, std::size_t axes) {
    auto values = whole(i, name, std::string_view(name) == "padding" ? 0 : 1);
    if (!values) return false;
    if (values->size() == 1) values->resize(axes, values->front());
    if (values->size() != axes) {
      problem(Code::bad_shape, i,
              "The " + std::string(name) + " has the shape " + to_string(array(i, name).shape()) + "; it needs " +
                  std::to_string(axes) + " numbers.");
      return false;
    }
    nodes_[i].parameters[name] = as_tensor(*values);
    return true;
  }

  void take_convolution(std::size_t i) {
    const NirNode& nir = graph_.nodes[i];
    const std::size_t axes = nir.type == "Conv1d" ? 1 : 2;
    net::Node& node = nodes_[i];
    const Shape& weight = array(i, "weight").shape();
    if (weight.size() != axes + 2 || element_count(weight) == 0) {
      return problem(Code::bad_shape, i,
                     "The weight has the shape " + to_string(weight) + "; a " + nir.type + " needs [out, in/groups" +
                         (axes == 1 ? ", K]" : ", Kx, Ky]") + ", each at least 1.");
    }
    if (array(i, "bias").shape() != Shape{weight[0]}) {
      return problem(Code::bad_shape, i,
                     "The bias has the shape " + to_string(array(i, "bias").shape()) + "; the weight " + to_string(weight) +
                         " needs [" + std::to_string(weight[0]) + "].");
    }
    if (!take_window(i, "stride", axes) || !take_window(i, "dilation", axes) || !take_window(i, "groups", 1)) return;
    const auto text = nir.texts.find("padding");
    if (text == nir.texts.end()) {
      if (!take_window(i, "padding", axes)) return;
    } else if (!take_padding(i, text->second, weight)) {
      return;
    }
    if (!has(i, "input_shape") || array(i, "input_shape").empty()) return;
    const auto inner = whole(i, "input_shape", 1);
    if (!inner) return;
    Shape source{weight[1] * static_cast<std::size_t>(node.parameters.at("groups").at(0))};
    source.insert(source.end(), inner->begin(), inner->end());
    declared_[i] = source;
  }

  // "valid" is no padding; "same" keeps the extents, and where the padding is odd its smaller half comes first, as in PyTorch.
  bool take_padding(std::size_t i, const std::string& word, const Shape& weight) {
    net::Node& node = nodes_[i];
    Whole padding;
    for (std::size_t axis = 0; axis + 2 < weight.size(); ++axis) {
      const auto dilation = static_cast<std::int64_t>(node.parameters.at("dilation").at(axis));
      padding.push_back(word == "same" ? dilation * (static_cast<std::int64_t>(weight[axis + 2]) - 1) / 2 : 0);
      if (word == "same" && node.parameters.at("stride").at(axis) != 1) {
        problem(Code::unsupported, i,
                "The padding is 'same', which is defined for stride 1 only; stride is " +
                    format_number(node.parameters.at("stride").at(axis)) + ".",
                "Give the padding in numbers.");
        return false;
      }
    }
    if (word != "same" && word != "valid") {
      problem(Code::bad_value, i, "The padding is '" + word + "'; the words are 'same' and 'valid'.");
      return false;
    }
    node.parameters["padding"] = as_tensor(padding);
    if (word == "same") same_.insert(i);
    return true;
  }

  void take_linear(std::size_t i) {
    const Shape& weight = array(i, "weight").shape();
    if (weight.size() < 2) {
      return problem(Code::bad_shape, i, "The weight has the shape " + to_string(weight) + "; it needs [out, in].");
    }
    Shape shape(weight.begin(), weight.end() - 1);
    if (has(i, "bias") && array(i, "bias").shape() != shape && array(i, "bias").shape() != Shape{shape.back()}) {
      return problem(Code::bad_shape, i,
                     "The bias has the shape " + to_string(array(i, "bias").shape()) + "; the weight " + to_string(weight) +
                         " needs [" + std::to_string(shape.back()) + "].");
    }
    if (has(i, "bias") && array(i, "bias").shape() != shape) repeat_bias(i, element_count(shape));
    settle(i, shape);
  }

  // [out] for each of the leading axes of the weight.
  void repeat_bias(std::size_t i, std::size_t count) {
    const Tensor bias = array(i, "bias").cast(DType::f64);
    Tensor repeated(Shape{count}, DType::f64);
    for (std::size_t k = 0; k < count; ++k) repeated.mutable_data<double>()[k] = bias.at(k % bias.size());
    nodes_[i].parameters["bias"] = array(i, "bias").dtype() == DType::f64 ? repeated : repeated.cast(DType::f32);
  }

  // All parameters have the node's shape; a number stands for all neurons.
  void take_elementwise(std::size_t i) {
    std::optional<std::string> first;
    for (const auto& [name, values] : nodes_[i].parameters) {
      const Shape& shape = values.shape();
      if (shape.empty()) continue;
      if (!first) {
        first = name;
        continue;
      }
      const Shape& other = nodes_[i].parameters.at(*first).shape();
      if (shape == other) continue;
      const bool shared = values.size() == 1 || element_count(other) == 1 || values.size() == element_count(other);
      if (strict_ || !shared) {
        return problem(Code::bad_shape, i,
                       "The parameter " + name + " has the shape " + to_string(shape) + ", but " + *first + " has " +
                           to_string(other) + ".",
                       "All parameters of a NIR neuron node have one shape.");
      }
      note(nodes_[i].name, "The parameters " + *first + " " + to_string(other) + " and " + name + " " + to_string(shape) +
                               " differ in shape; a single value stands for all neurons.");
      if (values.size() > element_count(other)) first = name;
    }
    if (!first) return;
    const Shape& shape = nodes_[i].parameters.at(*first).shape();
    if (!strict_ && element_count(shape) == 1) return;  // a value for all, if more arrive
    settle(i, shape);
  }

  void settle(std::size_t i, Shape shape) {
    std::size_t count = 0;
    if (shape.size() <= 8) count = element_count(shape);
    if (count < 1 || count > kMaxNeurons) {
      return problem(Code::out_of_range, i,
                     "The shape " + to_string(shape) + " is not allowed: a node has 1 to 2^31 - 1 neurons and at most 8 axes.");
    }
    nodes_[i].shape = std::move(shape);
    state_[i] = State::known;
  }

  // Shapes follow the edges, from nodes that know theirs.
  void infer() {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (state_[i] == State::known) ready.push_back(i);
    }
    const auto spread = [&] {
      while (!ready.empty()) {
        const std::size_t source = ready.back();
        ready.pop_back();
        for (const std::size_t target : targets_[source]) {
          if (state_[target] != State::open) continue;
          follow(target, nodes_[source].shape);
          if (state_[target] == State::known) ready.push_back(target);
        }
      }
    };
    spread();
    // What no known shape reaches falls back on what it declares itself.
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (state_[i] != State::open) continue;
      fall_back(i);
      if (state_[i] == State::known) ready.push_back(i);
      spread();
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (state_[i] == State::open) {
        problem(Code::bad_graph, i,
                "The shape of this " + graph_.nodes[i].type + " is not known: nothing with a shape leads to it.",
                "Connect it, or give its parameters one value a neuron.");
      }
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (state_[i] == State::known) reconcile(i);
    }
  }

  // A node that is made of what arrives gets its shape from the first that does.
  void follow(std::size_t i, const Shape& source) {
    const std::string& model = nodes_[i].model;
    taken_[i] = source;
    if (model == "conv@1") convolve(i, source);
    else if (model == "sumpool@1" || model == "avgpool@1") pool(i, source);
    else if (model == "flatten@1") flatten(i, source);
    else settle(i, source);
  }

  void fall_back(std::size_t i) {
    const auto declared = declared_.find(i);
    if (declared != declared_.end()) return follow(i, declared->second);
    for (const auto& [name, values] : nodes_[i].parameters) {
      if (nodes_[i].model.ends_with("pool@1") || nodes_[i].model == "conv@1") return;
      if (values.size() == 1 && !values.shape().empty()) return settle(i, values.shape());
    }
  }

  // A shape that a node declares against what arrives. Output, the ports of nested graphs, and neurons of as many values can
  // give way to what arrives; all others cannot.
  void reconcile(std::size_t i) {
    const std::string& model = nodes_[i].model;
    const bool made = model == "conv@1" || model == "flatten@1" || model.ends_with("pool@1");  // of what arrives
    const bool linear = model == "linear@1" || model == "affine@1" || made;
    for (const std::size_t from : sources_[i]) {
      if (state_[from] != State::known) continue;
      const Shape source = nodes_[from].shape, taken = made ? taken_.at(i) : linear ? input_of(i) : nodes_[i].shape;
      if (source == taken) continue;
      const std::string edge = nodes_[from].name + " -> " + nodes_[i].name;
      const bool port = model == "output@1" || model == "identity@1";
      if (linear || strict_ || !(port || element_count(source) == element_count(taken))) {
        const std::string remedy = strict_ && !linear
                                       ? "Mend the file, or load with strict=False, where Outputs take what arrives."
                                       : "Put a Flatten between them, or mend the file.";
        problems_.add(
            Code::bad_shape,
            "The shape " + to_string(source) + " arrives, but '" + nodes_[i].name + "' takes " + to_string(taken) + ".", edge,
            remedy);
        return;
      }
      note(edge, "The shape " + to_string(taken) + " of '" + nodes_[i].name + "' contradicts " + to_string(source) +
                     ", which arrives and is taken.");
      nodes_[i].shape = source;
    }
  }

  // What a Linear takes: its weight's axes but the next to last.
  Shape input_of(std::size_t i) const {
    Shape shape = array(i, "weight").shape();
    shape.erase(shape.end() - 2);
    return shape;
  }

  std::optional<std::size_t> extent(std::size_t i, std::size_t in, std::size_t kernel, std::size_t axis) {
    const Parameters& p = nodes_[i].parameters;
    const auto dilation = p.contains("dilation") ? static_cast<std::int64_t>(p.at("dilation").at(axis)) : 1;
    const auto stride = static_cast<std::int64_t>(p.at("stride").at(axis)),
               padding = static_cast<std::int64_t>(p.at("padding").at(axis));
    if (same_.contains(i)) return in;
    const std::int64_t reach = dilation * (static_cast<std::int64_t>(kernel) - 1) + 1;
    const std::int64_t room = static_cast<std::int64_t>(in) + 2 * padding - reach;
    if (room < 0) {
      problem(Code::bad_shape, i,
              "The window spans " + std::to_string(reach) + " along axis " + std::to_string(axis) + ", but there are " +
                  std::to_string(in) + " and " + std::to_string(padding) + " of padding on each side.");
      return std::nullopt;
    }
    return static_cast<std::size_t>(room / stride + 1);
  }

  // What a node declares as its input against what arrives.
  bool agrees(std::size_t i, const std::string& dataset, const Shape& source) {
    const auto declared = declared_.find(i);
    if (declared == declared_.end() || declared->second == source) return true;
    const std::string sentence =
        "The " + dataset + " says " + to_string(declared->second) + ", but " + to_string(source) + " arrives.";
    if (strict_) problem(Code::bad_shape, i, sentence, "Mend the file, or load with strict=False.");
    else note(nodes_[i].name, sentence + " What arrives holds.");
    return !strict_;
  }

  void convolve(std::size_t i, const Shape& source) {
    const Shape& weight = array(i, "weight").shape();
    const auto groups = static_cast<std::size_t>(nodes_[i].parameters.at("groups").at(0));
    if (source.size() != weight.size() - 1 || source[0] != weight[1] * groups || weight[0] % groups != 0) {
      return problem(Code::bad_shape, i,
                     "The weight " + to_string(weight) + " with groups " + std::to_string(groups) +
                         " does not take the shape " + to_string(source) + ": it needs " + std::to_string(weight[1] * groups) +
                         " channels and " + std::to_string(weight.size() - 2) +
                         " more axes, and [out] must be a multiple of groups.",
                     "A grouped weight is [out, in/groups, ...], as in PyTorch.");
    }
    if (!agrees(i, "input_shape", source)) return;
    Shape shape{weight[0]};
    for (std::size_t axis = 0; axis + 2 < weight.size(); ++axis) {
      const auto out = extent(i, source[axis + 1], weight[axis + 2], axis);
      if (!out) return;
      shape.push_back(*out);
    }
    settle(i, shape);
  }

  void pool(std::size_t i, const Shape& source) {
    if (source.size() != 3) {
      return problem(Code::bad_shape, i, "Pooling takes [channels, x, y]; the shape " + to_string(source) + " arrives.");
    }
    Shape shape{source[0]};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const auto kernel = static_cast<std::size_t>(nodes_[i].parameters.at("kernel_size").at(axis));
      const auto out = extent(i, source[axis + 1], kernel, axis);
      if (!out) return;
      shape.push_back(*out);
    }
    settle(i, shape);
  }

  // Axes start_dim to end_dim become one; both count without a batch axis, and from the end where negative.
  void flatten(std::size_t i, const Shape& source) {
    if (!agrees(i, "input_type", source)) return;
    const auto given = [&](const char* name) { return array(i, name).size() == 1 ? array(i, name).at(0) : std::nan(""); };
    const auto axis = [&](double number) {
      if (!(std::fabs(number) <= 64 && number == std::floor(number))) return std::int64_t{-1};
      return static_cast<std::int64_t>(number < 0 ? number + static_cast<double>(source.size()) : number);
    };
    const std::int64_t first = axis(given("start_dim")), last = axis(given("end_dim"));
    if (first < 0 || last < first || last >= static_cast<std::int64_t>(source.size())) {
      return problem(Code::out_of_range, i,
                     "Flatten joins the axes " + format_number(given("start_dim")) + " to " + format_number(given("end_dim")) +
                         ", which the shape " + to_string(source) + " does not have.");
    }
    Shape shape(source.begin(), source.begin() + first);
    shape.push_back(element_count(Shape(source.begin() + first, source.begin() + last + 1)));
    shape.insert(shape.end(), source.begin() + last + 1, source.end());
    settle(i, shape);
  }

  FlatGraph& graph_;
  bool strict_;
  Problems& problems_;
  std::map<std::string, std::size_t> index_;
  std::vector<std::vector<std::size_t>> sources_, targets_;
  std::vector<net::Node> nodes_;
  std::vector<State> state_;
  std::map<std::size_t, Shape> declared_;  ///< a convolution's or Flatten's input by its own account
  std::map<std::size_t, Shape> taken_;     ///< from which a node was made
  std::set<std::size_t> same_;             ///< padding 'same'
};

}  // namespace

const Primitive* primitive_of(std::string_view type) {
  const auto at = std::find_if(primitives().begin(), primitives().end(), [&](const Primitive& p) { return p.type == type; });
  return at == primitives().end() ? nullptr : &*at;
}

std::vector<net::Node> read_nodes(FlatGraph& graph, bool strict, Problems& problems) {
  return Nodes(graph, strict, problems).read();
}

}  // namespace ranvier::io
