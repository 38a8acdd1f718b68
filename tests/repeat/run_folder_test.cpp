#include <ranvier/run_folder.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

#include <ranvier/error.h>
#include <ranvier/npy.h>

#include "core/repeat/event_file.h"
#include "core/repeat/folder.h"
#include "tests/repeat/networks.h"

namespace ranvier::repeat {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRecord{"a.spikes", "b.spikes", "b.v"};

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

Result run(const Network& network, const Inputs& inputs, const std::string& device = "cpu") {
  RunOptions options;
  options.record = kRecord;
  options.every = 3;
  return network.to(device).run(inputs, options);
}

/// A saved run of `steps` steps.
fs::path saved(const TestFolder& folder, std::size_t steps = 12) {
  const Network network = two_layers();
  const Inputs inputs = noise(steps);
  save_run(folder / "run", network, inputs, run(network, inputs));
  return folder / "run";
}

std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  return files;
}

/// The files that verifying the folder names, all with bad_file.
std::set<std::string> named(const fs::path& folder) {
  try {
    verify_run(folder);
  } catch (const Error& error) {
    std::set<std::string> names;
    for (const Problem& problem : error.problems()) {
      EXPECT_EQ(problem.code, Code::bad_file) << problem.message;
      EXPECT_FALSE(problem.remedy.empty());
      names.insert(problem.where);
    }
    return names;
  }
  return {};
}

template <class Call>
Problem refused(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.problems().front();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(RunFolder, HoldsWhatWasRunAndWhatCameOut) {
  const TestFolder folder;
  const Network network = two_layers();
  const Inputs inputs = noise(40, 2);
  Session session = network.to("cpu", {2, 3, {}});
  RunOptions options;
  options.record = kRecord;
  options.every = 3;
  const Result result = session.run(inputs, options);
  ASSERT_GT(result.spikes("b").size(), 0U);
  const std::string id = save_run(folder / "run", network, inputs, result);
  EXPECT_EQ(verify_run(folder / "run"), id);

  const SpikeTrain spikes = read_events(folder / "run" / "spikes" / "b.npy");
  EXPECT_EQ(spikes.step, result.spikes("b").step);
  EXPECT_EQ(spikes.value, result.spikes("b").value);
  EXPECT_EQ(read_npy(folder / "run" / "states" / "b.v.npy").shape(), (Shape{14, 2, 4}));
  EXPECT_EQ(read_npy(folder / "run" / "outputs" / "out.npy").shape(), (Shape{40, 2, 4}));
  EXPECT_EQ(read_npy(folder / "run" / "inputs" / "in.npy").shape(), (Shape{40, 2, 3}));
  const Plan plan = load(folder / "run" / "network.safetensors", {}).lower();
  EXPECT_TRUE(std::ranges::equal(plan.bytes(), network.lower().bytes()));

  const auto manifest = nlohmann::json::parse(read(folder / "run" / "run.json"));
  EXPECT_EQ(manifest["run"]["lanes"], 2);
  EXPECT_EQ(manifest["run"]["first_lane"], 3);
  EXPECT_EQ(manifest["run"]["every"], 3);
  EXPECT_EQ(manifest["run"]["seed"], 5);
  EXPECT_EQ(manifest["run"]["record"], kRecord);
  EXPECT_EQ(manifest["counters"]["spikes"], result.counters.at("spikes"));
  EXPECT_EQ(manifest["device"]["name"], "cpu");
  EXPECT_EQ(manifest["id"], id);
}

TEST(RunFolder, HashesOfPopulationsAddUpToThatOfTheRun) {
  const TestFolder folder;
  const auto manifest = nlohmann::json::parse(read(saved(folder, 60) / "run.json"));
  std::uint64_t sum = 0;
  for (const auto& [node, entry] : manifest["spikes"].items()) {
    ASSERT_GT(entry["events"], 0) << node;
    sum += std::stoull(entry["hash"].get<std::string>(), nullptr, 16);
  }
  EXPECT_EQ(sum, std::stoull(manifest["hash"].get<std::string>(), nullptr, 16));
}

TEST(RunFolder, EveryAlteredByteIsFoundAndItsFileNamed) {
  const TestFolder folder;
  const fs::path run = saved(folder, 4);
  ASSERT_EQ(files_of(run).size(), 7U);
  for (const fs::path& file : files_of(run)) {
    const std::string whole = read(file);
    const std::size_t stride = whole.size() > 2048 ? 7 : 1;
    for (std::size_t k = 0; k < whole.size(); k += stride) {
      std::string altered = whole;
      altered[k] = static_cast<char>(altered[k] ^ (1 << k % 8));
      write(file, altered);
      ASSERT_EQ(named(run), std::set<std::string>{file.string()}) << "byte " << k;
    }
    write(file, whole);
  }
  EXPECT_TRUE(named(run).empty());
}

TEST(RunFolder, FilesThatWereCutShortOrGrewAreFound) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  for (const fs::path& file : files_of(run)) {
    const std::string whole = read(file);
    for (const std::string& other :
         {whole.substr(0, whole.size() - 1), std::string(), whole + '\0', whole + ' ', whole + '\n'}) {
      write(file, other);
      EXPECT_EQ(named(run), std::set<std::string>{file.string()});
    }
    write(file, whole);
  }
}

