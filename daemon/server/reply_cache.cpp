#include "daemon/server/reply_cache.h"

namespace coppice::server {

void ReplyCache::Put(const std::string& id, protocol::Method method, const Outgoing& reply,
                     Clock::time_point now) {
  if (reply.kind == protocol::ReplyKind::kError && reply.error.retryable) return;
  if (reply.body.size() > options_.max_bytes || entries_.contains(id)) return;
  Expire(now);
  entries_.emplace(id, Entry{method, reply, now});
  order_.push_back(id);
  bytes_ += reply.body.size();
  while (order_.size() > options_.max_entries || bytes_ > options_.max_bytes) DropOldest();
}

const ReplyCache::Entry* ReplyCache::Find(const std::string& id, Clock::time_point now) {
  Expire(now);
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

void ReplyCache::DropOldest() {
  const auto oldest = entries_.find(order_.front());
  bytes_ -= oldest->second.reply.body.size();
  entries_.erase(oldest);
  order_.pop_front();
}

void ReplyCache::Expire(Clock::time_point now) {
  while (!order_.empty() && entries_.find(order_.front())->second.at + options_.max_age < now) {
    DropOldest();
  }
}

}  // namespace coppice::server
