#include <ranvier/tensor.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <ranvier/driver.h>

namespace ranvier {
namespace {

constexpr std::array<DType, 8> kTypes{DType::f32, DType::f64, DType::i32, DType::i64,
                                      DType::i16, DType::i8,  DType::u8,  DType::boolean};
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// The code that `call` throws; ok when it returns.
template <class Call>
Code code_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::ok;
}

TEST(DType, HasTheNumbersOfTheDriverContract) {
  EXPECT_EQ(static_cast<std::uint32_t>(DType::f32), RVD_F32);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::f64), RVD_F64);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::i32), RVD_I32);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::i64), RVD_I64);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::i16), RVD_I16);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::i8), RVD_I8);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::u8), RVD_U8);
  EXPECT_EQ(static_cast<std::uint32_t>(DType::boolean), RVD_BOOL);
}

TEST(DType, KnowsItsSizeAndName) {
  constexpr std::array<std::size_t, 8> kSizes{4, 8, 4, 8, 2, 1, 1, 1};
  constexpr std::array<std::string_view, 8> kNames{"f32", "f64", "i32", "i64", "i16", "i8", "u8", "bool"};
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    EXPECT_EQ(size_of(kTypes[i]), kSizes[i]);
    EXPECT_EQ(name_of(kTypes[i]), kNames[i]);
    EXPECT_EQ(is_floating(kTypes[i]), i < 2);
  }
  EXPECT_EQ(dtype_of<const float>(), DType::f32);
  EXPECT_EQ(dtype_of<bool>(), DType::boolean);
}

TEST(Shape, CountsItsElements) {
  EXPECT_EQ(element_count({}), 1U);
  EXPECT_EQ(element_count({3, 4}), 12U);
  EXPECT_EQ(element_count({std::size_t{1} << 61, 2}), std::size_t{1} << 62);
  EXPECT_EQ(element_count({0, SIZE_MAX, SIZE_MAX}), 0U);
  EXPECT_EQ(to_string(Shape{}), "[]");
  EXPECT_EQ(to_string(Shape{256, 12}), "[256, 12]");
}

TEST(Shape, RefusesMoreThanTwoToThe62Elements) {
  EXPECT_EQ(code_of([] { element_count({(std::size_t{1} << 62) + 1}); }), Code::out_of_range);
  EXPECT_EQ(code_of([] { element_count({SIZE_MAX, SIZE_MAX}); }), Code::out_of_range);
}

TEST(Tensor, ByDefaultIsEmpty) {
  const Tensor tensor;
  EXPECT_TRUE(tensor.empty());
  EXPECT_EQ(tensor.shape(), Shape{0});
  EXPECT_EQ(tensor.dtype(), DType::f32);
  EXPECT_TRUE(tensor.clone().empty());
}

TEST(Tensor, OwnMemoryIsZeroAndAligned) {
  for (const DType dtype : kTypes) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{7, 3}, Shape{64}, Shape{1000, 3}}) {
      const Tensor tensor(shape, dtype);
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % 64, 0U);
      EXPECT_EQ(tensor.bytes(), element_count(shape) * size_of(dtype));
      for (std::size_t i = 0; i < tensor.size(); ++i) ASSERT_EQ(tensor.at(i), 0.0);
    }
  }
}

TEST(Tensor, TooLargeForTheMachineSaysHowMuchItWanted) {
  try {
    const Tensor tensor(Shape{std::size_t{1} << 60}, DType::u8);
    FAIL() << "an exbibyte was there";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::out_of_memory);
    EXPECT_NE(std::string(error.what()).find("[1152921504606846976]"), std::string::npos) << error.what();
  }
}

TEST(Tensor, CopiesShareMemoryAndClonesDoNot) {
  Tensor tensor = Tensor::of<float>({1, 2, 3});
  const Tensor copy = tensor;
  const Tensor clone = tensor.clone();
  tensor.mutable_data<float>()[0] = 9;
  EXPECT_EQ(copy.at(0), 9.0);
  EXPECT_EQ(clone.at(0), 1.0);
  EXPECT_NE(clone.data(), tensor.data());
}

