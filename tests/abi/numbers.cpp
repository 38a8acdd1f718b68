// One number for one meaning in C, C++ and the plan: the codes and element types of the public headers are those of the
// drivers' contract and of the C door. Compiled only; nothing runs.
#include <ranvier/driver.h>
#include <ranvier/embed.h>
#include <ranvier/error.h>
#include <ranvier/log.h>
#include <ranvier/report.h>
#include <ranvier/tensor.h>

namespace ranvier {

template <class Enum>
constexpr std::uint32_t number(Enum value) {
  return static_cast<std::uint32_t>(value);
}

static_assert(number(Code::ok) == RVD_OK && RVD_OK == RV_OK);
static_assert(number(Code::invalid_argument) == RVD_INVALID_ARGUMENT && RVD_INVALID_ARGUMENT == RV_INVALID_ARGUMENT);
static_assert(number(Code::not_found) == RVD_NOT_FOUND && RVD_NOT_FOUND == RV_NOT_FOUND);
static_assert(number(Code::unsupported) == RVD_UNSUPPORTED && RVD_UNSUPPORTED == RV_UNSUPPORTED);
static_assert(number(Code::not_implemented) == RVD_NOT_IMPLEMENTED && RVD_NOT_IMPLEMENTED == RV_NOT_IMPLEMENTED);
static_assert(number(Code::incompatible) == RVD_INCOMPATIBLE && RVD_INCOMPATIBLE == RV_INCOMPATIBLE);
static_assert(number(Code::out_of_memory) == RVD_OUT_OF_MEMORY && RVD_OUT_OF_MEMORY == RV_OUT_OF_MEMORY);
static_assert(number(Code::failed_precondition) == RVD_FAILED_PRECONDITION &&
              RVD_FAILED_PRECONDITION == RV_FAILED_PRECONDITION);
static_assert(number(Code::timeout) == RVD_TIMEOUT && RVD_TIMEOUT == RV_TIMEOUT);
static_assert(number(Code::cancelled) == RVD_CANCELLED && RVD_CANCELLED == RV_CANCELLED);
static_assert(number(Code::device_lost) == RVD_DEVICE_LOST && RVD_DEVICE_LOST == RV_DEVICE_LOST);
static_assert(number(Code::internal) == RVD_INTERNAL && RVD_INTERNAL == RV_INTERNAL);
static_assert(number(Code::data_loss) == RVD_DATA_LOSS && RVD_DATA_LOSS == RV_DATA_LOSS);
static_assert(number(Code::unknown_name) == RV_UNKNOWN_NAME);
static_assert(number(Code::bad_shape) == RV_BAD_SHAPE);
static_assert(number(Code::bad_type) == RV_BAD_TYPE);
static_assert(number(Code::bad_value) == RV_BAD_VALUE);
static_assert(number(Code::out_of_range) == RV_OUT_OF_RANGE);
static_assert(number(Code::bad_file) == RV_BAD_FILE);
static_assert(number(Code::bad_driver) == RV_BAD_DRIVER);

static_assert(number(DType::f32) == RVD_F32 && RVD_F32 == RV_F32);
static_assert(number(DType::f64) == RVD_F64 && RVD_F64 == RV_F64);
static_assert(number(DType::i32) == RVD_I32 && RVD_I32 == RV_I32);
static_assert(number(DType::i64) == RVD_I64 && RVD_I64 == RV_I64);
static_assert(number(DType::i16) == RVD_I16 && RVD_I16 == RV_I16);
static_assert(number(DType::i8) == RVD_I8 && RVD_I8 == RV_I8);
static_assert(number(DType::u8) == RVD_U8 && RVD_U8 == RV_U8);
static_assert(number(DType::boolean) == RVD_BOOL && RVD_BOOL == RV_BOOL);

static_assert(number(Verdict::exact) == RVD_VERDICT_EXACT);
static_assert(number(Verdict::approximate) == RVD_VERDICT_APPROXIMATE);
static_assert(number(Verdict::unsupported) == RVD_VERDICT_UNSUPPORTED);

static_assert(number(LogLevel::debug) == RVD_LOG_DEBUG);
static_assert(number(LogLevel::info) == RVD_LOG_INFO);
static_assert(number(LogLevel::warning) == RVD_LOG_WARNING);
static_assert(number(LogLevel::error) == RVD_LOG_ERROR);

}  // namespace ranvier
