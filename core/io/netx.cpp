// Netx files, in which lava-dl hands a trained network to lava: Loihi's integers, layer by layer. What lava-dl 0.6.0 makes of one
// (lava/lib/dl/netx/hdf5.py, blocks/process.py, utils.py) is made here of the chip's own models, step by step the same.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <ranvier/error.h>
#include <ranvier/quantity.h>

#include "core/io/files.h"
#include "core/io/text.h"

namespace ranvier::io {
namespace {

using Group = NetxFile::Group;
using Values = std::vector<std::int32_t>;
using Names = std::set<std::string_view>;

constexpr std::int32_t kMaxDelay = 62;
constexpr std::int32_t kBiasExponent = 6;
constexpr std::size_t kMostValues = std::size_t{1} << 27;  // beside the weights as the file has them: half a GiB

// What stands in a group of each kind; what is written here and not read is for training, or repeats a shape.
const std::map<std::string, Names> kMembers{
    {"input", {"type", "shape", "weight", "bias", "neuron"}},
    {"flatten", {"type", "shape"}},
    {"dense", {"type", "shape", "weight", "bias", "neuron", "delay", "inFeatures", "outFeatures"}},
    {"dense_rec", {"type", "shape", "weight", "weight_rec", "bias", "neuron", "inFeatures", "outFeatures"}},
    {"conv",
     {"type", "shape", "weight", "bias", "neuron", "stride", "padding", "dilation", "groups", "kernelSize", "inChannels",
      "outChannels"}}};
const Names kNeuronMembers{"type",        "iDecay", "vDecay",   "vThMant", "refDelay",  "wgtExp",
                           "gradedSpike", "theta",  "scaleRho", "tauRho",  "weight_exp"};

Tensor tensor_of(const Values& values, Shape shape) { return Tensor::view(values, std::move(shape)).clone(); }

/// A group of the file, with words for it.
class Part {
 public:
  Part(const Group& group, std::string name, const std::string& file) : group_(group), name_(std::move(name)), file_(file) {}

  const std::string& name() const { return name_; }
  bool has(const std::string& key) const {
    return group_.arrays.contains(key) || group_.texts.contains(key) || group_.lists.contains(key) ||
           group_.groups.contains(key);
  }
  std::vector<std::string> members() const {
    std::vector<std::string> names;
    const auto take = [&](const auto& map) {
      for (const auto& [key, value] : map) names.push_back(key);
    };
    take(group_.arrays);
    take(group_.texts);
    take(group_.lists);
    take(group_.groups);
    return names;
  }
  Part group(const std::string& key) const { return {group_.groups.at(key), "the " + key + " of " + name_, file_}; }
  bool has_group(const std::string& key) const { return group_.groups.contains(key); }

  std::string text(const std::string& key) const {
    if (const auto text = group_.texts.find(key); text != group_.texts.end()) return text->second;
    const auto list = group_.lists.find(key);
    if (list == group_.lists.end() || list->second.size() != 1) refuse(key, "must be one text.");
    return list->second.front();
  }

  const Tensor& array(const std::string& key) const {
    const auto found = group_.arrays.find(key);
    if (found == group_.arrays.end()) refuse(key, has(key) ? "must be numbers." : "is missing.");
    return found->second;
  }

  /// @throws Error for the first that is not a whole number of low .. high.
  Values whole(const std::string& key, std::int32_t low, std::int32_t high) const {
    const Tensor& tensor = array(key);
    Values values(tensor.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = tensor.at(i);
      if (!(value >= low && value <= high && value == std::floor(value))) {
        refuse(key, "holds " + format_number(value) + "; it must be whole numbers from " + std::to_string(low) + " to " +
                        std::to_string(high) + ".");
      }
      values[i] = static_cast<std::int32_t>(value);
    }
    return values;
  }
  std::int32_t number(const std::string& key, std::int32_t low, std::int32_t high) const {
    const Values values = whole(key, low, high);
    if (values.size() != 1) refuse(key, "must be one number.");
    return values.front();
  }
  Shape shape() const {
    const Values extents = whole("shape", 1, kMax);
    double neurons = 1;
    for (const std::int32_t extent : extents) neurons *= extent;
    if (extents.empty() || extents.size() > 3 || neurons > kMax) {
      refuse("shape", "must be one to three extents of less than 2^31 neurons.");
    }
    return {extents.begin(), extents.end()};
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& why, const std::string& remedy = {}) const {
    throw Error(Code::bad_file, in_quotes(key) + " of " + name_ + " " + why, file_, remedy);
  }
  [[noreturn]] void lack(const std::string& sentence, const std::string& remedy) const {
    throw Error(Code::unsupported, sentence, file_, remedy);
  }

