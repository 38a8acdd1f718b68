/// How an edge becomes projections, by what its target is. Each function returns whether it could; if not, it has said why.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/lower/lowering.h"

namespace ranvier::lower {

struct Ends {
  const net::Edge& edge;
  const net::Node& source;
  const net::Node& target;
  std::string where;     ///< "source -> target"
  std::size_t from, to;  ///< neurons
  DType type;            ///< of the receptor, and so of the weights
};

/// The weights in the receptor's type, where each of them has a place in it.
bool take_weights(Lowering& l, const Ends& e, const Tensor& weights, Tensor& taken);
/// The `weight` of the target, as its model stores it; or nothing.
std::optional<Tensor> own_weight(Lowering& l, const Ends& e);

/// conv@1: the window from the node's numbers and both shapes.
bool convolution_edge(Lowering& l, const Ends& e, plan::Projection& projection);
/// sumpool@1 and avgpool@1.
bool pool_edge(Lowering& l, const Ends& e, plan::Projection& projection);
/// linear@1 and affine@1 whose weight is [..., out, in]: a matrix for each of the leading indices.
bool stacked_edge(Lowering& l, const Ends& e, const Tensor& weight, plan::Projection& projection);
/// delay@1: one projection for each of the delays that occur.
void delay_edge(Lowering& l, const Ends& e, const plan::Projection& undelayed, std::vector<plan::Projection>& projections);

}  // namespace ranvier::lower
