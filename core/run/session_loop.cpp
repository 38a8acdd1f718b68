// The loop of a run: chunks of steps, and what ends them.
#include <algorithm>
#include <chrono>
#include <new>

#include <ranvier/error.h>

#include "core/run/callbacks.h"
#include "core/run/faults.h"
#include "core/run/session_impl.h"

namespace ranvier {
namespace {

constexpr std::uint64_t kLongestChunk = 65536;
constexpr double kChunkSeconds = 0.02;  // aimed at, so that `keep_going` is asked in time
constexpr double kLateSeconds = 0.05;
constexpr std::uint64_t kChunkBytes = 64u << 20;  // of input and records that the device and we hold at once
constexpr std::uint64_t kGraceNanoseconds = 50'000'000;

}  // namespace

// One run, in chunks. The tasks of a chunk, in this order:
//   1. write   the inputs' rows of the steps clock .. until-1
//   2. run     the device up to `until`; its clock must stand there
//   3. read    events and rows of these steps into the result
//   4. ask     the flag of `cancel`, then keep_going, unless this was the last chunk
// On entry probes are set, inputs have passed every check, the result's tensors are allocated, and the device holds neither
// pending input nor unread records. On exit the same is true, with the clock at the end of a chunk: after the last one, or
// where the run was cancelled (an Error), from where another run may go on. After any other Error the session is poisoned.
void Session::Impl::run_chunks(std::uint64_t total, const RunOptions& options) {
  const std::uint64_t end = clock + total;
  const std::uint64_t most = most_steps();
  while (clock < end) {
    const std::uint64_t steps = std::min({chunk_steps_, most, end - clock});
    // A single step is not worth the time that looking at a clock takes.
    if (total == 1) {
      run_chunk(clock + steps);
    } else {
      const auto begin = std::chrono::steady_clock::now();
      run_chunk(clock + steps);
      adapt(steps, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    if (clock == end) return;
    const std::uint64_t done = total - (end - clock);
    if (!cancel_requested_ && (!options.keep_going || options.keep_going(done, total))) continue;
    throw Error(Code::cancelled, "The run was cancelled after " + std::to_string(done) + " of " + std::to_string(total) +
                                     " steps; the session may go on from there.");
  }
}

// Bounds what is held between two reads, were every neuron to spike in every step.
std::uint64_t Session::Impl::most_steps() const {
  constexpr std::uint64_t kEventBytes = 24;
  std::uint64_t bytes = 1;
  for (const run::InputRows& rows : input_rows_) bytes += rows.node->count * lanes * kEventBytes;
  for (const Wish& wish : wishes_) {
    bytes += probes_[wish.probe].node->count * lanes * (probes_[wish.probe].events ? kEventBytes : sizeof(double));
  }
  return std::clamp<std::uint64_t>(kChunkBytes / bytes, 1, kLongestChunk);
}

void Session::Impl::adapt(std::uint64_t steps, double seconds) {
  // A short last chunk tells little about a step, unless it took too long all the same.
  if (steps < chunk_steps_ && seconds <= kLateSeconds) return;
  const double factor = std::clamp(kChunkSeconds / std::max(seconds, 1e-9), 0.0, 8.0);
  chunk_steps_ = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(static_cast<double>(steps) * factor), 1, kLongestChunk);
}

void Session::Impl::run_chunk(std::uint64_t until) {
  const std::uint64_t begin = clock;
  try {
    write_inputs(until);
    run_device(until);
    read_records(begin);
  } catch (const Error& error) {
    const bool stopped = error.code() == Code::cancelled || error.code() == Code::timeout;
    if (!stopped) fault_ = error.problems().front();
    throw;
  } catch (const std::bad_alloc&) {
    fault_ =
        Problem{Code::out_of_memory, "No memory for what the run recorded.", {}, "Record less, or run fewer steps at once."};
    throw Error({*fault_});
  }
}

void Session::Impl::write_inputs(std::uint64_t until) {
  for (run::InputRows& rows : input_rows_) {
    const rvd_block block = blocks_.make(rows, clock - first_step_, until - first_step_, clock);
    if (block.count == 0) continue;
    rvd_io io{};
    io.struct_size = sizeof io;
    const rvd_status status = run::call(driver_.api.write, session_.get(), &block, &io);
    if (status != RVD_OK) throw Error({run::problem_of(driver_.name, "write", status, rows.node->name)});
    if (io.lost == 0 && io.late == 0) continue;
    throw Error(Code::data_loss,
                std::to_string(io.lost) + " events were lost and " + std::to_string(io.late) +
                    " came too late when the input of steps " + std::to_string(clock) + " to " + std::to_string(until - 1) +
                    " was written.",
                rows.node->name);
  }
}

void Session::Impl::run_device(std::uint64_t until) {
  const std::uint64_t begin = clock;
  std::uint64_t now = begin;
  const rvd_status status = run::call(driver_.api.run, session_.get(), until, std::uint64_t{0}, &now);
  const bool stopped = status == RVD_CANCELLED || status == RVD_TIMEOUT;
  if (status != RVD_OK && !stopped) throw Error({run::problem_of(driver_.name, "run", status)});
  if (now < begin || now > until || (status == RVD_OK && now != until)) {
    throw Error(
        {run::rule_broken(driver_.name, "run",
                          "the clock stands at `until` when the answer is RVD_OK, and never outside the steps asked for; "
                          "it was " +
                              std::to_string(now) + " after steps " + std::to_string(begin) + " to " + std::to_string(until))});
  }
  clock = now;
  if (stopped) stop(begin, until, status);
}

// The device stands within a chunk. Input of the chunk's other steps lies in it already and cannot be taken back, so a run that
// went on from here would get it twice over: the device is given a moment to finish the chunk.
void Session::Impl::stop(std::uint64_t begin, std::uint64_t until, rvd_status status) {
  Problem problem = run::problem_of(driver_.name, "run", status);
  const bool pending = !input_rows_.empty() && clock < until;
  if (pending) {
    std::uint64_t now = clock;
    const rvd_status finished = run::call(driver_.api.run, session_.get(), until, kGraceNanoseconds, &now);
    const bool at_end = finished == RVD_OK && now == until;
    if (at_end || (now > clock && now <= until)) clock = now;
    if (!at_end) {
      fault_ = Problem{problem.code,
                       "The run ended at step " + std::to_string(clock) + ", but input up to step " +
                           std::to_string(until - 1) + " had been written.",
                       {},
                       {}};
    }
  }
  if (!fault_) drop_records(begin);
  problem.message = "The run was ended at step " + std::to_string(clock) + " (" + std::string(name_of(problem.code)) + ").";
  problem.remedy = fault_ ? "Call reset()." : "The session may go on from there.";
  throw Error({problem});
}

void Session::Impl::read_records(std::uint64_t begin) {
  const run::Window window{begin, clock, lanes};
  for (auto& [probe, target] : event_targets_) reader_.events(driver_, session_.get(), probes_[probe], window, target);
  for (run::RowTarget& target : row_targets_) reader_.rows(driver_, session_.get(), target, window);
}

void Session::Impl::drop_records(std::uint64_t begin) {
  const run::Window window{begin, clock, lanes};
  for (auto& [probe, target] : event_targets_) reader_.events(driver_, session_.get(), probes_[probe], window, {});
  for (run::RowTarget& target : row_targets_) reader_.drop_rows(driver_, session_.get(), *target.probe, window);
}

namespace {

struct CounterLines {
  Result* result;
  std::size_t lanes;
  std::size_t hashes = 0;
  std::uint64_t lost = 0;
  std::uint64_t late = 0;
  bool lane_out_of_range = false;
  bool out_of_memory = false;

  static void ignore(void*, rvd_text, rvd_text) noexcept {}
  static void take(void* context, rvd_text name, std::uint64_t lane, std::uint64_t value) noexcept {
    auto& self = *static_cast<CounterLines*>(context);
    try {
      self.keep(run::copy_text(name), lane, value);
    } catch (...) {
      self.out_of_memory = true;
    }
  }

  void keep(std::string name, std::uint64_t lane, std::uint64_t value) {
    if (lane >= lanes) {
      lane_out_of_range = true;
    } else if (name == "hash") {
      result->lane_hashes.resize(lanes);
      result->lane_hashes[lane] = value;
      ++hashes;
    } else {
      lost += name == "lost" ? value : 0;
      late += name == "late" ? value : 0;
      result->counters[std::move(name)] += value;
    }
  }
};

}  // namespace

void Session::Impl::read_counters(Result& result) {
  CounterLines lines{&result, lanes};
  const rvd_facts facts_out{sizeof(rvd_facts), 0, &lines, &CounterLines::ignore, &CounterLines::take};
  const rvd_status status = run::call(driver_.api.counters, session_.get(), &facts_out);
  if (status == RVD_NOT_IMPLEMENTED) return;
  if (status != RVD_OK) fault_ = run::problem_of(driver_.name, "counters", status);
  if (lines.lane_out_of_range || (lines.hashes != 0 && lines.hashes != lanes)) {
    fault_ =
        run::rule_broken(driver_.name, "counters", "a number is told for lanes that exist, and a hash for each of them once");
  }
  if (lines.out_of_memory) fault_ = Problem{Code::out_of_memory, "No memory for the counters.", {}, {}};
  if (lines.lost != 0 || lines.late != 0) {
    fault_ = Problem{Code::data_loss,
                     std::to_string(lines.lost) + " events were lost and " + std::to_string(lines.late) +
                         " came too late since the last reset.",
                     {},
                     "Use a slower input, or shorter runs."};
  }
  if (fault_) throw Error({*fault_});
}

}  // namespace ranvier
