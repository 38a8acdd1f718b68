#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "core/io/files.h"
#include "core/io/safetensors.h"
#include "tests/io/io_test.h"

namespace ranvier::io {
namespace {

using nlohmann::json;

const char* const kNetwork = R"({"format":"ranvier-network","major":0,"minor":1,"kind":"network","name":"n","dt":0.0001,
  "dt_given":"0.1 ms","seed":7,
  "nodes":[{"name":"a","model":"input@1","shape":[2],"parameters":{},"options":{}},
           {"name":"b","model":"lif@1","shape":[2],"parameters":{"tau":"t"},"options":{"reset":"zero"}}],
  "edges":[{"source":"a","target":"b","receptor":"","weights":"w","delay":1,"hop_delay":0,"feedback_bias_from_start":false}],
  "assumptions":[["a","b"]]})";

const char* const kNir = R"({"format":"ranvier-network","major":0,"minor":1,"kind":"nir-graph","version":"1",
  "nodes":[{"name":"a","type":"LIF","arrays":{"tau":"t"},"texts":{"padding":"same"}},
           {"name":"b","type":"Linear","arrays":{"weight":"w"},"texts":{}}],
  "edges":[["a","b"]]})";

std::vector<std::byte> file_of(const std::string& graph_json, Tensors tensors) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(graph_json.data());
  tensors.emplace("graph.json", Tensor::view(bytes, {graph_json.size()}).clone());
  return write_safetensors(tensors);
}

Tensors two_tensors() { return {{"t", Tensor::of({0.1f, 0.2f})}, {"w", Tensor::of({1.0f, 2.0f})}}; }

FileContent parse(const std::string& graph_json) { return parse_network_file(file_of(graph_json, two_tensors()), "x.net"); }

const std::string kDeep = std::string(193, '[') + "1" + std::string(193, ']');

struct Change {
  const char* at;     // JSON pointer
  const char* value;  // nullptr: removed
  const char* said;
};

