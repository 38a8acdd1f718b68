/// Datasets of a NIR file: everything is checked by arithmetic before a byte of data is read.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <ranvier/tensor.h>

#include "core/io/nir_program/hdf5.h"

namespace ranvier::nir_program {

/// What may still be read: bytes of all datasets of the file together, and members of all groups.
class Budget {
 public:
  Budget(std::uint64_t data_bytes, std::uint64_t file_bytes)
      : left_(data_bytes), members_left_(file_bytes / 8), file_bytes_(file_bytes) {}
  std::uint64_t left() const { return left_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  void take(std::uint64_t bytes, const std::string& place);     ///< @throws Error bad_file, naming the place
  void count(std::uint64_t members, const std::string& place);  ///< of groups, however often one is linked; likewise

 private:
  std::uint64_t left_;
  std::uint64_t members_left_;  // each takes at least a link of so many bytes
  std::uint64_t file_bytes_;
};

/// Strings in row-major order with their dataset's shape.
struct Texts {
  std::vector<std::string> values;
  Shape shape;
};

/// f32, f64, i8 .. i64, u8, bool (h5py's enum), or strings of fixed or variable length; contiguous, compact, or chunked with
/// or without deflate or lzf. Everything else is refused by name.
/// @param place  "the dataset 'tau' of node 'lif'". @throws Error bad_file, out_of_memory.
std::variant<Tensor, Texts> read_dataset(const Handle& dataset, const std::string& place, Budget& budget);

/// One number or text, of the same types. @param place  "the attribute 'dt' of ...". @throws Error bad_file, out_of_memory.
std::variant<Tensor, Texts> read_attribute(const Handle& attribute, const std::string& place, Budget& budget);

}  // namespace ranvier::nir_program
