#include "core/run/device_string.h"

#include <gtest/gtest.h>

#include <ranvier/error.h>

#include "tests/run/plans.h"

namespace ranvier::run {
namespace {

using Settings = std::map<std::string, std::string>;

TEST(DeviceString, IsANameAlone) {
  const DeviceString device = parse_device("cpu");
  EXPECT_EQ(device.name, "cpu");
  EXPECT_FALSE(device.is_path);
  EXPECT_EQ(device.index, 0U);
  EXPECT_TRUE(device.settings.empty());
}

TEST(DeviceString, TakesAnIndexAndSettings) {
  const DeviceString device = parse_device("loihi-2:3?kind=emulator&note=a=b&empty=");
  EXPECT_EQ(device.name, "loihi-2");
  EXPECT_EQ(device.index, 3U);
  EXPECT_EQ(device.settings, (Settings{{"kind", "emulator"}, {"note", "a=b"}, {"empty", ""}}));
}

TEST(DeviceString, WithASlashOrSoIsAPath) {
  for (const char* text : {"/opt/vendor/libchip.so", "./chip", "chip.so", "/a:b/chip.so", "/opt/größe chip.so"}) {
    const DeviceString device = parse_device(text);
    EXPECT_TRUE(device.is_path) << text;
    EXPECT_EQ(device.name, text);
  }
  const DeviceString device = parse_device("/opt/x.so:2?mode=fast");
  EXPECT_EQ(device.name, "/opt/x.so");
  EXPECT_EQ(device.index, 2U);
  EXPECT_EQ(device.settings, (Settings{{"mode", "fast"}}));
}

TEST(DeviceString, RefusesWhatItCannotRead) {
  for (const char* text : {"", "?a=b", ":1", "CPU", "a b", "cpu:", "cpu:x", "cpu:-1", "cpu:99999999999999999999", "cpu?",
                           "cpu?a", "cpu?=b", "cpu?a=1&", "cpu?a=1&a=2", "1cpu", "cpu.dll"}) {
    Code code = Code::ok;
    const std::string message = message_of([&] { parse_device(text); }, &code);
    EXPECT_EQ(code, Code::bad_value) << text;
    EXPECT_NE(message.find("'" + std::string(text) + "'"), std::string::npos) << message;
  }
}

TEST(DeviceString, AndOptionsMayAgreeButNotContradict) {
  const DeviceString device = parse_device("cpu?threads=2");
  EXPECT_EQ(merge_settings(device, {{"threads", "2"}, {"isa", "avx2"}}), (Settings{{"threads", "2"}, {"isa", "avx2"}}));
  const std::string message = message_of([&] { merge_settings(device, {{"threads", "4"}}); });
  EXPECT_NE(message.find("'threads' is '2' in the device's name and '4' in the options"), std::string::npos) << message;
}

}  // namespace
}  // namespace ranvier::run
