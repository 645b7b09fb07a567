# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use the names
# Sourced by every script: where things are, how they speak, how they fail.

COPPICE_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
readonly COPPICE_ROOT
readonly EXIT_USAGE=64
readonly EXIT_NEEDS_PRIVILEGE=77

if [[ -t 2 && -z "${NO_COLOR:-}" && "${TERM:-dumb}" != dumb ]]; then
  readonly BOLD=$'\e[1m' RED=$'\e[31m' YELLOW=$'\e[33m' RESET=$'\e[0m'
else
  readonly BOLD='' RED='' YELLOW='' RESET=''
fi

# Messages go to stderr; stdout is for what a caller may read.
say() { printf '%s\n' "$*" >&2; }
step() { printf '%s==>%s %s\n' "$BOLD" "$RESET" "$*" >&2; }
warn() { printf '%swarning:%s %s\n' "$YELLOW" "$RESET" "$*" >&2; }
die() {
  printf '%serror:%s %s\n' "$RED" "$RESET" "$*" >&2
  exit 1
}
usage_error() {
  printf '%serror:%s %s (see --help)\n' "$RED" "$RESET" "$*" >&2
  exit "$EXIT_USAGE"
}

is_root() { [[ "$(id -u)" == 0 ]]; }

# The folder for what is built once per user. sudo may leave HOME as the caller's: root must not write there.
cache_dir() {
  local home="${HOME:-}"
  if [[ -n "${COPPICE_CACHE:-}" ]]; then
    printf '%s\n' "$COPPICE_CACHE"
    return
  fi
  if [[ -z "$home" || (-e "$home" && ! -O "$home") ]]; then
    home="$(getent passwd "$(id -u)" | cut -d: -f6)"
    printf '%s\n' "$home/.cache/coppice"
    return
  fi
  printf '%s\n' "${XDG_CACHE_HOME:-$home/.cache}/coppice"
}

# run_logged LOG COMMAND…: output goes to LOG only; if the command fails, the log's last lines are shown.
run_logged() {
  local log="$1"
  shift
  if ! "$@" >>"$log" 2>&1 </dev/null; then
    tail -n 25 "$log" | sed 's/^/    /' >&2
    say "    the whole log: $log"
    return 1
  fi
}

# build_preset PRESET [TARGET…]: configures and builds. $COPPICE_CMAKE_ARGUMENTS, split at blanks, goes to CMake.
build_preset() {
  local preset="$1" dir="$COPPICE_ROOT/build/$1" log
  shift
  local -a arguments=(--preset "$preset") configure=()
  read -ra configure <<<"${COPPICE_CMAKE_ARGUMENTS:-}"
  if (($#)); then arguments+=(--target "$@"); fi
  mkdir -p "$dir"
  log="$dir/configure.log"
  cd "$COPPICE_ROOT" || die "$COPPICE_ROOT is gone"
  # A configure run costs a second and sees to it that a changed option or a new library is noticed.
  step "configuring $preset"
  : >"$log"
  run_logged "$log" cmake --preset "$preset" "${configure[@]}" || die "CMake could not configure the preset $preset"
  sed -n '/^-- Coppice /,$p' "$log" | grep -v -e '^-- *$' -e 'Configuring done' -e 'Generating done' \
    -e 'Build files have' | sed 's/^-- //' >&2 || true
  step "building $preset"
  # Steps done of all, their rate, seconds since it began.
  export NINJA_STATUS="${NINJA_STATUS-[%f/%t  %o/s  %e s] }"
  cmake --build "${arguments[@]}" >&2 || die "the build failed"
}
