#include "core/repeat/event_file.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>

#include <ranvier/error.h>

namespace ranvier::repeat {
namespace {

constexpr std::size_t kHeaderBytes = 192;  // the text, with any number of events, and blanks up to a multiple of 64
constexpr std::size_t kEventBytes = 24;
constexpr std::size_t kBatch = 4096;

std::string header_of(std::uint64_t events) {
  std::string text =
      "{'descr': [('step', '<u8'), ('lane', '<u4'), ('i', '<u4'), ('value', '<f8')], 'fortran_order': False, 'shape': (" +
      std::to_string(events) + ",), }";
  constexpr std::size_t kTextBytes = kHeaderBytes - 10;
  text.append(kTextBytes - 1 - text.size(), ' ');
  std::string header("\x93NUMPY\x01", 7);
  header += {'\x00', static_cast<char>(kTextBytes), '\x00'};
  return header + text + "\n";
}

void put(char* to, const SpikeTrain& train, std::size_t k) {
  std::memcpy(to, &train.step[k], 8);
  std::memcpy(to + 8, &train.lane[k], 4);
  std::memcpy(to + 12, &train.id[k], 4);
  std::memcpy(to + 16, &train.value[k], 8);
}

void take(const char* from, SpikeTrain& train, std::size_t k) {
  std::memcpy(&train.step[k], from, 8);
  std::memcpy(&train.lane[k], from + 8, 4);
  std::memcpy(&train.id[k], from + 12, 4);
  std::memcpy(&train.value[k], from + 16, 8);
}

}  // namespace

void write_events(const std::filesystem::path& path, const SpikeTrain& train) {
  std::ofstream file(path, std::ios::binary);
  file << header_of(train.size());
  std::array<char, kBatch * kEventBytes> batch;
  for (std::size_t begin = 0; begin < train.size(); begin += kBatch) {
    const std::size_t count = std::min(kBatch, train.size() - begin);
    for (std::size_t k = 0; k < count; ++k) put(batch.data() + k * kEventBytes, train, begin + k);
    file.write(batch.data(), static_cast<std::streamsize>(count * kEventBytes));
  }
  file.close();
  if (!file) throw Error(Code::bad_file, "The file cannot be written.", path.string(), "Check that its folder has room.");
}

SpikeTrain read_events(const std::filesystem::path& path) {
  std::error_code fault;
  const std::uintmax_t size = std::filesystem::file_size(path, fault);
  std::ifstream file(path, std::ios::binary);
  std::string header(kHeaderBytes, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header.size()));
  const std::size_t events = fault || size < kHeaderBytes ? 0 : static_cast<std::size_t>(size - kHeaderBytes) / kEventBytes;
  if (!file || header != header_of(events) || size != kHeaderBytes + events * kEventBytes) {
    throw Error(Code::bad_file, "These are no events as a run folder holds them.", path.string());
  }
  SpikeTrain train;
  train.step.resize(events);
  train.lane.resize(events);
  train.id.resize(events);
  train.value.resize(events);
  std::array<char, kBatch * kEventBytes> batch;
  for (std::size_t begin = 0; begin < events; begin += kBatch) {
    const std::size_t count = std::min(kBatch, events - begin);
    file.read(batch.data(), static_cast<std::streamsize>(count * kEventBytes));
    for (std::size_t k = 0; k < count; ++k) take(batch.data() + k * kEventBytes, train, begin + k);
  }
  if (!file) throw Error(Code::bad_file, "The file cannot be read to its end.", path.string());
  return train;
}

}  // namespace ranvier::repeat
