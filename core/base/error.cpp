#include <ranvier/error.h>

#include <array>
#include <utility>

namespace ranvier {
namespace {

constexpr std::array<std::pair<Code, std::string_view>, 22> kNames{{
    {Code::ok, "ok"},
    {Code::invalid_argument, "invalid_argument"},
    {Code::not_found, "not_found"},
    {Code::unsupported, "unsupported"},
    {Code::not_implemented, "not_implemented"},
    {Code::incompatible, "incompatible"},
    {Code::out_of_memory, "out_of_memory"},
    {Code::failed_precondition, "failed_precondition"},
    {Code::timeout, "timeout"},
    {Code::cancelled, "cancelled"},
    {Code::device_lost, "device_lost"},
    {Code::internal, "internal"},
    {Code::data_loss, "data_loss"},
    {Code::unknown_name, "unknown_name"},
    {Code::bad_shape, "bad_shape"},
    {Code::bad_type, "bad_type"},
    {Code::bad_value, "bad_value"},
    {Code::out_of_range, "out_of_range"},
    {Code::bad_unit, "bad_unit"},
    {Code::bad_graph, "bad_graph"},
    {Code::bad_file, "bad_file"},
    {Code::bad_driver, "bad_driver"},
}};

std::string sentence_of(const Problem& problem) {
  std::string text;
  if (!problem.where.empty()) text += problem.where + ": ";
  text += problem.message;
  if (!problem.remedy.empty()) text += " Remedy: " + problem.remedy;
  return text;
}

std::string text_of(const std::vector<Problem>& problems) {
  if (problems.size() == 1) return sentence_of(problems.front());
  std::string text = std::to_string(problems.size()) + " problems:";
  for (const Problem& problem : problems) text += "\n  - " + sentence_of(problem);
  return text;
}

}  // namespace

std::string_view name_of(Code code) {
  for (const auto& [value, name] : kNames) {
    if (value == code) return name;
  }
  return "internal";
}

Error::Error(std::vector<Problem> problems) : problems_(std::move(problems)) {
  if (problems_.empty()) problems_.push_back({Code::internal, "An error without a problem was raised.", {}, {}});
  text_ = text_of(problems_);
}

Error::Error(Code code, std::string message, std::string where, std::string remedy)
    : Error(std::vector<Problem>{{code, std::move(message), std::move(where), std::move(remedy)}}) {}

void Problems::add(Code code, std::string message, std::string where, std::string remedy) {
  problems_.push_back({code, std::move(message), std::move(where), std::move(remedy)});
}

void Problems::take(Problems other) {
  for (Problem& problem : other.problems_) problems_.push_back(std::move(problem));
}

void Problems::raise() const {
  if (!problems_.empty()) throw Error(problems_);
}

}  // namespace ranvier
