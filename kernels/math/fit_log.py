#!/usr/bin/env python3
"""Prints the constants of log.h: ln 2 in two parts, and the coefficients of (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2.

Needs mpmath. The fit is for the smallest relative error of the logarithm on significands from sqrt(1/2) to sqrt(2).
"""

from mpmath import atanh, cos, mpf, pi, sqrt
from remez import Fit, report_ln2

# s = f / (2 + f) of a significand 1 + f; a little more for the rounding of f's bounds.
BOUND = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.0001")
GRID = [BOUND * (1 - cos(pi * (i + mpf(1) / 2) / 4000)) / 2 for i in range(4000)]
FIT = Fit(
    GRID,
    lambda z: (2 * atanh(sqrt(z)) - 2 * sqrt(z)) / sqrt(z) ** 3,
    lambda z: sqrt(z) ** 3 / (2 * atanh(sqrt(z))),
)

for name, precision, bits_of_n, count in [("float", 24, 8, 4), ("double", 53, 11, 7)]:
    print(f"{name}:")
    report_ln2(precision, bits_of_n)
    FIT.report(precision, count, "s", 3, step=2)
