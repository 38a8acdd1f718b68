#include "core/io/nir_program/links.h"

#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

constexpr std::size_t kMaxMembers = 100'000;

struct Link {
  std::string name;
  H5L_type_t type;
};

// Called from C, so nothing may be thrown through it.
herr_t collect(hid_t, const char* name, const H5L_info_t* info, void* target) noexcept {
  auto& links = *static_cast<std::vector<Link>*>(target);
  if (links.size() == kMaxMembers) return 1;
  try {
    links.push_back({name, info->type});
  } catch (...) {
    return -1;
  }
  return 0;
}

std::string kind_of(H5L_type_t type) {
  if (type == H5L_TYPE_SOFT) return "a soft link";
  if (type == H5L_TYPE_EXTERNAL) return "an external link";
  return "a user-defined link";
}

[[noreturn]] void refuse_many(const std::string& place) {
  refuse("There are more than " + std::to_string(kMaxMembers) + " members in " + place + ".");
}

}  // namespace

std::vector<std::string> member_names(const Handle& group, const std::string& place) {
  H5G_info_t info{};
  if (H5Gget_info(group.get(), &info) < 0) refuse_with_reason("The members of " + place + " cannot be counted");
  if (info.nlinks > kMaxMembers) refuse_many(place);  // before HDF5 sorts them
  std::vector<Link> links;
  const herr_t ended = H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &links);
  if (ended < 0) refuse_with_reason("The members of " + place + " cannot be listed");
  if (ended > 0) refuse_many(place);
  std::vector<std::string> names;
  for (Link& link : links) {
    if (link.type != H5L_TYPE_HARD) {
      refuse("The member " + io::in_quotes(link.name) + " of " + place + " is " + kind_of(link.type) +
                 "; only datasets and groups that lie in the file itself are read.",
             "Store the data itself in the place of the link.");
    }
    if (link.name.empty() || !io::is_utf8(link.name)) {
      refuse("The member " + io::in_quotes(link.name) + " of " + place + " has a name that is empty or not UTF-8.");
    }
    names.push_back(std::move(link.name));
  }
  return names;
}

Member open_member(const Handle& group, const std::string& name, const std::string& place) {
  const std::string what = "The member " + io::in_quotes(name) + " of " + place;
  Handle object = own(H5Oopen(group.get(), name.c_str(), H5P_DEFAULT), what + " cannot be opened");
  switch (H5Iget_type(object.get())) {
    case H5I_GROUP: return {MemberKind::group, std::move(object)};
    case H5I_DATASET: return {MemberKind::dataset, std::move(object)};
    case H5I_DATATYPE: refuse(what + " is a committed type; only datasets and groups are read.");
    default: refuse(what + " is neither a dataset nor a group.");
  }
}

Handle open_group(const Handle& group, const std::string& name, const std::string& place) {
  Member member = open_member(group, name, place);
  if (member.kind != MemberKind::group)
    refuse("The member " + io::in_quotes(name) + " of " + place + " is a dataset; it must be a group.");
  return std::move(member.object);
}

}  // namespace ranvier::nir_program
