#include "core/io/nir_program/hdf5.h"

#include <ranvier/error.h>

namespace ranvier::nir_program {
namespace {

struct Reason {
  std::string text;
  bool memory = false;
};

// The innermost entry says what went wrong; those above only where.
herr_t take_innermost(unsigned, const H5E_error2_t* entry, void* target) {
  auto& reason = *static_cast<Reason*>(target);
  if (reason.text.empty() && entry->desc != nullptr) reason.text = entry->desc;
  reason.memory = reason.memory || entry->min_num == H5E_NOSPACE || entry->min_num == H5E_CANTALLOC;
  return 0;
}

}  // namespace

void refuse(const std::string& sentence, const std::string& remedy) { throw Error(Code::bad_file, sentence, {}, remedy); }

void refuse_with_reason(const std::string& sentence) {
  Reason reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &reason);
  if (reason.text.empty()) reason.text = "no reason given";
  throw Error(reason.memory ? Code::out_of_memory : Code::bad_file, sentence + ": " + reason.text + ".");
}

Handle own(hid_t id, const std::string& sentence) {
  if (id < 0) refuse_with_reason(sentence);
  return Handle(id);
}

}  // namespace ranvier::nir_program
