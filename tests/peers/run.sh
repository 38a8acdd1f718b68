#!/bin/sh
# sh run.sh FOLDER TOOL ...   For each tool: an environment in FOLDER, its results in FOLDER/TOOL.npz, and the verdict.
# The tool `nir` is the reference library: nir_reference.py holds our reading and writing against it. With `loihi_nengo` the
# resources of a core are held against nengo-loihi's, too; `loihi_script` is lava-nc again, which runs what our emulator exports.
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
  if [ "$tool" = loihi_script ]; then
    "${PYTHON:-python3}" "$here/loihi_script.py" "$env/bin/python" || failed="$failed loihi_script"
    continue
  fi
  compare=compare.py
  case $tool in
  loihi_*) compare=loihi_compare.py ;;
  netx) compare=netx_compare.py ;;
  esac
  "$env/bin/python" -W ignore "$here/${tool}_peer.py" "$folder/$tool.npz"
  "${PYTHON:-python3}" "$here/$compare" "$folder/$tool.npz" || failed="$failed $tool"
  [ "$tool" = loihi_nengo ] || continue
  "$env/bin/python" -W ignore "$here/nengo_loihi_resources.py" "$folder/loihi_blocks.txt"
  RANVIER_LOIHI_BLOCKS="$folder/loihi_blocks.txt" "$here/../../build/dev/bin/loihi_place_tests" --gtest_filter='CoreUse.*' \
    --gtest_brief=1 || failed="$failed nengo_loihi_resources"
done
[ -z "$failed" ] || { echo "do not agree:$failed" >&2; exit 1; }
