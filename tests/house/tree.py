"""Where things are in the repository, and how its tests start other programs."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "nir-paper"
BRAILLE = DATA / "03_rnn" / "braille_noDelay_bias_zero.nir"
TOUCH = DATA / "derived" / "braille_test_sample0_input_256x12_u8.npy"
RECORDED = DATA / "03_rnn" / "snntorch_activity_noDelay_bias_zero.npy"


def run(*command, env=None, code=0, **options):
    """The finished process; a failure shows what it said."""
    environment = {**os.environ, **(env or {})}
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=environment, **options)
    assert done.returncode == code, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done


def project(source, folder, prefix, *options):
    """Configures and builds a project that is handed nothing but the prefix."""
    run("cmake", "-S", source, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}", *options)
    run("cmake", "--build", folder)
    return folder


def needed(binary):
    """Names of the shared libraries that a binary and what it loads need."""
    return re.findall(r"^\s*(\S+)", run("ldd", binary).stdout, re.MULTILINE)
