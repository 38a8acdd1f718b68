#include "tests/conformance/rig.h"

#include <dlfcn.h>

#include <bit>
#include <cstring>

#include <gtest/gtest.h>

#include <ranvier/error.h>

#include "core/plan/check.h"

namespace ranvier::conformance {
namespace {

std::string string_of(rvd_text text) { return {text.data, text.length}; }
rvd_text text_of(const std::string& text) { return {text.data(), text.size()}; }
Heard& heard_by(void* context) { return *static_cast<Heard*>(context); }

std::size_t size_of(std::uint32_t type) { return type == RVD_F32 || type == RVD_I32 ? 4 : 8; }

std::vector<std::uint64_t> unpack(const std::vector<std::uint64_t>& room, std::uint64_t count, std::uint32_t type) {
  std::vector<std::uint64_t> bits(count);
  const auto* bytes = reinterpret_cast<const char*>(room.data());
  for (std::uint64_t k = 0; k < count; ++k) {
    std::memcpy(&bits[k], bytes + k * size_of(type), size_of(type));
    bits[k] = same_nan(type, bits[k]);
  }
  return bits;
}

}  // namespace

std::uint64_t same_nan(std::uint32_t type, std::uint64_t bits) {
  if (type == RVD_F32 && (bits & 0x7FFF'FFFF) > 0x7F80'0000) return 0x7FC0'0000;
  if (type == RVD_F64 && (bits & ~(std::uint64_t{1} << 63)) > 0x7FF0'0000'0000'0000) return 0x7FF8'0000'0000'0000;
  return bits;
}

float Rows::f32(std::size_t k) const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits.at(k))); }

std::string Heard::text(const std::string& name) const {
  for (const auto& [key, value] : texts) {
    if (key == name) return value;
  }
  return {};
}

Line Heard::line(const std::string& quantity) const {
  for (const Line& line : lines) {
    if (line.quantity == quantity) return line;
  }
  return {};
}

rvd_report Ears::report() {
  return {sizeof(rvd_report), 0, &heard, [](void* context, const rvd_entry* entry) {
            EXPECT_EQ(entry->struct_size, sizeof(rvd_entry));
            heard_by(context).lines.push_back({entry->verdict, string_of(entry->where), string_of(entry->quantity),
                                               string_of(entry->asked), string_of(entry->limit), string_of(entry->unit),
                                               string_of(entry->remedy)});
          }};
}

rvd_facts Ears::facts() {
  return {sizeof(rvd_facts), 0, &heard,
          [](void* context, rvd_text name, rvd_text value) {
            heard_by(context).texts.emplace_back(string_of(name), string_of(value));
          },
          [](void* context, rvd_text name, std::uint64_t lane, std::uint64_t value) {
            heard_by(context).numbers[{string_of(name), lane}] = value;
          }};
}

rvd_sink Ears::sink() {
  return {sizeof(rvd_sink), 0, &heard, [](void* context, const void* bytes, std::uint64_t length) -> rvd_status {
            const auto* first = static_cast<const std::byte*>(bytes);
            std::vector<std::byte>& all = heard_by(context).bytes;
            all.insert(all.end(), first, first + length);
            return RVD_OK;
          }};
}

rvd_host Ears::host() {
  return {sizeof(rvd_host), RVD_ABI_VERSION, &heard,
          [](void* context, std::uint32_t, rvd_text message) { heard_by(context).log.push_back(string_of(message)); },
          [](void*, const void* plan, std::uint64_t length) -> rvd_status {
            try {
              plan::check({static_cast<const std::byte*>(plan), static_cast<std::size_t>(length)});
              return RVD_OK;
            } catch (const Error&) {
              return RVD_INCOMPATIBLE;
            }
          }};
}

std::string path_of(const std::string& name) {
  return name.find('/') != std::string::npos ? name : std::string(RANVIER_TEST_DRIVERS) + "/" + name + ".so";
}

const rvd_api* load(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);  // kept open: handles of it may outlive any scope of a test
  if (library == nullptr) {
    ADD_FAILURE() << dlerror();
    return nullptr;
  }
  const auto entry = reinterpret_cast<rvd_driver_fn>(dlsym(library, "rvd_driver"));
  return entry == nullptr ? nullptr : entry(RVD_ABI_VERSION);
}

SettingList::SettingList(const Settings& settings) {
  for (const auto& [key, value] : settings) items_.push_back({text_of(key), text_of(value)});
  list_ = {sizeof(rvd_settings), 0, items_.size(), items_.data()};
}

Rig::Rig(const std::string& name, const Settings& settings) : host_(ears_.host()), api_(load(path_of(name))) {
  if (api_ == nullptr) throw std::runtime_error("no driver at " + path_of(name));
  const rvd_report report = ears_.report();
  EXPECT_EQ(api_->open(&host_, &driver_), RVD_OK);
  EXPECT_EQ(api_->device_open(driver_, 0, SettingList(settings).get(), &report, &device_), RVD_OK);
}

Rig::~Rig() {
  EXPECT_EQ(api_->device_close(device_), RVD_OK);
  EXPECT_EQ(api_->close(driver_), RVD_OK);
}

rvd_status Rig::check(const Plan& plan, const Settings& settings) {
  ears_.heard.lines.clear();
  const rvd_report report = ears_.report();
  return api_->check(driver_, plan.bytes().data(), plan.bytes().size(), SettingList(settings).get(), nullptr, 0, &report);
}

