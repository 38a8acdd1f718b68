// The frame of a plan: header, checksum, section table, record sizes, texts, arrays; and the network record.
#include "core/plan/check.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include <ranvier/plan_view.hpp>

#include "tests/plan/mutable_plan.h"
#include "tests/plan/sample.h"

namespace ranvier::plan {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

rvd_network& network(MutablePlan& plan) { return plan.record<rvd_network>(RVD_SECTION_NETWORK, 0); }
rvd_note& note(MutablePlan& plan) { return plan.record<rvd_note>(RVD_SECTION_NOTE, 0); }
rvd_value& parameter(MutablePlan& plan, std::uint64_t i) { return plan.record<rvd_value>(RVD_SECTION_PARAMETER, i); }

void put_text(MutablePlan& plan, rvd_str string, std::string_view text) {
  ASSERT_EQ(string.length, text.size());
  std::memcpy(plan.bytes().data() + string.offset, text.data(), text.size());
}

TEST(Checksum, IsCrc32cOfTheWholePlanWithItsOwnFieldAsZero) {
  // "123456789" gives 0xE3069283 (RFC 3720's polynomial); here as the tail of a plan, against the definition bit by bit.
  std::vector<std::byte> bytes(sizeof(rvd_plan_header) + 9);
  std::memcpy(bytes.data() + sizeof(rvd_plan_header), "123456789", 9);
  const std::uint32_t with_zero = checksum(bytes);
  std::uint32_t crc = ~0u;
  for (const std::byte byte : bytes) {
    crc ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0u);
  }
  EXPECT_EQ(with_zero, ~crc);
  bytes[offsetof(rvd_plan_header, crc32c)] = std::byte{0x55};
  EXPECT_EQ(checksum(bytes), with_zero);
}

TEST(Checker, AcceptsWhatTheWriterWrites) {
  EXPECT_EQ(verdict_of(write(sample()).bytes()).sentence, "");
  EXPECT_EQ(verdict_of(write(smallest()).bytes()).sentence, "");
}

TEST(Checker, RefusesAPlanThatIsCutShort) {
  const Plan plan = write(sample());
  for (std::size_t length = 0; length < plan.bytes().size(); length += length < 64 ? 1 : 13) {
    EXPECT_EQ(verdict_of(plan.bytes().first(length)).code, Code::bad_file) << length;
  }
}

TEST(Checker, RefusesAPlanThatIsCutShortButSaysSo) {
  const Plan plan = write(sample());
  for (std::size_t length = sizeof(rvd_plan_header); length < plan.bytes().size(); ++length) {
    MutablePlan cut(plan.bytes().first(length));
    cut.header().length = length;
    cut.repair_checksum();
    EXPECT_EQ(verdict_of(cut.bytes()).code, Code::bad_file) << length;
  }
}

TEST(Checker, NoticesEveryFlippedBit) {
  MutablePlan plan(write(sample()));
  for (std::size_t bit = 0; bit < plan.bytes().size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1u << (bit % 8));
    plan.bytes()[bit / 8] ^= mask;
    EXPECT_NE(verdict_of(plan.bytes()).code, Code::ok) << "bit " << bit;
    plan.bytes()[bit / 8] ^= mask;
  }
}

TEST(Checker, SaysWhatIsWrongWithTheHeader) {
  EXPECT_EQ(verdict_of({}).sentence, "There are 0 bytes; a plan has at least 32.");
  MutablePlan plan(write(smallest()));
  plan.header().magic[6] = '\n';  // what a text-mode copy does
  EXPECT_EQ(verdict_of(plan.bytes()).sentence, "These bytes are not a plan: they do not begin with \"RVPLAN\\r\\n\".");
  plan.header().magic[6] = '\r';
  plan.header().crc32c ^= 1;
  EXPECT_NE(verdict_of(plan.bytes()).sentence.find("The checksum of the bytes is "), std::string::npos);
  plan.grow(64);
  plan.header().length -= 1;
  EXPECT_NE(verdict_of(plan.bytes()).sentence.find("bytes, but there are "), std::string::npos);
}

TEST(Checker, RefusesAnotherMajorVersionAndNamesBoth) {
  MutablePlan plan(write(smallest()));
  plan.header().major = 7;
  plan.header().minor = 3;
  const Verdict verdict = verdict_of(plan.bytes());  // before the checksum, whose place another version may move
  EXPECT_EQ(verdict.code, Code::incompatible);
  EXPECT_EQ(verdict.sentence, "The plan has version 7.3; this library reads version 0.3.");
}

