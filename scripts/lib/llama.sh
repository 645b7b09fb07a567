# shellcheck shell=bash
# llama.cpp's own server, which some tests run against: built from a pinned npm package into the cache.

readonly LLAMA_PIN="$COPPICE_ROOT/third_party/llama.txt"

llama_pin() { awk -v key="$1" '$1 == key { print $2 }' "$LLAMA_PIN"; }

# The name changes with the pin, the recipe below, the compiler and the processor.
llama_server_key() {
  printf 'llama-server-%s-%s\n' "$(llama_pin version)" "$({
    cat "$LLAMA_PIN"
    declare -f build_llama_server
    c++ -dumpversion 2>/dev/null || true
    uname -m
  } | sha256sum | cut -c1-12)"
}

# Where they are; nothing where they are not.
llama_server_prefix() {
  local prefix
  prefix="$(cache_dir)/$(llama_server_key)"
  if [[ -x "$prefix/bin/llama-server" ]]; then printf '%s\n' "$prefix"; fi
}

# The source of the release in a folder of its own; prints its path. What is not as pinned ends the script.
unpack_llama() { # work log
  local work="$1" log="$2" package version tarball found
  package="$(llama_pin package)" version="$(llama_pin version)"
  mkdir -p "$work"
  (cd "$work" && npm_config_cache="$work/.npm" npm_config_update_notifier=false run_logged "$log" \
    npm pack --ignore-scripts --loglevel=error "$package@$version") || die "npm could not fetch $package $version"
  tarball="$work/$package-$version.tgz"
  found="sha512-$(openssl dgst -sha512 -binary "$tarball" | base64 -w0)"
  [[ "$found" == "$(llama_pin integrity)" ]] || die "$package $version is not the pinned one; nothing was built from it"
  tar -xzf "$tarball" -C "$work" --no-same-owner package/llama/gitRelease.bundle
  run_logged "$log" git clone -q "$work/package/llama/gitRelease.bundle" "$work/src" || die "the bundle of $package cannot be read"
  [[ "$(git -C "$work/src" rev-parse HEAD)" == "$(llama_pin commit)" ]] ||
    die "$package $version holds another commit of llama.cpp than the pinned one"
  printf '%s\n' "$work/src"
}

build_llama_server() { # work log
  local work="$1" log="$2" src prefix
  src="$(unpack_llama "$work/llama-server" "$log")" || return 1
  prefix="$(cache_dir)/$(llama_server_key)"
  run_logged "$log" cmake -S "$src" -B "$work/llama-server/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_APP=OFF ||
    die "llama.cpp does not configure; its log: $log"
  run_logged "$log" cmake --build "$work/llama-server/build" --target llama-server ||
    die "llama.cpp does not build; its log: $log"
  mkdir -p "$work/llama-server/dest/bin"
  cp "$work/llama-server/build/bin/llama-server" "$work/llama-server/dest/bin/"
  cp "$src/LICENSE" "$work/llama-server/dest/"
  mv -T "$work/llama-server/dest" "$prefix"
}
