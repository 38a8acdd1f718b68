#include "core/io/nir_program/store.h"

#include <algorithm>

#include <ranvier/error.h>

#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

using io::in_quotes;

constexpr const char* kNoMemory = "HDF5 has no memory left";
constexpr std::uint64_t kMaxChunkBytes = std::uint64_t{1} << 20;  // what HDF5 keeps at hand of a dataset by default

void demand(herr_t status, const std::string& sentence) {
  if (status < 0) refuse_with_reason(sentence);
}

void check_name(const std::string& name, const std::string& place) {
  if (!name.empty() && name != "." && io::is_utf8(name) && name.find_first_of(std::string("/\0", 2)) == name.npos) return;
  throw Error(Code::bad_value, "The name " + in_quotes(name) + " in " + place + " cannot be written to a NIR file.", {},
              "Rename it: a name is UTF-8, not empty, without slashes, and not a single dot.");
}

void check_text(const std::string& text, const std::string& name, const std::string& place) {
  if (io::is_utf8(text) && text.find('\0') == text.npos) return;
  throw Error(Code::bad_value, "The text " + in_quotes(text) + " of " + in_quotes(name) + " in " + place +
                                   " holds a NUL or is not UTF-8, so a NIR file cannot hold it.");
}

Handle string_type() {
  Handle type = own(H5Tcopy(H5T_C_S1), kNoMemory);
  demand(H5Tset_size(type.get(), H5T_VARIABLE), kNoMemory);
  demand(H5Tset_cset(type.get(), H5T_CSET_UTF8), kNoMemory);
  return type;
}

// h5py's bool.
Handle boolean_type() {
  Handle type = own(H5Tenum_create(H5T_STD_I8LE), kNoMemory);
  const std::int8_t no = 0, yes = 1;
  demand(H5Tenum_insert(type.get(), "FALSE", &no), kNoMemory);
  demand(H5Tenum_insert(type.get(), "TRUE", &yes), kNoMemory);
  return type;
}

Handle number_type(DType dtype, bool stored) {
  switch (dtype) {
    case DType::f32: return own(H5Tcopy(stored ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT), kNoMemory);
    case DType::f64: return own(H5Tcopy(stored ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE), kNoMemory);
    case DType::i64: return own(H5Tcopy(stored ? H5T_STD_I64LE : H5T_NATIVE_INT64), kNoMemory);
    case DType::i32: return own(H5Tcopy(stored ? H5T_STD_I32LE : H5T_NATIVE_INT32), kNoMemory);
    case DType::i16: return own(H5Tcopy(stored ? H5T_STD_I16LE : H5T_NATIVE_INT16), kNoMemory);
    case DType::i8: return own(H5Tcopy(stored ? H5T_STD_I8LE : H5T_NATIVE_INT8), kNoMemory);
    case DType::u8: return own(H5Tcopy(stored ? H5T_STD_U8LE : H5T_NATIVE_UINT8), kNoMemory);
    case DType::boolean: break;
  }
  return boolean_type();
}

Handle space_of(const Shape& shape) {
  if (shape.empty()) return own(H5Screate(H5S_SCALAR), kNoMemory);
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  return own(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), kNoMemory);
}

// One chunk, or where that is too large the halves of its longest axes.
std::vector<hsize_t> chunk_of(const Shape& shape, std::size_t element_bytes) {
  std::vector<hsize_t> chunk(shape.begin(), shape.end());
  const auto bytes = [&] {
    std::uint64_t product = element_bytes;
    for (const hsize_t extent : chunk) product *= extent;
    return product;
  };
  while (bytes() > kMaxChunkBytes) {
    hsize_t& longest = *std::ranges::max_element(chunk);
    longest = (longest + 1) / 2;
  }
  return chunk;
}

