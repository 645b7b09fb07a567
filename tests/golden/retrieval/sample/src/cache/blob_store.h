#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace kiln {

/// Content by the digest of what made it. Keeps the sum of sizes below a limit.
class BlobStore {
 public:
  explicit BlobStore(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  /// Adds content under a key; what is there already stays.
  bool Put(const std::string& key, std::string content);
  /// Gives the content of a key, or nothing.
  const std::string* Get(const std::string& key);

 private:
  void Shrink();

  std::uint64_t max_bytes_;
  std::uint64_t used_bytes_ = 0;
  std::map<std::string, std::string> contents_;
};

}  // namespace kiln
