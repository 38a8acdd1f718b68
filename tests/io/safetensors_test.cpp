#include "core/io/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

std::string length_bytes(std::uint64_t length) {
  std::string text(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) text[i] = static_cast<char>(length >> (8 * i));
  return text;
}

std::string file_of(const std::string& header, const std::string& content = {}) {
  return length_bytes(header.size()) + header + content;
}

Tensors read(const std::string& file) { return read_safetensors(bytes_of(file), "x.safetensors"); }

// safetensors.numpy.save({"b": np.array([1.5, -2], "f4"), "a": np.array([[1, 2, 3]], "u1"), "t": np.array(True)},
//                        metadata={"who": "numpy"})
const std::string kReference = file_of(
    R"({"__metadata__":{"who":"numpy"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
    R"("a":{"dtype":"U8","shape":[1,3],"data_offsets":[8,11]},"t":{"dtype":"BOOL","shape":[],"data_offsets":[11,12]}}     )",
    std::string("\x00\x00\xc0?\x00\x00\x00\xc0\x01\x02\x03\x01", 12));

TEST(Safetensors, ReadsWhatTheReferenceLibraryWrites) {
  const Tensors tensors = read(kReference);
  ASSERT_EQ(tensors.size(), 3u);
  EXPECT_TRUE(same(tensors.at("b"), Tensor::of({1.5f, -2.0f})));
  EXPECT_TRUE(same(tensors.at("a"), Tensor::of<std::uint8_t>({1, 2, 3}).reshape({1, 3})));
  EXPECT_TRUE(same(tensors.at("t"), Tensor::of({true}).reshape({})));
}

TEST(Safetensors, CopiesAreAligned) {
  for (const auto& [name, tensor] : read(kReference)) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64, 0u) << name;
  }
}

TEST(Safetensors, WritesWidestFirstThenByName) {
  Tensors tensors{{"b", Tensor::of<std::uint8_t>({7})}, {"z", Tensor::of({1.0})}, {"a", Tensor::of<std::uint8_t>({8})}};
  const std::string text = text_of(write_safetensors(tensors));
  const std::string header =
      R"({"z":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},)"
      R"("b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}})";
  EXPECT_EQ(text.substr(0, 8), length_bytes(184));
  EXPECT_EQ(text.substr(8, 184), header + std::string(184 - header.size(), ' '));
  EXPECT_EQ(text.substr(192), std::string("\0\0\0\0\0\0\xf0\x3f\x08\x07", 10));
}

TEST(Safetensors, RoundTripsEveryTypeAndShape) {
  Tensors tensors;
  for (const DType dtype : {DType::f32, DType::f64, DType::i32, DType::i64, DType::i16, DType::i8, DType::u8, DType::boolean}) {
    const std::string name(name_of(dtype));
    tensors.emplace(name + " scalar", Tensor({}, dtype));
    tensors.emplace(name + " empty", Tensor({3, 0, 2}, dtype));
    tensors.emplace(name + " deep", Tensor({1, 2, 1, 2, 1, 2, 1, 2}, dtype));
  }
  tensors.emplace("nan", Tensor::of({std::numeric_limits<float>::signaling_NaN(), -0.0f, 1e-45f}));
  const auto bytes = write_safetensors(tensors);
  const Tensors back = read_safetensors(bytes, "x");
  ASSERT_EQ(back.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) EXPECT_TRUE(same(tensor, back.at(name))) << name;
  EXPECT_EQ(write_safetensors(back), bytes);
}

TEST(Safetensors, WritesNothingItWouldNotRead) {
  EXPECT_EQ(error_of([] { write_safetensors({{"", Tensor()}}); })->code(), Code::bad_value);
  EXPECT_EQ(error_of([] { write_safetensors({{"\xff", Tensor()}}); })->code(), Code::bad_value);
  EXPECT_EQ(error_of([] { write_safetensors({{"__metadata__", Tensor()}}); })->code(), Code::bad_value);
  EXPECT_EQ(error_of([] { write_safetensors({{"x", Tensor({1, 1, 1, 1, 1, 1, 1, 1, 1})}}); })->code(), Code::bad_value);
}