TEST(Tensor, CopiesOutliveTheOriginal) {
  Tensor copy;
  {
    const Tensor tensor = Tensor::of<std::int64_t>({-5, 6});
    copy = tensor.rows(1, 2);
  }
  EXPECT_EQ(copy.values<std::int64_t>()[0], 6);
}

TEST(Tensor, ViewsBorrow) {
  std::vector<std::int16_t> numbers{1, 2, 3, 4, 5, 6};
  const Tensor view = Tensor::view(numbers, {2, 3});
  numbers[4] = -7;
  EXPECT_EQ(view.at(4), -7.0);
  EXPECT_EQ(static_cast<const void*>(numbers.data()), view.data());
  EXPECT_EQ(Tensor::view(numbers.data(), {6}).dtype(), DType::i16);
}

TEST(Tensor, ViewsRefuseAShapeOfAnotherSize) {
  const std::vector<float> numbers(5);
  EXPECT_EQ(code_of([&] { Tensor::view(numbers, {2, 3}); }), Code::bad_shape);
  EXPECT_EQ(code_of([&] { Tensor::view(std::span<const float>(numbers), {}); }), Code::bad_shape);
}

TEST(Tensor, BorrowKeepsTheOwnerAlive) {
  auto owner = std::make_shared<std::vector<double>>(3, 2.5);
  const std::weak_ptr<std::vector<double>> watch = owner;
  {
    const Tensor tensor = Tensor::borrow(owner->data(), DType::f64, {3}, owner);
    owner.reset();
    EXPECT_FALSE(watch.expired());
    EXPECT_EQ(tensor.at(2), 2.5);
  }
  EXPECT_TRUE(watch.expired());
}

TEST(Tensor, IsReadAsItsOwnTypeOnly) {
  Tensor tensor = Tensor::of<float>({1});
  EXPECT_EQ(tensor.values<float>().size(), 1U);
  EXPECT_EQ(code_of([&] { tensor.data<double>(); }), Code::bad_type);
  EXPECT_EQ(code_of([&] { tensor.mutable_data<std::int32_t>(); }), Code::bad_type);
  EXPECT_EQ(code_of([&] { tensor.values<bool>(); }), Code::bad_type);
}

TEST(Tensor, AtRefusesWhatIsOutside) {
  const Tensor tensor = Tensor::of<std::uint8_t>({200, 1});
  EXPECT_EQ(tensor.at(0), 200.0);
  EXPECT_EQ(code_of([&] { tensor.at(2); }), Code::out_of_range);
  EXPECT_EQ(code_of([] { Tensor().at(0); }), Code::out_of_range);
}

TEST(Tensor, ReshapesInPlace) {
  const Tensor tensor = Tensor::of<float>({1, 2, 3, 4, 5, 6});
  const Tensor matrix = tensor.reshape({3, 2});
  EXPECT_EQ(matrix.data(), tensor.data());
  EXPECT_EQ(matrix.shape(), (Shape{3, 2}));
  EXPECT_EQ(code_of([&] { tensor.reshape({4, 2}); }), Code::bad_shape);
}

TEST(Tensor, RowsAreASliceOfTheFirstAxis) {
  const Tensor matrix = Tensor::of<std::int32_t>({0, 1, 10, 11, 20, 21}).reshape({3, 2});
  const Tensor rows = matrix.rows(1, 3);
  EXPECT_EQ(rows.shape(), (Shape{2, 2}));
  EXPECT_EQ(rows.at(0), 10.0);
  EXPECT_EQ(rows.at(3), 21.0);
  EXPECT_EQ(matrix.rows(3, 3).shape(), (Shape{0, 2}));
  EXPECT_EQ(matrix.rows(0, 3).data(), matrix.data());
}

TEST(Tensor, RowsRefuseWhatIsNotThere) {
  const Tensor matrix(Shape{3, 2});
  EXPECT_EQ(code_of([&] { matrix.rows(0, 4); }), Code::out_of_range);
  EXPECT_EQ(code_of([&] { matrix.rows(2, 1); }), Code::out_of_range);
  EXPECT_EQ(code_of([] { Tensor(Shape{}).rows(0, 1); }), Code::out_of_range);
}

