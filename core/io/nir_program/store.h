/// An HDF5 file that is made in memory, as the reference library makes its own: old-style groups, variable-length UTF-8 strings,
/// nothing that depends on the time of day.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <ranvier/tensor.h>

#include "core/io/nir_program/hdf5.h"

namespace ranvier::nir_program {

/// Names of members and texts are checked: @throws Error bad_value for what HDF5 or the reference library would take for
/// something else (slashes, NUL, "."), out_of_memory. `place` ("node 'lif'") begins no sentence.
class Store {
 public:
  /// @param level  of deflate, 1 to 9; 0: none.
  explicit Store(unsigned level);

  const Handle& root() const { return root_; }
  Handle group(const Handle& parent, const std::string& name, const std::string& place);
  void text(const Handle& parent, const std::string& name, const std::string& text, const std::string& place);
  void texts(const Handle& parent, const std::string& name, const std::vector<std::string>& texts, const Shape& shape,
             const std::string& place);
  void tensor(const Handle& parent, const std::string& name, const Tensor& tensor, const std::string& place);
  void attribute(const Handle& object, const std::string& name, const std::string& text);
  void attribute(const Handle& object, const std::string& name, double number);
  void attribute(const Handle& object, const std::string& name, std::int64_t number);

  /// The file as bytes. Call it last.
  std::vector<std::byte> image();

 private:
  unsigned level_;
  Handle file_;
  Handle root_;
};

}  // namespace ranvier::nir_program
