/// The safetensors container: eight bytes that hold the length of a header in JSON, the header, arrays. NumPy reads it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <ranvier/driver.hpp>

namespace ranvier::loihi {

/// An array of a container. `bytes` are little-endian, row-major.
struct TensorView {
  std::string_view dtype;  ///< "I32", "I64", "F64", "U8"
  std::vector<std::uint64_t> shape;
  std::string_view bytes;
};

class TensorWriter {
 public:
  /// Borrows the data until `write`. Names differ.
  void add(std::string name, const std::vector<std::int32_t>& data, std::vector<std::uint64_t> shape = {});
  void add(std::string name, const std::vector<std::int64_t>& data, std::vector<std::uint64_t> shape = {});
  void add(std::string name, const std::vector<double>& data);
  void add(std::string name, const std::byte* data, std::uint64_t count);
  /// With the container's metadata.
  void write(const std::map<std::string, std::string>& metadata, std::string& out) const;

 private:
  template <class T>
  void put(std::string name, std::string_view dtype, const T* data, std::uint64_t count, std::vector<std::uint64_t> shape);

  std::vector<std::pair<std::string, TensorView>> tensors_;
};

/// A container that somebody wrote: any bytes. Borrows them.
class TensorReader {
 public:
  /// @throws rvd::Failure RVD_INCOMPATIBLE for what is not a container, or contradicts itself.
  explicit TensorReader(std::string_view bytes);

  /// @throws rvd::Failure RVD_INCOMPATIBLE where there is no such thing, or of another type.
  const std::string& metadata(const std::string& key) const;
  std::vector<std::int32_t> i32(const std::string& name) const;
  std::vector<std::int64_t> i64(const std::string& name) const;
  std::vector<double> f64(const std::string& name) const;
  std::string_view u8(const std::string& name) const;

 private:
  template <class T>
  std::vector<T> values(const std::string& name, std::string_view dtype) const;
  const TensorView& find(const std::string& name, std::string_view dtype) const;

  std::map<std::string, TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace ranvier::loihi
