#!/bin/sh
# sh run.sh FOLDER TOOL ...   For each tool: an environment in FOLDER, its results in FOLDER/TOOL.npz, and the verdict.
# The tool `nir` is the reference library: nir_reference.py holds our reading and writing against it.
# PYTHON names the Python that has ranvier (default: python3).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1
shift
failed=
for tool in "$@"; do
  env=$folder/$tool list=$tool
  [ "$tool" != netx ] || env=$folder/lavadl list=lavadl  # a part of lava-dl
  [ -x "$env/bin/python" ] || python3 -m venv "$env"
  "$env/bin/python" -m pip install -q -r "$here/requirements-$list.txt"
  alone=$here/requirements-$list-alone.txt
  [ ! -f "$alone" ] || "$env/bin/python" -m pip install -q --no-deps --ignore-requires-python -r "$alone"
  if [ "$tool" = nir ]; then
    "$env/bin/python" "$here/nir_reference.py" "$here/../../build/dev/lib/ranvier/bin/ranvier-nir" || failed="$failed nir"
    continue
  fi
  "$env/bin/python" "$here/${tool}_peer.py" "$folder/$tool.npz"
  compare=compare.py
  [ "$tool" != netx ] || compare=netx_compare.py
  "${PYTHON:-python3}" "$here/$compare" "$folder/$tool.npz" || failed="$failed $tool"
done
[ -z "$failed" ] || { echo "do not agree:$failed" >&2; exit 1; }
