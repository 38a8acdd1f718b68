#include "core/io/nir_program/dataset.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/io/nir_program/layout.h"
#include "core/io/safetensors.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

constexpr std::uint64_t kMaxTextBytes = std::uint64_t{16} << 20;  // graph.json holds no more

std::string begin_sentence(const std::string& place) { return "T" + place.substr(1); }

Shape read_shape(const Handle& dataset, const std::string& place) {
  const std::string what = begin_sentence(place);
  const Handle space = own(H5Dget_space(dataset.get()), what + " has no readable shape");
  const H5S_class_t kind = H5Sget_simple_extent_type(space.get());
  if (kind == H5S_SCALAR) return {};
  if (kind != H5S_SIMPLE) refuse(what + " is declared empty (a null dataspace); it must hold values.");
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || static_cast<std::size_t>(rank) > io::kMaxDimensions) {
    refuse(what + " has " + std::to_string(rank) + " dimensions; at most " + std::to_string(io::kMaxDimensions) + " are read.");
  }
  std::array<hsize_t, io::kMaxDimensions> extents{};
  if (H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr) < 0) refuse_with_reason(what + " has no readable shape");
  return {extents.begin(), extents.begin() + rank};
}

// The product, or a refusal: no element is smaller than a byte, so more than the budget is too much.
std::uint64_t count_of(const Shape& shape, std::uint64_t element_bytes, const std::string& place, const Budget& budget) {
  std::uint64_t bytes = element_bytes;
  bool overflow = false;
  for (const std::size_t extent : shape) overflow = __builtin_mul_overflow(bytes, extent, &bytes) || overflow;
  if (std::ranges::find(shape, std::size_t{0}) != shape.end()) return 0;
  if (overflow || bytes > budget.left()) {
    refuse(begin_sentence(place) + " declares the shape " + to_string(shape) + " with elements of " +
           std::to_string(element_bytes) + " bytes, more than the " + std::to_string(budget.left()) + " bytes that a file of " +
           std::to_string(budget.file_bytes()) + " bytes may still hold.");
  }
  return bytes / element_bytes;
}

struct NumberType {
  DType dtype;
  hid_t memory;
  std::array<hid_t, 2> stored;  // little and big endian
};

std::optional<NumberType> number_type(const Handle& type) {
  // Not static: HDF5's type numbers are made when the library starts.
  const std::array<NumberType, 7> known{{
      {DType::f32, H5T_NATIVE_FLOAT, {H5T_IEEE_F32LE, H5T_IEEE_F32BE}},
      {DType::f64, H5T_NATIVE_DOUBLE, {H5T_IEEE_F64LE, H5T_IEEE_F64BE}},
      {DType::i64, H5T_NATIVE_INT64, {H5T_STD_I64LE, H5T_STD_I64BE}},
      {DType::i32, H5T_NATIVE_INT32, {H5T_STD_I32LE, H5T_STD_I32BE}},
      {DType::i16, H5T_NATIVE_INT16, {H5T_STD_I16LE, H5T_STD_I16BE}},
      {DType::i8, H5T_NATIVE_INT8, {H5T_STD_I8LE, H5T_STD_I8BE}},
      {DType::u8, H5T_NATIVE_UINT8, {H5T_STD_U8LE, H5T_STD_U8BE}},
  }};
  for (const NumberType& candidate : known) {
    for (const hid_t stored : candidate.stored) {
      if (H5Tequal(type.get(), stored) > 0) return candidate;
    }
  }
  return std::nullopt;
}

// As h5py stores bool: an enum of one byte with FALSE = 0 and TRUE = 1.
bool is_boolean(const Handle& type) {
  if (H5Tget_class(type.get()) != H5T_ENUM || H5Tget_size(type.get()) != 1 || H5Tget_nmembers(type.get()) != 2) return false;
  std::uint8_t no = 2, yes = 2;
  const bool named = H5Tenum_valueof(type.get(), "FALSE", &no) >= 0 && H5Tenum_valueof(type.get(), "TRUE", &yes) >= 0;
  return named && no == 0 && yes == 1;
}

