# shellcheck shell=bash
# Pinned Debian source packages, fetched through apt with folders of its own and built into the cache.

readonly SOURCES_LIST="$COPPICE_ROOT/third_party/debian-sources.txt"

# The versions pinned for a package, in the order in which they are tried.
pinned_versions() {
  awk -v p="$1" '$1 == p && !seen[$2]++ { print $2 }' "$SOURCES_LIST"
}

# "file sha256" lines of one pinned version.
pinned_files() {
  awk -v p="$1" -v v="$2" '$1 == p && $2 == v { print $3, $4 }' "$SOURCES_LIST"
}

# Where the cache keeps a build of a pinned version: the name changes with any file's hash, the recipe below, the
# compiler and the processor.
pinned_key() { # package version
  printf '%s-%s-%s\n' "$1" "$2" "$({
    pinned_files "$1" "$2"
    declare -f "build_$1"
    c++ -dumpversion 2>/dev/null || true
    uname -m
  } | sha256sum | cut -c1-12)"
}

# Debian mirrors that this machine's apt uses, asked of apt itself, so that both formats of its lists count. Whose a
# mirror is apt knows once it has fetched the lists; before that, every one that is not for security updates is named.
debian_mirrors() {
  local mirrors
  # shellcheck disable=SC2016 # apt's own variables
  mirrors="$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/^Debian //p')"
  if [[ -z "$mirrors" ]]; then
    # shellcheck disable=SC2016
    mirrors="$(apt-get indextargets --no-release-info --format '$(SITE)' 'Created-By: Packages' 2>/dev/null)"
  fi
  printf '%s\n' "$mirrors" | awk 'NF && !/security/ { sub(/\/$/, ""); if (!seen[$0]++) print }'
}

# apt's download helper with its state, cache and lists in a folder of ours.
private_apt_helper() { # folder argument…
  local own="$1"
  shift
  mkdir -p "$own/state/lists/partial" "$own/cache/archives/partial"
  /usr/lib/apt/apt-helper -o Dir::State="$own/state" -o Dir::Cache="$own/cache" \
    -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null -o APT::Sandbox::User="$(id -un)" "$@"
}

# Fetches one pinned version into a folder. 1: no mirror has it. A file with another hash ends the script.
fetch_pinned() { # package version folder log
  local package="$1" version="$2" into="$3" log="$4" file sha mirror got prefix
  prefix="${package:0:1}"
  if [[ "$package" == lib* ]]; then prefix="${package:0:4}"; fi
  mkdir -p "$into"
  while read -r file sha; do
    got=''
    while read -r mirror; do
      if private_apt_helper "$into/.apt" download-file "$mirror/pool/main/$prefix/$package/$file" \
        "$into/$file" >>"$log" 2>&1 </dev/null && [[ -s "$into/$file" ]]; then
        got=1
        break
      fi
      rm -f "$into/$file"
    done < <(debian_mirrors)
    [[ -n "$got" ]] || return 1
    if [[ "$(sha256sum "$into/$file" | cut -d' ' -f1)" != "$sha" ]]; then
      rm -f "$into/$file"
      die "$file: its SHA-256 is not the pinned one; nothing was built from it"
    fi
  done < <(pinned_files "$package" "$version")
}

# Fetches the first pinned version that can be had and unpacks it; prints "version folder".
unpack_first_pinned() { # package folder log
  local package="$1" work="$2" log="$3" version
  while read -r version; do
    if fetch_pinned "$package" "$version" "$work/$version" "$log"; then
      mkdir -p "$work/$version/src"
      tar -xf "$work/$version/"*.orig.tar.* -C "$work/$version/src" --strip-components=1
      printf '%s %s\n' "$version" "$work/$version/src"
      return 0
    fi
    warn "$package $version: not on this machine's Debian mirror any more, trying the next pinned version"
  done < <(pinned_versions "$package")
  return 1
}

system_pqxx_suffices() { pkg-config --atleast-version=7.7 libpqxx 2>/dev/null; }

# The cache's libpqxx, newest pin first; nothing where there is none.
pqxx_prefix() {
  local version prefix
  while read -r version; do
    prefix="$(cache_dir)/$(pinned_key libpqxx "$version")"
    if [[ -d "$prefix/include" ]]; then
      printf '%s\n' "$prefix"
      return 0
    fi
  done < <(pinned_versions libpqxx)
  return 0
}

build_libpqxx() { # work log
  local work="$1" log="$2" found version src prefix
  found="$(unpack_first_pinned libpqxx "$work/libpqxx" "$log")" ||
    die "no pinned version of libpqxx can be fetched; its log: $log"
  read -r version src <<<"$found"
  prefix="$(cache_dir)/$(pinned_key libpqxx "$version")"
  # clang 14 has no std::source_location with this standard library, and the headers must suit it as well as GCC.
  sed -i '/PQXX_HAVE_SOURCE_LOCATION/d' "$src/include/pqxx/config.h.in"
  run_logged "$log" cmake -S "$src" -B "$work/libpqxx/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_CXX_STANDARD=20 -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DSKIP_BUILD_TEST=ON \
    -DBUILD_TEST=OFF -DBUILD_DOC=OFF -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib ||
    die "libpqxx $version does not configure"
  run_logged "$log" cmake --build "$work/libpqxx/build" || die "libpqxx $version does not build"
  run_logged "$log" env DESTDIR="$work/libpqxx/dest" cmake --install "$work/libpqxx/build" ||
    die "libpqxx $version does not install"
  mv -T "$work/libpqxx/dest$prefix" "$prefix"
}

