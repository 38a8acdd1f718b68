#include "devices/cpu/program.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <ranvier/driver.hpp>

namespace ranvier::cpu {
namespace {

constexpr std::size_t kRegisterBytes = kBlock * 8;

// Any number of neurons at once: only these loops take it.
const program::BlockKernels& loops() { return program::block_kernels(simd::Isa::scalar); }

template <std::size_t size>
void copy(void* dst, const void* a, const void*, const void*, std::uint64_t, std::size_t n) {
  std::memcpy(dst, a, n * size);
}

template <class T>
std::size_t emit(const void* a, std::size_t n, std::uint32_t first_id, std::uint32_t* ids, void* values) {
  const T* x = static_cast<const T*>(a);
  T* out = static_cast<T*>(values);
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; ++i) {
    ids[count] = first_id + static_cast<std::uint32_t>(i);
    out[count] = x[i];
    count += x[i] != 0 ? 1 : 0;
  }
  return count;
}

std::uint32_t used(std::uint32_t type, bool wide) { return wide && type == RVD_F32 ? RVD_F64 : type; }

}  // namespace

Emit emit_of(std::uint32_t type) {
  switch (type) {
    case RVD_F32: return emit<float>;
    case RVD_F64: return emit<double>;
    case RVD_I32: return emit<std::int32_t>;
    default: return emit<std::int64_t>;
  }
}

Values::Values(rvd::PlanView plan, const rvd_array& array, bool wide)
    : plan_(plan.data<std::byte>(array)), count_(array.count), size_(rvd::size_of(used(array.type, wide))) {
  if (count_ == 0 || array.type == used(array.type, wide)) return;
  widened_ = Buffer(count_ * sizeof(double));
  std::copy_n(plan.data<float>(array), count_, reinterpret_cast<double*>(widened_.data()));
}

void Registers::reserve(std::size_t registers, std::size_t bytes) {
  if (at.size() < registers) at.resize(registers);
  if (room.size() < bytes) room = Buffer(bytes);
}

Program::Program(rvd::PlanView plan, const rvd_population& population, bool wide)
    : registers_(population.registers + 1), is_state_(population.registers, false) {
  for (const rvd_value& value : plan.coefficients(population)) coefficients_.emplace_back(plan, value.values, wide);
  for (rvd_op op : plan.ops(population)) {
    if (op.code == RVD_OP_CONST && op.type != used(op.type, wide)) {
      op.imm = rvd::bits_of(static_cast<double>(rvd::from_bits<float>(op.imm)));
    }
    op.type = static_cast<std::uint8_t>(used(op.type, wide));
    op.from = static_cast<std::uint8_t>(used(op.from, wide));
    prepare(op);
  }
}

void Program::prepare(rvd_op op) {
  const std::size_t size = rvd::size_of(op.type);
  switch (op.code) {
    case RVD_OP_CONST: return fix(op.dst, op.imm, size);
    case RVD_OP_COEFF: return prepare_coefficient(op);
    case RVD_OP_STATE:
      is_state_[op.dst] = true;
      loads_.push_back({op.dst, Source::state, op.a, size});
      return;
    case RVD_OP_RECEPTOR: loads_.push_back({op.dst, Source::receptor, op.a, size}); return;
    case RVD_OP_STORE: return prepare_store(op);
    case RVD_OP_EMIT: emitted_ = op.a; return;
    default: break;
  }
  const program::BlockOp run = loops().op(op.code, op.type, op.from);
  if (run == nullptr) throw rvd::Failure(RVD_INTERNAL, "cpu: no operation " + std::to_string(op.code));
  instructions_.push_back({run, allot(), op.dst, op.a, op.b, op.c, op.imm});
}

void Program::prepare_coefficient(const rvd_op& op) {
  const Values& values = coefficients_[op.a];
  if (values.count() != 1) {
    loads_.push_back({op.dst, Source::coefficient, op.a, values.size()});
    return;
  }
  std::uint64_t bits = 0;
  std::memcpy(&bits, values.data(), values.size());
  fix(op.dst, bits, values.size());
}

// A register that is a state itself would change with the store of that state before its own: keep a copy.
void Program::prepare_store(const rvd_op& op) {
  std::uint32_t reg = op.a;
  if (is_state_[reg]) {
    reg = static_cast<std::uint32_t>(registers_++);
    instructions_.push_back({rvd::size_of(op.type) == 4 ? copy<4> : copy<8>, allot(), reg, op.a, op.a, op.a, 0});
  }
  stores_.push_back({loops().store(op.type), static_cast<std::uint32_t>(op.imm), reg, rvd::size_of(op.type)});
}

void Program::fix(std::uint32_t reg, std::uint64_t bits, std::size_t size) {
  Buffer values(kBlock * size);
  for (std::size_t i = 0; i < kBlock; ++i) std::memcpy(values.data() + i * size, &bits, size);
  fixed_.push_back({reg, std::move(values)});
}

std::size_t Program::allot() {
  room_ += kRegisterBytes;
  return room_ - kRegisterBytes;
}

void Program::enter(Registers& registers) const {
  for (const Fixed& fixed : fixed_) registers.at[fixed.reg] = fixed.values.data();
  for (const Instruction& op : instructions_) registers.at[op.dst] = registers.room.data() + op.offset;
}

const void* Program::compute(Registers& registers, const Rows& rows, std::uint64_t begin, std::size_t n) const {
  for (const Load& load : loads_) {
    const std::byte* row = load.source == Source::state      ? rows.states[load.index]
                           : load.source == Source::receptor ? rows.sums[load.index]
                                                             : coefficients_[load.index].data();
    registers.at[load.reg] = row + begin * load.size;
  }
  std::byte* const room = registers.room.data();
  for (const Instruction& op : instructions_) {
    op.run(room + op.offset, registers.at[op.a], registers.at[op.b], registers.at[op.c], op.imm, n);
  }
  return registers.at[emitted_];
}

void Program::store(const Registers& registers, const Rows& rows, std::uint64_t begin, std::size_t n) const {
  for (const Store& store : stores_) {
    store.run(rows.states[store.state] + begin * store.size, registers.at[store.reg], nullptr, nullptr, 0, n);
  }
}

}  // namespace ranvier::cpu