void expect_refused(const char* document, const Change& change) {
  SCOPED_TRACE(std::string(change.at) + " = " + (change.value == nullptr ? "nothing" : change.value));
  json changed = json::parse(document);
  const json::json_pointer pointer(change.at);
  if (change.value == nullptr) changed[pointer.parent_pointer()].erase(pointer.back());
  else changed[pointer] = json::parse(change.value);
  const auto error = error_of([&] { parse(changed.dump()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::bad_file);
  EXPECT_EQ(error->where(), "x.net");
  const std::string& sentence = error->problems().front().message;
  EXPECT_NE(sentence.find(change.said), std::string::npos) << sentence;
  EXPECT_TRUE(sentence.ends_with(".")) << sentence;
}

TEST(NetworkFileHostile, TheBaseOfTheseTestsIsGood) {
  EXPECT_TRUE(std::holds_alternative<net::Graph>(parse(kNetwork)));
  EXPECT_TRUE(std::holds_alternative<NirGraph>(parse(kNir)));
}

TEST(NetworkFileHostile, RefusesEachMistakeInANetwork) {
  const Change changes[] = {
      {"/format", nullptr, "at format is missing; it must be a text"},
      {"/format", "\"onnx\"", "'onnx'; it must be 'ranvier-network'"},
      {"/major", "\"0\"", "major is '0'"},
      {"/major", "-1", "major is -1"},
      {"/minor", "1.5", "minor is 1.5"},
      {"/minor", "4294967296", "from 0 to 4294967295"},
      {"/kind", "\"plan\"", "'plan'; it must be 'nir-graph' or 'network'"},
      {"/surprise", "1", "the key 'surprise'"},
      {"/name", "null", "name is null"},
      {"/dt", "0", "dt is 0"},
      {"/dt", "-0.0001", "dt is -1e-04"},
      {"/dt", "\"0.1 ms\"", "dt is '0.1 ms'; it must be a number"},
      {"/dt_given", "\"0.1\"", "'0.1'; it must be a number and a unit"},
      {"/dt_given", "\"0.1 mV\"", "'0.1 mV'; it must be the dt of 1e-04 s"},
      {"/dt_given", "\"0.2 ms\"", "'0.2 ms'"},
      {"/dt_given", "\"nan ms\"", "'nan ms'"},
      {"/seed", "-1", "seed is -1"},
      {"/seed", "18446744073709551616", "seed is 1.8446744073709552e+19"},
      {"/seed", "7.0", "seed is 7.0"},
      {"/nodes", "{}", "nodes is an object; it must be a list"},
      {"/nodes/0", "7", "nodes[0] is 7; it must be an object"},
      {"/nodes/0/name", "\"\"", "nodes[0].name is ''; it must be a text that is not empty"},
      {"/nodes/1/name", "\"a\"", "nodes[1] has the name 'a' of another node"},
      {"/nodes/0/model", nullptr, "nodes[0].model is missing"},
      {"/nodes/0/shape", "[2,-1]", "nodes[0].shape"},
      {"/nodes/0/shape", "[1,1,1,1,1,1,1,1,1]", "at most 8 extents"},
      {"/nodes/0/shape", "[4294967296,4294967296]", "[4294967296, 4294967296]; it must be"},
      {"/nodes/0/shape", "2", "nodes[0].shape is 2"},
      {"/nodes/0/colour", "1", "nodes[0] has the key 'colour'"},
      {"/nodes/1/parameters", "[]", "nodes[1].parameters is a list"},
      {"/nodes/1/parameters/tau", "0.1", "nodes[1].parameters"},
      {"/nodes/1/parameters/tau", "\"no\"", "nodes[1].parameters.tau names the array 'no'"},
      {"/nodes/1/parameters/tau", "\"w\"",
       "edges[0].weights names the array 'w', which the file does not hold or which is named twice"},
      {"/nodes/1/parameters/tau", nullptr, "The array 't' is named nowhere"},
      {"/nodes/1/parameters/tau", "\"graph.json\"", "'graph.json'"},
      {"/nodes/1/options/reset", "1", "nodes[1].options"},
      {"/nodes/1/options/", "\"x\"", "nodes[1].options"},
      {"/edges", "null", "edges is null"},
      {"/edges/0", "[\"a\",\"b\"]", "edges[0] is a list"},
      {"/edges/0/source", "\"c\"", "edges[0].source is 'c', but there is no node of that name"},
      {"/edges/0/target", "1", "edges[0].target is 1"},
      {"/edges/0/receptor", nullptr, "edges[0].receptor is missing"},
      {"/edges/0/weights", "null", "edges[0].weights is null"},
      {"/edges/0/delay", "-1", "edges[0].delay is -1"},
      {"/edges/0/delay", "4294967296", "edges[0].delay is 4294967296; it must be an integer from 0 to 4294967295"},
      {"/edges/0/hop_delay", "true", "edges[0].hop_delay is true"},
      {"/edges/0/feedback_bias_from_start", "0", "it must be true or false"},
      {"/assumptions/0", "[\"a\"]", "assumptions[0] is a list; it must be a list of two texts"},
      {"/assumptions/0/1", "1", "assumptions[0]"},
      {"/name", kDeep.c_str(), "deeper than 192 levels"},
  };
  for (const Change& change : changes) expect_refused(kNetwork, change);
}

TEST(NetworkFileHostile, RefusesEachMistakeInANirGraph) {
  const Change changes[] = {
      {"/version", "1", "version is 1"},
      {"/nodes", nullptr, "nodes is missing"},
      {"/nodes/1/name", "\"a\"", "nodes[1] has the name 'a' of another node"},
      {"/nodes/0/type", "\"\"", "nodes[0].type is ''"},
      {"/nodes/0/arrays/tau", "\"x\"", "nodes[0].arrays.tau names the array 'x'"},
      {"/nodes/0/texts/padding", "{}", "nodes[0].texts"},
      {"/nodes/0/shape", "[2]", "nodes[0] has the key 'shape'"},
      {"/edges/0", "[\"a\",\"b\",\"c\"]", "edges[0] is a list; it must be a list of two texts"},
      {"/edges/0", "\"ab\"", "edges[0] is 'ab'"},
      {"/metadata", "[]", "metadata is a list; it must be an object"},
      {"/metadata", "{\"notes\":{}}", "metadata has the key 'notes'"},
      {"/metadata", "{\"lists\":{\"a\":[1]}}", "metadata.lists.a must be a list of texts"},
      {"/metadata", "{\"groups\":{\"\":{}}}", "metadata.groups is an object; it must be an object whose members have names"},
      {"/metadata", "{\"groups\":{\"a\":{\"arrays\":{\"b\":\"t\"}}}}", "metadata.groups.a.arrays.b names the array 't'"},
      {"/nodes/0/metadata", "1", "nodes[0].metadata is 1"},
      {"/nodes/0/graph", "{\"nodes\":[],\"edges\":[]}", "nodes[0] has the type 'LIF'; a node has a graph where"},
      {"/nodes/0/type", "\"NIRGraph\"", "nodes[0] has the type 'NIRGraph'; a node has a graph where"},
  };
  for (const Change& change : changes) expect_refused(kNir, change);
}

TEST(NetworkFileHostile, RefusesGraphsThatAreNestedTooDeep) {
  const auto nested = [](int levels) {
    json graph = {{"nodes", json::array()}, {"edges", json::array()}};
    json metadata = json::object();
    for (int i = 0; i < levels; ++i) {
      const json node = {
          {"name", "n"}, {"type", "NIRGraph"}, {"arrays", json::object()}, {"texts", json::object()}, {"graph", graph}};
      graph = {{"nodes", {node}}, {"edges", json::array()}};
      metadata = {{"groups", {{"m", metadata}}}};
    }
    json document = json::parse(kNir);
    document["nodes"] = graph["nodes"];
    document["edges"] = json::array();
    document["metadata"] = metadata["groups"]["m"];
    return error_of([&] { parse_network_file(file_of(document.dump(), {}), "x.net"); });
  };
  EXPECT_FALSE(nested(32));
  const auto error = nested(33);
  ASSERT_TRUE(error);
  EXPECT_NE(std::string(error->what()).find("nested deeper than 32 levels"), std::string::npos) << error->what();
}

const char* const kNetworkOfNir = R"({"format":"ranvier-network","major":0,"minor":2,"kind":"network","name":"n","dt":0.0001,
  "dt_given":"0.1 ms","seed":7,"nodes":[{"name":"a","model":"lif@1","shape":[2],"parameters":{"tau":"t"},"options":{}}],
  "edges":[],"assumptions":[],
  "nir":{"version":"1","nodes":[{"name":"a","type":"LIF","arrays":{"tau":"t","r":"w"},"texts":{}}],"edges":[]}})";

