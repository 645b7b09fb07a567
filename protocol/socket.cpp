#include "protocol/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <zmq.hpp>

#include "base/format.h"
#include "base/log.h"
#include "protocol/endpoint.h"

namespace coppice::protocol {
namespace {

/// More frames than any message of ours has: the rest is read and dropped.
constexpr std::size_t kMaxFrames = 8;
/// A stop token does not wake a poll: look at it this often.
constexpr std::chrono::milliseconds kWakeInterval{100};

Error FromZmq(const char* what, const zmq::error_t& failure) {
  return MakeError(ErrorCode::kInternal, fmt::format("{}: {}", what, failure.what()));
}

/// Reads one whole message without waiting; nothing when there is none.
std::optional<Frames> ReceiveFrames(zmq::socket_t& socket) {
  zmq::message_t frame;
  if (!socket.recv(frame, zmq::recv_flags::dontwait)) return std::nullopt;
  Frames frames;
  frames.push_back(frame.to_string());
  while (frame.more()) {
    // The frames of one message arrive together: this does not wait.
    if (!socket.recv(frame, zmq::recv_flags::none)) break;
    if (frames.size() < kMaxFrames) frames.push_back(frame.to_string());
  }
  return frames;
}

/// False when the socket is full. Throws when the peer is gone.
bool SendFrames(zmq::socket_t& socket, const Frames& frames, bool after_route) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto flags = zmq::send_flags::dontwait;
    if (i + 1 < frames.size()) flags = flags | zmq::send_flags::sndmore;
    const auto sent = socket.send(zmq::buffer(frames[i]), flags);
    if (!sent && i == 0 && !after_route) return false;
  }
  return true;
}

}  // namespace

struct RouterSocket::Impl {
  explicit Impl(UniqueFd listening)
      : listener(std::move(listening)), socket(context, zmq::socket_type::router) {}
  UniqueFd listener;
  zmq::context_t context{1};
  zmq::socket_t socket;
};

RouterSocket::RouterSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RouterSocket::RouterSocket(RouterSocket&&) noexcept = default;
RouterSocket& RouterSocket::operator=(RouterSocket&&) noexcept = default;
RouterSocket::~RouterSocket() = default;

Result<RouterSocket> RouterSocket::Open(UniqueFd listener, const std::string& endpoint,
                                        const Options& options) {
  try {
    auto impl = std::make_unique<Impl>(std::move(listener));
    impl->socket.set(zmq::sockopt::router_mandatory, 1);
    impl->socket.set(zmq::sockopt::maxmsgsize, options.max_message_bytes);
    impl->socket.set(zmq::sockopt::rcvhwm, options.queue_messages);
    impl->socket.set(zmq::sockopt::sndhwm, options.queue_messages);
    impl->socket.set(zmq::sockopt::linger, static_cast<int>(options.linger.count()));
    impl->socket.set(zmq::sockopt::heartbeat_ivl, 0);
    // The library closes the descriptor with the socket, so it gets one of its own.
    impl->socket.set(zmq::sockopt::use_fd, impl->listener.Release());
    impl->socket.bind(endpoint);
    return RouterSocket(std::move(impl));
  } catch (const zmq::error_t& failure) {
    return FromZmq("serve on the socket", failure);
  }
}

Result<void> RouterSocket::Wait(int wake_fd, std::chrono::milliseconds span) {
  std::array<zmq::pollitem_t, 2> items = {{
      {impl_->socket.handle(), 0, ZMQ_POLLIN, 0},
      {nullptr, wake_fd, ZMQ_POLLIN, 0},
  }};
  try {
    zmq::poll(items, span);
  } catch (const zmq::error_t& failure) {
    if (failure.num() != EINTR) return FromZmq("poll", failure);
  }
  return {};
}

Result<std::optional<Routed>> RouterSocket::Receive() {
  try {
    std::optional<Frames> frames = ReceiveFrames(impl_->socket);
    if (!frames) return std::optional<Routed>();
    Routed message;
    message.route = std::move(frames->front());
    frames->erase(frames->begin());
    message.frames = std::move(*frames);
    return std::optional<Routed>(std::move(message));
  } catch (const zmq::error_t& failure) {
    if (failure.num() == EINTR) return std::optional<Routed>();
    return FromZmq("receive", failure);
  }
}

Result<RouterSocket::Sent> RouterSocket::Send(const std::string& route, const Frames& frames) {
  try {
    const auto flags = zmq::send_flags::dontwait | zmq::send_flags::sndmore;
    if (!impl_->socket.send(zmq::buffer(route), flags)) return Sent::kFull;
    SendFrames(impl_->socket, frames, true);
    return Sent::kYes;
  } catch (const zmq::error_t& failure) {
    if (failure.num() == EHOSTUNREACH) return Sent::kGone;
    return FromZmq("send", failure);
  }
}