std::string describe(const Handle& type) {
  const std::string size = std::to_string(8 * H5Tget_size(type.get())) + "-bit ";
  switch (H5Tget_class(type.get())) {
    case H5T_FLOAT: return size + "float";
    case H5T_INTEGER: return size + (H5Tget_sign(type.get()) == H5T_SGN_NONE ? "unsigned integer" : "integer");
    case H5T_STRING: return "string";
    case H5T_BITFIELD: return "bit field";
    case H5T_OPAQUE: return "opaque";
    case H5T_COMPOUND: return "compound";
    case H5T_REFERENCE: return "reference";
    case H5T_ENUM: return "enum";
    case H5T_VLEN: return "variable-length";
    case H5T_ARRAY: return "array";
    default: return "unknown";
  }
}

// The type in memory that elements of a stored type have, or a refusal.
NumberType readable_type(const Handle& type, const std::string& place) {
  if (const std::optional<NumberType> number = number_type(type)) return *number;
  if (is_boolean(type)) return {DType::boolean, type.get(), {}};
  refuse(begin_sentence(place) + " has elements of type " + describe(type) +
             "; it must be float32, float64, int8, int16, int32, int64, uint8, bool or a string.",
         "Convert the array and write the file again.");
}

void check_type(const Handle& type, const std::string& place) {
  if (H5Tcommitted(type.get()) != 0) refuse(begin_sentence(place) + " has a committed type; only plain types are read.");
}

void check_truth(const Tensor& tensor, const std::string& place) {
  const auto* bytes = static_cast<const std::uint8_t*>(tensor.data());
  const bool truth =
      tensor.dtype() != DType::boolean || std::all_of(bytes, bytes + tensor.bytes(), [](auto byte) { return byte <= 1; });
  if (!truth) refuse(begin_sentence(place) + " is of type bool, but holds a byte that is neither 0 nor 1.");
}

Tensor read_numbers(const Handle& dataset, const NumberType& type, const Shape& shape, const std::string& place) {
  Tensor tensor(shape, type.dtype);
  if (tensor.empty()) return tensor;
  if (H5Dread(dataset.get(), type.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.mutable_data()) < 0) {
    refuse_with_reason(begin_sentence(place) + " cannot be read");
  }
  check_truth(tensor, place);
  return tensor;
}

// A heap of the file may be named by any number of elements, so texts are counted while HDF5 allocates them.
struct TextMemory {
  std::uint64_t left;
  bool exceeded = false;
};

void* allocate_text(std::size_t size, void* memory) {
  auto& account = *static_cast<TextMemory*>(memory);
  account.exceeded = size > account.left;
  if (account.exceeded) return nullptr;
  account.left -= size;
  return std::malloc(size);
}

void free_text(void* text, void*) { std::free(text); }

std::vector<std::string> read_variable_texts(const Handle& dataset, const Handle& type, std::uint64_t count,
                                             const std::string& place, Budget& budget) {
  TextMemory memory{std::min(kMaxTextBytes, budget.left())};
  const std::uint64_t limit = memory.left;
  const Handle transfer = own(H5Pcreate(H5P_DATASET_XFER), "HDF5 has no memory left");
  H5Pset_vlen_mem_manager(transfer.get(), allocate_text, &memory, free_text, nullptr);
  const Handle in_memory = own(H5Tcopy(H5T_C_S1), "HDF5 has no memory left");
  H5Tset_size(in_memory.get(), H5T_VARIABLE);
  H5Tset_cset(in_memory.get(), H5Tget_cset(type.get()));
  std::vector<char*> pointers(count);
  if (H5Dread(dataset.get(), in_memory.get(), H5S_ALL, H5S_ALL, transfer.get(), pointers.data()) < 0) {
    if (memory.exceeded) refuse(begin_sentence(place) + " holds more than " + std::to_string(limit) + " bytes of text.");
    refuse_with_reason(begin_sentence(place) + " cannot be read");
  }
  budget.take(limit - memory.left, place);
  std::vector<std::string> texts;
  for (char* text : pointers) {
    texts.emplace_back(text == nullptr ? "" : text);
    std::free(text);
  }
  return texts;
}

// The end of a field of fixed length, which need not have a NUL.
std::string fixed_text(std::string_view field, const Handle& type) {
  std::string_view text = field.substr(0, field.find('\0'));
  while (H5Tget_strpad(type.get()) == H5T_STR_SPACEPAD && text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> read_fixed_texts(const Handle& dataset, const Handle& type, std::uint64_t count,
                                          const std::string& place) {
  const std::size_t length = H5Tget_size(type.get());
  std::vector<char> bytes(count * length);
  if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) {
    refuse_with_reason(begin_sentence(place) + " cannot be read");
  }
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < count; ++i) texts.push_back(fixed_text({bytes.data() + i * length, length}, type));
  return texts;
}

