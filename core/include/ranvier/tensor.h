/// Tensor: an n-dimensional array of numbers, row-major, 64-byte aligned when it owns its memory; a view when it does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <ranvier/error.h>
#include <ranvier/export.h>

namespace ranvier {

/// Element types. The numbers are those of RVD_F32 ... in <ranvier/driver.h>.
enum class DType : std::uint32_t { f32 = 1, f64 = 2, i32 = 3, i64 = 4, i16 = 5, i8 = 6, u8 = 7, boolean = 8 };

RANVIER_API std::size_t size_of(DType dtype);       ///< in bytes
RANVIER_API std::string_view name_of(DType dtype);  ///< "f32" ... "bool"
RANVIER_API bool is_floating(DType dtype);

/// The DType of a C++ type; ill-formed for any other.
template <class T>
constexpr DType dtype_of() {
  using U = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<U, float>) return DType::f32;
  else if constexpr (std::is_same_v<U, double>) return DType::f64;
  else if constexpr (std::is_same_v<U, std::int32_t>) return DType::i32;
  else if constexpr (std::is_same_v<U, std::int64_t>) return DType::i64;
  else if constexpr (std::is_same_v<U, std::int16_t>) return DType::i16;
  else if constexpr (std::is_same_v<U, std::int8_t>) return DType::i8;
  else if constexpr (std::is_same_v<U, std::uint8_t>) return DType::u8;
  else {
    static_assert(std::is_same_v<U, bool>, "Ranvier's tensors hold f32, f64, i64, i32, i16, i8, u8 and bool.");
    return DType::boolean;
  }
}

using Shape = std::vector<std::size_t>;

/// "[256, 12]"
RANVIER_API std::string to_string(const Shape& shape);
/// Product of the extents; 1 for []. @throws Error out_of_range past 2^62 elements.
RANVIER_API std::size_t element_count(const Shape& shape);

/// Copies share the memory (like NumPy's views); `clone` does not. Always contiguous and row-major.
/// Not thread-safe for writing; reading from several threads is fine.
class RANVIER_API Tensor {
 public:
  Tensor() = default;  ///< empty: shape [0], f32
  /// Zero-filled, 64-byte aligned. @throws Error out_of_memory, naming the size.
  explicit Tensor(Shape shape, DType dtype = DType::f32);

  /// Borrows `data`, which must outlive every copy of the view. @throws Error bad_shape if `size` differs from the shape's.
  template <class T>
  static Tensor view(const T* data, Shape shape) {
    return borrow(data, dtype_of<T>(), std::move(shape), nullptr);
  }
  template <class T>
  static Tensor view(std::span<const T> data, Shape shape) {
    check_size(data.size(), shape);
    return borrow(data.data(), dtype_of<T>(), std::move(shape), nullptr);
  }
  template <class T>
  static Tensor view(const std::vector<T>& data, Shape shape) {
    return view(std::span<const T>(data), std::move(shape));
  }
  /// Borrows `data` for as long as `owner` lives in any copy of the view.
  static Tensor borrow(const void* data, DType dtype, Shape shape, std::shared_ptr<const void> owner);

  /// A copy of a list of values, of shape [n].
  template <class T>
  static Tensor of(std::initializer_list<T> values) {
    Tensor result(Shape{values.size()}, dtype_of<T>());
    T* out = result.mutable_data<T>();
    for (const T& value : values) *out++ = value;
    return result;
  }

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::size_t size() const { return size_; }  ///< elements
  std::size_t bytes() const { return size_ * size_of(dtype_); }
  bool empty() const { return size_ == 0; }

  const void* data() const { return data_; }
  void* mutable_data() { return const_cast<void*>(data_); }
  /// @throws Error bad_type when T is not the dtype's C++ type.
  template <class T>
  const T* data() const {
    require(dtype_of<T>());
    return static_cast<const T*>(data_);
  }
  template <class T>
  T* mutable_data() {
    require(dtype_of<T>());
    return static_cast<T*>(const_cast<void*>(data_));
  }
  template <class T>
  std::span<const T> values() const {
    return {data<T>(), size_};
  }

  /// The same memory under another shape. @throws Error bad_shape.
  Tensor reshape(Shape shape) const;
  /// Rows begin .. end-1 of the first axis, the same memory. @throws Error out_of_range.
  Tensor rows(std::size_t begin, std::size_t end) const;
  /// An own copy, aligned.
  Tensor clone() const;
  /// Converted to another type. @throws Error bad_value naming the first value that is not representable: NaN, a fraction or a
  /// value out of range for an integer type. Floats round to nearest.
  Tensor cast(DType dtype) const;
  /// The element at a flat index, as a double (i64 past 2^53 rounds).
  double at(std::size_t index) const;

 private:
  static void check_size(std::size_t size, const Shape& shape);
  void require(DType wanted) const;

  std::shared_ptr<const void> owner_;
  const void* data_ = nullptr;
  Shape shape_{0};
  std::size_t size_ = 0;
  DType dtype_ = DType::f32;
};

}  // namespace ranvier