struct DealerSocket::Impl {
  explicit Impl(std::string name)
      : endpoint(std::move(name)),
        socket(context, zmq::socket_type::dealer),
        monitor(context, zmq::socket_type::pair) {}

  std::string endpoint;
  zmq::context_t context{1};
  zmq::socket_t socket;
  zmq::socket_t monitor;
  bool lost = false;

  [[nodiscard]] Error Lost() const {
    return MakeError(ErrorCode::kUnavailable, fmt::format("{}: the connection was lost", endpoint),
                     "see whether coppiced still runs");
  }
  /// Notes what the monitor has to say.
  void ReadEvents() {
    while (const auto event = ReceiveFrames(monitor)) {
      std::uint16_t number = 0;
      if (event->front().size() < sizeof(number)) continue;
      std::copy_n(event->front().data(), sizeof(number), reinterpret_cast<char*>(&number));
      lost = lost || number != ZMQ_EVENT_MONITOR_STOPPED;
    }
  }
  /// Waits until the socket is ready for `events` or the connection is lost.
  Result<void> Wait(short events, const Deadline& deadline) {
    while (true) {
      std::array<zmq::pollitem_t, 2> items = {{
          {socket.handle(), 0, events, 0},
          {monitor.handle(), 0, ZMQ_POLLIN, 0},
      }};
      try {
        zmq::poll(items, deadline.remaining(kWakeInterval));
      } catch (const zmq::error_t& failure) {
        if (failure.num() != EINTR) throw;
        continue;
      }
      if ((items[0].revents & events) != 0) return {};
      if ((items[1].revents & ZMQ_POLLIN) != 0) ReadEvents();
      if (lost) return {};  // what arrived before is still to be read
      if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "interrupted");
      if (deadline.expired()) {
        return MakeError(ErrorCode::kDeadlineExceeded,
                         fmt::format("{}: no answer in time", endpoint));
      }
    }
  }
};

DealerSocket::DealerSocket(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DealerSocket::DealerSocket(DealerSocket&&) noexcept = default;
DealerSocket& DealerSocket::operator=(DealerSocket&&) noexcept = default;
DealerSocket::~DealerSocket() = default;

Result<DealerSocket> DealerSocket::Connect(const std::string& endpoint) {
  constexpr int kNever = 3'600'000;  // ms; the owner makes a new socket instead
  constexpr const char* kMonitor = "inproc://monitor";
  if (const std::string path = IpcPath(endpoint); !path.empty()) COPPICE_TRY(ProbeIpc(path));
  try {
    auto impl = std::make_unique<Impl>(endpoint);
    impl->socket.set(zmq::sockopt::linger, 0);
    impl->socket.set(zmq::sockopt::maxmsgsize, kMaxReplyBytes);
    impl->socket.set(zmq::sockopt::reconnect_ivl, kNever);
    impl->monitor.set(zmq::sockopt::linger, 0);
    const int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED |
                       ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    if (zmq_socket_monitor(impl->socket.handle(), kMonitor, events) != 0) throw zmq::error_t();
    impl->monitor.connect(kMonitor);
    impl->socket.connect(endpoint);
    return DealerSocket(std::move(impl));
  } catch (const zmq::error_t& failure) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", endpoint, failure.what()));
  }
}

Result<void> DealerSocket::Send(const Frames& frames, const Deadline& deadline) {
  try {
    while (!impl_->lost) {
      if (SendFrames(impl_->socket, frames, false)) return {};
      COPPICE_TRY(impl_->Wait(ZMQ_POLLOUT, deadline));
    }
    return impl_->Lost();
  } catch (const zmq::error_t& failure) {
    return FromZmq("send", failure);
  }
}

Result<Frames> DealerSocket::Receive(const Deadline& deadline) {
  try {
    while (true) {
      // Before what has arrived: a sender that never pauses must not keep a reader from stopping.
      if (deadline.cancelled()) return MakeError(ErrorCode::kCancelled, "interrupted");
      if (std::optional<Frames> frames = ReceiveFrames(impl_->socket)) return std::move(*frames);
      if (impl_->lost) return impl_->Lost();
      COPPICE_TRY(impl_->Wait(ZMQ_POLLIN, deadline));
    }
  } catch (const zmq::error_t& failure) {
    return FromZmq("receive", failure);
  }
}

void DealerSocket::SetLinger(std::chrono::milliseconds span) {
  impl_->socket.set(zmq::sockopt::linger, static_cast<int>(span.count()));
}

}  // namespace coppice::protocol
