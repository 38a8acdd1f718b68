// Coefficients against numbers worked out by hand or by NumPy in the stated type; checks of parameters and options.
#include <bit>

#include <gtest/gtest.h>

#include "core/models/record.h"

namespace ranvier::models {
namespace {

constexpr double kDt = 1e-4;

Program built(const char* model, const Parameters& parameters, const Options& options) {
  Problems problems;
  const Record* record = find(model);
  const Setting setting = resolve(*record, "node", kDt, {1}, parameters, options, problems);
  problems.raise();
  Program program = build(*record, setting, "node", problems);
  problems.raise();
  return program;
}

float coefficient(const Program& program, const std::string& name) {
  for (const Coefficient& c : program.coefficients) {
    if (c.name == name) return c.values.data<float>()[0];
  }
  ADD_FAILURE() << "no coefficient " << name;
  return 0;
}

const Parameters kLif{{"tau", Tensor::of<float>({0.0025F})}, {"v_threshold", Tensor::of<float>({0.1F})}};

TEST(Lif, LinearUpdateHasTheExactSolutionsFactors) {
  const Program p = built("lif", kLif, {{"update", "linear"}});
  // tau is the f32 nearest 0.0025, so dt/tau is not exactly 0.04; from decimals of 40 digits:
  EXPECT_EQ(coefficient(p, "a"), 0.960789442F);
  EXPECT_EQ(coefficient(p, "b"), 0.0392105617F);
  EXPECT_EQ(coefficient(p, "c"), 0.0F);
}

TEST(Lif, IncrementUpdateTakesTheReciprocalFirst) {
  const Program p = built("lif", kLif, {{"update", "increment"}});
  EXPECT_EQ(coefficient(p, "k"), 1e-4F * (1.0F / 0.0025F));
}

TEST(Lif, LeakyUpdateDividesTheThresholdByTheGain) {
  const Program p = built("lif", kLif, {{"update", "leaky"}, {"threshold", "divided"}, {"v_reset", "ignored"}});
  EXPECT_EQ(coefficient(p, "beta"), 0.95999998F);
  EXPECT_EQ(coefficient(p, "threshold"), 2.5F);
}

TEST(Lif, ShiftUpdateHasLavasIntegers) {
  const Program p = built("lif", kLif, {{"update", "shift"}});
  std::map<std::string, double> values;
  for (const Coefficient& c : p.coefficients) values[c.name] = c.values.at(0);
  EXPECT_EQ(values, (std::map<std::string, double>{{"dv", 163}, {"w", 10}, {"threshold", 1600}}));
}

// ------------------------------------------------------------------------------------------------------------ without state

Program stateless(const char* model, const Shape& shape, const Parameters& parameters, const Options& options = {}) {
  Problems problems;
  const Record* record = find(model);
  const Setting setting = resolve(*record, "node", kDt, shape, parameters, options, problems);
  problems.raise();
  return build(*record, setting, "node", problems);
}

std::vector<std::uint16_t> codes(const Program& program) {
  std::vector<std::uint16_t> result;
  for (const rvd_op& op : program.ops) result.push_back(op.code);
  return result;
}

TEST(Stateless, AverageDividesTheSumOnceByTheKernelsSize) {
  const auto sizes = [](std::initializer_list<std::int64_t> values) { return Tensor::of<std::int64_t>(values); };
  for (const bool both : {true, false}) {
    const Program p =
        stateless("avgpool", {1, 2, 2}, {{"kernel_size", both ? sizes({2, 3}) : sizes({3})}, {"stride", sizes({1})}});
    EXPECT_EQ(codes(p), (std::vector<std::uint16_t>{RVD_OP_RECEPTOR, RVD_OP_CONST, RVD_OP_DIV, RVD_OP_EMIT}));
    EXPECT_EQ(p.ops[1].imm, std::bit_cast<std::uint32_t>(both ? 6.0F : 9.0F));
  }
}

TEST(Stateless, ConvolutionSpreadsOneBiasAChannel) {
  const Program p =
      stateless("conv", {2, 3}, {{"weight", Tensor(Shape{2, 1, 1})}, {"bias", Tensor::of<float>({0.25F, -1.0F})}});
  const auto values = p.coefficients.at(0).values.values<float>();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), (std::vector<float>{0.25F, 0.25F, 0.25F, -1.0F, -1.0F, -1.0F}));
  EXPECT_EQ(codes(p), (std::vector<std::uint16_t>{RVD_OP_RECEPTOR, RVD_OP_COEFF, RVD_OP_ADD, RVD_OP_EMIT}));
}