TEST(Checker, DemandsASoundSectionTable) {
  expect_refused({
      {"Header: section_count is 65; it must be 2 to 64", [](MutablePlan& p) { p.header().section_count = 65; }},
      {"Section 12: offset is 32; it must be 344 to ", [](MutablePlan& p) { p.section(RVD_SECTION_BLOB).offset = 32; }},
      {"Section 12: offset is 18446744073709551552; it must be 344 to ",
       [](MutablePlan& p) { p.section(RVD_SECTION_BLOB).offset = kHuge - 63; }},
      {"it must be a multiple of 64.", [](MutablePlan& p) { p.section(RVD_SECTION_BLOB).offset -= 8; }},
      {"Section 1: count is 18446744073709551615; it must be 0 to ",
       [](MutablePlan& p) { p.section(RVD_SECTION_POPULATION).count = kHuge; }},
      {"Section 11: record_size is 2; it must be 1.",
       [](MutablePlan& p) { p.section(RVD_SECTION_TEXT).record_size = 2, p.section(RVD_SECTION_TEXT).count = 1; }},
      {"Section 0: record_size is 52; it must be a multiple of 8, at least 56.",
       [](MutablePlan& p) { p.section(RVD_SECTION_NETWORK).record_size = 52; }},
      {"Section 0: record_size is 0; it must be a multiple of 8, at least 56.",
       [](MutablePlan& p) { p.section(RVD_SECTION_NETWORK).record_size = 0; }},
      {"Section 0: record_size is 60; it must be a multiple of 8, at least 56.",
       [](MutablePlan& p) { p.section(RVD_SECTION_NETWORK).record_size = 60; }},
      {"Section 10: kind is 9; it must be unique among the sections.",
       [](MutablePlan& p) {
         p.section(RVD_SECTION_NOTE).record_size = 40;
         p.section(RVD_SECTION_NOTE).kind = RVD_SECTION_OPTION;
       }},
      {", where section 11 ends.", [](MutablePlan& p) { p.section(RVD_SECTION_TEXT).count += 64; }},
      {"The plan has 0 network records; it must have one.", [](MutablePlan& p) { p.section(RVD_SECTION_NETWORK).count = 0; }},
      {"The plan has no population; it must have at least one.",
       [](MutablePlan& p) { p.section(RVD_SECTION_POPULATION).count = 0; }},
  });
}

TEST(Checker, RefusesASectionTableLongerThanTheFile) {
  MutablePlan plan(write(smallest()).bytes().first(64));
  plan.header().length = 64;
  plan.header().section_count = 2;
  plan.repair_checksum();
  EXPECT_EQ(verdict_of(plan.bytes()).sentence,
            "Header: section_count is 2; it must be 2 to 64 and fit the file, which has room for 1.");
}

TEST(Checker, DemandsRecordsOfAtLeastTheirSize) {
  expect_refused({
      {"Network 0: size is 55; it must be 56 to 56.", [](MutablePlan& p) { network(p).size = 55; }},
      {"Note 0: size is 48; it must be 40 to 40.", [](MutablePlan& p) { note(p).size = 48; }},
      {"Op 28: size is 0; it must be 24 to 24.", [](MutablePlan& p) { p.record<rvd_op>(RVD_SECTION_OP, 28).size = 0; }},
  });
}

TEST(Checker, DemandsStringsInsideTheTextSection) {
  expect_refused({
      {"Note 0: where.offset is 0; it must be ", [](MutablePlan& p) { note(p).where.offset = 0; }},
      {"Note 0: text.offset is 18446744073709551615; it must be ", [](MutablePlan& p) { note(p).text.offset = kHuge; }},
      {"Note 0: text.length is 18446744073709551615; it must be 0 to ", [](MutablePlan& p) { note(p).text.length = kHuge; }},
      {"Note 0: where.offset is 77; it must be 0, for it is not used.",
       [](MutablePlan& p) {
         note(p).where = {77, 0};
       }},
      {"Note 0: zero is 1; it must be 0, for it is not used.", [](MutablePlan& p) { note(p).zero = 1; }},
  });
}

TEST(Checker, RefusesTextThatIsNotUtf8) {
  for (const std::string_view bad : {"\x80xxxx", "\xC1\xBFxxx", "\xC3xxxx", "xxxx\xFF", "\xE0\x9F\xBFxx", "\xED\xA0\x80xx",
                                     "\xF0\x8F\xBF\xBFx", "\xF4\x90\x80\x80x", "\xF5\x80\x80\x80x", "\xE1\x80xxx"}) {
    MutablePlan plan(write(sample()));
    put_text(plan, plan.record<rvd_population>(RVD_SECTION_POPULATION, 1).name, bad);
    plan.repair_checksum();
    EXPECT_NE(verdict_of(plan.bytes()).sentence.find("it must be part of a well-formed UTF-8 character."), std::string::npos)
        << bad;
  }
}

