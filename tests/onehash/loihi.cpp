// Networks of Loihi's own models, in integers: dense and convolved, recurrent, delayed, graded, with every parameter up to its edges.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/lower/lower.h"
#include "core/net/graph.h"
#include "kernels/fixed/loihi.h"
#include "tests/onehash/networks.h"

namespace ranvier::onehash {
namespace {

constexpr const char* kRules[] = {"lava", "nengo", "brian2"};
const Options kWhole{{"precision", "i32"}};

class Builder {
 public:
  Builder(Dice& dice, bool for_lava) : dice_(dice), net_(1 * ms), rules_(kRules[dice.below(3)]), for_lava_(for_lava) {
    if (for_lava) rules_ = "lava";
    shape_ = dice.chance(40) ? Shape{dice.between(1, 3), dice.between(3, 9), dice.between(3, 9)} : Shape{dice.between(1, 150)};
    net_.add("input", "input@1", shape_, {}, kWhole);
    last_ = "input";
  }

  plan::Description build() {
    for (std::size_t layers = dice_.between(1, 3); layers > 0; --layers) add_layer();
    if (neurons_.size() > 1 && dice_.chance(40)) connect_back();
    net_.add("output", "output@1", shape_, {}, kWhole);
    net_.connect(last_, "output", delayed(dice_.below(2)));
    return lower::lower(net_.graph());
  }

 private:
  std::string name(const std::string& kind) { return kind + std::to_string(count_++); }
  Connection delayed(std::size_t steps) { return {std::nullopt, static_cast<std::uint32_t>(steps), ""}; }

  Tensor whole(Shape shape, std::int64_t low, std::int64_t high, std::initializer_list<std::int64_t> edges) {
    Tensor values(std::move(shape), DType::i32);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto span = static_cast<std::size_t>(high - low);
      const std::int64_t any = low + static_cast<std::int64_t>(dice_.between(0, span));
      values.mutable_data<std::int32_t>()[i] = static_cast<std::int32_t>(dice_.chance(15) ? dice_.one_of(edges) : any);
    }
    return values;
  }
  /// One for each neuron, or one for all.
  Tensor each(std::int64_t low, std::int64_t high, std::initializer_list<std::int64_t> edges) {
    Tensor values = whole(dice_.chance(50) ? Shape{} : shape_, low, high, edges);
    // Lava's processes have one value each: two at most, of a few neurons.
    std::int32_t* first = values.mutable_data<std::int32_t>();
    for (std::size_t i = 2; for_lava_ && i < values.size(); ++i) first[i] = first[i % 2];
    return values;
  }
  static Tensor one(std::int64_t value) {
    Tensor tensor(Shape{}, DType::i64);
    *tensor.mutable_data<std::int64_t>() = value;
    return tensor;
  }

  bool brian2() const { return rules_ == "brian2"; }

  /// A synapse node behind `source` of this shape, for targets of `to`; numbers of the format as they come.
  std::string synapses(const std::string& source, const Shape& from, Shape& to, bool convolved) {
    Parameters parameters;
    Options options{{"rules", rules_}};
    const bool lava_conv = convolved && rules_ == "lava";
    if (!lava_conv) {
      parameters["weight_exp"] = one(static_cast<std::int64_t>(dice_.between(0, 15)) - 8);
      parameters["num_weight_bits"] = one(static_cast<std::int64_t>(dice_.between(1, 8)));
    }
    std::string sign = "mixed";
    if (rules_ != "nengo" && !lava_conv && dice_.chance(40)) sign = dice_.chance(50) ? "excitatory" : "inhibitory";
    if (sign != "mixed") options["sign_mode"] = sign;
    const std::int64_t low = sign == "excitatory" ? 0 : brian2() && sign == "mixed" ? -254 : -255;
    const std::int64_t high = sign == "inhibitory" ? 0 : brian2() && sign == "mixed" ? 254 : 255;
    const std::string node = name(convolved ? "conv" : "dense");
    if (convolved) {
      const std::size_t channels = dice_.between(1, 4),
                        kernel = dice_.between(1, std::min<std::size_t>(3, std::min(from[1], from[2])));
      const auto padding = static_cast<std::int64_t>(dice_.below(2)),
                 rows = 2 * padding - static_cast<std::int64_t>(kernel) + 1;
      parameters["weight"] = whole({channels, from[0], kernel, kernel}, low, high, {low, high, 0});
      parameters["padding"] = Tensor::of<std::int64_t>({padding, padding});
      to = {channels, from[1] + static_cast<std::size_t>(rows), from[2] + static_cast<std::size_t>(rows)};
      net_.add(node, "loihi_conv@1", to, parameters, options);
      net_.connect(source, node, delayed(dice_.below(4)));
      return node;
    }
    std::string flat = source;
    if (from.size() > 1) {
      flat = name("flat");
      net_.add(flat, "flatten@1", {element_count(from)}, {}, kWhole);
      net_.connect(source, flat);
    }
    parameters["weight"] = whole({element_count(to), element_count(from)}, low, high, {low, high, 0});
    net_.add(node, "loihi_dense@1", to, parameters, options);
    net_.connect(flat, node, delayed(dice_.chance(10) ? dice_.between(4, 30) : dice_.below(4)));
    return node;
  }

