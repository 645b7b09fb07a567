# shellcheck shell=bash
# The daemon that scripts/run starts: where it lives, whether it runs, starting and stopping it.

if is_root; then
  STATE_DIR=/var/lib/coppice
  SOCKET=/run/coppice/coppice.sock
else
  STATE_DIR="${XDG_STATE_HOME:-$HOME/.local/state}/coppice"
  if [[ -n "${XDG_RUNTIME_DIR:-}" && -w "$XDG_RUNTIME_DIR" ]]; then
    SOCKET="$XDG_RUNTIME_DIR/coppice/coppice.sock"
  else
    SOCKET="$STATE_DIR/run/coppice.sock"
  fi
fi
readonly STATE_DIR
readonly DAEMON_LOG="$STATE_DIR/coppiced.log"
readonly DAEMON_PID_FILE="$STATE_DIR/coppiced.pid"

# The process id of a running daemon that scripts/run started, or nothing.
daemon_pid() {
  local pid
  pid="$(cat "$DAEMON_PID_FILE" 2>/dev/null || true)"
  if [[ "$pid" =~ ^[0-9]+$ && "$(cat "/proc/$pid/comm" 2>/dev/null || true)" == coppiced ]]; then
    printf '%s\n' "$pid"
  fi
}

# Does the process run this very file? A rebuilt program is another file under the same name.
daemon_runs() { # pid program
  [[ "$(stat -Lc %d:%i "/proc/$1/exe" 2>/dev/null || true)" == "$(stat -Lc %d:%i "$2")" ]]
}

# Where a daemon that runs listens: it was started with that on its command line, perhaps in another environment.
daemon_socket() { # pid
  tr '\0' '\n' <"/proc/$1/cmdline" | sed -n '/^--listen$/{n;s,^ipc://,,p;q}'
}

daemon_answers() { # client
  "$1" --connect "ipc://$SOCKET" --timeout 2 -q ping >/dev/null 2>&1
}

daemon_stop() {
  local pid waited
  pid="$(daemon_pid)"
  if [[ -z "$pid" ]]; then return 1; fi
  kill -TERM "$pid" 2>/dev/null || die "process $pid is another user's"
  for ((waited = 0; waited < 600; waited++)); do
    if [[ ! -d "/proc/$pid" || "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)" == Z ]]; then
      rm -f "$DAEMON_PID_FILE"
      return 0
    fi
    sleep 0.1
  done
  die "coppiced (process $pid) has not ended within a minute of SIGTERM; its log: $DAEMON_LOG"
}

daemon_start() { # coppiced coppice
  local daemon="$1" client="$2" pid
  mkdir -p -m 0711 "$STATE_DIR"
  mkdir -p "$(dirname "$SOCKET")"
  if [[ -f "$DAEMON_LOG" && "$(stat -c %s "$DAEMON_LOG")" -gt 16777216 ]]; then mv -f "$DAEMON_LOG" "$DAEMON_LOG.1"; fi
  setsid nohup "$daemon" --state-dir "$STATE_DIR" --listen "ipc://$SOCKET" --foreground \
    >>"$DAEMON_LOG" 2>&1 </dev/null &
  pid=$!
  printf '%s\n' "$pid" >"$DAEMON_PID_FILE"
  daemon_wait "$pid" "$client"
}

# Until the daemon answers at $SOCKET. The first start makes a database cluster, some seconds.
daemon_wait() { # pid coppice
  local pid="$1" client="$2" waited
  for ((waited = 0; waited < 600; waited++)); do
    if daemon_answers "$client"; then return 0; fi
    if [[ ! -d "/proc/$pid" ]]; then break; fi
    sleep 0.2
  done
  tail -n 15 "$DAEMON_LOG" | sed 's/^/    /' >&2
  if [[ -d "/proc/$pid" ]]; then die "coppiced does not answer at $SOCKET; its log: $DAEMON_LOG"; fi
  rm -f "$DAEMON_PID_FILE"
  die "coppiced ended while starting; its log: $DAEMON_LOG"
}
