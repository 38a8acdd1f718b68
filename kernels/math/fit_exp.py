#!/usr/bin/env python3
"""Prints the constants of exp.h: log2(e), ln 2 in two parts, and the coefficients of (exp(r) - 1 - r - r^2/2) / r^3.

Needs mpmath. The fit is for the smallest relative error of expm1(r) on |r| <= ln(2)/2.
"""

from mpmath import cos, exp, expm1, log, mpf, pi
from remez import Fit, report_ln2, round_to

# The reduction rounds x / ln 2, so |r| may pass ln(2)/2 by a few units in the last place of that quotient.
BOUND = log(2) / 2 * mpf("1.00002")
GRID = [-BOUND * cos(pi * (i + mpf(1) / 2) / 4000) for i in range(4000)]
FIT = Fit(GRID, lambda r: (exp(r) - 1 - r - r * r / 2) / r**3, lambda r: abs(r**3 / expm1(r)))

for name, precision, bits_of_n, count in [("float", 24, 8, 5), ("double", 53, 11, 10)]:
    print(f"{name}: log2(e) {float(round_to(1 / log(2), precision)).hex()}")
    report_ln2(precision, bits_of_n)
    FIT.report(precision, count, "r", 3)
