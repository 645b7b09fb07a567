#include "daemon/server/outbox.h"

#include <algorithm>
#include <utility>

namespace coppice::server {
namespace {

std::size_t SizeOf(const protocol::Frames& frames) {
  std::size_t bytes = 0;
  for (const std::string& frame : frames) bytes += frame.size();
  return bytes;
}

}  // namespace

Result<Outbox::Outcome> Outbox::Deliver(const std::string& route, protocol::Frames frames,
                                        Room room) {
  const auto found = waiting_.find(route);
  if (found == waiting_.end()) {
    COPPICE_ASSIGN(const auto sent, socket_.Send(route, frames));
    if (sent == protocol::RouterSocket::Sent::kYes) return Outcome::kDelivered;
    if (sent == protocol::RouterSocket::Sent::kGone) return Outcome::kGone;
  }
  const std::size_t bytes = SizeOf(frames);
  const std::size_t waiting = found == waiting_.end() ? 0 : found->second.bytes;
  const std::size_t reserve = room == Room::kWithReserve ? options_.reserve_bytes : 0;
  if (waiting + bytes > options_.max_client_bytes + reserve) return Outcome::kFull;
  while (total_bytes_ + bytes > options_.max_total_bytes + reserve) {
    if (!DropOldestBut(route)) return Outcome::kFull;
  }
  Queue& queue = waiting_[route];
  if (queue.frames.empty()) queue.read_at = Clock::now();
  queue.frames.push_back(std::move(frames));
  queue.bytes += bytes;
  total_bytes_ += bytes;
  return Outcome::kDelivered;
}

Result<std::vector<std::string>> Outbox::Flush() {
  std::vector<std::string> gone;
  for (auto i = waiting_.begin(); i != waiting_.end();) {
    COPPICE_ASSIGN(const bool left, FlushOne(i->first, i->second));
    const std::string route = (i++)->first;
    if (left) gone.push_back(route);
    if (left || waiting_[route].frames.empty()) Drop(route);
  }
  DropUnread();
  return gone;
}

Result<bool> Outbox::FlushOne(const std::string& route, Queue& queue) {
  while (!queue.frames.empty()) {
    COPPICE_ASSIGN(const auto sent, socket_.Send(route, queue.frames.front()));
    if (sent == protocol::RouterSocket::Sent::kFull) return false;
    if (sent == protocol::RouterSocket::Sent::kGone) return true;
    const std::size_t bytes = SizeOf(queue.frames.front());
    queue.bytes -= bytes;
    total_bytes_ -= bytes;
    queue.frames.pop_front();
    queue.read_at = Clock::now();
  }
  return false;
}

bool Outbox::DropOldestBut(const std::string& route) {
  const auto oldest = std::min_element(
      waiting_.begin(), waiting_.end(),
      [](const auto& a, const auto& b) { return a.second.read_at < b.second.read_at; });
  if (oldest == waiting_.end() || oldest->first == route) return false;
  const std::string stalled = oldest->first;
  dropped_.push_back(stalled);
  Drop(stalled);
  return true;
}

void Outbox::DropUnread() {
  const Clock::time_point now = Clock::now();
  for (auto i = waiting_.begin(); i != waiting_.end();) {
    const auto here = i++;
    if (now - here->second.read_at < options_.max_age) continue;
    dropped_.push_back(here->first);
    Drop(here->first);
  }
}

void Outbox::Drop(const std::string& route) {
  const auto found = waiting_.find(route);
  if (found == waiting_.end()) return;
  total_bytes_ -= found->second.bytes;
  waiting_.erase(found);
}

}  // namespace coppice::server