  static constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();

 private:
  const Group& group_;
  std::string name_;
  const std::string& file_;
};

// ------------------------------------------------------------------------------------------------- what the file may not hold

void check_members(const Part& part, const Names& known, Problems& problems, const std::string& file) {
  for (const std::string& member : part.members()) {
    if (known.contains(member)) continue;
    problems.add(Code::unsupported,
                 in_quotes(member) + " of " + part.name() + " is not read: it would change what the layer does.", file,
                 "Remove it from the file if the network runs without it.");
  }
}

void check_neuron(const Part& neuron, const std::string& layer, Problems& problems, const std::string& file) {
  const std::string type = neuron.text("type");
  if (type == "LOIHI" || type == "CUBA") return check_members(neuron, kNeuronMembers, problems, file);
  problems.add(
      Code::unsupported,
      "The neuron of " + layer + " is of type " + in_quotes(type) + "; LOIHI and CUBA (leaky integrate-and-fire) are read.",
      file, "Train the network with slayer.block.cuba.");
}

std::string remedy_for(const std::string& type) {
  if (type == "average") return "Remove the last layer's group from the file, and average the counts of what is the last then.";
  if (type == "pool") return "Train with a convolution of that stride instead: netx has no pools either.";
  return "Only input, dense, dense_rec, conv and flatten are read.";
}

void check_layer(const Part& layer, Problems& problems, const std::string& file) {
  const std::string type = layer.text("type");
  const auto known = kMembers.find(type);
  if (known == kMembers.end()) {
    problems.add(Code::unsupported, "T" + layer.name().substr(1) + " is of type " + in_quotes(type) + ", which is not read.",
                 file, remedy_for(type));
    return;
  }
  check_members(layer, known->second, problems, file);
  if (layer.has("neuron") && !layer.has_group("neuron")) layer.refuse("neuron", "must be a group.");
  if (layer.has_group("neuron")) check_neuron(layer.group("neuron"), layer.name(), problems, file);
  else if (type == "conv") layer.refuse("neuron", "is missing.");
}

// -------------------------------------------------------------------------------------------------------------------- weights

/// Weights in the chip's format, as netx's optimize_weight_bits finds it: shifted left as far as they go, with as few bits as hold
/// them; and the sign mode that lava's Dense then sees in them.
struct Synapses {
  std::int32_t exponent = 0, bits = 8;
  Values weights;
  const char* sign = "mixed";
};

bool divisible(const Values& weights, int bits) {
  return std::ranges::all_of(weights, [&](std::int32_t w) { return (w & ((1 << bits) - 1)) == 0; });
}

Synapses synapses_of(const Part& layer, Values weights) {
  const auto [low, high] = std::ranges::minmax(weights);
  const bool mixed = low < 0 && high >= 0;
  Synapses result;
  if (low != 0 || high != 0) {
    const double down = mixed ? -128.0 / low : -256.0 / low, up = mixed ? 127.0 / high : 255.0 / high;
    const double scale = low >= 0 ? up : high < 0 ? down : std::min(high == 0 ? down : up, down);
    const int shift = static_cast<int>(std::floor(std::log2(scale))) + (mixed ? 1 : 0);
    int zeros = 8;
    while (zeros > 0 && !divisible(weights, zeros)) --zeros;
    result.exponent = -shift;
    result.bits = 8 - shift - (zeros - (mixed ? 1 : 0));
    if (shift < 0 || result.bits < 1)
      layer.refuse("weight", "is outside of the chip's -256 to 254, or 0 to 255, or -255 to 0.");
    if (result.bits > 8) {
      layer.lack("The weights of " + layer.name() + " are odd, of both signs and up to " +
                     std::to_string(std::max(high, -low)) + ": they take 9 bits, and the chip has 8.",
                 "Quantise in steps of 2, as lava-dl's blocks do by default.");
    }
    for (std::int32_t& w : weights) w <<= shift;
  }
  result.sign = low >= 0 ? "excitatory" : high <= 0 ? "inhibitory" : "mixed";
  result.weights = std::move(weights);
  return result;
}

// -------------------------------------------------------------------------------------------------------------------- layers

class Builder {
 public:
  Builder(const NetxFile& netx, const std::string& file) : netx_(netx), file_(file) {}

