#include <variant>

#include "core/io/nir_program/data.h"
#include "core/io/nir_program/store.h"
#include "core/io/text.h"

namespace ranvier::nir_program {
namespace {

using io::in_quotes;

class Writer {
 public:
  explicit Writer(unsigned level) : store_(level) {}

  std::vector<std::byte> write(const NirGraphData& data) {
    write(store_.root(), data, "the file");
    return store_.image();
  }

 private:
  void write(const Handle& group, const NirGraphData& data, const std::string& place) {
    store_.attribute(group, "__type__", "NIRGraphData");
    const Handle nodes = store_.group(group, "nodes", place);
    for (const auto& [name, node] : data.nodes) {
      const std::string where = "node " + in_quotes(name);
      const Handle one = store_.group(nodes, name, place);
      store_.attribute(one, "__type__", "NIRNodeData");
      const Handle observables = store_.group(one, "observables", where);
      for (const auto& [key, observable] : node.observables) {
        const Handle target = store_.group(observables, key, where);
        std::visit([&](const auto& values) { write(target, values, where); }, observable);
      }
    }
    for (const auto& [name, inner] : data.graphs) write(store_.group(nodes, name, place), inner, "node " + in_quotes(name));
  }

  void write(const Handle& group, const TimeGriddedData& grid, const std::string& place) {
    store_.attribute(group, "__type__", "TimeGriddedData");
    store_.attribute(group, "dt", grid.dt);
    store_.tensor(group, "data", grid.data, place);
  }

  void write_events(const Handle& group, const EventData& events, const std::string& place) {
    store_.attribute(group, "n_neurons", events.n_neurons);
    store_.attribute(group, "t_max", events.t_max);
    store_.tensor(group, "idx", events.idx, place);
    store_.tensor(group, "time", events.time, place);
  }

  void write(const Handle& group, const EventData& events, const std::string& place) {
    store_.attribute(group, "__type__", "EventData");
    write_events(group, events, place);
  }

  void write(const Handle& group, const ValuedEventData& events, const std::string& place) {
    store_.attribute(group, "__type__", "ValuedEventData");
    write_events(group, events, place);
    store_.tensor(group, "value", events.value, place);
  }

  Store store_;
};

}  // namespace

std::vector<std::byte> write_data(const NirGraphData& data, unsigned level) { return Writer(level).write(data); }

}  // namespace ranvier::nir_program
