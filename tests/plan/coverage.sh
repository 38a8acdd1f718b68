#!/bin/sh
# Line coverage of core/plan by plan_tests and the fuzz corpus. Fails when a source of the checker is covered by less than 95 %.
# usage: coverage.sh [FOLDER]   builds in FOLDER (build/coverage), which it empties. Needs g++ with its gcov, and GoogleTest.
# shellcheck disable=SC2086 # flags and lists of objects are words
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
folder=${1:-build/coverage}
limit=95
flags="-std=c++20 -O0 -g -ffp-contract=off -I$root -I$root/core/include"

rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"

compile() { # FOLDER [FLAG]: every source of the folder, objects here
  find "$root/$1" -maxdepth 1 -name '*.cpp' -print0 |
    xargs -0 -n 1 -P "$(getconf _NPROCESSORS_ONLN)" g++ $flags ${2:+"$2"} -c
}
compile core/base
compile core/plan --coverage
objects=$(ls ./*.o)
compile tests/plan
tests=$(ls ./*.o)
g++ $flags -c "$root/tests/fuzz/plan_fuzz.cpp" "$root/tests/fuzz/replay.cpp"
g++ --coverage $tests -lgtest_main -lgtest -pthread -o plan_tests
g++ --coverage $objects plan_fuzz.o replay.o -pthread -o replay_plan

./plan_tests --gtest_brief=1
./replay_plan "$root/tests/fuzz/corpus/plan"

# gcov prints "File 'path'" and then "Lines executed:98.00% of 100" for a source and for each header in it.
gcov --no-output --source-prefix "$root" ./*.gcno | awk -v limit="$limit" '
  /^File / { file = substr($2, 2, length($2) - 2); next }
  /^Lines executed:/ && file ~ /^core\/plan\/.*\.cpp$/ {
    split($0, part, "[:% ]")
    low = file ~ /checker\.cpp$/ && part[3] + 0 < limit
    printf "%7.2f %% of %4d lines  %s%s\n", part[3], part[6], file, low ? "  below " limit " %" : ""
    if (low) failed = 1
    if (file ~ /checker\.cpp$/) sources++
  }
  { file = "" }
  END { if (sources == 0) { print "gcov told nothing about the checker."; failed = 1 } exit failed }'
