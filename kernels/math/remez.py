"""Remez's exchange for the polynomials of exp.h and log.h; fit_exp.py and fit_log.py use it. Needs mpmath."""

from mpmath import frexp, ldexp, log, lu_solve, matrix, mp, mpf, nint

mp.prec = 240


def round_to(value, bits):
    mantissa, exponent = frexp(value)
    return ldexp(nint(ldexp(mantissa, bits)), exponent - bits)


class Fit:
    """The polynomial in x whose largest weighted error against `target` is smallest on a grid, all three functions of x."""

    def __init__(self, grid, target, weight):
        self.grid, self.target, self.weight = grid, [target(x) for x in grid], [weight(x) for x in grid]

    def coefficients(self, count):
        points = [round((len(self.grid) - 1) * (i + 0.5) / (count + 1)) for i in range(count + 1)]
        for _ in range(30):
            rows = [[self.grid[p] ** i for i in range(count)] + [(-1) ** k / self.weight[p]] for k, p in enumerate(points)]
            found = list(lu_solve(matrix(rows), matrix([self.target[p] for p in points])))[:count]
            peaks = _extrema(self._errors(found), count + 1)
            if peaks == points:
                return found
            points = peaks
        raise SystemExit("the exchange did not converge")

    def report(self, precision, count, symbol, power, step=1):
        """Prints the coefficients of `count` terms, rounded to `precision` bits; the first stands at symbol^power."""
        rounded = [round_to(c, precision) for c in self.coefficients(count)]
        print(f"  largest relative error: 2^{float(log(max(map(abs, self._errors(rounded))), 2)):.1f}")
        for k, c in enumerate(rounded):
            print(f"  {symbol}^{step * k + power}: {float(c).hex()}")

    def _errors(self, coefficients):
        return [w * (t - _value(coefficients, x)) for x, t, w in zip(self.grid, self.target, self.weight)]


def report_ln2(precision, bits_of_n):
    """ln 2 in two parts: the product of the high one with an n of `bits_of_n` bits is exact."""
    high = ldexp(mp.floor(ldexp(log(2), precision - bits_of_n)), bits_of_n - precision)
    print(f"  ln(2) high {float(high).hex()}, low {float(round_to(log(2) - high, precision)).hex()}")


def _value(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def _extrema(error, count):
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