TEST(NetworkFileHostile, LetsANetworkAndItsNirGraphShareAnArrayOnce) {
  const auto graph = std::get<net::Graph>(parse(kNetworkOfNir));
  ASSERT_TRUE(graph.nir);
  EXPECT_EQ(graph.nir->nodes[0].arrays.at("tau").data(), graph.nodes[0].parameters.at("tau").data());
  const Change changes[] = {
      {"/nir/nodes/0/arrays/r", "\"t\"", "nodes[0].arrays.tau names the array 't'"},
      {"/nir/nodes/0/arrays/r", "\"x\"", "nir.nodes[0].arrays.r names the array 'x'"},
      {"/nir/version", nullptr, "nir.version is missing"},
      {"/nir/nodes/0/arrays/r", nullptr, "The array 'w' is named nowhere"},
      {"/nir/kind", "1", "nir has the key 'kind'"},
      {"/nir", "7", "nir is 7"},
  };
  for (const Change& change : changes) expect_refused(kNetworkOfNir, change);
}

TEST(NetworkFileHostile, RefusesAKeyThatStandsTwice) {
  for (const auto& [text, twice] :
       {std::pair{"\"seed\":7", "\"seed\":7,\"seed\":8"}, {"\"reset\":\"zero\"", "\"reset\":\"a\",\"reset\":\"b\""}}) {
    std::string document = kNetwork;
    document.replace(document.find(text), std::string(text).size(), twice);
    const auto error = error_of([&] { parse(document); });
    ASSERT_TRUE(error);
    EXPECT_NE(error->problems().front().message.find("twice in one object"), std::string::npos);
  }
}

TEST(NetworkFileHostile, RefusesWhatIsNoJson) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("{}x"), std::string("{\"\xff\":1}"), std::string("{\"a\":1e999}"),
        std::string("\xef\xbb\xbf"), std::string(1'000'000, '['), std::string("NaN"), std::string("{}\0", 3)}) {
    const auto error = error_of([&] { parse(text); });
    ASSERT_TRUE(error) << text.substr(0, 10);
    EXPECT_EQ(error->code(), Code::bad_file);
  }
}

