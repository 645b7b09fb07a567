#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"

namespace coppice::embed {

struct RerankerInfo {
  std::string name;        ///< "local/bge-reranker-v2-m3"
  std::string revision;    ///< SHA-256 of the weights; of a server's model what it says of itself
  int context_tokens = 0;  ///< query and document together; longer documents are cut at their end
};

/// Says how well documents answer a query, reading both together.
///
/// Place:   opened by App; called by retrieval for the best candidates.
/// Shape:   out[i] is documents[i]'s score: finite, comparable within one call only, higher =
/// better. Limits:  thread-safe; blocks for the batch. Errors:  kInvalidArgument if out.size() !=
/// documents.size(); kDeadlineExceeded, kCancelled;
///          kCorrupt for a score that is not finite; kUnavailable, kResourceExhausted.
class Reranker {
 public:
  virtual ~Reranker() = default;
  Reranker() = default;
  Reranker(const Reranker&) = delete;
  Reranker& operator=(const Reranker&) = delete;

  virtual const RerankerInfo& info() const = 0;

  virtual Result<void> Score(std::string_view query, std::span<const std::string_view> documents,
                             std::span<float> out, const Deadline& deadline) const = 0;
};

}  // namespace coppice::embed
