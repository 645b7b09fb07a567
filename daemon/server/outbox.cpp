#include "daemon/server/outbox.h"

#include <utility>

namespace coppice::server {
namespace {

std::size_t SizeOf(const protocol::Frames& frames) {
  std::size_t bytes = 0;
  for (const std::string& frame : frames) bytes += frame.size();
  return bytes;
}

}  // namespace

Result<Outbox::Outcome> Outbox::Deliver(const std::string& route, protocol::Frames frames) {
  const auto found = waiting_.find(route);
  if (found == waiting_.end()) {
    COPPICE_ASSIGN(const auto sent, socket_.Send(route, frames));
    if (sent == protocol::RouterSocket::Sent::kYes) return Outcome::kDelivered;
    if (sent == protocol::RouterSocket::Sent::kGone) return Outcome::kGone;
  }
  Queue& queue = waiting_[route];
  const std::size_t bytes = SizeOf(frames);
  if (queue.bytes + bytes > options_.max_client_bytes ||
      total_bytes_ + bytes > options_.max_total_bytes) {
    Clear(queue);
    waiting_.erase(route);
    return Outcome::kOverrun;
  }
  queue.frames.push_back(std::move(frames));
  queue.bytes += bytes;
  total_bytes_ += bytes;
  return Outcome::kDelivered;
}

Result<bool> Outbox::FlushOne(const std::string& route, Queue& queue) {
  while (!queue.frames.empty()) {
    COPPICE_ASSIGN(const auto sent, socket_.Send(route, queue.frames.front()));
    if (sent == protocol::RouterSocket::Sent::kFull) return false;
    if (sent == protocol::RouterSocket::Sent::kGone) {
      Clear(queue);
      return true;
    }
    const std::size_t bytes = SizeOf(queue.frames.front());
    queue.bytes -= bytes;
    total_bytes_ -= bytes;
    queue.frames.pop_front();
  }
  return false;
}

void Outbox::Clear(Queue& queue) {
  total_bytes_ -= queue.bytes;
  queue.bytes = 0;
  queue.frames.clear();
}

}  // namespace coppice::server
