// What each operation on floats is, over a vector: for the loops over blocks and for fused programs alike.
//
// Read once for each instruction set, between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE, after kernels/simd/simd.h; so it has
// no include guard.

namespace ranvier::program::HWY_NAMESPACE {

using namespace simd::HWY_NAMESPACE;

template <class T>
RANVIER_INLINE Vector<T> sign_bit() {
  return Set(Tag<T>(), T(-0.0));
}

/// Towards minus infinity; keeps the sign of zeros, which Highway's scalar does not.
template <class T>
RANVIER_INLINE Vector<T> floor_of(Vector<T> a) {
  return Or(Floor(a), And(a, sign_bit<T>()));
}

/// ADD ... MAX; NEG ... FLOOR take `a` alone.
template <unsigned kCode, class T>
RANVIER_INLINE Vector<T> arithmetic(Vector<T> a, Vector<T> b) {
  if constexpr (kCode == RVD_OP_ADD) return Add(a, b);
  if constexpr (kCode == RVD_OP_SUB) return Sub(a, b);
  if constexpr (kCode == RVD_OP_MUL) return Mul(a, b);
  if constexpr (kCode == RVD_OP_DIV) return Div(a, b);
  if constexpr (kCode == RVD_OP_MIN) return IfThenElse(a < b, a, b);
  if constexpr (kCode == RVD_OP_MAX) return IfThenElse(a > b, a, b);
  if constexpr (kCode == RVD_OP_NEG) return Xor(a, sign_bit<T>());
  if constexpr (kCode == RVD_OP_ABS) return AndNot(sign_bit<T>(), a);
  if constexpr (kCode == RVD_OP_SQRT) return Sqrt(a);
  if constexpr (kCode == RVD_OP_FLOOR) return floor_of<T>(a);
}

/// EQ ... GE. Highway's own != says that a NaN equals everything.
template <unsigned kCode, class T>
RANVIER_INLINE Mask<T> comparison(Vector<T> a, Vector<T> b) {
  if constexpr (kCode == RVD_OP_EQ) return a == b;
  if constexpr (kCode == RVD_OP_NE) return Not(a == b);
  if constexpr (kCode == RVD_OP_LT) return a < b;
  if constexpr (kCode == RVD_OP_LE) return a <= b;
  if constexpr (kCode == RVD_OP_GT) return a > b;
  if constexpr (kCode == RVD_OP_GE) return a >= b;
}

/// As STORE keeps it.
template <class T>
RANVIER_INLINE Vector<T> flushed(Vector<T> a) {
  const Vector<T> magnitude = AndNot(sign_bit<T>(), a);
  return IfThenZeroElse(magnitude < Set(Tag<T>(), T(0x1p-100)), a);
}

}  // namespace ranvier::program::HWY_NAMESPACE