TEST(RunFolder, MissingFilesAreAllNamed) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  fs::remove(run / "inputs" / "in.npy");
  fs::remove(run / "network.safetensors");
  EXPECT_EQ(named(run), (std::set<std::string>{run / "inputs" / "in.npy", run / "network.safetensors"}));
  fs::remove(run / "run.json");
  EXPECT_EQ(refused([&] { verify_run(run); }).code, Code::not_found);
  EXPECT_EQ(refused([&] { verify_run(folder / "none"); }).code, Code::not_found);
}

TEST(RunFolder, WhatDoesNotBelongThereIsNamed) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  write(run / "inputs" / "more.npy", "x");
  write(run / ".hidden", "");
  fs::create_directories(run / "empty" / "deep");
  fs::create_symlink(run / "run.json", run / "link");
  EXPECT_EQ(named(run), (std::set<std::string>{run / "inputs" / "more.npy", run / ".hidden", run / "empty",
                                               run / "empty" / "deep", run / "link"}));
}

TEST(RunFolder, ALinkInTheFilesPlaceIsNoFile) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  const fs::path file = run / "inputs" / "in.npy";
  fs::rename(file, folder / "elsewhere.npy");
  fs::create_symlink(folder / "elsewhere.npy", file);
  EXPECT_EQ(named(run), std::set<std::string>{file.string()});
}

TEST(RunFolder, ARunThatBeganLaterIsRefusedWithTheRemedy) {
  const TestFolder folder;
  const Network network = two_layers();
  Session session = network.to("cpu");
  const Inputs inputs = noise(10);
  session.run(inputs);
  const Result later = session.run(inputs);
  const Problem problem = refused([&] { save_run(folder / "run", network, inputs, later); });
  EXPECT_EQ(problem.code, Code::failed_precondition);
  EXPECT_NE(problem.message.find("step 10"), std::string::npos);
  EXPECT_NE(problem.remedy.find("reset"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "run"));
  session.reset();
  save_run(folder / "run", network, inputs, session.run(inputs));
  EXPECT_TRUE(rerun(folder / "run").equal());
}

TEST(RunFolder, AnInputThatWasChangedSinceIsRefused) {
  const TestFolder folder;
  const Network network = two_layers();
  Inputs inputs = noise(10);
  const Result result = run(network, inputs);
  float& value = inputs.at("in").mutable_data<float>()[29];
  value += 1;
  const Problem problem = refused([&] { save_run(folder / "run", network, inputs, result); });
  EXPECT_EQ(problem.code, Code::failed_precondition);
  EXPECT_EQ(problem.where, "in");
  value -= 1;
  save_run(folder / "run", network, inputs, result);
  EXPECT_EQ(refused([&] { save_run(folder / "other", network, {}, result); }).where, "in");
  Inputs more = inputs;
  more.emplace("none", inputs.at("in"));
  EXPECT_EQ(refused([&] { save_run(folder / "other", network, more, result); }).where, "none");
}

TEST(RunFolder, AnotherNetworkIsRefused) {
  const TestFolder folder;
  const Inputs inputs = noise(10);
  const Result result = run(two_layers(), inputs);
  EXPECT_EQ(refused([&] { save_run(folder / "run", two_layers(0.5), inputs, result); }).where, "network");
}