rvd_exec_t* Rig::compile(const Plan& plan, const Settings& settings) {
  ears_.heard.lines.clear();
  const rvd_report report = ears_.report();
  rvd_exec_t* exec = nullptr;
  status_ =
      api_->compile(driver_, plan.bytes().data(), plan.bytes().size(), SettingList(settings).get(), nullptr, 0, &report, &exec);
  return exec;
}

std::unique_ptr<Session> Rig::open(const Plan& plan, std::uint32_t lanes, std::uint64_t clock, const Settings& settings) {
  rvd_exec_t* exec = compile(plan, settings);
  EXPECT_EQ(status_, RVD_OK);
  auto session = open(exec, lanes, clock);
  EXPECT_EQ(api_->exec_free(exec), RVD_OK);  // sessions keep what they need
  return session;
}

std::unique_ptr<Session> Rig::open(rvd_exec_t* exec, std::uint32_t lanes, std::uint64_t clock, std::uint64_t first_lane,
                                   std::uint64_t seed) {
  const rvd_session_args args{sizeof(rvd_session_args), lanes, first_lane, seed, clock};
  rvd_session_t* session = nullptr;
  EXPECT_EQ(api_->session_open(device_, exec, &args, &session), RVD_OK);
  return std::make_unique<Session>(*api_, session, lanes);
}

rvd_status Session::write(std::uint32_t population, const Events& events) {
  Events copy = events;
  std::vector<std::uint64_t> room(copy.size());
  for (std::size_t k = 0; k < copy.bits.size(); ++k) {
    std::memcpy(reinterpret_cast<char*>(room.data()) + k * size_of(copy.type), &copy.bits[k], size_of(copy.type));
  }
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_EVENTS;
  block.population = population;
  block.type = copy.type;
  block.count = copy.size();
  block.step = copy.step.data();
  block.lane = copy.lane.data();
  block.id = copy.id.data();
  block.values = copy.bits.empty() ? nullptr : room.data();
  io_ = {};
  io_.struct_size = sizeof io_;
  return api_.write(session_, &block, &io_);
}

rvd_status Session::write_dense(std::uint32_t population, std::uint32_t type, std::uint64_t first, std::uint64_t steps,
                                std::uint64_t width, const void* values) {
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_DENSE;
  block.population = population;
  block.type = type;
  block.first_step = first;
  block.steps = steps;
  block.lanes = lanes_;
  block.width = width;
  block.count = steps * lanes_ * width;
  block.values = const_cast<void*>(values);
  io_ = {};
  io_.struct_size = sizeof io_;
  return api_.write(session_, &block, &io_);
}

rvd_status Session::run(std::uint64_t until, std::uint64_t timeout) { return api_.run(session_, until, timeout, &clock_); }

rvd_status Session::probe(std::uint32_t population, const std::string& variable, std::uint64_t every) {
  return api_.probe_set(session_, population, text_of(variable), every);
}

rvd_status Session::read(std::uint32_t population, Events& events, std::uint64_t capacity, std::uint64_t* remaining) {
  std::vector<std::uint64_t> step(capacity), room(capacity);
  std::vector<std::uint32_t> lane(capacity), id(capacity);
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_EVENTS;
  block.population = population;
  block.capacity = capacity;
  block.step = step.data();
  block.lane = lane.data();
  block.id = id.data();
  block.values = room.data();
  const rvd_status status = api_.read(session_, &block);
  if (status != RVD_OK) return status;
  const auto append = [&](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(block.count));
  };
  append(events.step, step);
  append(events.lane, lane);
  append(events.id, id);
  append(events.bits, unpack(room, block.count, block.type));
  events.type = block.type;
  if (remaining != nullptr) *remaining = block.remaining;
  return RVD_OK;
}

namespace {

template <class Call>
rvd_status read_rows(std::uint32_t population, std::uint64_t capacity, Rows& rows, Call call) {
  std::vector<std::uint64_t> room(capacity);
  rvd_block block{};
  block.struct_size = sizeof block;
  block.layout = RVD_LAYOUT_DENSE;
  block.population = population;
  block.capacity = capacity;
  block.values = room.data();
  const rvd_status status = call(&block);
  if (status != RVD_OK) return status;
  EXPECT_EQ(block.count, block.steps * block.lanes * block.width);
  rows = {block.first_step, block.steps, block.every, block.remaining, block.type, unpack(room, block.count, block.type)};
  return RVD_OK;
}

}  // namespace

rvd_status Session::read_dense(std::uint32_t population, Rows& rows, std::uint64_t capacity) {
  return read_rows(population, capacity, rows, [&](rvd_block* block) { return api_.read(session_, block); });
}

rvd_status Session::probe_read(std::uint32_t population, const std::string& variable, Rows& rows, std::uint64_t capacity) {
  return read_rows(population, capacity, rows,
                   [&](rvd_block* block) { return api_.probe_read(session_, text_of(variable), block); });
}

Heard Session::counters() {
  Ears ears;
  const rvd_facts facts = ears.facts();
  EXPECT_EQ(api_.counters(session_, &facts), RVD_OK);
  return ears.heard;
}

Events Session::events(std::uint32_t population, std::uint64_t page) {
  Events events;
  std::uint64_t remaining = 0;
  do {
    EXPECT_EQ(read(population, events, page, &remaining), RVD_OK);
  } while (remaining != 0);
  return events;
}

Rows Session::states(std::uint32_t population, const std::string& variable) {
  Rows rows;
  EXPECT_EQ(probe_read(population, variable, rows), RVD_OK);
  EXPECT_EQ(rows.remaining, 0u);
  return rows;
}

}  // namespace ranvier::conformance
