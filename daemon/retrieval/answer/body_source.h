#pragma once

#include <span>
#include <string>
#include <unordered_map>

#include "base/deadline.h"
#include "base/result.h"
#include "store/model.h"

namespace coppice::retrieval {

/// Where the text of snippets comes from. Seam: the database, or a map in tests.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Bodies that are not kept are left out. Errors: kUnavailable, kCorrupt.
  virtual Result<std::unordered_map<store::BlobNo, std::string>> Read(
      store::SpaceNo space, std::span<const store::BlobNo> blobs, const Deadline& deadline) = 0;
};

}  // namespace coppice::retrieval
