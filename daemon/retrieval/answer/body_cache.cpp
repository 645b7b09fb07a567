#include "daemon/retrieval/answer/body_cache.h"

#include <vector>

namespace coppice::retrieval {

Result<std::unordered_map<store::BlobNo, std::string>> BodyCache::Read(
    store::SpaceNo space, std::span<const store::BlobNo> blobs, const Deadline& deadline) {
  std::unordered_map<store::BlobNo, std::string> bodies;
  std::vector<store::BlobNo> unknown;
  {
    MutexLock lock(mutex_);
    for (const store::BlobNo blob : blobs) {
      const auto known = by_key_.find({space, blob});
      if (known == by_key_.end()) {
        unknown.push_back(blob);
        continue;
      }
      by_use_.splice(by_use_.begin(), by_use_, known->second);
      bodies.emplace(blob, known->second->body);
    }
  }
  if (unknown.empty()) return bodies;
  COPPICE_ASSIGN(auto read, source_.Read(space, unknown, deadline));
  MutexLock lock(mutex_);
  for (auto& [blob, body] : read) {
    Keep({space, blob}, body);
    bodies.emplace(blob, std::move(body));
  }
  return bodies;
}

void BodyCache::Keep(const Key& key, const std::string& body) {
  if (body.size() > limit_bytes_ / 8 || by_key_.contains(key)) return;
  by_use_.push_front({key, body});
  by_key_[key] = by_use_.begin();
  bytes_ += body.size();
  while (bytes_ > limit_bytes_) {
    bytes_ -= by_use_.back().body.size();
    by_key_.erase(by_use_.back().key);
    by_use_.pop_back();
  }
}

}  // namespace coppice::retrieval