TEST(NetworkFileHostile, RefusesAGraphJsonThatIsNoText) {
  const auto refused = [](Tensor tensor) {
    Tensors tensors = two_tensors();
    tensors.emplace("graph.json", std::move(tensor));
    return error_of([&] { parse_network_file(write_safetensors(tensors), "x.net"); })->what() + std::string();
  };
  EXPECT_NE(refused(Tensor({4}, DType::i8)).find("the type i8"), std::string::npos);
  EXPECT_NE(refused(Tensor({2, 2}, DType::u8)).find("[2, 2]"), std::string::npos);
  EXPECT_NE(refused(Tensor({(std::size_t{8} << 20) + 1}, DType::u8)).find("at most 8388608"), std::string::npos);
  const auto error = error_of([] { parse_network_file(write_safetensors(two_tensors()), "x.net"); });
  EXPECT_NE(std::string(error->what()).find("no array 'graph.json'"), std::string::npos);
}

TEST(NetworkFileHostile, RefusesAnotherMajorVersion) {
  json document = json::parse(kNetwork);
  document["major"] = 1;
  document["kind"] = "something new";
  const auto error = error_of([&] { parse(document.dump()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), Code::incompatible);
  EXPECT_NE(std::string(error->what()).find("1.1; this Ranvier reads 0.x"), std::string::npos) << error->what();
}

TEST(NetworkFileHostile, SkipsWhatANewerMinorAdds) {
  json document = json::parse(kNetwork);
  document["minor"] = 3;
  document["colour"] = "red";
  document["nodes"][0]["colour"] = "red";
  document["edges"][0]["colour"] = "red";
  Tensors tensors = two_tensors();
  tensors.emplace("colours", Tensor());
  EXPECT_TRUE(std::holds_alternative<net::Graph>(parse_network_file(file_of(document.dump(), tensors), "x.net")));
  document["seed"] = "7";  // what is known stays checked
  EXPECT_TRUE(error_of([&] { parse_network_file(file_of(document.dump(), tensors), "x.net"); }));
}

TEST(NetworkFileHostile, SurvivesEveryPrefixAndMutation) {
  for (const char* document : {kNetwork, kNir, kNetworkOfNir}) {
    const std::vector<std::byte> good = file_of(document, two_tensors());
    for (std::size_t length = 0; length < good.size(); ++length) {
      const auto error = error_of([&] { parse_network_file(std::span(good).first(length), "x.net"); });
      ASSERT_TRUE(error) << length;
      EXPECT_EQ(error->code(), Code::bad_file) << length;
    }
    constexpr unsigned kSeed = 20240607;
    std::mt19937 random(kSeed);
    for (int i = 0; i < 20'000; ++i) {
      std::vector<std::byte> changed = good;
      for (unsigned k = random() % 4 + 1; k > 0; --k) changed[random() % changed.size()] = static_cast<std::byte>(random());
      const auto error = error_of([&] { parse_network_file(changed, "x.net"); });
      const bool expected = !error || error->code() == Code::bad_file || error->code() == Code::incompatible;
      EXPECT_TRUE(expected) << "seed " << kSeed << ", copy " << i << ": " << error->what();
    }
  }
}

// The densest text there is: each object costs a map and a node of it.
TEST(NetworkFileHostile, TakesASmallMultipleOfItsSize) {
#if defined(RANVIER_SANITIZED)
  GTEST_SKIP() << "The sanitizers take memory of their own.";
#endif
  std::string text = R"({"nodes":[{"":0})";
  while (text.size() < (std::size_t{15} << 20)) text += R"(,{"":0})";
  const auto bytes = file_of(text + "]}", two_tensors());
  reset_peak();
  const long before = status_kb("VmRSS");
  EXPECT_TRUE(error_of([&] { parse_network_file(bytes, "x.net"); }));
  const long grown = status_kb("VmHWM") - before;
  EXPECT_LT(grown, 31 * 15 * 1024);
  RecordProperty("grown_kb", static_cast<int>(grown));
}

}  // namespace
}  // namespace ranvier::io
