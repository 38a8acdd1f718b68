#!/usr/bin/env python3
"""Prints the constants of log.h: ln 2 in two parts, and the coefficients of (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2.

Needs mpmath. The fit is Remez's exchange for the smallest relative error of the logarithm on significands from sqrt(1/2) to
sqrt(2).
"""

from mpmath import atanh, cos, floor, frexp, ldexp, log, lu_solve, matrix, mp, mpf, nint, pi, sqrt

mp.prec = 240
# s = f / (2 + f) of a significand 1 + f; a little more for the rounding of f's bounds.
BOUND = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.0001")
GRID = [BOUND * (1 - cos(pi * (i + mpf(1) / 2) / 4000)) / 2 for i in range(4000)]


def round_to(value, bits):
    mantissa, exponent = frexp(value)
    return ldexp(nint(ldexp(mantissa, bits)), exponent - bits)


def polynomial(coefficients, z):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * z + c
    return total


TARGET = [(2 * atanh(sqrt(z)) - 2 * sqrt(z)) / sqrt(z) ** 3 for z in GRID]
WEIGHT = [sqrt(z) ** 3 / (2 * atanh(sqrt(z))) for z in GRID]


def errors(coefficients):
    return [w * (t - polynomial(coefficients, z)) for z, t, w in zip(GRID, TARGET, WEIGHT)]


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
    print(f"{name}: ln(2) high {float(high).hex()}, low {float(round_to(log(2) - high, precision)).hex()}")
    coefficients = [round_to(c, precision) for c in fit(count)]
    print(f"  largest relative error: 2^{float(log(max(map(abs, errors(coefficients))), 2)):.1f}")
    for k, c in enumerate(coefficients):
        print(f"  s^{2 * k + 3}: {float(c).hex()}")


report("float", 24, 8, 4)
report("double", 53, 11, 7)
