#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/environment.h"

namespace coppice::client {

/// Where the daemon is looked for, in order; several are tried one after the other.
///
/// Shape: `endpoints` as the transport takes them ("ipc:///run/coppice/coppice.sock");
///        `source` names where they come from, for messages: "--connect", "$COPPICE_CONNECT",
///        "the default places".
struct EndpointSearch {
  std::vector<std::string> endpoints;
  std::string source;
};

/// `--connect`, else $COPPICE_CONNECT, else the default places:
/// $XDG_RUNTIME_DIR/coppice/coppice.sock, $XDG_STATE_HOME (or
/// ~/.local/state)/coppice/run/coppice.sock and /run/coppice/coppice.sock; of these, the ones that
/// exist, or all where none does. Errors: kInvalidArgument for an entry that is no endpoint.
Result<EndpointSearch> FindEndpoints(std::string_view connect, const Environment& environment);

/// The default places, whether or not a socket is there.
std::vector<std::string> DefaultSockets(const Environment& environment);

/// kUnavailable: what was tried (`problem` names each endpoint) and how to start a daemon.
Error NoDaemonError(const EndpointSearch& search, std::string_view problem);

}  // namespace coppice::client
