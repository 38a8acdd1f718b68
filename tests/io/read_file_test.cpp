#include <gtest/gtest.h>

#include <string>
#include <variant>

#include <sys/stat.h>
#include <unistd.h>

#include "core/io/files.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

struct Refusal {
  const char* content;
  std::size_t size;
  const char* said;
};

TEST(ReadFile, SaysWhatAFileIsNot) {
  const TemporaryFolder folder;
  const std::string plan = std::string("RVPLAN\r\n") + std::string(100, '\0');
  const Refusal refusals[] = {
      {"", 0, "The file is empty."},
      {"x", 1, "neither a NIR file (HDF5) nor a network file"},
      {"step,input\n1,2\n", 15, "neither a NIR file"},
      {"\x93NUMPY\x01\x00v\x00{'descr': '<f4'}", 26, "neither a NIR file"},
      {"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, "18446744073709551615"},
      {plan.data(), plan.size(), "This is a Plan"},
      {"RVPLAN\r\n", 8, "This is a Plan"},
      {"\x89HDF\r\n\x1a\n", 8, "cannot be opened as HDF5"},
  };
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.said);
    write_text(folder / "x.nir", {refusal.content, refusal.size});
    const auto error = error_of([&] { read_file(folder / "x.nir"); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), Code::bad_file);
    EXPECT_EQ(error->where(), (folder / "x.nir").string());
    EXPECT_NE(error->problems().front().message.find(refusal.said), std::string::npos) << error->what();
  }
}

TEST(ReadFile, SaysWhenThereIsNoFile) {
  const TemporaryFolder folder;
  const auto missing = error_of([&] { read_file(folder / "missing.nir"); });
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->code(), Code::not_found);
  EXPECT_NE(std::string(missing->what()).find("missing.nir"), std::string::npos);
  const auto direct = error_of([&] { read_nir(folder / "missing.nir"); });
  ASSERT_TRUE(direct);
  EXPECT_EQ(direct->code(), Code::not_found);
}

TEST(ReadFile, SaysWhenItIsAFolderOrAPipe) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "folder.nir");
  EXPECT_NE(std::string(error_of([&] { read_file(folder / "folder.nir"); })->what()).find("a folder"), std::string::npos);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_NE(std::string(error_of([&] { read_file(folder / "pipe"); })->what()).find("not a regular file"), std::string::npos);
}

TEST(ReadFile, SaysWhenItMayNotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything.";
  const TemporaryFolder folder;
  write_text(folder / "x.nir", "secret");
  ::chmod((folder / "x.nir").c_str(), 0);
  const auto error = error_of([&] { read_file(folder / "x.nir"); });
  ASSERT_TRUE(error);
  EXPECT_NE(std::string(error->what()).find("Permission denied"), std::string::npos);
}

TEST(ReadFile, ReadsANetworkFileWhateverItsName) {
  const TemporaryFolder folder;
  NirGraph graph{"1", {{"a", "Input", {}, {}}}, {}};
  write_text(folder / "x.plan", text_of(write_network_file(graph)));
  EXPECT_EQ(std::get<NirGraph>(read_file(folder / "x.plan")).nodes.front().name, "a");
}

TEST(ReadFile, ReadsANirFileWhateverItsName) {
  const TemporaryFolder folder;
  std::filesystem::copy(data("nir-paper/01_lif/lif_norse.nir"), folder / "--data 5; x \u00e4");
  EXPECT_EQ(std::get<NirGraph>(read_file(folder / "--data 5; x \u00e4")).nodes.size(), 4u);
}

TEST(ReadFile, FindsHdf5BehindAUserBlock) {
  EXPECT_EQ(std::get<NirGraph>(read_file(data("hostile/good_user_block.nir"))).nodes.size(), 1u);
}

TEST(ReadFile, ReadsANameThatBeginsWithADash) {
  const TemporaryFolder folder;
  std::filesystem::copy(data("nir-paper/01_lif/lif_norse.nir"), folder / "--cpu");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path((folder / "--cpu").parent_path());
  const auto error = error_of([] { read_nir("--cpu"); });
  std::filesystem::current_path(before);
  EXPECT_FALSE(error) << error->what();
}

}  // namespace
}  // namespace ranvier::io
