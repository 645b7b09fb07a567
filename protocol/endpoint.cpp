#include "protocol/endpoint.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/format.h"
#include "base/unique_fd.h"

namespace coppice::protocol {
namespace {

constexpr std::string_view kIpc = "ipc://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;

Error Invalid(std::string message) {
  return MakeError(ErrorCode::kInvalidArgument, std::move(message),
                   "give a path, ipc:///path or tcp://host:port");
}

}  // namespace

Result<std::string> ParseEndpoint(std::string_view text) {
  if (text.starts_with(kTcp) && text.size() > kTcp.size()) return std::string(text);
  const std::string_view path = text.starts_with(kIpc) ? text.substr(kIpc.size()) : text;
  if (!path.starts_with('/')) {
    return Invalid(fmt::format("endpoint '{}': not an absolute path, ipc:// or tcp://", text));
  }
  if (path.size() > kMaxPath) {
    return Invalid(fmt::format("endpoint '{}': the path of a Unix socket has at most {} bytes",
                               text, kMaxPath));
  }
  return std::string(kIpc) + std::string(path);
}

Result<std::vector<std::string>> ParseEndpoints(std::string_view list) {
  std::vector<std::string> endpoints;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view one = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    if (one.empty()) continue;
    COPPICE_ASSIGN(endpoints.emplace_back(), ParseEndpoint(one));
  }
  if (endpoints.empty()) return Invalid("no endpoint given");
  return endpoints;
}

std::string IpcPath(const std::string& endpoint) {
  return endpoint.starts_with(kIpc) ? endpoint.substr(kIpc.size()) : std::string();
}

Result<void> ProbeIpc(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() > kMaxPath) return Invalid(fmt::format("'{}' is too long", path));
  std::memcpy(address.sun_path, path.data(), path.size());
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!probe.valid()) {
    return MakeError(ErrorCode::kResourceExhausted,
                     "socket: " + std::system_category().message(errno));
  }
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return {};
  }
  const int reason = errno;
  if (reason == EAGAIN) return {};  // somebody listens, with a full backlog
  const std::string why = reason == ENOENT         ? "no such socket"
                          : reason == ECONNREFUSED ? "nobody listens"
                                                   : std::system_category().message(reason);
  if (reason == EACCES || reason == EPERM) {
    return MakeError(ErrorCode::kPermissionDenied, fmt::format("ipc://{}: {}", path, why),
                     "ask to be added to the group that owns the socket");
  }
  return MakeError(ErrorCode::kUnavailable, fmt::format("ipc://{}: {}", path, why));
}

}  // namespace coppice::protocol
