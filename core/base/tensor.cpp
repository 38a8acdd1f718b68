#include <ranvier/tensor.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include <ranvier/quantity.h>

namespace ranvier {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kMaxElements = std::size_t{1} << 62;

template <class Visitor>
decltype(auto) visit(DType dtype, Visitor&& visitor) {
  switch (dtype) {
    case DType::f32: return visitor(float{});
    case DType::f64: return visitor(double{});
    case DType::i32: return visitor(std::int32_t{});
    case DType::i64: return visitor(std::int64_t{});
    case DType::i16: return visitor(std::int16_t{});
    case DType::i8: return visitor(std::int8_t{});
    case DType::u8: return visitor(std::uint8_t{});
    case DType::boolean: break;
  }
  return visitor(bool{});
}

template <class To, class From>
bool fits(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value == From(0) || value == From(1);
  } else if constexpr (std::is_floating_point_v<To>) {
    return true;
  } else if constexpr (std::is_floating_point_v<From>) {
    // -2^k and 2^k are floats exactly, so these bounds are those of To.
    const From low = static_cast<From>(std::numeric_limits<To>::min());
    const From high = std::ldexp(From(1), std::numeric_limits<To>::digits);
    return value >= low && value < high && std::trunc(value) == value;
  } else {
    const auto wide = static_cast<std::int64_t>(value);
    return wide >= static_cast<std::int64_t>(std::numeric_limits<To>::min()) &&
           wide <= static_cast<std::int64_t>(std::numeric_limits<To>::max());
  }
}

template <class To, class From>
void convert(const From* from, To* to, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!fits<To>(from[i])) {
      throw Error(Code::bad_value, "The value " + format_number(static_cast<double>(from[i])) + " at flat index " +
                                       std::to_string(i) + " is not representable as " + std::string(name_of(dtype_of<To>())) +
                                       ".");
    }
    to[i] = static_cast<To>(from[i]);
  }
}

}  // namespace

std::size_t size_of(DType dtype) {
  return visit(dtype, [](auto value) { return sizeof value; });
}

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f32: return "f32";
    case DType::f64: return "f64";
    case DType::i32: return "i32";
    case DType::i64: return "i64";
    case DType::i16: return "i16";
    case DType::i8: return "i8";
    case DType::u8: return "u8";
    case DType::boolean: break;
  }
  return "bool";
}

bool is_floating(DType dtype) { return dtype == DType::f32 || dtype == DType::f64; }

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

std::size_t element_count(const Shape& shape) {
  std::size_t count = 1;
  for (const std::size_t extent : shape) {
    if (extent == 0) return 0;
    if (count > kMaxElements / extent) {
      throw Error(Code::out_of_range, "The shape " + to_string(shape) + " has more than 2^62 elements.");
    }
    count *= extent;
  }
  return count;
}

Tensor::Tensor(Shape shape, DType dtype) : shape_(std::move(shape)), size_(element_count(shape_)), dtype_(dtype) {
  // Never empty, so that `data` is a valid pointer even for no elements.
  const std::size_t need = (bytes() / kAlignment + 1) * kAlignment;
  void* const memory = std::aligned_alloc(kAlignment, need);
  if (memory == nullptr) {
    throw Error(Code::out_of_memory,
                "No memory for a tensor of shape " + to_string(shape_) + " (" + std::to_string(need) + " bytes).");
  }
  std::memset(memory, 0, need);
  owner_ = std::shared_ptr<const void>(memory, [](const void* p) { std::free(const_cast<void*>(p)); });
  data_ = memory;
}

Tensor Tensor::borrow(const void* data, DType dtype, Shape shape, std::shared_ptr<const void> owner) {
  Tensor result;
  result.size_ = element_count(shape);
  result.shape_ = std::move(shape);
  result.dtype_ = dtype;
  result.data_ = data;
  result.owner_ = std::move(owner);
  return result;
}

void Tensor::check_size(std::size_t size, const Shape& shape) {
  if (element_count(shape) == size) return;
  throw Error(Code::bad_shape, "The shape " + to_string(shape) + " needs " + std::to_string(element_count(shape)) +
                                   " elements, but " + std::to_string(size) + " were given.");
}

void Tensor::require(DType wanted) const {
  if (wanted == dtype_) return;
  throw Error(Code::bad_type,
              "The tensor holds " + std::string(name_of(dtype_)) + ", not " + std::string(name_of(wanted)) + ".", {},
              "Use cast.");
}

Tensor Tensor::reshape(Shape shape) const {
  check_size(size_, shape);
  return borrow(data_, dtype_, std::move(shape), owner_);
}

Tensor Tensor::rows(std::size_t begin, std::size_t end) const {
  const std::size_t count = shape_.empty() ? 0 : shape_.front();
  if (begin > end || end > count) {
    throw Error(Code::out_of_range, "Rows " + std::to_string(begin) + " to " + std::to_string(end) + " of a tensor of shape " +
                                        to_string(shape_) + " do not exist.");
  }
  Shape shape = shape_;
  shape.front() = end - begin;
  const std::size_t row_bytes = count == 0 ? 0 : bytes() / count;
  return borrow(static_cast<const std::byte*>(data_) + begin * row_bytes, dtype_, std::move(shape), owner_);
}

Tensor Tensor::clone() const {
  Tensor result(shape_, dtype_);
  if (!empty()) std::memcpy(result.mutable_data(), data_, bytes());
  return result;
}

Tensor Tensor::cast(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor result(shape_, dtype);
  visit(dtype_, [&](auto from) {
    visit(dtype, [&](auto to) {
      convert(static_cast<const decltype(from)*>(data_), static_cast<decltype(to)*>(result.mutable_data()), size_);
    });
  });
  return result;
}

double Tensor::at(std::size_t index) const {
  if (index >= size_) {
    throw Error(Code::out_of_range,
                "Index " + std::to_string(index) + " is outside a tensor of " + std::to_string(size_) + " elements.");
  }
  return visit(dtype_, [&](auto value) { return static_cast<double>(static_cast<const decltype(value)*>(data_)[index]); });
}

}  // namespace ranvier
