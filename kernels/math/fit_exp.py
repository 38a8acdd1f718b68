#!/usr/bin/env python3
"""Prints the constants of exp.h: log2(e), ln 2 in two parts, and the coefficients of (exp(r) - 1 - r - r^2/2) / r^3.

Needs mpmath. The fit is Remez's exchange for the smallest relative error of expm1(r) on |r| <= ln(2)/2.
"""

from mpmath import cos, exp, expm1, floor, frexp, ldexp, log, lu_solve, matrix, mp, mpf, nint, pi

mp.prec = 240
# The reduction rounds x / ln 2, so |r| may pass ln(2)/2 by a few units in the last place of that quotient.
BOUND = log(2) / 2 * mpf("1.00002")
GRID = [-BOUND * cos(pi * (i + mpf(1) / 2) / 4000) for i in range(4000)]


def round_to(value, bits):
    mantissa, exponent = frexp(value)
    return ldexp(nint(ldexp(mantissa, bits)), exponent - bits)


def polynomial(coefficients, r):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * r + c
    return total


TARGET = [(exp(r) - 1 - r - r * r / 2) / r**3 for r in GRID]
WEIGHT = [abs(r**3 / expm1(r)) for r in GRID]


def errors(coefficients):
    return [w * (t - polynomial(coefficients, r)) for r, t, w in zip(GRID, TARGET, WEIGHT)]


def extrema(error, count):
    """The largest error of each run of one sign, without the smaller outer ones beyond `count`."""
    peaks = []
    for i, e in enumerate(error):
        if not peaks or (error[peaks[-1]] > 0) != (e > 0):
            peaks.append(i)
        elif abs(e) > abs(error[peaks[-1]]):
            peaks[-1] = i
    while len(peaks) > count:
        peaks.pop(0 if abs(error[peaks[0]]) < abs(error[peaks[-1]]) else -1)
    return peaks


def fit(count):
    points = [round((len(GRID) - 1) * (i + 0.5) / (count + 1)) for i in range(count + 1)]
    for _ in range(30):
        rows = [[GRID[p] ** i for i in range(count)] + [(-1) ** k / WEIGHT[p]] for k, p in enumerate(points)]
        coefficients = list(lu_solve(matrix(rows), matrix([TARGET[p] for p in points])))[:count]
        peaks = extrema(errors(coefficients), count + 1)
        if peaks == points:
            return coefficients
        points = peaks
    raise SystemExit("the exchange did not converge")


def report(name, precision, bits_of_n, count):
    high = ldexp(floor(ldexp(log(2), precision - bits_of_n)), bits_of_n - precision)
    print(f"{name}: log2(e) {float(round_to(1 / log(2), precision)).hex()}")
    print(f"  ln(2) high {float(high).hex()}, low {float(round_to(log(2) - high, precision)).hex()}")
    coefficients = [round_to(c, precision) for c in fit(count)]
    print(f"  largest relative error of expm1: 2^{float(log(max(map(abs, errors(coefficients))), 2)):.1f}")
    for k, c in enumerate(coefficients):
        print(f"  r^{k + 3}: {float(c).hex()}")


report("float", 24, 8, 5)
report("double", 53, 11, 10)
