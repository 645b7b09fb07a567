#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>

#include "daemon/server/reply_queue.h"
#include "protocol/methods.h"

namespace coppice::server {

/// The last answers to calls that change something, by request id, so that a client that lost the
/// answer and asks again with the same id gets it, and nothing is done twice.
///
/// Place:  the I/O thread.
/// Limits: `max_entries` and `max_bytes`, oldest first; each for `max_age`. Errors that invite a
/// retry are not kept.
class ReplyCache {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::size_t max_entries = 1024;
    std::size_t max_bytes = 4 << 20;
    std::chrono::minutes max_age{10};
  };
  struct Entry {
    protocol::Method method;
    Outgoing reply;
    Clock::time_point at;
  };
  explicit ReplyCache(const Options& options) : options_(options) {}

  void Put(const std::string& id, protocol::Method method, const Outgoing& reply,
           Clock::time_point now);
  /// nullptr when there is none.
  const Entry* Find(const std::string& id, Clock::time_point now);

 private:
  void DropOldest();
  void Expire(Clock::time_point now);

  const Options options_;
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> order_;  // ids, oldest first
  std::size_t bytes_ = 0;
};

}  // namespace coppice::server
