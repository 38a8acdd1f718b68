"""The program `ranvier`: hands over to the one that lies in the package."""

import os
import sys


def main() -> None:
    program = os.path.join(os.path.dirname(__file__), "bin", "ranvier")
    os.execv(program, [program, *sys.argv[1:]])
