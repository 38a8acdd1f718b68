/// A host for tests: opens a driver's shared library and calls its table directly, without the runtime in between.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <ranvier/driver.h>
#include <ranvier/plan.h>

namespace ranvier::conformance {

/// One line of a report.
struct Line {
  std::uint32_t verdict;
  std::string where, quantity, asked, limit, unit, remedy;
};

/// What came back through the host's callbacks.
struct Heard {
  std::vector<std::string> log;
  std::vector<Line> lines;
  std::vector<std::pair<std::string, std::string>> texts;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> numbers;  ///< (name, lane) -> value
  std::vector<std::byte> bytes;

  std::string text(const std::string& name) const;
  /// The first line about a quantity; an empty one if there is none.
  Line line(const std::string& quantity) const;
};

using Settings = std::map<std::string, std::string>;

/// Values as bits, NaNs as one: which NaN an operation gives is the processor's choice.
struct Events {
  std::vector<std::uint64_t> step;
  std::vector<std::uint32_t> lane;
  std::vector<std::uint32_t> id;
  std::vector<std::uint64_t> bits;
  std::uint32_t type = 0;
  std::size_t size() const { return step.size(); }
  bool operator==(const Events&) const = default;
};
struct Rows {
  std::uint64_t first_step = 0, steps = 0, every = 0, remaining = 0;
  std::uint32_t type = 0;
  std::vector<std::uint64_t> bits;
  bool operator==(const Rows&) const = default;
  float f32(std::size_t k) const;
};

std::uint64_t same_nan(std::uint32_t type, std::uint64_t bits);

/// The callbacks of a host, all of which fill `heard`.
class Ears {
 public:
  Heard heard;
  rvd_report report();
  rvd_facts facts();
  rvd_sink sink();
  rvd_host host();
};

class Session;

/// A driver with its device opened. Closing both is checked to succeed.
class Rig {
 public:
  explicit Rig(const std::string& name, const Settings& settings = {});
  ~Rig();
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  const rvd_api& api() const { return *api_; }
  rvd_driver_t* driver() const { return driver_; }
  rvd_device_t* device() const { return device_; }
  Ears& ears() { return ears_; }

  rvd_status check(const Plan& plan, const Settings& settings = {});
  /// nullptr when the driver refuses: see `status`.
  rvd_exec_t* compile(const Plan& plan, const Settings& settings = {});
  rvd_status status() const { return status_; }
  /// A session of a plan that must compile.
  std::unique_ptr<Session> open(const Plan& plan, std::uint32_t lanes = 1, std::uint64_t clock = 0,
                                const Settings& settings = {});
  std::unique_ptr<Session> open(rvd_exec_t* exec, std::uint32_t lanes, std::uint64_t clock, std::uint64_t first_lane = 0,
                                std::uint64_t seed = 1);

 private:
  Ears ears_;
  rvd_host host_;
  const rvd_api* api_;
  rvd_driver_t* driver_ = nullptr;
  rvd_device_t* device_ = nullptr;
  rvd_status status_ = RVD_OK;
};

/// The path of a driver in the build tree, and its table.
std::string path_of(const std::string& name);
const rvd_api* load(const std::string& path);

class Session {
 public:
  Session(const rvd_api& api, rvd_session_t* session, std::uint32_t lanes) : api_(api), session_(session), lanes_(lanes) {}
  ~Session() { api_.session_free(session_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  rvd_session_t* handle() const { return session_; }
  std::uint64_t clock() const { return clock_; }
  const rvd_io& io() const { return io_; }

  rvd_status write(std::uint32_t population, const Events& events);
  /// values [steps][lanes][width] of the type.
  rvd_status write_dense(std::uint32_t population, std::uint32_t type, std::uint64_t first, std::uint64_t steps,
                         std::uint64_t width, const void* values);
  rvd_status run(std::uint64_t until, std::uint64_t timeout = 0);
  rvd_status probe(std::uint32_t population, const std::string& variable, std::uint64_t every = 1);
  rvd_status read(std::uint32_t population, Events& events, std::uint64_t capacity, std::uint64_t* remaining = nullptr);
  rvd_status read_dense(std::uint32_t population, Rows& rows, std::uint64_t capacity = 1 << 20);
  rvd_status probe_read(std::uint32_t population, const std::string& variable, Rows& rows, std::uint64_t capacity = 1 << 20);
  rvd_status reset() { return api_.reset(session_); }
  Heard counters();
  /// All events, in pages of `page`; the calls must succeed.
  Events events(std::uint32_t population, std::uint64_t page = 1 << 16);
  Rows states(std::uint32_t population, const std::string& variable);

 private:
  const rvd_api& api_;
  rvd_session_t* session_;
  std::uint32_t lanes_;
  std::uint64_t clock_ = 0;
  rvd_io io_{};
};

/// Settings as the table takes them; borrows the map.
class SettingList {
 public:
  explicit SettingList(const Settings& settings);
  const rvd_settings* get() const { return &list_; }

 private:
  std::vector<rvd_setting> items_;
  rvd_settings list_{};
};

}  // namespace ranvier::conformance