  net::Graph build(const LoadOptions& options, const std::string& name) {
    graph_.name = name;
    graph_.seed = options.seed;
    take_dt(options);
    if (netx_.layers.empty()) throw Error(Code::bad_file, "The group 'layer' is empty.", file_);
    Problems problems;
    for (std::size_t i = 0; i < netx_.layers.size(); ++i) check_layer(layer(i), problems, file_);
    problems.raise();
    assume("netx", "Loihi's own models with lava's rules; each synapse takes one step, as lava-dl's netx builds it");
    assume("shape", "as in the file: [channel, height, width], where lava's processes have [width, height, channel]");
    for (std::size_t i = 0; i < netx_.layers.size(); ++i) add_layer(i);
    if (!source_) throw Error(Code::bad_file, "The netx file has no layer with neurons.", file_);
    const std::size_t output = add("output", "output@1", shape_, {}, {{"precision", "i32"}});
    connect(*source_, output, 0);
    return std::move(graph_);
  }

 private:
  Part layer(std::size_t i) const { return {netx_.layers[i], "the layer " + std::to_string(i), file_}; }

  void assume(std::string topic, std::string sentence) {
    graph_.assumptions.emplace_back(std::move(topic), std::move(sentence));
  }

  void take_dt(const LoadOptions& options) {
    if (!options.dt) assume("dt", "1 ms: a netx file does not hold the time step, and its numbers do not depend on it");
    const Quantity dt = options.dt.value_or(1 * ms);
    graph_.dt_given = dt;
    graph_.dt = dt.si();
    const bool time = dt.unit.dimension == Dimension::time;
    if (time && std::isfinite(graph_.dt) && graph_.dt > 0) return;
    throw Error(time ? Code::out_of_range : Code::bad_unit, "dt is " + to_string(dt) + "; it must be a finite time above 0.",
                "dt", "Give it like 1 ms, or leave it out.");
  }

  /// A small file can ask for much: weights for each delay, a value for each neuron of a shape that it only names.
  void take(const Part& layer, std::size_t values) {
    if (values <= left_) {
      left_ -= values;
      return;
    }
    layer.lack("T" + layer.name().substr(1) + " and those before it take more than " + std::to_string(kMostValues) +
                   " weights and parameters.",
               "Check the shapes in the file; or split the network.");
  }

  std::size_t add(const std::string& name, const std::string& model, const Shape& shape, Parameters parameters,
                  Options options) {
    graph_.nodes.push_back({name, model, shape, std::move(parameters), std::move(options)});
    return graph_.nodes.size() - 1;
  }
  void connect(std::size_t source, std::size_t target, std::uint32_t delay) {
    graph_.edges.push_back({.source = source, .target = target, .receptor = {}, .weights = {}, .delay = delay});
  }

  void add_layer(std::size_t i) {
    const Part layer = this->layer(i);
    const std::string type = layer.text("type"), prefix = "layer" + std::to_string(i) + ".";
    if (type == "input") return add_input(layer, prefix);
    if (type == "flatten") {
      shape_ = {element_count(shape_)};
      return;
    }
    if (!source_) take_spikes(layer, type);
    if (type == "conv") add_conv(layer, prefix);
    else add_dense(layer, prefix, type == "dense_rec");
  }

