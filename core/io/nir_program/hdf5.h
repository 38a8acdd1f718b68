/// HDF5's C interface with owners instead of closing calls, and errors as one sentence.
#pragma once

#include <string>
#include <utility>

#include <hdf5.h>

namespace ranvier::nir_program {

/// Owns any HDF5 identifier: file, group, dataset, type, space, property list.
class Handle {
 public:
  Handle() = default;
  explicit Handle(hid_t id) : id_(id) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

/// @param remedy  absent where the file is simply damaged; the library knows what to say then. @throws Error bad_file.
[[noreturn]] void refuse(const std::string& sentence, const std::string& remedy = {});

/// Refuses with "<sentence>: <what HDF5 says>."; out_of_memory where that is HDF5's reason.
[[noreturn]] void refuse_with_reason(const std::string& sentence);

/// Takes ownership of what a call returned. @throws Error when it failed; the sentence says what was tried.
Handle own(hid_t id, const std::string& sentence);

}  // namespace ranvier::nir_program
