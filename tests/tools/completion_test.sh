#!/usr/bin/env bash
# completion_test.sh REPRISE: what the shells complete, in a real bash, and in zsh if it is here.
set -euo pipefail
reprise=$1
folder=$(dirname "$reprise")
PATH=$folder:$PATH
fail() {
  echo "$*" >&2
  exit 1
}

# shellcheck disable=SC1090
source <("$reprise" completion bash)
complete -p reprise | grep --quiet -- '-F _reprise' || fail "nothing is registered for reprise"

# complete_bash WORD…: what the last word may become.
complete_bash() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _reprise
  echo "${COMPREPLY[*]-}"
}
expect() {
  [[ $1 == "$2" ]] || fail "expected \"$2\", not \"$1\""
}

in_bash() {
  expect "$($1 reprise his)" 'history'
  expect "$($1 reprise history s --outp)" '--output'
  expect "$($1 reprise history s --output '')" 'text json jsonl mermaid html'
  expect "$($1 reprise ls s --output j)" 'json jsonl'
  expect "$($1 reprise corpus '')" 'add run --help'
  expect "$($1 reprise corpus run f --ju)" '--junit'
  # The name of a store is no command, whatever it is.
  expect "$($1 reprise ls history --work)" '--workflow'
}
in_bash complete_bash
expect "$(complete_bash reprise ls '')" ''           # Files: bash's own default.
expect "$(complete_bash reprise export s id --to x)" ''

# Every command that --help lists, and every option of each, is known.
commands=$("$reprise" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]\+\) .*/\1/p')
[[ $(wc -w <<<"$commands") -ge 12 ]] || fail "--help lists only: $commands"
for command in $commands; do
  expect "$(complete_bash reprise "$command")" "$command"
  known=" $(complete_bash reprise "$command" -) "
  options=$("$reprise" "$command" --help | sed -n 's/^  \(-h,\)\?\(--[a-z-]*\).*/\2/p')
  [[ $options == *--help* ]] || fail "$command --help lists no options"
  for option in $options; do
    [[ $known == *" $option "* ]] || fail "bash does not know $option of $command"
  done
done

if ! command -v zsh >/dev/null; then
  echo "completion in bash is as it should be; zsh: skipped, it is not installed"
  exit 0
fi
export reprise
# shellcheck disable=SC2016
complete_zsh() {
  zsh -f -c '
    compdef() { registered="$*" }
    source <("$reprise" completion zsh)
    [[ $registered == "_reprise reprise" ]] || { echo "registered: $registered"; exit 1 }
    compadd() {
      shift
      for one in "$@"; do [[ $one == ${words[CURRENT]}* ]] && print -r -- $one; done
      true
    }
    _files() { print files }
    words=("$@") CURRENT=$#
    _reprise' zsh "$@" | paste -sd' '
}
in_bash complete_zsh
expect "$(complete_zsh reprise ls '')" 'files'
expect "$(complete_zsh reprise export s id --to x)" 'files'
# As a file that zsh loads by itself.
# Whole, since a reader that leaves early is a failure of the writer's.
[[ $("$reprise" completion zsh) == '#compdef reprise'* ]]
echo "completion in bash and zsh is as it should be"