  // The neurons of an input layer are driven by their bias, which the caller writes.
  void add_input(const Part& layer, const std::string& prefix) {
    if (!shape_.empty()) layer.refuse("type", "is 'input', but it is not the first.");
    shape_ = layer.shape();
    if (!layer.has_group("neuron")) return;
    const std::size_t input = add("input", "input@1", shape_, {}, {{"precision", "i32"}});
    const std::size_t neurons = element_count(shape_);
    // One weight of 1 for each neuron: shifted by 6, a mantissa is the bias with netx's exponent.
    const bool axes = shape_.size() > 1;
    Shape kernel{axes ? shape_[0] : neurons, 1, 1};
    if (shape_.size() == 3) kernel.push_back(1);
    take(layer, element_count(kernel));
    const Values ones(element_count(kernel), 1);
    Parameters parameters{{"weight", tensor_of(ones, kernel)}};
    if (axes) parameters["groups"] = Tensor::of<std::int32_t>({static_cast<std::int32_t>(shape_[0])});
    const std::size_t bias = add(prefix + "bias", axes ? "loihi_conv@1" : "loihi_dense@1", shape_, std::move(parameters),
                                 axes ? Options{} : Options{{"sign_mode", "excitatory"}});
    connect(input, bias, 0);
    add_neurons(layer, prefix, {bias}, true);
    const std::int32_t weight = layer.has("weight") ? layer.number("weight", -Part::kMax, Part::kMax) : 64;
    const std::int32_t offset = layer.has("bias") ? layer.number("bias", -Part::kMax, Part::kMax) : 0;
    assume("input", "each step's bias mantissas of layer 0: " + std::to_string(weight) + " x + " + std::to_string(offset) +
                        " of the x that the network was trained on, as whole numbers");
  }

  // The first layer takes spikes: whatever the caller writes counts as one.
  void take_spikes(const Part& layer, const std::string& type) {
    if (shape_.empty()) {
      if (type == "conv") {
        layer.lack("The first layer is a convolution, and the file does not say of what shape.",
                   "Write an input layer with its shape into the file.");
      }
      const Tensor& weight = layer.array("weight");
      const std::size_t neurons = element_count(layer.shape());
      if (weight.size() % neurons != 0) layer.refuse("weight", "does not fit " + std::to_string(neurons) + " neurons.");
      shape_ = {weight.size() / neurons};
    }
    const std::size_t input = add("input", "input@1", shape_, {}, {{"precision", "i32"}});
    source_ = add("spikes", "binarize@1", shape_, {}, {});
    connect(input, *source_, 0);
    assume("input", "spikes: any event counts as one");
  }

  std::size_t add_synapses(const std::string& name, const Synapses& synapses, const Values& weights, const Shape& matrix,
                           std::size_t source, std::uint32_t delay) {
    const auto one = [](std::int32_t value) { return Tensor::of<std::int32_t>({value}); };
    const std::size_t node = add(name, "loihi_dense@1", {matrix[0]},
                                 {{"weight", tensor_of(weights, matrix)},
                                  {"weight_exp", one(synapses.exponent)},
                                  {"num_weight_bits", one(synapses.bits)}},
                                 {{"sign_mode", synapses.sign}});
    connect(source, node, 1 + delay);
    return node;
  }

  void add_dense(const Part& layer, const std::string& prefix, bool recurrent) {
    const std::size_t from = element_count(shape_);
    shape_ = {element_count(layer.shape())};
    const Shape matrix{shape_[0], from};
    Values weights = layer.whole("weight", -256, 255);
    check_matrix(layer, "weight", weights, matrix);
    const std::size_t split = weights.size();
    if (recurrent) {
      const Values back = layer.whole("weight_rec", -256, 255);
      check_matrix(layer, "weight_rec", back, {shape_[0], shape_[0]});
      weights.insert(weights.end(), back.begin(), back.end());
    }
    const Synapses synapses = synapses_of(layer, std::move(weights));
    const Values forward(synapses.weights.begin(), synapses.weights.begin() + static_cast<std::ptrdiff_t>(split));
    std::vector<std::size_t> arriving;
    if (layer.has("delay")) {
      add_delayed(layer, prefix, synapses, matrix, arriving);
    } else {
      arriving.push_back(add_synapses(prefix + "synapse", signed_as(synapses, forward), forward, matrix, *source_, 0));
    }
    const std::size_t neurons = add_neurons(layer, prefix, arriving, false);
    if (!recurrent) return;
    const Values back(synapses.weights.begin() + static_cast<std::ptrdiff_t>(split), synapses.weights.end());
    connect(add_synapses(prefix + "recurrent", signed_as(synapses, back), back, {shape_[0], shape_[0]}, neurons, 0), neurons,
            0);
  }

