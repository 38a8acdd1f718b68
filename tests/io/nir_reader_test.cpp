// NIR files that must be read: against what h5py reads from them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/io/child_process.h"
#include "core/io/files.h"
#include "core/io/nir_limits.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

std::string fnv1a(const Tensor& tensor) {
  std::uint64_t value = 0xCBF29CE484222325;
  const auto* bytes = static_cast<const unsigned char*>(tensor.data());
  for (std::size_t i = 0; i < tensor.bytes(); ++i) value = (value ^ bytes[i]) * 0x100000001B3;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

// The lines of tensors.txt (made by tensors.py), by file, without the file's name.
std::map<std::string, std::vector<std::string>> expected_lines() {
  std::map<std::string, std::vector<std::string>> lines;
  std::ifstream file(data("nir-paper/tensors.txt"));
  for (std::string line; std::getline(file, line);) {
    const std::size_t tab = line.find('\t');
    lines[line.substr(0, tab)].push_back(line.substr(tab + 1));
  }
  return lines;
}

std::vector<std::string> lines_of(const NirGraph& graph) {
  std::vector<std::string> lines;
  for (const NirNode& node : graph.nodes) {
    for (const auto& [name, tensor] : node.arrays) {
      lines.push_back(node.name + "\t" + node.type + "\t" + name + "\t" + std::string(name_of(tensor.dtype())) + "\t" +
                      to_string(tensor.shape()) + "\t" + fnv1a(tensor));
    }
    for (const auto& [name, text] : node.texts)
      lines.push_back(node.name + "\t" + node.type + "\t" + name + "\ttext\t\t" + text);
  }
  for (const auto& [source, target] : graph.edges) lines.push_back("edge\t" + source + "\t" + target);
  return lines;
}

TEST(NirReader, ReadsWhatH5pyReads) {
  const auto expected = expected_lines();
  ASSERT_EQ(expected.size(), 9u);
  for (auto [file, lines] : expected) {
    SCOPED_TRACE(file);
    std::vector<std::string> found = lines_of(read_nir(data("nir-paper/" + file)));
    std::ranges::sort(lines);
    std::ranges::sort(found);
    EXPECT_EQ(found, lines);
  }
}

TEST(NirReader, KeepsTheOrderOfTheEdges) {
  const NirGraph graph = read_nir(data("nir-paper/01_lif/lif_norse.nir"));
  const std::vector<std::pair<std::string, std::string>> edges{{"input", "0"}, {"0", "1"}, {"1", "output"}};
  EXPECT_EQ(graph.edges, edges);
  EXPECT_EQ(graph.version, "0.1.1");
}

TEST(NirReader, ReadsTheNumbersOfTheLifFile) {
  const NirGraph graph = read_nir(data("nir-paper/01_lif/lif_norse.nir"));
  ASSERT_EQ(graph.nodes.size(), 4u);
  EXPECT_EQ(graph.nodes[1].type, "LIF");
  EXPECT_EQ(graph.nodes[1].arrays.at("tau").values<float>()[0], 0.0025f);
  EXPECT_EQ(graph.nodes[1].arrays.at("v_threshold").values<float>()[0], 0.1f);
}

TEST(NirReader, ReadsWhatOtherWritersMayStore) {
  const NirGraph graph = read_nir(data("hostile/good_variety.nir"));
  const auto lif = std::ranges::find(graph.nodes, "lif", &NirNode::name);
  ASSERT_NE(lif, graph.nodes.end());
  EXPECT_EQ(lif->type, "LIF");                                                       // fixed length
  EXPECT_TRUE(same(lif->arrays.at("tau"), Tensor::of({1.5f, 2.5f})));                // big endian
  EXPECT_TRUE(same(lif->arrays.at("v_leak"), Tensor::of<std::int16_t>({-1, 300})));  // big endian
  EXPECT_TRUE(same(lif->arrays.at("r"), Tensor::of({true, false})));                 // an enum
  EXPECT_TRUE(same(lif->arrays.at("u8"), Tensor::of<std::uint8_t>({0, 255})));
  EXPECT_TRUE(same(lif->arrays.at("i8"), Tensor::of<std::int8_t>({-128, 127})));
  EXPECT_TRUE(same(lif->arrays.at("i32"), Tensor::of<std::int32_t>({-5}).reshape({})));
  EXPECT_EQ(lif->texts.at("spaced"), "same");
}

TEST(NirReader, ReadsLzf) {
  const NirGraph graph = read_nir(data("hostile/good_lzf.nir"));
  const auto lif = std::ranges::find(graph.nodes, "lif", &NirNode::name);
  ASSERT_NE(lif, graph.nodes.end());
  const Tensor& tau = lif->arrays.at("tau");  // 0, 1, 2 ... 99, 0, 1 ...: runs of literals and long references
  ASSERT_EQ(tau.shape(), Shape({3000}));
  for (std::size_t i = 0; i < tau.size(); ++i) ASSERT_EQ(tau.values<float>()[i], static_cast<float>(i % 100)) << i;
  EXPECT_TRUE(same(lif->arrays.at("r"), Tensor({5000})));
}

TEST(NirReader, ReadsMetadataAsATree) {
  const NirGraph graph = read_nir(data("hostile/good_metadata.nir"));
  EXPECT_EQ(graph.metadata.texts.at("by"), "someone");
  const auto lif = std::ranges::find(graph.nodes, "lif", &NirNode::name);
  ASSERT_NE(lif, graph.nodes.end());
  const NirMetadata& metadata = lif->metadata;
  EXPECT_EQ(metadata.texts.at("note"), "a text");
  EXPECT_TRUE(same(metadata.arrays.at("count"), Tensor::of<std::int64_t>({2}).reshape({})));
  EXPECT_TRUE(same(metadata.arrays.at("flag"), Tensor::of({true}).reshape({})));
  EXPECT_TRUE(same(metadata.arrays.at("values"), Tensor::of({1.0, 2.0})));
  EXPECT_EQ(metadata.lists.at("tags"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(metadata.groups.at("inner").groups.at("innermost").texts.at("x"), "y");
  EXPECT_FALSE(lif->arrays.contains("metadata"));
}

TEST(NirReader, ReadsNestedGraphs) {
  const NirGraph graph = read_nir(data("nir-paper/03_rnn/braille_noDelay_bias_zero_subgraph.nir"));
  const auto nested = std::ranges::find(graph.nodes, "NIRGraph", &NirNode::type);
  ASSERT_NE(nested, graph.nodes.end());
  EXPECT_EQ(nested->name, "lif1");
  ASSERT_TRUE(nested->graph);
  EXPECT_EQ(nested->graph->nodes.size(), 4u);
  EXPECT_EQ(nested->graph->edges.size(), 4u);
  EXPECT_TRUE(nested->arrays.empty());
}

// NIR 0.0: nodes by number under /nodes, edges of integers, other names.
TEST(NirReader, ReadsFilesOfTheFirstVersions) {
  const NirGraph graph = read_nir(data("hostile/good_legacy.nir"));
  const std::vector<std::pair<std::string, std::string>> edges{{"0", "1"}, {"1", "2"}, {"2", "3"}};
  EXPECT_EQ(graph.edges, edges);
  EXPECT_EQ(graph.version, "");
  ASSERT_EQ(graph.nodes.size(), 4u);
  EXPECT_EQ(graph.nodes[1].type, "Affine");
  EXPECT_TRUE(graph.nodes[1].arrays.contains("weight"));
  EXPECT_EQ(graph.nodes[2].type, "LIF");
  EXPECT_TRUE(same(graph.nodes[2].arrays.at("v_threshold"), Tensor::of({1.0, 1.0})));
}

TEST(NirReader, ReadsFromAFileThatMayNotBeWritten) {
  const TemporaryFolder folder;
  std::filesystem::copy(data("nir-paper/01_lif/lif_norse.nir"), folder / "x.nir");
  std::filesystem::permissions(folder / "x.nir", std::filesystem::perms::owner_read);
  EXPECT_EQ(read_nir(folder / "x.nir").nodes.size(), 4u);
}

// The program itself: its arguments and exit codes are for other programs too.
struct Outcome {
  int code;
  std::string errors;
};

Outcome helper(std::vector<std::string> arguments) {
  const ChildResult result = run_child(RANVIER_NIR, arguments, {std::size_t{1} << 30, std::chrono::seconds(30)});
  EXPECT_EQ(result.end, ChildResult::End::exited);
  return {result.number, result.errors};
}

TEST(NirProgram, HasDocumentedExitCodes) {
  const std::string good = data("nir-paper/01_lif/lif_norse.nir").string();
  EXPECT_EQ(helper({"read", good}).code, kNirOk);
  EXPECT_EQ(helper({"read", "--", good}).code, kNirOk);
  EXPECT_EQ(helper({}).code, kNirUsage);
  EXPECT_EQ(helper({"read"}).code, kNirUsage);
  EXPECT_EQ(helper({"write", good}).code, kNirUsage);
  EXPECT_EQ(helper({"write", "--compression", "szip"}).code, kNirUsage);
  EXPECT_EQ(helper({"write"}).code, kNirRefused);  // of an empty input
  EXPECT_EQ(helper({"read-data", good}).code, kNirRefused);
  EXPECT_EQ(helper({"read", good, good}).code, kNirUsage);
  EXPECT_EQ(helper({"read", "--data", "x", good}).code, kNirUsage);
  EXPECT_EQ(helper({"read", "--data", "-1", good}).code, kNirUsage);
  EXPECT_EQ(helper({"read", "--colour", "1", good}).code, kNirUsage);
  EXPECT_EQ(helper({"read", "/nonexistent"}).code, kNirUnreadable);
  EXPECT_EQ(helper({"read", data("nir-paper/01_lif/lif_exact.csv").string()}).code, kNirUnreadable);
  EXPECT_EQ(helper({"read", data("hostile/soft_link.nir").string()}).code, kNirRefused);
}

TEST(NirProgram, SaysOneLineAndARemedy) {
  const Outcome run = helper({"read", data("hostile/filter_shuffle.nir").string()});
  EXPECT_EQ(run.errors,
            "ranvier-nir: The storage of the dataset 'tau' of node 'lif' uses the filter shuffle; only gzip (deflate), lzf and "
            "uncompressed data are read.\nremedy: Write the file again with gzip, or without compression.\n");
}

TEST(NirProgram, ObeysItsLimits) {
  const std::string braille = data("nir-paper/03_rnn/braille_noDelay_bias_zero.nir").string();
  const Outcome data_limit = helper({"read", "--data", "3000", braille});
  EXPECT_EQ(data_limit.code, kNirRefused);
  EXPECT_NE(data_limit.errors.find("may still hold"), std::string::npos) << data_limit.errors;
}

TEST(NirLimits, GrowWithTheFileAndEnd) {
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
  EXPECT_EQ(nir_limits(0).data_bytes, kMiB);
  EXPECT_EQ(nir_limits(20'000).data_bytes, 1032 * 20'000 + kMiB);
  EXPECT_EQ(nir_limits(kMiB).data_bytes, 128 * kMiB);
  EXPECT_EQ(nir_limits(~std::uint64_t{0}).data_bytes, 1024 * kMiB);
  EXPECT_LT(nir_limits(~std::uint64_t{0}).memory_bytes, 4096 * kMiB);
  EXPECT_EQ(nir_limits(20'000).cpu_seconds, 3u);
  EXPECT_EQ(nir_limits(~std::uint64_t{0}).cpu_seconds, 19u);
}

}  // namespace
}  // namespace ranvier::io
