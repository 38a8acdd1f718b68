"""What does `import ranvier` cost beside `import numpy`? In turn, in processes of their own; minimum, median, maximum."""

import statistics
import subprocess
import sys

ROUNDS = 30
CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


def milliseconds(module):
    return 1e3 * float(subprocess.check_output([sys.executable, "-c", CODE.format(module)], text=True))


def main():
    times = {"numpy": [], "ranvier": []}
    for _ in range(ROUNDS):
        for module, taken in times.items():
            taken.append(milliseconds(module))
    for module, taken in times.items():
        print(f"import {module}: {min(taken):.1f} {statistics.median(taken):.1f} {max(taken):.1f} ms")
    ratios = [ours / theirs for ours, theirs in zip(times["ranvier"], times["numpy"], strict=True)]
    print(f"ratio: {min(ratios):.2f} {statistics.median(ratios):.2f} {max(ratios):.2f}")


if __name__ == "__main__":
    main()
