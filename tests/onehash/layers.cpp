// Networks as people build them: windows and dense layers, each into neurons or not; some with recurrence, delays, a second output.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>

#include "core/lower/lower.h"
#include "core/net/graph.h"
#include "tests/onehash/cells.h"
#include "tests/onehash/networks.h"

namespace ranvier::onehash {
namespace {

Tensor floats(Dice& dice, Shape shape, double scale, double mean) {
  Tensor values(std::move(shape));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values.mutable_data<float>()[i] = dice.chance(10) ? 0.0F : static_cast<float>(scale * (dice.bell() + mean));
  }
  return values;
}

/// Weights of a layer whose targets see so many sources: about one of the sums in three exceeds a threshold of 1.
Tensor weights_of(Dice& dice, Shape shape, std::size_t seen) {
  return floats(dice, std::move(shape), 1.5 / std::sqrt(static_cast<double>(seen)), 0.3);
}

Tensor whole(std::initializer_list<std::size_t> numbers) {
  Tensor values(Shape{numbers.size()}, DType::i64);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    values.mutable_data<std::int64_t>()[i] = static_cast<std::int64_t>(numbers.begin()[i]);
  }
  return values;
}

/// One axis of a window that fits.
struct Axis {
  std::size_t kernel, stride, padding, dilation, out;
};

Axis random_axis(Dice& dice, std::size_t in, bool dilates) {
  Axis axis{dice.between(1, 5), dice.between(1, 3), dice.below(3), dilates ? dice.between(1, 2) : 1, 0};
  while (axis.dilation * (axis.kernel - 1) + 1 > in + 2 * axis.padding) --axis.kernel;
  axis.out = (in + 2 * axis.padding - axis.dilation * (axis.kernel - 1) - 1) / axis.stride + 1;
  return axis;
}

class Builder {
 public:
  explicit Builder(Dice& dice) : dice_(dice), net_(kDt * s), type_(dice.chance(65) ? DType::f32 : DType::f64) {
    shape_ =
        dice.chance(60) ? Shape{dice.between(1, 4), dice.between(1, 12), dice.between(3, 12)} : Shape{dice.between(1, 300)};
    node("input@1", shape_, {}, false);
  }

  plan::Description build() {
    for (std::size_t layers = dice_.between(1, 4); layers > 0; --layers) add_layer();
    add_output();
    net::Graph graph = net_.graph();
    for (net::Edge& edge : graph.edges) edge.feedback_bias_from_start = dice_.chance(50);
    return lower::lower(graph);
  }

 private:
  void node(const std::string& model, const Shape& shape, const Parameters& parameters, bool connected = true) {
    const std::string name = std::to_string(count_++) + "." + model.substr(0, model.find('@'));
    net_.add(name, model, shape, parameters, {{"precision", type_ == DType::f64 ? "f64" : "f32"}});
    if (connected) connect(last_, name);
    last_ = name;
    shape_ = shape;
  }

  void connect(const std::string& source, const std::string& target) {
    Connection connection;
    if (dice_.chance(15)) connection.delay = static_cast<std::uint32_t>(dice_.between(1, 5));
    net_.connect(source, target, connection);
  }

  void add_layer() {
    if (shape_.size() == 1) add_dense();
    else if (dice_.chance(20)) node("flatten@1", {element_count(shape_)}, {});
    else if (dice_.chance(70)) add_convolution();
    else add_pool();
    if (dice_.chance(15)) node("scale@1", shape_, {{"scale", floats(dice_, {1}, 1, 1)}});
    if (dice_.chance(75)) add_neurons();
    if (dice_.chance(20)) add_output();
  }

  void add_dense() {
    const std::size_t from = element_count(shape_), to = dice_.chance(20) ? dice_.between(100, 300) : dice_.between(1, 70);
    Parameters parameters{{"weight", weights_of(dice_, {to, from}, from)}};
    const bool affine = dice_.chance(60);
    if (affine) parameters["bias"] = floats(dice_, {to}, 0.2, 0);
    node(affine ? "affine@1" : "linear@1", {to}, parameters);
  }

  void add_convolution() {
    const Axis x = random_axis(dice_, shape_[1], true), y = random_axis(dice_, shape_[2], true);
    const std::size_t groups = dice_.chance(30) ? shape_[0] : 1;
    const std::size_t channels = groups * dice_.between(1, groups == 1 ? 9 : 2), seen = shape_[0] / groups;
    const Parameters parameters{{"weight", weights_of(dice_, {channels, seen, x.kernel, y.kernel}, seen * x.kernel * y.kernel)},
                                {"bias", floats(dice_, {channels}, 0.2, 0)},
                                {"stride", whole({x.stride, y.stride})},
                                {"padding", whole({x.padding, y.padding})},
                                {"dilation", whole({x.dilation, y.dilation})},
                                {"groups", whole({groups})}};
    node("conv@1", {channels, x.out, y.out}, parameters);
  }

  void add_pool() {
    const Axis x = random_axis(dice_, shape_[1], false), y = random_axis(dice_, shape_[2], false);
    const Parameters parameters{{"kernel_size", whole({x.kernel, y.kernel})},
                                {"stride", whole({x.stride, y.stride})},
                                {"padding", whole({x.padding, y.padding})}};
    node(dice_.chance(50) ? "sumpool@1" : "avgpool@1", {shape_[0], x.out, y.out}, parameters);
  }

  void add_neurons() {
    const Cell cell = random_cell(dice_, shape_, type_);
    const std::string name = std::to_string(count_++) + "." + cell.model.substr(0, cell.model.find('@'));
    net_.add(name, cell.model, shape_, cell.parameters, cell.options);
    connect(last_, name);
    last_ = name;
    const std::size_t size = element_count(shape_);
    if (cell.model == "threshold@1" || size > 120 || !dice_.chance(35)) return;
    const Shape shape = shape_;
    node("affine@1", {size}, {{"weight", weights_of(dice_, {size, size}, size)}, {"bias", floats(dice_, {size}, 0.1, 0)}},
         false);
    const std::string recurrent = last_;
    if (shape.size() == 1) {
      net_.connect(name, recurrent);
      net_.connect(recurrent, name);
    } else {  // a linear node takes a list of neurons
      node("flatten@1", {size}, {}, false);
      net_.connect(name, last_);
      net_.connect(last_, recurrent);
      net_.connect(recurrent, name, {floats(dice_, {size}, 1, 0), std::nullopt, ""});
    }
    last_ = name;
    shape_ = shape;
  }

  void add_output() {
    const std::string from = last_;
    node("output@1", shape_, {});
    last_ = from;
  }

  Dice& dice_;
  Network net_;
  DType type_;
  Shape shape_;
  std::string last_;
  std::size_t count_ = 0;
};

}  // namespace

plan::Description random_layers(Dice& dice) { return Builder(dice).build(); }

}  // namespace ranvier::onehash