TEST(RunFolder, AResultOfNoRunIsRefused) {
  const TestFolder folder;
  EXPECT_EQ(refused([&] { save_run(folder / "run", two_layers(), {}, Result()); }).code, Code::invalid_argument);
}

TEST(RunFolder, APlaceThatIsTakenIsLeftAsItIs) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  const Network network = two_layers();
  const Inputs inputs = noise(4);
  const Result result = network.to("cpu").run(inputs);
  EXPECT_EQ(refused([&] { save_run(run, network, inputs, result); }).code, Code::bad_file);
  EXPECT_TRUE(named(run).empty());
  write(folder / "file", "x");
  EXPECT_EQ(refused([&] { save_run(folder / "file", network, inputs, result); }).code, Code::bad_file);
  EXPECT_EQ(refused([&] { save_run(folder / "file" / "below", network, inputs, result); }).code, Code::bad_file);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / ""), {}), 2) << "a half-written folder was left";
  fs::create_directories(folder / "empty");
  save_run(folder / "empty", network, inputs, result);
  EXPECT_TRUE(named(folder / "empty").empty());
}

TEST(RunFolder, NamesOfNodesBecomeNamesOfFiles) {
  EXPECT_EQ(file_name("lif1.lif"), "lif1.lif");
  EXPECT_EQ(file_name("a/b"), "a%2Fb");
  EXPECT_EQ(file_name("a%2Fb"), "a%252Fb");
  EXPECT_EQ(file_name(".."), "%2E.");
  EXPECT_EQ(file_name("\xC3\xA4"), "%C3%A4");
  const std::string x(5000, 'x');
  EXPECT_EQ(file_name(x).size(), 65U);
  EXPECT_NE(file_name(x), file_name(x + "y"));
}

TEST(RunFolder, HoldsNodesOfAnyName) {
  const TestFolder folder;
  Network network(1 * ms);
  network.input("../in", {1});
  network.add(std::string(300, 'n'), "lif@1", {1}, {{"tau", Tensor::of<double>({0.02})}});
  network.output("o/ut", {1});
  network.connect("../in", std::string(300, 'n'));
  network.connect(std::string(300, 'n'), "o/ut");
  RunOptions options;
  options.record = {std::string(300, 'n') + ".v", std::string(300, 'n') + ".spikes"};
  const Inputs inputs{{"../in", Tensor({5, 1})}};
  save_run(folder / "run", network, inputs, network.to("cpu").run(inputs, options));
  EXPECT_TRUE(rerun(folder / "run").equal());
}

TEST(RunFolder, OfAnotherSchemaIsNotRead) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  std::string text = read(run / "run.json");
  const std::string id = nlohmann::json::parse(text)["id"];
  text.replace(text.find("\"schema\": 1"), 11, "\"schema\": 2");
  text.replace(text.find(id), id.size(), id_of(text, id));
  write(run / "run.json", text);
  EXPECT_EQ(refused([&] { verify_run(run); }).code, Code::incompatible);
}

// Whoever can write the folder can make its hashes fit: what it claims must not be believed for that.
TEST(RunFolder, AForgedManifestIsRefusedWithoutACrash) {
  const TestFolder folder;
  const fs::path run = saved(folder);
  const auto whole = nlohmann::json::parse(read(run / "run.json"));
  const auto forge = [&](nlohmann::json manifest) {
    manifest["id"] = std::string(64, '0');
    std::string text = manifest.dump(1) + "\n";
    text.replace(text.find(std::string(64, '0')), 64, id_of(text, std::string(64, '0')));
    write(run / "run.json", text);
    EXPECT_THROW(rerun(run), Error);
  };
  for (const auto& [member, value] : whole.items()) {
    for (const nlohmann::json& other : {nlohmann::json(), nlohmann::json(7), nlohmann::json("x"), nlohmann::json::array()}) {
      if (member == "counters" || member == "machine" || member == "lane_hashes" || member == "id") continue;
      if (member == "hash" || (member == "network" && other == 7)) continue;
      nlohmann::json manifest = whole;
      manifest[member] = other;
      if (manifest != whole) forge(manifest);
    }
  }
  nlohmann::json manifest = whole;
  manifest["inputs"]["in"]["file"] = "../../etc/passwd";
  forge(manifest);
  manifest = whole;
  manifest["run"]["lanes"] = 1000000000;
  forge(manifest);
}

}  // namespace
}  // namespace ranvier::repeat