TEST(Checker, RefusesACharacterThatTheEndOfTheTextCutsOff) {
  Description description = smallest();
  description.notes = {{"", "x"}};
  MutablePlan plan(write(description));
  put_text(plan, note(plan).text, "\xC3");
  plan.repair_checksum();
  EXPECT_NE(verdict_of(plan.bytes()).sentence.find("the byte is 195;"), std::string::npos);
}

TEST(Checker, AcceptsCharactersOfEveryLength) {
  for (const std::string_view good :
       {"caf\xC3\xA9", "\xE2\x82\xACxx", "\xEE\x80\x80xx", "\xED\x9F\xBFxx", "\xF0\x90\x8D\x88x", "\xF4\x8F\xBF\xBFx"}) {
    MutablePlan plan(write(sample()));
    put_text(plan, plan.record<rvd_population>(RVD_SECTION_POPULATION, 1).name, good);
    plan.repair_checksum();
    EXPECT_EQ(verdict_of(plan.bytes()).sentence, "") << good;
  }
}

TEST(Checker, RefusesAStringThatSplitsACharacter) {
  const std::string_view text = "\xC3\xA9\xC3\xA9z";
  expect_refused({
      {"Population 1: name.offset is ",
       [&](MutablePlan& p) {
         rvd_str& name = p.record<rvd_population>(RVD_SECTION_POPULATION, 1).name;
         put_text(p, name, text);
         name.offset += 1;
         name.length -= 1;
       }},
      {"Population 1: name.length is 3; it must be such that the string ends after a whole UTF-8 character.",
       [&](MutablePlan& p) {
         rvd_str& name = p.record<rvd_population>(RVD_SECTION_POPULATION, 1).name;
         put_text(p, name, text);
         name.length = 3;
       }},
  });
}

TEST(Checker, DemandsArraysInsideTheBlobSection) {
  expect_refused({
      {"Parameter 0: values.zero is 9; it must be 0", [](MutablePlan& p) { parameter(p, 0).values.zero = 9; }},
      {"Parameter 0: values.type is 9; it must be 1 to 8.", [](MutablePlan& p) { parameter(p, 0).values.type = 9; }},
      {"Parameter 0: values.type is 0; it must be 1 to 8.", [](MutablePlan& p) { parameter(p, 0).values.type = 0; }},
      {"Parameter 0: values.offset is 64; it must be ", [](MutablePlan& p) { parameter(p, 0).values.offset = 64; }},
      {"Parameter 0: values.offset is 18446744073709551552; it must be ",
       [](MutablePlan& p) { parameter(p, 0).values.offset = kHuge - 63; }},
      {"it must be a multiple of 64.", [](MutablePlan& p) { parameter(p, 0).values.offset += 4; }},
      {"Parameter 0: values.count is 4611686018427387905; it must be 0 to ",
       [](MutablePlan& p) { parameter(p, 0).values.count = (kHuge >> 2) + 2; }},
      {"Parameter 0: values.offset is ", [](MutablePlan& p) { parameter(p, 0).values.count = 0; }},
      {"Parameter 0: values.type is 1; it must be 0, for it is not used.",
       [](MutablePlan& p) {
         parameter(p, 0).values = {0, 0, RVD_F32, 0};
       }},
      {"Parameter 1: values[3] is another byte; it must be 0 or 1, for it is a bool.",
       [](MutablePlan& p) { p.at<std::uint8_t>(parameter(p, 1).values.offset + 3) = 2; }},
  });
}

TEST(Checker, AcceptsAParameterWithoutValuesAndNumbersOfAnyKindInIt) {
  MutablePlan plan(write(sample()));
  parameter(plan, 1).values = {0, 0, 0, 0};
  plan.at<std::uint32_t>(parameter(plan, 0).values.offset) = 0x7FC0'0000;
  plan.repair_checksum();
  EXPECT_EQ(verdict_of(plan.bytes()).sentence, "");
}

