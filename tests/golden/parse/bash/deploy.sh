#!/usr/bin/env bash
# Copies a build to the servers.
set -euo pipefail

source "$(dirname "$0")/common.sh"
. ./colours.sh

readonly TARGETS=(one two)
export RETRIES=3
log_file=/tmp/deploy.log

# Prints to the log and to the screen.
say() {
  local text="$1"
  printf '%s\n' "$text" | tee -a "$log_file"
}

function copy_all {
  for target in "${TARGETS[@]}"; do
    say "to $target"
    retry() { rsync -a build/ "$target:/srv"; }
    retry || exit 1
  done
}

if [[ "${1:-}" == "--help" ]]; then
  usage
fi
copy_all "$@"
