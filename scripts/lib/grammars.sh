# shellcheck shell=bash
# tree-sitter and its grammars: npm packages, pinned by a lock file with integrity hashes, install scripts off.

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

fetch_grammars() { # work log
  local work="$1/grammars" log="$2" root
  root="$(grammars_root)"
  mkdir -p "$work"
  cp "$GRAMMARS_SOURCE/package.json" "$GRAMMARS_SOURCE/package-lock.json" "$GRAMMARS_SOURCE/.npmrc" "$work/"
  (cd "$work" && npm_config_cache="$work/.npm" npm_config_update_notifier=false run_logged "$log" \
    npm ci --ignore-scripts --omit=dev --omit=optional --omit=peer --no-audit --no-fund --loglevel=error) ||
    die "npm could not fetch the grammars"
  rm -rf "$work/.npm"
  # Only the C sources are used: what was compiled for Node.js goes.
  find "$work/node_modules" -depth \( -name prebuilds -o -name '*.wasm' -o -name '*.node' \) -exec rm -rf {} +
  mv -T "$work" "$root"
}
