"""Holds compiled kernels against two rules: `disassembly.py objdump FILE...` (objects, a shared library) lists what breaks one.

1. No fused multiply-add: it rounds once where the contract (core/README.md) says twice.
2. Code for a newer processor stands in functions of that instruction set's namespace only (N_AVX2, N_AVX3). Anything else may
   be shared between sources, and the linker may keep the copy that an older processor cannot run.
"""

import re
import subprocess
import sys

FUSED = re.compile(r"^(vfn?m(add|sub)|vfmaddsub|vfmsubadd|fn?m(add|sub)$|fml[as]|fcmla)")
# Registers and instructions that x86-64 got after SSE4: VEX and EVEX codes all begin with v.
NEWER = re.compile(r"^(v[a-z]|k(mov|or|and|shift|not|test|unpck|xnor|xor|add)[a-z]*$)|%[yz]mm")
OWN = re.compile(r"\bN_AVX[23]\b")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\s+(\S.*)$")


def violations(lines):
    """Returns them, and how many instructions there were."""
    found, seen, function = [], 0, ""
    for line in lines:
        if match := FUNCTION.match(line):
            function = match[1]
        elif match := INSTRUCTION.match(line):
            seen += 1
            name = match[1].split()[0]
            if FUSED.match(name):
                found.append(f"{function}: {match[1]} is a fused multiply-add")
            elif NEWER.search(match[1]) and not OWN.search(function) and not name.startswith("ver"):
                found.append(f"{function}: {match[1]} stands outside of its instruction set")
    return found, seen


def main(objdump, files):
    found, seen = [], 0
    for file in files:
        text = subprocess.run(
            [objdump, "-d", "-C", "--no-show-raw-insn", file], capture_output=True, text=True, check=True
        ).stdout
        some, count = violations(text.splitlines())
        found += some
        seen += count
    print("\n".join(sorted(set(found))) or f"{seen} instructions, none of them fused or out of place.")
    return 1 if found or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