  /// In front of synapses some events count as one.
  std::string counted(const std::string& source) {
    if (!dice_.chance(25)) return source;
    const std::string node = name("count");
    net_.add(node, "binarize@1", shape_, {}, {});
    net_.connect(source, node, delayed(dice_.below(2)));
    return node;
  }

  void add_layer() {
    const bool convolved = shape_.size() == 3 && dice_.chance(80);
    Shape to{dice_.between(1, 130)};
    const std::string source = counted(last_);
    const std::string node = synapses(source, shape_, to, convolved);
    if (dice_.chance(20)) net_.connect(source, node, delayed(dice_.between(1, 3)));
    const Shape from = std::exchange(shape_, to);
    const std::string neuron = dice_.chance(20) ? graded() : lif();
    net_.connect(node, neuron, delayed(0));
    if (!convolved && dice_.chance(30)) net_.connect(synapses(source, from, to, false), neuron, delayed(0));
    if (shape_.size() == 1 && neuron.front() == 'l' && dice_.chance(40)) {
      const std::string recurrent = name("dense");
      const std::size_t n = shape_[0];
      net_.add(recurrent, "loihi_dense@1", shape_, {{"weight", whole({n, n}, -200, 200, {0})}}, {{"rules", rules_}});
      net_.connect(neuron, recurrent, delayed(dice_.between(1, 5)));
      net_.connect(recurrent, neuron, delayed(0));
    }
    last_ = neuron;
    if (shape_.size() == 1) neurons_.emplace_back(neuron, shape_[0]);
  }

  /// From the last neurons to the first, in as many steps as there are hops on that way.
  void connect_back() {
    const auto& [target, targets] = neurons_.front();
    const auto& [source, sources] = neurons_.back();
    if (target.front() != 'l' || source.front() != 'l') return;
    const std::string node = name("dense");
    net_.add(node, "loihi_dense@1", {targets}, {{"weight", whole({targets, sources}, -100, 100, {0})}}, {{"rules", rules_}});
    net_.connect(source, node, delayed(dice_.between(3, 6)));
    net_.connect(node, target, delayed(0));
  }

  std::string lif() {
    Parameters p;
    p["du"] = each(0, 4095, {0, 4095, 1});
    p["dv"] = each(0, 4095, {0, 4096, 1});
    p["vth"] = each(0, dice_.chance(50) ? 2000 : (1 << 17) - 1, {0, (1 << 17) - 1});
    if (!brian2() && dice_.chance(50)) {
      p["bias_mant"] = each(-4096, 4095, {-4096, 4095, 0});
      p["bias_exp"] = each(0, 7, {0, 7});
    }
    if (!brian2() && !for_lava_ && dice_.chance(30)) {
      p["vmin"] = each(1 - fixed::kTop, -1, {1 - fixed::kTop, 0});
      p["vmax"] = each(1, fixed::kTop - 1, {fixed::kTop - 1, 0});
    }
    if (!for_lava_ && dice_.chance(40)) p["refractory"] = each(1, 6, {1, 63});
    if (dice_.chance(30)) p["u0"] = each(-fixed::kTop, fixed::kTop, {-fixed::kTop, fixed::kTop});
    if (dice_.chance(30)) p["v0"] = each(1 - fixed::kTop, fixed::kTop - 1, {1 - fixed::kTop, fixed::kTop - 1});
    if (dice_.chance(25)) {
      p["reset_interval"] = one(static_cast<std::int64_t>(dice_.between(1, 7)));
      p["reset_offset"] = one(static_cast<std::int64_t>(dice_.below(9)));
    }
    Options options{{"rules", rules_}};
    if (!brian2() && !for_lava_ && dice_.chance(30)) {
      options["noise"] = dice_.chance(50) ? "u" : "v";
      p["noise_exp"] = one(static_cast<std::int64_t>(dice_.between(0, 20)));
      p["noise_offset"] = one(static_cast<std::int64_t>(dice_.between(0, 127)) - 64);
    }
    const std::string node = name("lif");
    net_.add(node, "loihi_lif@1", shape_, p, options);
    return node;
  }

  std::string graded() {
    const std::string node = name("graded");
    net_.add(node, "loihi_graded@1", shape_, {{"vth", each(0, 500, {0, fixed::kTop - 1})}}, {});
    return node;
  }

  Dice& dice_;
  Network net_;
  std::string rules_;
  bool for_lava_;
  Shape shape_;
  std::string last_;
  std::vector<std::pair<std::string, std::size_t>> neurons_;  // of one axis
  std::size_t count_ = 0;
};

}  // namespace

plan::Description random_loihi(Dice& dice, bool for_lava) { return Builder(dice, for_lava).build(); }

}  // namespace ranvier::onehash