TEST(TensorCast, ToItsOwnTypeSharesTheMemory) {
  const Tensor tensor = Tensor::of<float>({kNan, 1.5F});
  EXPECT_EQ(tensor.cast(DType::f32).data(), tensor.data());
}

TEST(TensorCast, KeepsSmallWholeNumbersBetweenAllTypes) {
  const Tensor bits = Tensor::of<std::uint8_t>({0, 1, 1, 0}).reshape({2, 2});
  for (const DType from : kTypes) {
    for (const DType to : kTypes) {
      const Tensor result = bits.cast(from).cast(to);
      EXPECT_EQ(result.dtype(), to);
      EXPECT_EQ(result.shape(), bits.shape());
      for (std::size_t i = 0; i < bits.size(); ++i) EXPECT_EQ(result.at(i), bits.at(i)) << name_of(from) << name_of(to);
    }
  }
}

TEST(TensorCast, RoundsFloatsToNearest) {
  EXPECT_EQ(Tensor::of<double>({0.1}).cast(DType::f32).values<float>()[0], 0.1F);
  EXPECT_EQ(Tensor::of<double>({1e300}).cast(DType::f32).values<float>()[0], kInfinity);
  EXPECT_TRUE(std::isnan(Tensor::of<float>({kNan}).cast(DType::f64).at(0)));
  EXPECT_EQ(Tensor::of<std::int64_t>({16777217}).cast(DType::f32).at(0), 16777216.0);
}

TEST(TensorCast, TakesEveryIntegerTypeToItsLimits) {
  const auto reaches = [](DType dtype, double low, double high) {
    const Tensor ends = Tensor::of<double>({low, high});
    EXPECT_EQ(ends.cast(dtype).at(0), low) << name_of(dtype);
    EXPECT_EQ(ends.cast(dtype).at(1), high) << name_of(dtype);
    EXPECT_EQ(code_of([&] { Tensor::of<double>({low - 1}).cast(dtype); }), Code::bad_value) << name_of(dtype);
    EXPECT_EQ(code_of([&] { Tensor::of<double>({high + 1}).cast(dtype); }), Code::bad_value) << name_of(dtype);
  };
  reaches(DType::i8, -128, 127);
  reaches(DType::u8, 0, 255);
  reaches(DType::i16, -32768, 32767);
  reaches(DType::i32, -2147483648.0, 2147483647.0);
  // The ends of i64 are where doubles are 1024 and more apart.
  EXPECT_EQ(Tensor::of<double>({-0x1p63}).cast(DType::i64).values<std::int64_t>()[0], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(code_of([] { Tensor::of<double>({0x1p63}).cast(DType::i64); }), Code::bad_value);
  EXPECT_EQ(code_of([] { Tensor::of<float>({0x1p31F}).cast(DType::i32); }), Code::bad_value);
  EXPECT_EQ(code_of([] { Tensor::of<std::int64_t>({-1}).cast(DType::u8); }), Code::bad_value);
  EXPECT_EQ(code_of([] { Tensor::of<std::int32_t>({128}).cast(DType::i8); }), Code::bad_value);
}

TEST(TensorCast, RefusesFractionsAndWhatIsNoNumberForIntegers) {
  for (const float value : {0.5F, -1.25F, kNan, kInfinity, -kInfinity}) {
    for (const DType dtype : {DType::i64, DType::i32, DType::i16, DType::i8, DType::u8, DType::boolean}) {
      EXPECT_EQ(code_of([&] { Tensor::of<float>({value}).cast(dtype); }), Code::bad_value) << value << name_of(dtype);
    }
  }
  EXPECT_EQ(code_of([] { Tensor::of<std::int32_t>({2}).cast(DType::boolean); }), Code::bad_value);
}

TEST(TensorCast, NamesTheFirstValueThatDoesNotFit) {
  try {
    Tensor::of<float>({1, 2, 300.5F, 400.5F}).cast(DType::u8);
    FAIL() << "300.5 fitted a byte";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("300.5"), std::string::npos) << text;
    EXPECT_NE(text.find("index 2"), std::string::npos) << text;
    EXPECT_NE(text.find("u8"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace ranvier