TEST(Stateless, PrecisionIsTheTypeOfSumsConstantsAndEvents) {
  for (const auto& [choice, type] :
       std::initializer_list<std::pair<const char*, DType>>{{"f32", DType::f32}, {"f64", DType::f64}, {"i32", DType::i32}}) {
    const Program p = stateless("scale", {2}, {{"scale", Tensor::of({3.0, -2.0})}}, {{"precision", choice}});
    EXPECT_EQ(p.value_type, type);
    EXPECT_EQ(p.receptors.at(0).type, type);
    EXPECT_EQ(p.coefficients.at(0).values.dtype(), type);
  }
}

TEST(CubaLif, EqualTimeConstantsAreTheLimitOfTheClosedForm) {
  const auto rp = [](double tau_syn) {
    return coefficient(
        built("cubalif", {{"tau_syn", Tensor::of<double>({tau_syn})}, {"tau_mem", Tensor::of<double>({0.01})}}, {}), "rp");
  };
  EXPECT_EQ(rp(0.01), static_cast<float>(0.01 * 0.99004983374916811));
  EXPECT_NEAR(rp(0.0100001), rp(0.01), 1e-7);
}

TEST(Resolve, ReportsEverythingThatIsWrongAtOnce) {
  Problems problems;
  resolve(*find("lif"), "hidden", kDt, {3},
          {{"tau", Tensor::of<double>({0.01, -1, 0.01})}, {"r", Tensor::of<double>({1, 2})}, {"thr", Tensor::of<double>({1})}},
          {{"reset", "sometimes"}, {"mode", "x"}}, problems);
  try {
    problems.raise();
    FAIL() << "nothing was raised";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.problems().size(), 5U) << text;
    EXPECT_NE(text.find("hidden: The parameter tau is -1 at index 1; it must be greater than 0."), std::string::npos) << text;
    EXPECT_NE(text.find("The parameter r has the shape [2], but the node has 3 neurons."), std::string::npos) << text;
    EXPECT_NE(text.find("lif@1 has no parameter 'thr'."), std::string::npos) << text;
    EXPECT_NE(text.find("The option reset of lif@1 is 'sometimes'."), std::string::npos) << text;
    EXPECT_NE(text.find("lif@1 has no option 'mode'."), std::string::npos) << text;
  }
}

TEST(Resolve, NeedsWhatHasNoDefault) {
  Problems problems;
  resolve(*find("cubalif"), "n", kDt, {1}, {}, {}, problems);
  EXPECT_THROW(problems.raise(), Error);
}

TEST(Build, RefusesCoefficientsThatAreNotFinite) {
  Problems problems;
  const Record& record = *find("lif");
  const Setting setting =
      resolve(record, "n", kDt, {1}, {{"tau", Tensor::of<double>({1e-50})}}, {{"update", "increment"}}, problems);
  build(record, setting, "n", problems);
  try {
    problems.raise();
    FAIL() << "nothing was raised";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("The coefficient k is inf for neuron 0"), std::string::npos) << error.what();
  }
}

TEST(Records, AreFoundWithAndWithoutTheirVersion) {
  EXPECT_EQ(find("lif"), find("lif@1"));
  EXPECT_EQ(find("lif@2"), nullptr);
  for (const Record& record : records()) EXPECT_EQ(find(record.name), &record);
}

}  // namespace
}  // namespace ranvier::models
