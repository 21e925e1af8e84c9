#!/usr/bin/env bash
# demo_test.sh AUDIT: the example behind tools/demo takes no argument it does not know, and several
# of it on one machine keep out of each other's way.
set -euo pipefail
audit=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

fail() {
  echo "$*" && exit 1
}

refused() {
  local status=0
  "$audit" "$@" >"$work/out" 2>&1 || status=$?
  ((status == 2)) || fail "exit code $status of: $*"
  grep --quiet -e --help "$work/out" || fail "no word of --help after: $*"
}
refused
refused nonsense
refused run --kils 3
refused run --kills abc
refused run --kills -1
refused run --kills 3x
refused run --packages
refused run --packages 0
refused run more
"$audit" --help | grep --quiet 'Usage: audit'
"$audit" run --help | grep --quiet -e --kills
[[ -z $(ls "$TMPDIR") ]] || fail "left behind by a usage error: $(ls "$TMPDIR")"

# Two at once, and nothing is left of either.
"$audit" run --kills 2 --packages 4 >"$work/one" &
other=$!
"$audit" run --kills 2 --packages 4 >"$work/two" || fail "$(cat "$work/two")"
wait "$other" || fail "$(cat "$work/one")"
[[ -z $(ls "$TMPDIR") ]] || fail "left behind: $(ls "$TMPDIR")"

# What is to be kept is, and said where; so is what failed.
"$audit" run --kills 0 --packages 1 --keep >"$work/kept"
kept=$(sed -n 's/^  rm -r //p' "$work/kept")
[[ -e $kept/store/anchor ]] || fail "not kept: $kept"
rm -r "$kept"
mkdir "$work/taken"
touch "$work/taken/file"
status=0
"$audit" run --kills 0 --packages 1 --store "$work/taken" >"$work/failed" 2>&1 || status=$?
((status == 1)) || fail "exit code $status of an audit without a store"
grep --quiet "ls $work/taken" "$work/failed" || fail "$(cat "$work/failed")"