  // Lava's Dense looks at its own weights for the sign mode.
  static Synapses signed_as(Synapses synapses, const Values& weights) {
    const auto [low, high] = std::ranges::minmax(weights);
    synapses.sign = low >= 0 ? "excitatory" : high <= 0 ? "inhibitory" : "mixed";
    return synapses;
  }

  void check_matrix(const Part& layer, const char* key, const Values& weights, const Shape& matrix) const {
    const Shape& shape = layer.array(key).shape();
    const bool flat = shape.size() == 1 && weights.size() == element_count(matrix);
    if ((shape == matrix || flat) && !weights.empty()) return;
    layer.refuse(key, "has the shape " + to_string(shape) + "; it must be " + to_string(matrix) + ".");
  }

  // A delay for each synapse, source or target (which are asked in this order: as many targets come first).
  void add_delayed(const Part& layer, const std::string& prefix, const Synapses& synapses, const Shape& matrix,
                   std::vector<std::size_t>& arriving) {
    Values delays = layer.whole("delay", 0, Part::kMax);
    const Shape& shape = layer.array("delay").shape();
    const auto cut = std::ranges::count_if(delays, [](std::int32_t delay) { return delay > kMaxDelay; });
    if (cut > 0) {
      assume(prefix + "synapse", std::to_string(cut) + " of " + std::to_string(delays.size()) +
                                     " delays are longer than the chip's " + std::to_string(kMaxDelay) + " steps and are that");
    }
    std::function<std::size_t(std::size_t)> delay_of;
    if (delays.size() == 1) delay_of = [](std::size_t) { return std::size_t{0}; };
    else if (shape == matrix) delay_of = [](std::size_t k) { return k; };
    else if (shape == Shape{matrix[0]}) delay_of = [&](std::size_t k) { return k / matrix[1]; };
    else if (shape == Shape{matrix[1]}) delay_of = [&](std::size_t k) { return k % matrix[1]; };
    else layer.refuse("delay", "has the shape " + to_string(shape) + ", which fits no weights of " + to_string(matrix) + ".");
    for (std::int32_t& delay : delays) delay = std::min(delay, kMaxDelay);
    for (const std::int32_t delay : std::set<std::int32_t>(delays.begin(), delays.end())) {
      take(layer, synapses.weights.size());
      Values some = synapses.weights;
      for (std::size_t k = 0; k < some.size(); ++k) {
        if (delays[delay_of(k)] != delay) some[k] = 0;
      }
      arriving.push_back(add_synapses(prefix + "synapse.delay" + std::to_string(delay), synapses, some, matrix, *source_,
                                      static_cast<std::uint32_t>(delay)));
    }
  }

  void add_conv(const Part& layer, const std::string& prefix) {
    const Tensor& weight = layer.array("weight");
    Shape kernel = weight.shape();
    if (kernel.size() == 5 && kernel.back() == 1) kernel.pop_back();
    if (kernel.size() != 4)
      layer.refuse("weight", "has the shape " + to_string(weight.shape()) + "; it must be [out, in, y, x].");
    Parameters parameters{{"weight", tensor_of(layer.whole("weight", -256, 255), kernel)}};
    for (const char* key : {"stride", "padding", "dilation"}) {
      const Values values = layer.whole(key, key == std::string_view("padding") ? 0 : 1, Part::kMax);
      if (values.size() != 1 && values.size() != 2) layer.refuse(key, "must be one number or two.");
      parameters[key] = tensor_of(values, {values.size()});
    }
    parameters["groups"] = Tensor::of<std::int32_t>({layer.number("groups", 1, Part::kMax)});
    shape_ = layer.shape();
    const std::size_t synapse = add(prefix + "synapse", "loihi_conv@1", shape_, std::move(parameters), {});
    connect(*source_, synapse, 1);
    add_neurons(layer, prefix, {synapse}, false);
  }

