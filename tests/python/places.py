"""Where things lie in the repository. RANVIER_DATA may name another folder of the NIR paper's files."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = ROOT / "tests" / "data" / "hostile"
PEERS = ROOT / "tests" / "data" / "peers"  # what tests/peers wrote
NIR_PAPER = Path(os.environ.get("RANVIER_DATA", ROOT / "tests" / "data" / "nir-paper"))
