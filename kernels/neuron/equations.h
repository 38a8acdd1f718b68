// Equations as text, parsed by the compiler: what a fused loop is made of, and what a program is held against.
//
//     "u = a*v + b*x; s = u > threshold; v' = s ? reset : u; emit s"
//
// v and i are states and x the sum of what arrives; v' = ... stores one. Names that were not given a value before are
// coefficients, and so are numbers: a program may have any value there, one for all neurons or one for each. A comparison counts
// as 1 or 0 where a number is needed. + - * / > >= ?: floor(a) max(a, b), with the usual precedence and no other associativity
// than from left to right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <ranvier/driver.h>

namespace ranvier::neuron {

/// One operation; its operands are numbers of nodes before it. COEFF, STATE, RECEPTOR: `a` counts coefficients, states and sums.
struct Node {
  std::uint16_t code = 0;
  std::uint8_t a = 0, b = 0, c = 0;
  constexpr bool operator==(const Node&) const = default;
};

constexpr bool is_comparison(unsigned code) { return code >= RVD_OP_EQ && code <= RVD_OP_GE; }

/// How many operands an operation on registers has.
constexpr unsigned operand_count(unsigned code) {
  if (code < RVD_OP_ADD) return 0;
  if (code == RVD_OP_SELECT) return 3;
  const bool unary = (code >= RVD_OP_NEG && code <= RVD_OP_SHR) || code == RVD_OP_CONVERT;
  return unary ? 1 : 2;
}

struct Equations {
  static constexpr std::size_t kMaxNodes = 40, kMaxCoefficients = 12, kMaxStates = 2, kMaxSums = 2;
  struct Store {
    std::uint8_t state, node;
  };

  Node nodes[kMaxNodes];
  Store stores[kMaxStates] = {};
  std::uint8_t count = 0, stored = 0, coefficients = 0, states = 0, sums = 0;
  std::uint8_t emitted = 0;
  std::uint8_t bias = kMaxCoefficients;  ///< the coefficient that the front adds, if there is a front

  /// Each value emitted is 0 or 1.
  constexpr bool unit() const { return is_comparison(nodes[emitted].code); }
};

class EquationParser {
 public:
  /// With a front, x is what arrives plus (what arrives at the front plus its bias).
  constexpr explicit EquationParser(bool front) {
    std::uint8_t x = append({RVD_OP_RECEPTOR, 0});
    result_.sums = 1;
    if (front) {
      const std::uint8_t inner = append({RVD_OP_RECEPTOR, 1});
      result_.sums = 2;
      result_.bias = result_.coefficients;
      x = append({RVD_OP_ADD, x, append({RVD_OP_ADD, inner, coefficient()})});
    }
    name("x", x);
  }

  constexpr void read(std::string_view text) {
    text_ = text;
    for (skip(); !text_.empty(); skip()) statement();
  }

  constexpr const Equations& result() const { return result_; }

 private:
  struct Name {
    std::string_view text;
    std::uint8_t node;
  };

  constexpr void statement() {
    const std::string_view word = take_word();
    if (word == "emit") {
      result_.emitted = expression();
    } else if (take("'")) {
      expect("=");
      const std::uint8_t state = result_.nodes[find(word)].a;
      result_.stores[result_.stored++] = {state, expression()};
    } else {
      expect("=");
      name(word, expression());
    }
    if (!text_.empty()) expect(";");
  }

  constexpr std::uint8_t expression() {
    const std::uint8_t left = comparison();
    if (!take("?")) return left;
    const std::uint8_t yes = number(comparison());
    expect(":");
    return append({RVD_OP_SELECT, left, yes, number(comparison())});
  }

  constexpr std::uint8_t comparison() {
    const std::uint8_t left = sum();
    const std::uint16_t code = take(">=") ? RVD_OP_GE : take(">") ? RVD_OP_GT : 0;
    return code == 0 ? left : append({code, number(left), number(sum())});
  }

  constexpr std::uint8_t sum() {
    std::uint8_t left = product();
    for (;;) {
      const std::uint16_t code = take("+") ? RVD_OP_ADD : take("-") ? RVD_OP_SUB : 0;
      if (code == 0) return left;
      left = append({code, number(left), number(product())});
    }
  }

  constexpr std::uint8_t product() {
    std::uint8_t left = primary();
    for (;;) {
      const std::uint16_t code = take("*") ? RVD_OP_MUL : take("/") ? RVD_OP_DIV : 0;
      if (code == 0) return left;
      left = append({code, number(left), number(primary())});
    }
  }

  constexpr std::uint8_t primary() {
    if (take("(")) {
      const std::uint8_t inside = expression();
      expect(")");
      return inside;
    }
    const std::string_view word = take_word();
    if (!take("(")) return find(word);
    const std::uint8_t a = number(expression());
    std::uint8_t result = 0;
    if (word == "floor") {
      result = append({RVD_OP_FLOOR, a});
    } else {
      if (word != "max") throw "no such function";
      expect(",");
      result = append({RVD_OP_MAX, a, number(expression())});
    }
    expect(")");
    return result;
  }

  constexpr std::uint8_t number(std::uint8_t node) {
    return is_comparison(result_.nodes[node].code) ? append({RVD_OP_CONVERT, node}) : node;
  }

  constexpr std::uint8_t coefficient() { return append({RVD_OP_COEFF, result_.coefficients++}); }

  constexpr std::uint8_t find(std::string_view word) {
    for (std::size_t i = named_; i > 0; --i) {
      if (names_[i - 1].text == word) return names_[i - 1].node;
    }
    const bool is_state = word == "v" || word == "i";
    return name(word, is_state ? append({RVD_OP_STATE, result_.states++}) : coefficient());
  }

  constexpr std::uint8_t name(std::string_view word, std::uint8_t node) {
    names_[named_++] = {word, node};
    return node;
  }

  // The same operation on the same operands is the same node.
  constexpr std::uint8_t append(Node node) {
    for (std::uint8_t i = 0; i < result_.count; ++i) {
      if (result_.nodes[i] == node) return i;
    }
    result_.nodes[result_.count] = node;
    return result_.count++;
  }

  constexpr void skip() {
    while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
  }

  constexpr bool take(std::string_view token) {
    skip();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  constexpr void expect(std::string_view token) {
    if (!take(token)) throw "a token is missing";
  }

  constexpr std::string_view take_word() {
    skip();
    std::size_t size = 0;
    const auto in_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    while (size < text_.size() && in_word(text_[size])) ++size;
    if (size == 0) throw "a name is missing";
    const std::string_view word = text_.substr(0, size);
    text_.remove_prefix(size);
    return word;
  }

  std::string_view text_;
  Equations result_;
  Name names_[Equations::kMaxNodes] = {};
  std::size_t named_ = 0;
};

}  // namespace ranvier::neuron
