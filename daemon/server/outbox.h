#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/socket.h"

namespace coppice::server {

/// Replies for clients that do not read as fast as they are answered.
///
/// Place:  the I/O thread.
/// Limits: `max_client_bytes` for one client; beyond that a reply is not taken (kFull), what waits
///         is kept, and `reserve_bytes` are left to say so. `max_total_bytes` for all: then the
///         client that has read nothing for longest loses what waits for it, as does one that has
///         read nothing for `max_age`.
class Outbox {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::size_t max_client_bytes = 16 << 20;
    std::size_t reserve_bytes = 256 << 10;
    std::size_t max_total_bytes = 128 << 20;
    std::chrono::milliseconds max_age{std::chrono::seconds(30)};
  };
  enum class Outcome : std::uint8_t { kDelivered, kGone, kFull };
  enum class Room : std::uint8_t { kPlain, kWithReserve };

  /// `socket` must outlive this.
  Outbox(protocol::RouterSocket& socket, const Options& options)
      : socket_(socket), options_(options) {}

  /// Sends, or keeps for later.
  Result<Outcome> Deliver(const std::string& route, protocol::Frames frames,
                          Room room = Room::kPlain);
  /// Tries again what waits; routes that are gone are dropped and given.
  Result<std::vector<std::string>> Flush();
  /// Drops what waits for this client.
  void Drop(const std::string& route);
  /// The clients whose replies were dropped since the last call because they did not read.
  std::vector<std::string> TakeDropped() { return std::exchange(dropped_, {}); }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  struct Queue {
    std::deque<protocol::Frames> frames;
    std::size_t bytes = 0;
    Clock::time_point read_at;  // when the client last took something, or the queue began
  };
  /// True when the client has left.
  Result<bool> FlushOne(const std::string& route, Queue& queue);
  /// Drops the client that has read nothing for longest; false when that is `route`, or nobody
  /// waits.
  bool DropOldestBut(const std::string& route);
  void DropUnread();

  protocol::RouterSocket& socket_;
  const Options options_;
  std::map<std::string, Queue> waiting_;
  std::vector<std::string> dropped_;
  std::size_t total_bytes_ = 0;
};

}  // namespace coppice::server