std::string read_attribute_text(const Handle& attribute, const Handle& type, const std::string& place) {
  std::string text;
  if (H5Tis_variable_str(type.get()) > 0) {
    char* pointer = nullptr;
    if (H5Aread(attribute.get(), type.get(), &pointer) < 0) refuse_with_reason(begin_sentence(place) + " cannot be read");
    if (pointer != nullptr) text = pointer;
    H5free_memory(pointer);
  } else {
    std::vector<char> field(H5Tget_size(type.get()));
    if (H5Aread(attribute.get(), type.get(), field.data()) < 0) refuse_with_reason(begin_sentence(place) + " cannot be read");
    text = fixed_text({field.data(), field.size()}, type);
  }
  if (!io::is_utf8(text)) refuse(begin_sentence(place) + " is the text " + io::in_quotes(text) + ", which is not UTF-8.");
  return text;
}

Texts read_texts(const Handle& dataset, const Handle& type, const Shape& shape, const std::string& place, Budget& budget) {
  const std::uint64_t element_bytes = std::max<std::uint64_t>(H5Tget_size(type.get()), 1);
  const std::uint64_t count = count_of(shape, element_bytes, place, budget);
  if (count > kMaxTextBytes / element_bytes)
    refuse(begin_sentence(place) + " declares " + std::to_string(count) + " texts; that is too many.");
  if (count > 0) check_storage(dataset, shape, element_bytes, place, budget);
  budget.take(count * element_bytes, place);
  const bool variable = H5Tis_variable_str(type.get()) > 0;
  Texts texts{{}, shape};
  if (count > 0) {
    texts.values =
        variable ? read_variable_texts(dataset, type, count, place, budget) : read_fixed_texts(dataset, type, count, place);
  }
  for (const std::string& text : texts.values) {
    if (!io::is_utf8(text)) refuse(begin_sentence(place) + " holds the text " + io::in_quotes(text) + ", which is not UTF-8.");
  }
  return texts;
}

}  // namespace

void Budget::take(std::uint64_t bytes, const std::string& place) {
  if (bytes > left_) {
    refuse("With " + place + " the file holds more than is allowed for its " + std::to_string(file_bytes_) + " bytes.");
  }
  left_ -= bytes;
}

void Budget::count(std::uint64_t members, const std::string& place) {
  if (members > members_left_) {
    refuse("With " + place + " the groups of the file have more members, counted as often as they are linked, than are read.");
  }
  members_left_ -= members;
}

std::variant<Tensor, Texts> read_dataset(const Handle& dataset, const std::string& place, Budget& budget) {
  // First what could lead to another file: even asking a virtual dataset for its shape may open its sources.
  check_layout(dataset, place);
  const Handle type = own(H5Dget_type(dataset.get()), begin_sentence(place) + " has no readable element type");
  check_type(type, place);
  const Shape shape = read_shape(dataset, place);
  if (H5Tget_class(type.get()) == H5T_STRING) return read_texts(dataset, type, shape, place, budget);
  const NumberType number = readable_type(type, place);
  const std::uint64_t element_bytes = size_of(number.dtype);
  const std::uint64_t count = count_of(shape, element_bytes, place, budget);
  if (count > 0) check_storage(dataset, shape, element_bytes, place, budget);
  budget.take(count * element_bytes, place);
  return read_numbers(dataset, number, shape, place);
}

std::variant<Tensor, Texts> read_attribute(const Handle& attribute, const std::string& place, Budget& budget) {
  const Handle type = own(H5Aget_type(attribute.get()), begin_sentence(place) + " has no readable element type");
  check_type(type, place);
  const Handle space = own(H5Aget_space(attribute.get()), begin_sentence(place) + " has no readable shape");
  if (H5Sget_simple_extent_npoints(space.get()) != 1) refuse(begin_sentence(place) + " must be a single value.");
  budget.take(H5Tget_size(type.get()), place);
  if (H5Tget_class(type.get()) == H5T_STRING) return Texts{{read_attribute_text(attribute, type, place)}, {}};
  const NumberType number = readable_type(type, place);
  Tensor tensor(Shape{}, number.dtype);
  if (H5Aread(attribute.get(), number.memory, tensor.mutable_data()) < 0) {
    refuse_with_reason(begin_sentence(place) + " cannot be read");
  }
  check_truth(tensor, place);
  return tensor;
}

}  // namespace ranvier::nir_program
