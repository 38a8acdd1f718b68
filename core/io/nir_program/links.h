/// The members of a group, looked at before any of them is opened.
#pragma once

#include <string>
#include <vector>

#include "core/io/nir_program/hdf5.h"

namespace ranvier::nir_program {

/// Names in order. Refuses soft, external and user-defined links, and names that are not UTF-8: a NIR file has none, and they
/// are how a file makes its reader open another one.
/// @param place  "node 'lif'" for messages. @throws Error bad_file.
std::vector<std::string> member_names(const Handle& group, const std::string& place);

/// What a hard link leads to. @throws Error bad_file for a committed (named) type, and for what cannot be opened.
enum class MemberKind { group, dataset };
struct Member {
  MemberKind kind = MemberKind::dataset;
  Handle object;
};
Member open_member(const Handle& group, const std::string& name, const std::string& place);

/// @throws Error bad_file when the member is no group.
Handle open_group(const Handle& group, const std::string& name, const std::string& place);

}  // namespace ranvier::nir_program
