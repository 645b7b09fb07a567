#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "base/result.h"
#include "protocol/socket.h"

namespace coppice::server {

/// Replies for clients that do not read as fast as they are answered.
///
/// Place:  the I/O thread.
/// Limits: `max_client_bytes` for one client, `max_total_bytes` for all. A client beyond that loses
/// everything
///         that waits for it: Deliver says kOverrun, and its requests are given up.
class Outbox {
 public:
  struct Options {
    std::size_t max_client_bytes = 16 << 20;
    std::size_t max_total_bytes = 128 << 20;
  };
  enum class Outcome : std::uint8_t { kDelivered, kGone, kOverrun };

  /// `socket` must outlive this.
  Outbox(protocol::RouterSocket& socket, const Options& options)
      : socket_(socket), options_(options) {}

  /// Sends, or keeps for later.
  Result<Outcome> Deliver(const std::string& route, protocol::Frames frames);
  /// Tries again what waits; routes that are gone are dropped and passed to `gone`.
  template <class Gone>
  Result<void> Flush(Gone gone) {
    for (auto i = waiting_.begin(); i != waiting_.end();) {
      COPPICE_ASSIGN(const bool left, FlushOne(i->first, i->second));
      if (left) gone(i->first);
      i = i->second.frames.empty() ? waiting_.erase(i) : std::next(i);
    }
    return {};
  }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return total_bytes_; }

 private:
  struct Queue {
    std::deque<protocol::Frames> frames;
    std::size_t bytes = 0;
  };
  /// True when the client has left; its queue is then empty.
  Result<bool> FlushOne(const std::string& route, Queue& queue);
  void Clear(Queue& queue);

  protocol::RouterSocket& socket_;
  const Options options_;
  std::map<std::string, Queue> waiting_;
  std::size_t total_bytes_ = 0;
};

}  // namespace coppice::server