readonly PGVECTOR_MINIMUM=0.8.4

pgvector_control() { printf '/usr/share/postgresql/%s/extension/vector.control\n' "$1"; }
pgvector_installed_version() { # PostgreSQL's major version
  sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" "$(pgvector_control "$1")" 2>/dev/null || true
}

# The version of the distribution's package that apt would install, or nothing.
pgvector_distribution_version() {
  LC_ALL=C apt-cache policy "postgresql-$1-pgvector" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'
}

# Compiles pgvector for the installed server and packs it as a Debian package; prints its path. The server's headers
# are taken out of their package without installing it: that would bring a second compiler along.
build_pgvector() { # major work log
  local major="$1" work="$2" log="$3" found version src root arch deb pg_config
  local -a make_arguments
  found="$(unpack_first_pinned pgvector "$work/pgvector" "$log")" || return 1
  read -r version src <<<"$found"
  arch="$(dpkg --print-architecture)"
  pg_config="/usr/lib/postgresql/$major/bin/pg_config"
  if [[ ! -d "$("$pg_config" --includedir-server)" || ! -e "$("$pg_config" --pgxs)" ]]; then
    root="$work/pgvector/server-dev"
    mkdir -p "$root/deb"
    (cd "$root/deb" && run_logged "$log" apt-get -q -o APT::Sandbox::User="$(id -un)" download "postgresql-server-dev-$major") ||
      return 1
    dpkg-deb -x "$root/deb/"*.deb "$root"
    # A pg_config that names the unpacked copy of what is not installed; the makefiles ask it only for some paths.
    cat >"$root/pg_config" <<EOF
#!/bin/sh
path="\$($pg_config "\$@")"
case "\$1" in
  --pgxs | --includedir-server) test -e "\$path" || path="$root\$path" ;;
esac
printf '%s\\n' "\$path"
EOF
    chmod +x "$root/pg_config"
    pg_config="$root/pg_config"
  fi
  # OPTFLAGS: no -march=native; the code picks its instructions at run time.
  make_arguments=(-C "$src" PG_CONFIG="$pg_config" OPTFLAGS= with_llvm=no)
  run_logged "$log" make -j"$(nproc)" "${make_arguments[@]}" \
    includedir_server="$("$pg_config" --includedir-server)" || return 1
  run_logged "$log" make install "${make_arguments[@]}" DESTDIR="$work/pgvector/deb" || return 1
  rm -rf "$work/pgvector/deb/usr/include"
  mkdir -p "$work/pgvector/deb/DEBIAN" "$work/pgvector/deb/usr/share/doc/postgresql-$major-pgvector"
  cp "$src/LICENSE" "$work/pgvector/deb/usr/share/doc/postgresql-$major-pgvector/copyright"
  cat >"$work/pgvector/deb/DEBIAN/control" <<EOF
Package: postgresql-$major-pgvector
Version: $version+local1
Architecture: $arch
Maintainer: local build <root@localhost>
Depends: postgresql-$major, libc6
Section: database
Priority: optional
Description: vector type and index access methods for PostgreSQL $major
 Built on this machine from Debian's source package pgvector $version.
EOF
  deb="$work/postgresql-$major-pgvector_$version+local1_$arch.deb"
  run_logged "$log" dpkg-deb --root-owner-group -Znone --build "$work/pgvector/deb" "$deb" || return 1
  printf '%s\n' "$deb"
}

# As root: sees to it that the server knows the extension. Only a version that can corrupt an index leaves a warning.
ensure_pgvector() { # work log
  local work="$1" log="$2" major deb offered
  major="$(postgresql_installed_major)"
  if [[ -n "$(pgvector_installed_version "$major")" ]]; then return 0; fi
  offered="$(pgvector_distribution_version "$major")"
  if [[ -n "$offered" ]] && dpkg --compare-versions "$offered" ge "$PGVECTOR_MINIMUM"; then
    run_logged "$log" apt_quiet install --no-install-recommends "postgresql-$major-pgvector" && return 0
  fi
  if deb="$(build_pgvector "$major" "$work" "$log")"; then
    run_logged "$log" apt_quiet install --no-install-recommends "$deb" || die "$deb cannot be installed"
  elif [[ -n "$offered" ]]; then
    warn "pgvector could not be built from source; installing the distribution's $offered"
    run_logged "$log" apt_quiet install --no-install-recommends "postgresql-$major-pgvector" ||
      die "postgresql-$major-pgvector cannot be installed"
  else
    die "pgvector can neither be built nor installed; the log: $log"
  fi
  warn_old_pgvector
}

warn_old_pgvector() {
  local major version
  major="$(postgresql_installed_major)"
  version="$(pgvector_installed_version "$major")"
  if [[ -n "$version" ]] && ! dpkg --compare-versions "$version" ge "$PGVECTOR_MINIMUM"; then
    warn "pgvector $version: before $PGVECTOR_MINIMUM a vacuum can damage an HNSW index in the database"
  fi
}
