#include <ranvier/npy.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include <ranvier/error.h>

namespace ranvier {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = std::size_t{1} << 16;  // NumPy's own take some hundred bytes
constexpr std::size_t kMaxRank = 32;                      // NumPy's own

constexpr std::array<std::pair<DType, std::string_view>, 8> kDescriptions{{
    {DType::f32, "<f4"},
    {DType::f64, "<f8"},
    {DType::i32, "<i4"},
    {DType::i64, "<i8"},
    {DType::i16, "<i2"},
    {DType::i8, "|i1"},
    {DType::u8, "|u1"},
    {DType::boolean, "|b1"},
}};

struct Header {
  std::string description;
  bool fortran_order = false;
  Shape shape;
};

/// The header is a Python dictionary of three known entries; this takes just that: {'descr': '<f4', 'fortran_order': False,
/// 'shape': (3, 4), }. Every function returns false, or nothing, where the text is something else.
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  std::optional<Header> parse() {
    Header header;
    bool seen[3] = {false, false, false};
    if (!take('{')) return {};
    while (!take('}')) {
      const std::optional<std::string> key = quoted();
      if (!key || !take(':')) return {};
      const int entry = *key == "descr" ? 0 : *key == "fortran_order" ? 1 : *key == "shape" ? 2 : -1;
      if (entry < 0 || std::exchange(seen[entry], true)) return {};
      if (!value(entry, header)) return {};
      if (!take(',') && peek() != '}') return {};
    }
    if (!seen[0] || !seen[1] || !seen[2] || peek() != '\0') return {};
    return header;
  }

 private:
  bool value(int entry, Header& header) {
    if (entry == 1) return boolean(header.fortran_order);
    if (entry == 2) return tuple(header.shape);
    // A structured type is a list; its text serves the error message.
    if (peek() == '[') {
      const std::size_t end = rest_.rfind(']');
      if (end == std::string_view::npos) return false;
      header.description = rest_.substr(0, end + 1);
      rest_.remove_prefix(end + 1);
      return true;
    }
    const std::optional<std::string> text = quoted();
    if (!text) return false;
    header.description = *text;
    return true;
  }