  /// A value for all, or one per channel, which is what netx has.
  Tensor per_neuron(const Part& part, const std::string& key, const Values& values) {
    if (values.size() == 1) return tensor_of(values, {1});
    if (values.size() != shape_[0]) {
      part.refuse(key, "has " + std::to_string(values.size()) + " values; it may have one, or one for each of the " +
                           std::to_string(shape_[0]) + " channels.");
    }
    take(part, element_count(shape_));
    Values spread(element_count(shape_));
    for (std::size_t i = 0; i < spread.size(); ++i) spread[i] = values[i / (spread.size() / values.size())];
    return tensor_of(spread, {spread.size()});
  }

  std::size_t add_neurons(const Part& layer, const std::string& prefix, const std::vector<std::size_t>& arriving, bool input) {
    Parameters parameters;
    if (!layer.has_group("neuron")) parameters = integrator(prefix);
    else parameters = neuron_parameters(layer.group("neuron"), prefix, input);
    if (!input && layer.has("bias")) {
      parameters["bias_mant"] = per_neuron(layer, "bias", layer.whole("bias", -4096, 4095));
      parameters["bias_exp"] = Tensor::of<std::int32_t>({kBiasExponent});
    }
    const std::size_t neurons = add(prefix + "neuron", "loihi_lif@1", shape_, std::move(parameters), {});
    for (const std::size_t synapse : arriving) connect(synapse, neurons, 0);
    source_ = neurons;
    return neurons;
  }

  Parameters neuron_parameters(const Part& neuron, const std::string& prefix, bool input) {
    for (const char* exponent : {"wgtExp", "weight_exp"}) {
      if (neuron.has(exponent) && neuron.number(exponent, -Part::kMax, Part::kMax) != 0) {
        neuron.lack(in_quotes(exponent) + " of " + neuron.name() + " is not 0, and netx does not read it.",
                    "Scale the weights instead.");
      }
    }
    if (neuron.has("gradedSpike") && neuron.number("gradedSpike", 0, 1) != 0) {
      neuron.lack("T" + neuron.name().substr(1) + " emits graded spikes (gradedSpike), which netx's own neuron does not.",
                  "Train it with graded_spike=False.");
    }
    Values current = neuron.whole("iDecay", 0, 4096);
    for (std::int32_t& decay : current) {
      if (input) decay = 4096;  // no current arrives at an input layer but the bias, which has no memory
      if (decay == 0) {
        neuron.lack("'iDecay' of " + neuron.name() + " is 0: a current that never decays, du = -1 to netx.",
                    "Train it with a decay of 1 at least.");
      }
      --decay;
    }
    Parameters parameters{{"du", per_neuron(neuron, "iDecay", current)},
                          {"dv", per_neuron(neuron, "vDecay", neuron.whole("vDecay", 0, 4096))},
                          {"vth", per_neuron(neuron, "vThMant", neuron.whole("vThMant", 0, (1 << 17) - 1))}};
    const std::int32_t refractory = neuron.has("refDelay") ? neuron.number("refDelay", 1, 63) : 1;
    if (refractory > 1) {
      parameters["refractory"] = Tensor::of<std::int32_t>({refractory});
      assume(prefix + "neuron", "refDelay is " + std::to_string(refractory) + ", as on the chip; netx's own neuron has none");
    }
    return parameters;
  }

  // Netx lets u add up (du = -1) and shows it as v (dv = 4096), with a threshold that is never reached.
  Parameters integrator(const std::string& prefix) {
    assume(prefix + "neuron", "the layer has no neuron: v is the sum of what arrived, below 2^23 - 64");
    const auto one = [](std::int32_t value) { return Tensor::of<std::int32_t>({value}); };
    return {{"du", one(4095)}, {"dv", one(0)}, {"vth", one((1 << 17) - 1)}};
  }

  const NetxFile& netx_;
  const std::string& file_;
  net::Graph graph_;
  std::optional<std::size_t> source_;  ///< the node whose events enter the next layer
  Shape shape_;                        ///< of the layer so far
  std::size_t left_ = kMostValues;
};

}  // namespace

net::Graph network_of(const NetxFile& netx, const LoadOptions& options, const std::string& name, const std::string& file) {
  return Builder(netx, file).build(options, name);
}

}  // namespace ranvier::io
