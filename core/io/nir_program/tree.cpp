#include "core/io/nir_program/tree.h"

#include <utility>
#include <variant>

#include "core/io/nir_program/members.h"
#include "core/io/text.h"

namespace ranvier::nir_program {

using io::in_quotes;
using io::NirMetadata;

void check_depth(std::size_t depth, const std::string& place) {
  if (depth <= io::kMaxNirDepth) return;
  refuse("In " + place + " groups are nested deeper than " + std::to_string(io::kMaxNirDepth) +
             " levels, or one lies within itself.",
         "Write the file again with fewer levels.");
}

NirMetadata read_tree(const Handle& group, const std::string& place, Budget& budget, std::size_t depth) {
  check_depth(depth, place);
  NirMetadata metadata;
  for (const std::string& name : list_members(group, place, budget)) {
    const Member member = open_member(group, name, place);
    const std::string inside = in_quotes(name) + " of " + place;
    if (member.kind == MemberKind::group) {
      metadata.groups.emplace(name, read_tree(member.object, "the group " + inside, budget, depth + 1));
      continue;
    }
    Value value = read_dataset(member.object, "the dataset " + inside, budget);
    if (Tensor* tensor = std::get_if<Tensor>(&value)) {
      metadata.arrays.emplace(name, std::move(*tensor));
      continue;
    }
    Texts& texts = std::get<Texts>(value);
    if (texts.shape.size() > 1) refuse("The dataset " + inside + " holds a table of texts; only a list of them is read.");
    if (texts.shape.empty()) metadata.texts.emplace(name, std::move(texts.values.front()));
    else metadata.lists.emplace(name, std::move(texts.values));
  }
  return metadata;
}

}  // namespace ranvier::nir_program