TEST(Checker, DemandsATimeStep) {
  expect_refused({
      {"Network 0: dt is 0; it must be finite and above 0.", [](MutablePlan& p) { network(p).dt = 0; }},
      {"Network 0: dt is -1; it must be finite and above 0.", [](MutablePlan& p) { network(p).dt = -1; }},
      {"Network 0: dt is inf; it must be finite and above 0.", [](MutablePlan& p) { network(p).dt = kInfinity; }},
      {"Network 0: dt is nan; it must be finite and above 0.", [](MutablePlan& p) { network(p).dt = kNan; }},
      {"Network 0: zero is 1; it must be 0", [](MutablePlan& p) { network(p).zero = 1; }},
      {"Network 0: name.length is ", [](MutablePlan& p) { network(p).name.length = kHuge; }},
  });
}

// What a later minor version may do: longer records, and sections that this version does not know.
MutablePlan newer_minor(const Plan& plan) {
  constexpr std::uint32_t kMore = 16;
  MutablePlan newer(plan);
  newer.header().minor = RVD_PLAN_MINOR + 5;
  for (std::uint32_t kind = RVD_SECTION_NETWORK; kind < RVD_SECTION_TEXT; ++kind) {
    const rvd_section old = newer.section(kind);
    const std::uint64_t offset = (newer.bytes().size() + 63) / 64 * 64;
    const std::uint32_t stride = old.record_size + kMore;
    newer.grow(offset + stride * old.count - newer.bytes().size());
    for (std::uint64_t i = 0; i < old.count; ++i) {
      std::memcpy(newer.bytes().data() + offset + i * stride, newer.bytes().data() + old.offset + i * old.record_size,
                  old.record_size);
      newer.at<std::uint32_t>(offset + i * stride) += kMore;
      newer.at<std::uint64_t>(offset + i * stride + old.record_size) = kHuge;
    }
    newer.section(kind) = {kind, stride, offset, old.count};
  }
  auto& unknown = newer.at<rvd_section>(sizeof(rvd_plan_header) + newer.header().section_count * sizeof(rvd_section));
  ++newer.header().section_count;
  unknown = {99, 0, newer.section(RVD_SECTION_BLOB).offset, 12345};
  newer.repair_checksum();
  return newer;
}

TEST(Checker, AcceptsANewerMinorVersionWithLongerRecordsAndUnknownSections) {
  const Plan plan = write(sample());
  const Plan newer = Plan::from_bytes(newer_minor(plan).bytes());
  EXPECT_GT(newer.bytes().size(), plan.bytes().size());
  const auto without_length = [](const Plan& p) {
    std::string text = p.describe(true);
    return text.erase(0, text.find('\n'));
  };
  EXPECT_EQ(without_length(newer), without_length(plan));
  const rvd::PlanView view(newer.bytes().data(), newer.bytes().size());
  EXPECT_EQ(view.populations()[2].value_type, RVD_I64);
  EXPECT_EQ(view.text(view.receptors(view.populations()[2])[0].name), "x");
}

TEST(Checker, TakesTimeLinearInTheLengthHoweverManyRecordsShareTheirBytes) {
  // 40,000 projections that name one array of 2^20 weights: seconds per plan if each were looked at anew.
  Description description;
  description.dt = 1;
  Population population;
  population.model = "input@1";
  population.flags = RVD_POPULATION_INPUT;
  population.shape = {1024};
  population.name = "in";
  description.populations.push_back(population);
  population.flags = 0;
  population.name = "sums";
  population.receptors = {{"x", DType::f32}};
  population.ops = {make_op(RVD_OP_RECEPTOR, RVD_F32, {}), make_op(RVD_OP_EMIT, RVD_F32, {})};
  population.registers = 1;
  description.populations.push_back(population);
  Projection projection;
  projection.kind = RVD_PROJECTION_DENSE;
  projection.target = 1;
  projection.weights = Tensor({1024, 1024});
  description.projections = {projection};
  MutablePlan plan(write(description));

  constexpr std::uint64_t kCopies = 40'000;
  const auto record = plan.record<rvd_projection>(RVD_SECTION_PROJECTION, 0);
  const std::uint64_t offset = (plan.bytes().size() + 63) / 64 * 64;
  plan.grow(offset + kCopies * sizeof record - plan.bytes().size());
  for (std::uint64_t i = 0; i < kCopies; ++i) plan.at<rvd_projection>(offset + i * sizeof record) = record;
  rvd_section& section = plan.section(RVD_SECTION_PROJECTION);
  section.offset = offset;
  section.count = kCopies;
  plan.repair_checksum();
  EXPECT_EQ(verdict_of(plan.bytes()).sentence, "");
}

}  // namespace
}  // namespace ranvier::plan