Handle creation_list(const Shape& shape, std::size_t element_bytes, unsigned level) {
  Handle list = own(H5Pcreate(H5P_DATASET_CREATE), kNoMemory);
  demand(H5Pset_obj_track_times(list.get(), false), kNoMemory);
  const bool empty = std::ranges::find(shape, std::size_t{0}) != shape.end();
  if (level == 0 || shape.empty() || empty) return list;
  const std::vector<hsize_t> chunk = chunk_of(shape, element_bytes);
  demand(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), kNoMemory);
  demand(H5Pset_deflate(list.get(), level), "HDF5 has no deflate");
  return list;
}

Handle create_dataset(const Handle& parent, const std::string& name, const Handle& type, const Shape& shape, const Handle& list,
                      const std::string& place) {
  check_name(name, place);
  return own(H5Dcreate2(parent.get(), name.c_str(), type.get(), space_of(shape).get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
             "The dataset " + in_quotes(name) + " of " + place + " cannot be made");
}

void write_attribute(const Handle& object, const std::string& name, const Handle& type, hid_t memory, const void* value) {
  const Handle attribute =
      own(H5Acreate2(object.get(), name.c_str(), type.get(), space_of({}).get(), H5P_DEFAULT, H5P_DEFAULT), kNoMemory);
  demand(H5Awrite(attribute.get(), memory, value), kNoMemory);
}

}  // namespace

Store::Store(unsigned level) : level_(level) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
  const Handle access = own(H5Pcreate(H5P_FILE_ACCESS), kNoMemory);
  demand(H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false), kNoMemory);
  file_ = own(H5Fcreate("memory", H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "HDF5 cannot make a file in memory");
  root_ = own(H5Gopen2(file_.get(), "/", H5P_DEFAULT), kNoMemory);
}

Handle Store::group(const Handle& parent, const std::string& name, const std::string& place) {
  check_name(name, place);
  return own(H5Gcreate2(parent.get(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
             "The group " + in_quotes(name) + " of " + place + " cannot be made");
}

void Store::text(const Handle& parent, const std::string& name, const std::string& text, const std::string& place) {
  texts(parent, name, {text}, {}, place);
}

void Store::texts(const Handle& parent, const std::string& name, const std::vector<std::string>& texts, const Shape& shape,
                  const std::string& place) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) {
    check_text(text, name, place);
    pointers.push_back(text.c_str());
  }
  const Handle type = string_type();
  const Handle dataset = create_dataset(parent, name, type, shape, creation_list({}, 1, 0), place);
  if (pointers.empty()) return;
  demand(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()), kNoMemory);
}

void Store::tensor(const Handle& parent, const std::string& name, const Tensor& tensor, const std::string& place) {
  const Handle list = creation_list(tensor.shape(), size_of(tensor.dtype()), level_);
  const Handle dataset = create_dataset(parent, name, number_type(tensor.dtype(), true), tensor.shape(), list, place);
  if (tensor.empty()) return;
  const Handle memory = number_type(tensor.dtype(), false);
  demand(H5Dwrite(dataset.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor.data()),
         "The dataset " + in_quotes(name) + " of " + place + " cannot be written");
}

void Store::attribute(const Handle& object, const std::string& name, const std::string& text) {
  const Handle type = string_type();
  const char* const pointer = text.c_str();
  write_attribute(object, name, type, type.get(), &pointer);
}

void Store::attribute(const Handle& object, const std::string& name, double number) {
  write_attribute(object, name, number_type(DType::f64, true), H5T_NATIVE_DOUBLE, &number);
}

void Store::attribute(const Handle& object, const std::string& name, std::int64_t number) {
  write_attribute(object, name, number_type(DType::i64, true), H5T_NATIVE_INT64, &number);
}

std::vector<std::byte> Store::image() {
  demand(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), kNoMemory);
  const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  if (size < 0) refuse_with_reason("The file in memory cannot be read");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  if (H5Fget_file_image(file_.get(), bytes.data(), bytes.size()) != size)
    refuse_with_reason("The file in memory cannot be read");
  return bytes;
}

}  // namespace ranvier::nir_program