struct Hostile {
  const char* what;
  std::string file;
  const char* said;  // a part of the sentence
};

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}

std::string one(const std::string& value, const std::string& content = {}) {
  return file_of(R"({"x":)" + value + "}", content);
}

std::vector<Hostile> hostile_files() {
  const std::string good = entry(R"("U8")", "[2]", "[0,2]");
  return {
      {"no bytes", "", "too few"},
      {"seven bytes", "1234567", "too few"},
      {"header past the end", length_bytes(10) + "{}", "is said to have 10 bytes; it must have at most 2"},
      {"length of 2^64-1", length_bytes(~std::uint64_t{0}) + "{}", "18446744073709551615"},
      {"header over 100 MB", length_bytes(100'000'001) + std::string(100'000'100, ' '), "at most 100000000"},
      {"empty header", file_of(""), "does not begin with '{'"},
      {"blank first", file_of(" {}"), "does not begin with '{'"},
      {"a list", file_of("[]"), "does not begin with '{'"},
      {"open object", file_of("{"), "not valid JSON"},
      {"two documents", file_of("{}{}"), "not valid JSON"},
      {"zero padding", file_of(std::string("{}\0", 3)), "a NUL byte"},
      {"bad UTF-8", file_of("{\"\xff\":{}}"), "not valid JSON"},
      {"half a surrogate", file_of(R"({"\ud800":{}})"), "not valid JSON"},
      {"huge number", one(entry(R"("U8")", "[1e999]", "[0,2]")), "not valid JSON"},
      {"left over data", file_of("{}", "x"), "must hold nothing else"},
      {"array without a name", file_of(R"({"":)" + good + "}", "ab"), "without a name"},
      {"array twice", file_of(R"({"x":)" + good + R"(,"x":)" + good + "}", "ab"), "'x' twice"},
      {"metadata twice", file_of(R"({"__metadata__":{},"__metadata__":{}})"), "'__metadata__' twice"},
      {"metadata of numbers", file_of(R"({"__metadata__":{"a":1}})"), "has 1 where it must not"},
      {"metadata of objects", file_of(R"({"__metadata__":{"a":{}}})"), "an object"},
      {"metadata is a text", file_of(R"({"__metadata__":"a"})"), "'a'"},
      {"entry is null", one("null"), "null"},
      {"entry is a list", one("[]"), "a list"},
      {"entry is a number", one("-1"), "-1"},
      {"entry is true", one("true"), "true"},
      {"entry is empty", one("{}"), "lacks its dtype"},
      {"unknown key", one(R"({"dtype":"U8","shape":[2],"data_offsets":[0,2],"order":"F"})", "ab"), "the key 'order'"},
      {"key twice", one(R"({"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]})", "ab"), "'dtype' twice"},
      {"shape twice", one(R"({"dtype":"U8","shape":[2],"shape":[2],"data_offsets":[0,2]})", "ab"), "'shape' twice"},
      {"no shape", one(R"({"dtype":"U8","data_offsets":[0,2]})", "ab"), "lacks"},
      {"no offsets", one(R"({"dtype":"U8","shape":[2]})", "ab"), "lacks"},
      {"f16", one(entry(R"("F16")", "[1]", "[0,2]"), "ab"), "'F16'; it must be F32"},
      {"bf16", one(entry(R"("BF16")", "[1]", "[0,2]"), "ab"), "'BF16'"},
      {"u64", one(entry(R"("U64")", "[1]", "[0,8]"), "abcdefgh"), "'U64'"},
      {"small letters", one(entry(R"("u8")", "[2]", "[0,2]"), "ab"), "'u8'"},
      {"type is a number", one(entry("8", "[2]", "[0,2]"), "ab"), "has 8 where"},
      {"shape is a number", one(entry(R"("U8")", "2", "[0,2]"), "ab"), "has 2 where"},
      {"shape is a text", one(entry(R"("U8")", R"("2")", "[0,2]"), "ab"), "'2'"},
      {"negative extent", one(entry(R"("U8")", "[-2]", "[0,2]"), "ab"), "-2"},
      {"broken extent", one(entry(R"("U8")", "[2.5]", "[0,2]"), "ab"), "2.5"},
      {"shape of shapes", one(entry(R"("U8")", "[[2]]", "[0,2]"), "ab"), "a list"},
      {"nine dimensions", one(entry(R"("U8")", "[1,1,1,1,1,1,1,1,2]", "[0,2]"), "ab"), "more than 8 dimensions"},
      {"three offsets", one(entry(R"("U8")", "[2]", "[0,1,2]"), "ab"), "has 2 where"},
      {"one offset", one(entry(R"("U8")", "[2]", "[0]"), "ab"), "lacks"},
      {"offsets of texts", one(entry(R"("U8")", "[2]", R"(["0","2"])"), "ab"), "'0'"},
      {"offsets backwards", one(entry(R"("U8")", "[2]", "[2,0]"), "ab"), "in order within the 2 bytes"},
      {"offset past the end", one(entry(R"("U8")", "[3]", "[0,3]"), "ab"), "[0, 3]"},
      {"offset of 2^64-1", one(entry(R"("U8")", "[3]", "[0,18446744073709551615]"), "ab"), "[0, 18446744073709551615]"},
      {"hole at the start", one(entry(R"("U8")", "[1]", "[1,2]"), "ab"), "must begin at 0"},
      {"too few bytes for the shape", one(entry(R"("F32")", "[1]", "[0,2]"), "ab"),
       "needs 4 bytes, but its data_offsets hold 2"},
      {"too many bytes for the shape", one(entry(R"("U8")", "[1]", "[0,2]"), "ab"), "needs 1 bytes"},
      {"product of 2^64", one(entry(R"("U8")", "[4294967296,4294967296]", "[0,0]")), "more than 2^64 bytes"},
      {"product of 2^64 in bytes", one(entry(R"("F64")", "[2305843009213693952]", "[0,0]")), "more than 2^64 bytes"},
      {"absurd and empty", one(entry(R"("U8")", "[4294967296,4294967296,0]", "[0,0]")), "more than 2^64 bytes"},
      {"overlap", file_of(R"({"x":)" + good + R"(,"y":)" + entry(R"("U8")", "[2]", "[1,3]") + "}", "abc"), "must begin at 2"},
      {"same place twice", file_of(R"({"x":)" + good + R"(,"y":)" + good + "}", "ab"), "must begin at 2"},
      {"hole between", file_of(R"({"x":)" + good + R"(,"y":)" + entry(R"("U8")", "[1]", "[3,4]") + "}", "abcd"),
       "must begin at 2"},
      {"bool of 2", one(entry(R"("BOOL")", "[2]", "[0,2]"), "\1\2"), "neither 0 nor 1"},
      {"deep", file_of("{\"x\":" + std::string(1'000'000, '[')), "a list"},
      {"deep objects", file_of([] {
         std::string text = "{\"x\":";
         for (int i = 0; i < 100'000; ++i) text += "{\"dtype\":";
         return text;
       }()),
       "an object"},
  };
}

TEST(Safetensors, RefusesHostileFilesWithASentence) {
  for (const Hostile& hostile : hostile_files()) {
    SCOPED_TRACE(hostile.what);
    const auto error = error_of([&] { read(hostile.file); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Code::bad_file);
    EXPECT_EQ(error->where(), "x.safetensors");
    const std::string& sentence = error->problems().front().message;
    EXPECT_NE(sentence.find(hostile.said), std::string::npos) << sentence;
    EXPECT_LT(sentence.size(), 500u);
    EXPECT_TRUE(sentence.ends_with(".")) << sentence;
  }
}

TEST(Safetensors, RefusesEveryPrefix) {
  for (std::size_t length = 0; length < kReference.size(); ++length) {
    const auto error = error_of([&] { read(kReference.substr(0, length)); });
    ASSERT_TRUE(error) << length;
    EXPECT_EQ(error->code(), Code::bad_file) << length;
  }
}

}  // namespace
}  // namespace ranvier::io