  char peek() {
    const std::size_t start = rest_.find_first_not_of(" \n");
    rest_.remove_prefix(start == std::string_view::npos ? rest_.size() : start);
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view word) {
    peek();
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::optional<std::string> quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return {};
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return {};
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  bool boolean(bool& result) {
    result = take(std::string_view("True"));
    return result || take(std::string_view("False"));
  }

  bool tuple(Shape& shape) {
    if (!take('(')) return false;
    while (!take(')')) {
      peek();
      std::size_t extent = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), extent);
      if (error != std::errc{} || shape.size() == kMaxRank) return false;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      shape.push_back(extent);
      if (!take(',') && peek() != ')') return false;
    }
    return true;
  }

  std::string_view rest_;
};

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  throw Error(Code::bad_file, "This is no readable .npy file: " + what + ".", path.string(),
              "Write it again with numpy.save(file, array).");
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string read_exactly(std::ifstream& file, std::size_t count, const std::filesystem::path& path) {
  std::string bytes(count, '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(count))) damaged(path, "it ends within its header");
  return bytes;
}

/// The text of the dictionary. Versions 2 and 3 differ from 1 in the width of its length only (and in UTF-8 names of fields,
/// which we refuse).
std::string read_header(std::ifstream& file, const std::filesystem::path& path) {
  const std::string start = read_exactly(file, kMagic.size() + 2, path);
  if (!start.starts_with(kMagic)) damaged(path, "it does not begin with NumPy's mark");
  const int major = static_cast<unsigned char>(start[kMagic.size()]);
  const int minor = static_cast<unsigned char>(start[kMagic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0) {
    damaged(path, "its version is " + std::to_string(major) + "." + std::to_string(minor) + ", not 1.0, 2.0 or 3.0");
  }
  const std::uint64_t length = little_endian(read_exactly(file, major == 1 ? 2 : 4, path));
  if (length > kMaxHeader) damaged(path, "its header claims " + std::to_string(length) + " bytes");
  return read_exactly(file, static_cast<std::size_t>(length), path);
}

DType dtype_of_description(const std::string& description, const std::filesystem::path& path) {
  for (const auto& [dtype, name] : kDescriptions) {
    // A byte has no order: NumPy writes '|', others '<'.
    if (description == name || (size_of(dtype) == 1 && description == "<" + std::string(name.substr(1)))) return dtype;
  }
  if (description.starts_with('>')) {
    throw Error(Code::bad_type, "The array is big-endian (" + description + ").", path.string(),
                "Convert it: array.astype(array.dtype.newbyteorder('<')).");
  }
  throw Error(Code::bad_type, "Ranvier has no type for NumPy's " + description + ".", path.string(),
              "Convert it with array.astype to float32, float64, int64, int32, int16, int8, uint8 or bool.");
}

/// Whether the extents multiply to `elements`, whatever they claim.
bool holds(const Shape& shape, std::uint64_t elements) {
  if (std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end()) return elements == 0;
  std::uint64_t count = 1;
  for (const std::size_t extent : shape) {
    if (extent > elements / count) return false;
    count *= extent;
  }
  return count == elements;
}

/// Any byte but 0 and 1 is no bool to C++.
void check_bools(const Tensor& values, const std::filesystem::path& path) {
  const auto* bytes = static_cast<const unsigned char*>(values.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (bytes[i] > 1) damaged(path, "its bool at flat index " + std::to_string(i) + " is " + std::to_string(int{bytes[i]}));
  }
}

std::string_view description_of(DType dtype) {
  for (const auto& [value, name] : kDescriptions) {
    if (value == dtype) return name;
  }
  throw Error(Code::internal, "A type has no NumPy name.");
}

}  // namespace

Tensor read_npy(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t file_size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    throw Error(Code::not_found, "There is no such file, or it cannot be read.", path.string(),
                "Give the path of a .npy file.");
  }
  const std::optional<Header> header = HeaderParser(read_header(file, path)).parse();
  if (!header) damaged(path, "its header is not the dictionary that NumPy writes");
  const DType dtype = dtype_of_description(header->description, path);
  if (header->fortran_order) {
    throw Error(Code::bad_type, "The array is in Fortran order.", path.string(), "Save numpy.ascontiguousarray(array).");
  }

  // Compared before anything is allocated: a header may claim any size.
  const std::uint64_t available = file_size - static_cast<std::uint64_t>(file.tellg());
  if (available % size_of(dtype) != 0 || !holds(header->shape, available / size_of(dtype))) {
    damaged(path, "its shape " + to_string(header->shape) + " of " + std::string(name_of(dtype)) + " does not take the " +
                      std::to_string(available) + " bytes that are there");
  }
  Tensor values(header->shape, dtype);
  if (!file.read(static_cast<char*>(values.mutable_data()), static_cast<std::streamsize>(available))) {
    damaged(path, "it cannot be read to its end");
  }
  if (dtype == DType::boolean) check_bools(values, path);
  return values;
}

std::string npy_header(const Tensor& values) {
  std::string shape = "(";
  for (const std::size_t extent : values.shape()) shape += std::to_string(extent) + ", ";
  std::string text =
      "{'descr': '" + std::string(description_of(values.dtype())) + "', 'fortran_order': False, 'shape': " + shape + "), }";
  const std::size_t fixed = kMagic.size() + 4;
  text.append(63 - (fixed + text.size()) % 64, ' ');
  text += '\n';
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return header + text;
}

void write_npy(const std::filesystem::path& path, const Tensor& values) {
  std::ofstream file(path, std::ios::binary);
  file << npy_header(values);
  if (!values.empty()) file.write(static_cast<const char*>(values.data()), static_cast<std::streamsize>(values.bytes()));
  file.close();
  if (file) return;
  throw Error(Code::bad_file, "The file cannot be written.", path.string(), "Check that its folder exists and has room.");
}

}  // namespace ranvier
