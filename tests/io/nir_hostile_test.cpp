// NIR files that must be refused, or survived. tests/data/hostile/make.py says what is in the small ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "core/io/child_process.h"
#include "core/io/files.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

constexpr long kMaxGrowthKb = 256 * 1024;

struct Refusal {
  const char* file;
  const char* said;
};

void expect_refused(const Refusal& refusal) {
  SCOPED_TRACE(refusal.file);
  const auto error = error_of([&] { read_nir(data(refusal.file)); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::bad_file);
  EXPECT_EQ(error->where(), data(refusal.file).string());
  EXPECT_FALSE(error->remedy().empty());
  const std::string& sentence = error->problems().front().message;
  EXPECT_NE(sentence.find(refusal.said), std::string::npos) << sentence;
  EXPECT_TRUE(sentence.ends_with(".")) << sentence;
  EXPECT_TRUE(std::ranges::none_of(sentence, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) << sentence;
}

TEST(NirHostile, RefusesByName) {
  const Refusal refusals[] = {
      {"hostile/external_link.nir", "'tau' of node 'lif' is an external link"},
      {"hostile/external_link_node.nir", "'x' of the group '/node/nodes' is an external link"},
      {"hostile/external_link_root.nir", "'anything' of the root group is an external link"},
      {"hostile/soft_link.nir", "'tau' of node 'lif' is a soft link"},
      {"hostile/external_storage.nir", "'tau' of node 'lif' lie in another file"},
      {"hostile/virtual_dataset.nir", "'tau' of node 'lif' lie in other datasets (a virtual dataset)"},
      {"hostile/committed_type.nir", "'tau' of node 'lif' has a committed type"},
      {"hostile/committed_type_member.nir", "'tau' of node 'lif' is a committed type"},
      {"hostile/absurd_extent.nir", "'tau' of node 'lif' declares the shape [4294967296, 4294967296]"},
      {"hostile/absurd_extent_contiguous.nir", "declares the shape [1099511627776]"},
      {"hostile/absurd_chunk.nir", "The chunks of the dataset 'tau' of node 'lif' are larger than"},
      {"hostile/absurd_string.nir", "elements of 2000000000 bytes"},
      {"hostile/many_edges.nir", "'edges' of the graph declares the shape [2147483648, 2]"},
      {"hostile/bomb.nir", "'tau' of node 'lif' declares the shape [8000000]"},
      {"hostile/damaged_deflate.nir", "'tau' of node 'lif' cannot be read: inflate() failed"},
      {"hostile/missing_chunk.nir", "of 2 chunks the file holds 1"},
      {"hostile/no_data.nir", "'tau' of node 'lif' are not there: it declares 8 bytes, of which the file holds 0"},
      {"hostile/null_space.nir", "declared empty"},
      {"hostile/lzf_damaged.nir", "'tau' of node 'lif' cannot be read"},
      {"hostile/lzf_of_another_size.nir", "lzf of the dataset 'tau' of node 'lif' is for chunks of 4096 bytes; they have 64"},
      {"hostile/filter_shuffle.nir", "the filter shuffle"},
      {"hostile/filter_fletcher32.nir", "the filter fletcher32"},
      {"hostile/filter_scaleoffset.nir", "the filter scaleoffset"},
      {"hostile/type_float16.nir", "type 16-bit float"},
      {"hostile/type_long_double.nir", "type 128-bit float"},
      {"hostile/type_uint16.nir", "type 16-bit unsigned integer"},
      {"hostile/type_uint64.nir", "type 64-bit unsigned integer"},
      {"hostile/type_complex.nir", "type compound"},
      {"hostile/type_opaque.nir", "type opaque"},
      {"hostile/type_enum.nir", "type enum"},
      {"hostile/type_reference.nir", "type reference"},
      {"hostile/type_list.nir", "type variable-length"},
      {"hostile/nine_dimensions.nir", "9 dimensions"},
      {"hostile/bool_of_two.nir", "neither 0 nor 1"},
      {"hostile/text_list.nir", "'padding' of node 'lif' holds 2 texts"},
      {"hostile/text_not_utf8.nir", "the text 'sa\\xffme', which is not UTF-8"},
      {"hostile/name_not_utf8.nir", "'l\\xfff' of the group '/node/nodes'"},
      {"hostile/name_of_a_terminal.nir", "node '\\x1b]0;owned\\x07\\x0alif'"},
      {"hostile/group_as_parameter.nir", "'tau' of node 'lif' is a group"},
      {"hostile/loop.nir", "nested deeper than 32 levels, or one lies within itself"},
      {"hostile/nested_34.nir", "nested deeper than 32 levels, or one lies within itself"},
      {"hostile/doubling.nir", "have more members, counted as often as they are linked, than are read"},
      {"hostile/soft_loop.nir", "'self' of the group '/node/nodes' is a soft link"},
      {"hostile/nested_extra.nir", "The group '/node/nodes/inner' has the member 'extra'"},
      {"hostile/nested_no_edges.nir", "The group '/node/nodes/inner' has no member 'edges'"},
      {"hostile/nested_bad_node.nir", "node 'inner/lif' has no dataset 'type'"},
      {"hostile/metadata_loop.nir", "In the group 'm' of the group 'm' of"},
      {"hostile/metadata_link.nir", "'far' of the metadata of node 'lif' is an external link"},
      {"hostile/metadata_dataset.nir", "'metadata' of node 'lif' is a dataset; it must be a group"},
      {"hostile/metadata_table.nir", "'words' of the metadata of node 'lif' holds a table of texts"},
      {"hostile/metadata_bomb.nir", "'big' of the metadata of node 'lif' declares the shape"},
      {"hostile/node_is_dataset.nir", "'x' of the group '/node/nodes' is a dataset"},
      {"hostile/no_type.nir", "node 'lif' has no dataset 'type'"},
      {"hostile/type_of_numbers.nir", "'type' of node 'lif' must be one string"},
      {"hostile/no_edges.nir", "'/node' has no member 'edges'"},
      {"hostile/edges_of_integers.nir", "'edges' of the graph holds the number 0, as files older than NIR 0.2 do"},
      {"hostile/edges_of_floats.nir", "'edges' of the graph holds numbers of type f64 and shape [1, 2]"},
      {"hostile/edges_of_three.nir", "the shape [1, 3]"},
      {"hostile/edges_empty_name.nir", "an empty name"},
      {"hostile/extra_member.nir", "the member 'extra'"},
      {"hostile/root_is_node.nir", "type of '/node' is 'LIF'"},
      {"nir-paper/derived/refwriter_slash_in_node_name.nir", "node 'a' has no dataset 'type'"},
      {"nir-paper/derived/refwriter_nirdata.h5", "NIR data (recordings)"},
      {"nir-paper/other/demo_norse_scnn_truncated.nir", "'/node' has no member 'edges': the file is incomplete"},
  };
  for (const Refusal& refusal : refusals) expect_refused(refusal);
}

TEST(NirHostile, TakesOfAChunkWhatItDeclares) {
  const NirGraph graph = read_nir(data("hostile/bomb_in_chunk.nir"));
  const auto lif = std::ranges::find(graph.nodes, "lif", &NirNode::name);
  ASSERT_NE(lif, graph.nodes.end());
  EXPECT_TRUE(same(lif->arrays.at("tau"), Tensor({16})));
}

// Reads a spoilt copy, which must give an Error or a graph, and nothing else.
enum class Fate { read, refused, crashed };

void read_whole(const std::filesystem::path& path) {
  if (path.extension() == ".h5") return static_cast<void>(read_nir_data(path));
  const FileContent content = read_file(path);
  if (const auto* netx = std::get_if<NetxFile>(&content)) network_of(*netx, {}, "net", path.string());
}

Fate fate_of(const std::filesystem::path& path, const std::string& content) {
  write_text(path, content);
  const auto error = error_of([&] { read_whole(path); });
  if (!error) return Fate::read;
  const bool netx = path.extension() == ".net" && error->code() == Code::unsupported;
  const bool expected = error->code() == Code::bad_file || error->code() == Code::out_of_memory || netx;
  EXPECT_TRUE(expected) << error->what();
  EXPECT_EQ(error->where(), path.string()) << error->what();
  return std::string(error->what()).find("the HDF5 library crashed on it") == std::string::npos ? Fate::refused : Fate::crashed;
}

constexpr const char* kRealFiles[] = {"nir-paper/01_lif/lif_norse.nir", "nir-paper/03_rnn/braille_noDelay_bias_zero.nir"};

// Every kind of file that there is: old, nested, with metadata, gzip, lzf, user block; recordings.
constexpr const char* kMutatedFiles[] = {"nir-paper/01_lif/lif_norse.nir",
                                         "nir-paper/03_rnn/braille_noDelay_bias_zero.nir",
                                         "nir-paper/derived/refwriter_conv1d_nested_rnn_gzip.nir",
                                         "hostile/good_lzf.nir",
                                         "hostile/good_metadata.nir",
                                         "hostile/good_legacy.nir",
                                         "nir-paper/derived/refwriter_nirdata.h5",
                                         "netx/convolution.net"};

// RANVIER_MUTATIONS=10000 is the long run of `./dev hostile`.
int mutations() {
  const char* const wanted = std::getenv("RANVIER_MUTATIONS");
  return wanted == nullptr ? 700 : std::max(1, std::atoi(wanted));
}

TEST(NirHostile, RefusesTruncatedFiles) {
  const TemporaryFolder folder;
  for (const char* file : kRealFiles) {
    const std::string good = read_text(data(file));
    for (std::size_t length = 0; length < good.size(); length += good.size() / 60 + 1) {
      EXPECT_NE(fate_of(folder / "x.nir", good.substr(0, length)), Fate::read) << file << " cut to " << length;
    }
    EXPECT_NE(fate_of(folder / "x.nir", good.substr(0, good.size() - 1)), Fate::read) << file;
  }
}

TEST(NirHostile, SurvivesMutatedFiles) {
  const TemporaryFolder folder;
  reset_peak();
  const long before = status_kb("VmRSS");
  constexpr unsigned kSeed = 1;
  std::mt19937 random(kSeed);
  std::map<Fate, int> count;
  for (const char* file : kMutatedFiles) {
    const std::string good = read_text(data(file));
    const std::filesystem::path copy = folder / ("x" + std::filesystem::path(file).extension().string());
    for (int i = 0; i < mutations() / static_cast<int>(std::size(kMutatedFiles)); ++i) {
      SCOPED_TRACE(std::string(file) + ", seed " + std::to_string(kSeed) + ", copy " + std::to_string(i));
      std::string changed = good;
      for (unsigned k = random() % 16 + 1; k > 0; --k) changed[random() % changed.size()] = static_cast<char>(random());
      ++count[fate_of(copy, changed)];
    }
  }
  EXPECT_LT(status_kb("VmHWM") - before, kMaxGrowthKb);
  std::printf("%d read, %d refused, %d crashed in the child\n", count[Fate::read], count[Fate::refused], count[Fate::crashed]);
}

TEST(NirHostile, TheHostStaysSmall) {
  reset_peak();
  const long before = status_kb("VmRSS");
  for (const auto& entry : std::filesystem::directory_iterator(data("hostile"))) {
    if (entry.path().extension() == ".nir") error_of([&] { read_nir(entry.path()); });
  }
  EXPECT_LT(status_kb("VmHWM") - before, kMaxGrowthKb);
}

// What the program does between opening the file and its end, as strace saw it: lines that open anything.
std::vector<std::string> opened_after(const std::string& trace, const std::string& file) {
  std::istringstream lines(trace);
  std::vector<std::string> opened;
  bool begun = false;
  for (std::string line; std::getline(lines, line);) {
    const bool is_file = line.find(file) != std::string::npos;
    if (begun && !is_file && line.find("open") != std::string::npos) opened.push_back(line);
    begun = begun || (is_file && line.find("open") != std::string::npos);
  }
  EXPECT_TRUE(begun) << trace;
  return opened;
}

TEST(NirHostile, OpensNoOtherFile) {
  const TemporaryFolder folder;
  const std::string log = (folder / "trace").string();
  const auto traced = [&](const std::filesystem::path& file) {
    return run_child("/usr/bin/env",
                     {"strace", "-f", "-e", "trace=open,openat,openat2,creat", "-o", log, RANVIER_NIR, "read", file.string()},
                     {std::size_t{1} << 24, std::chrono::seconds(60)});
  };
  const ChildResult first = traced(data("hostile/good_variety.nir"));
  if (first.number != 0 || read_text(log).empty()) {
    GTEST_SKIP() << "strace is not installed or may not trace here: " << first.errors;
  }
  for (const auto& entry : std::filesystem::directory_iterator(data("hostile"))) {
    if (entry.path().extension() != ".nir") continue;
    SCOPED_TRACE(entry.path());
    traced(entry.path());
    EXPECT_EQ(opened_after(read_text(log), entry.path().string()), std::vector<std::string>());
  }
}

}  // namespace
}  // namespace ranvier::io
