#include "client/endpoint.h"

#include <string>
#include <utility>

#include <sys/stat.h>

#include "base/format.h"
#include "protocol/client.h"

namespace coppice::client {
namespace {

constexpr std::string_view kIpc = "ipc://";

bool IsSocket(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode);
}

Result<EndpointSearch> FromList(std::string_view list, std::string source) {
  Result<std::vector<std::string>> endpoints = protocol::ParseEndpoints(list);
  if (!endpoints) return endpoints.error().WithContext(source);
  return EndpointSearch{std::move(endpoints).value(), std::move(source)};
}

}  // namespace

std::vector<std::string> DefaultSockets(const Environment& environment) {
  constexpr std::string_view kName = "coppice/coppice.sock";
  std::vector<std::string> sockets;
  const std::string_view runtime = Get(environment, "XDG_RUNTIME_DIR");
  if (!runtime.empty()) sockets.push_back(fmt::format("{}/{}", runtime, kName));
  const std::string_view state = Get(environment, "XDG_STATE_HOME");
  const std::string_view home = Get(environment, "HOME");
  if (!state.empty()) {
    sockets.push_back(fmt::format("{}/coppice/run/coppice.sock", state));
  } else if (!home.empty()) {
    sockets.push_back(fmt::format("{}/.local/state/coppice/run/coppice.sock", home));
  }
  sockets.push_back(fmt::format("/run/{}", kName));
  return sockets;
}

Result<EndpointSearch> FindEndpoints(std::string_view connect, const Environment& environment) {
  if (!connect.empty()) return FromList(connect, "--connect");
  const std::string_view variable = Get(environment, "COPPICE_CONNECT");
  if (!variable.empty()) return FromList(variable, "$COPPICE_CONNECT");
  EndpointSearch search;
  search.source = "the default places";
  std::vector<std::string> all;
  for (const std::string& path : DefaultSockets(environment)) {
    all.push_back(std::string(kIpc) + path);
    if (IsSocket(path)) search.endpoints.push_back(all.back());
  }
  if (search.endpoints.empty()) search.endpoints = std::move(all);
  return search;
}

Error NoDaemonError(const EndpointSearch& search, std::string_view problem) {
  std::string message = fmt::format("no daemon answers at {}", search.source);
  message += problem.empty() ? fmt::format(" ({})", fmt::join(search.endpoints, ", "))
                             : fmt::format(": {}", problem);
  return MakeError(
      ErrorCode::kUnavailable, std::move(message),
      "start one with `systemctl start coppiced`, `systemctl --user start coppiced` or "
      "`coppiced --foreground`, or say where it is with --connect");
}

}  // namespace coppice::client
