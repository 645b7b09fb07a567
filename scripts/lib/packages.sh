# shellcheck shell=bash
# Debian packages: which are needed, which are missing, installing them.

# The server's newest major version that is installed and at least 15, or nothing.
postgresql_installed_major() {
  local dir major best=''
  for dir in /usr/lib/postgresql/*/bin/initdb; do
    [[ -x "$dir" ]] || continue
    major="${dir#/usr/lib/postgresql/}"
    major="${major%%/*}"
    if ((major >= 15)) && { [[ -z "$best" ]] || ((major > best)); }; then
      best="$major"
    fi
  done
  printf '%s' "$best"
}

# The distribution's PostgreSQL package, for example postgresql-15. Needs apt's lists.
postgresql_distribution_package() {
  LC_ALL=C apt-cache depends postgresql 2>/dev/null |
    sed -n 's/^ *Depends: \(postgresql-[0-9][0-9]*\)$/\1/p' | head -n 1
}

# One package a line: to compile, link and run the programs.
packages_build() {
  printf '%s\n' g++ cmake ninja-build pkg-config make git ca-certificates python3-minimal \
    nlohmann-json3-dev libcli11-dev libcurl4-openssl-dev libfaiss-dev libfmt-dev libgit2-dev libhwy-dev libmsgpack-cxx-dev \
    libpq-dev libseccomp-dev libspdlog-dev libssl-dev libstemmer-dev libsystemd-dev libtomlplusplus-dev libzmq3-dev \
    cppzmq-dev libzstd-dev zlib1g-dev
}

packages_tests() {
  printf '%s\n' libgtest-dev libgmock-dev libbenchmark-dev python3 python3-zmq python3-msgpack
}

# FAISS's headers want an OpenMP header, which GCC brings along and clang does not.
packages_checks() {
  printf '%s\n' libomp-dev
}

# Names of the packages of the given sets that dpkg does not have.
packages_missing() {
  local -a wanted=()
  local set
  for set in "$@"; do
    mapfile -t -O "${#wanted[@]}" wanted < <("packages_$set")
  done
  local installed
  installed="$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')"
  printf '%s\n' "${wanted[@]}" | sort -u | grep -vxF -f <(printf '%s\n' "$installed") || true
}

have_any() {
  local name
  for name in "$@"; do
    if command -v "$name" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

# What is missing for this run, one name a line. Programs that people also install otherwise (npm, clang) are looked
# up by name first. "postgresql" stands for the distribution's server, whose version only apt's lists can tell.
system_missing() { # tests checks
  local -a sets=(build)
  if (($1)); then sets+=(tests); fi
  if (($2)); then sets+=(checks); fi
  packages_missing "${sets[@]}"
  if [[ -z "$(grammars_dir)" ]] && ! have_any npm; then printf 'npm\n'; fi
  if [[ -z "$(postgresql_installed_major)" ]]; then printf 'postgresql\n'; fi
  if (($2)); then
    if ! have_any clang++ clang++-{14..21}; then printf 'clang\n'; fi
    if ! have_any clang-tidy clang-tidy-{14..21}; then printf 'clang-tidy\n'; fi
  fi
}

# Installing the server package also makes and starts a cluster named main. Coppice starts a private one of its own,
# so for the length of this install a drop-in says otherwise; it is gone afterwards.
readonly CREATECLUSTER_DIR=/etc/postgresql-common/createcluster.d
readonly CREATECLUSTER_DROPIN="$CREATECLUSTER_DIR/zz-coppice-setup.conf"
no_main_cluster_begin() {
  mkdir -p "$CREATECLUSTER_DIR"
  printf 'create_main_cluster = false\n' >"$CREATECLUSTER_DROPIN"
}
no_main_cluster_end() {
  rm -f "$CREATECLUSTER_DROPIN"
  rmdir "$CREATECLUSTER_DIR" 2>/dev/null || true
}

# May this user become root through sudo? Only at a terminal is a password asked for.
may_use_sudo() {
  have_any sudo || return 1
  if sudo -n true 2>/dev/null; then return 0; fi
  [[ -t 0 && -t 2 ]] && sudo -v
}

apt_quiet() {
  DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

update_package_lists() { # log
  step "apt-get update"
  run_logged "$1" apt_quiet update || die "apt-get update failed"
}

# As root: installs the packages named. Nothing of apt's configuration changes.
install_packages() { # log package…
  local log="$1" package
  shift
  local -a names=()
  for package in "$@"; do
    if [[ "$package" == postgresql ]]; then
      package="$(postgresql_distribution_package)"
      [[ -n "$package" ]] || die "apt knows no PostgreSQL server package"
      ((${package##*-} >= 15)) || die "PostgreSQL 15 or newer is needed; this distribution has $package"
    fi
    names+=("$package")
  done
  step "installing ${names[*]}"
  local failed=0
  no_main_cluster_begin
  run_logged "$log" apt_quiet install --no-install-recommends "${names[@]}" || failed=1
  no_main_cluster_end
  ((!failed)) || die "apt-get could not install them (is another package manager running?)"
}
