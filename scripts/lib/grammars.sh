# shellcheck shell=bash
# tree-sitter and its grammars: npm packages, pinned by a lock file with integrity hashes; no script of theirs is run.

readonly GRAMMARS_SOURCE="$COPPICE_ROOT/third_party/grammars"

grammars_root() {
  printf '%s/grammars-%s\n' "$(cache_dir)" \
    "$(cat "$GRAMMARS_SOURCE/package.json" "$GRAMMARS_SOURCE/package-lock.json" | sha256sum | cut -c1-12)"
}

grammars_dir() {
  local root
  root="$(grammars_root)"
  if [[ -d "$root/node_modules" ]]; then printf '%s\n' "$root/node_modules"; fi
}

# Only the packages that we name, none of those that they would like to have beside them.
fetch_grammars() { # work log
  local work="$1/grammars" log="$2" root unpack="$COPPICE_ROOT/scripts/lib/unpack_grammars.js" wanted
  root="$(grammars_root)"
  mkdir -p "$work/tarballs"
  wanted="$(node "$unpack" "$GRAMMARS_SOURCE")" || die "third_party/grammars does not say what is wanted"
  # shellcheck disable=SC2086 # one word each
  (cd "$work/tarballs" && npm_config_cache="$work/.npm" npm_config_update_notifier=false run_logged "$log" \
    npm pack --ignore-scripts --loglevel=error $wanted) || die "npm could not fetch the grammars"
  run_logged "$log" node "$unpack" "$GRAMMARS_SOURCE" "$work/tarballs" "$work/node_modules" ||
    die "the grammars that npm fetched are not those of the lock file"
  rm -rf "$work/.npm" "$work/tarballs"
  # Only the C sources are used: what was compiled for Node.js goes.
  find "$work/node_modules" -depth \( -name prebuilds -o -name '*.wasm' -o -name '*.node' \) -exec rm -rf {} +
  mv -T "$work" "$root"
}
