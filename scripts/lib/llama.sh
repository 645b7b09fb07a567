# shellcheck shell=bash
# llama.cpp, which runs GGUF models: built from a pinned npm package into the cache. Optional.

readonly LLAMA_PIN="$COPPICE_ROOT/third_party/llama.txt"

llama_pin() { awk -v key="$1" '$1 == key { print $2 }' "$LLAMA_PIN"; }

# The name changes with the pin, the recipes below, the compiler and the processor.
llama_key() { # recipe
  printf 'llama-%s-%s\n' "$(llama_pin version)" "$({
    cat "$LLAMA_PIN"
    declare -f "$1"
    c++ -dumpversion 2>/dev/null || true
    uname -m
  } | sha256sum | cut -c1-12)"
}

# Where the libraries are; nothing where there are none.
llama_prefix() {
  local prefix
  prefix="$(cache_dir)/$(llama_key build_llama)"
  if [[ -d "$prefix/include" ]]; then printf '%s\n' "$prefix"; fi
}

# llama.cpp's own server and tools, for tests and comparisons only.
llama_tools_prefix() {
  local prefix
  prefix="$(cache_dir)/$(llama_key build_llama_tools)-tools"
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

# Shared libraries, and beside them in lib/ggml a loadable back end for each kind of processor; with nvcc one for CUDA.
build_llama() { # work log
  local work="$1" log="$2" src prefix cuda=OFF
  src="$(unpack_llama "$work/llama" "$log")" || return 1
  prefix="$(cache_dir)/$(llama_key build_llama)"
  if command -v nvcc >/dev/null; then cuda=ON; fi
  run_logged "$log" cmake -S "$src" -B "$work/llama/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=ON \
    -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON -DGGML_NATIVE=OFF -DGGML_CUDA="$cuda" -DLLAMA_BUILD_COMMON=OFF \
    -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF \
    -DLLAMA_BUILD_APP=OFF -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_BINDIR=lib/ggml \
    "-DCMAKE_INSTALL_RPATH=\$ORIGIN;\$ORIGIN/.." || die "llama.cpp does not configure; its log: $log"
  run_logged "$log" cmake --build "$work/llama/build" || die "llama.cpp does not build; its log: $log"
  run_logged "$log" env DESTDIR="$work/llama/dest" cmake --install "$work/llama/build" ||
    die "llama.cpp does not install; its log: $log"
  cp "$src/LICENSE" "$work/llama/dest$prefix/LICENSE"
  mv -T "$work/llama/dest$prefix" "$prefix"
}

build_llama_tools() { # work log
  local work="$1" log="$2" src prefix tool
  src="$(unpack_llama "$work/llama-tools" "$log")" || return 1
  prefix="$(cache_dir)/$(llama_key build_llama_tools)-tools"
  run_logged "$log" cmake -S "$src" -B "$work/llama-tools/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_APP=OFF ||
    die "llama.cpp's tools do not configure; their log: $log"
  run_logged "$log" cmake --build "$work/llama-tools/build" --target llama-server llama-bench llama-embedding ||
    die "llama.cpp's tools do not build; their log: $log"
  mkdir -p "$work/llama-tools/dest/bin"
  for tool in llama-server llama-bench llama-embedding; do
    cp "$work/llama-tools/build/bin/$tool" "$work/llama-tools/dest/bin/"
  done
  mv -T "$work/llama-tools/dest" "$prefix"
}
