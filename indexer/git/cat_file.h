#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "indexer/git/layout.h"
#include "store/model.h"

namespace coppice::indexer {

/// Objects of one repository through a child `git cat-file --batch-command`.
///
/// The child never reads the repository's configuration: it looks at a folder of ours that points
/// at the repository's objects, so that nothing a repository says can make it run, fetch or write.
///
/// Place:  one per open repository, one thread; the child starts with the first question, and again
///         after it died.
/// Limits: a reply that does not move for kReplyTime ends the child. An object lies in memory
/// whole. Errors: kNotFound (not there), kCorrupt (damaged), kUnavailable (the child died or the
/// operating
///         system was in the way), kUnsupported (no git program, or one older than 2.36).
class CatFile {
 public:
  static constexpr std::chrono::seconds kReplyTime{60};

  explicit CatFile(GitLayout layout) : layout_(std::move(layout)) {}

  struct Info {
    std::string type;  // "blob"
    std::uint64_t size_bytes = 0;
  };
  Result<Info> ReadInfo(const store::ObjectId& id);

  struct Object {
    std::string type;
    std::string body;
  };
  Result<Object> Read(const store::ObjectId& id);

 private:
  Result<void> Start();
  Result<void> Ask(std::string_view verb, const store::ObjectId& id);
  /// The head of a reply: type and size. Errors: kNotFound.
  Result<Info> TakeHead(const store::ObjectId& id);
  /// Reads until `buffer_` holds `count` bytes.
  Result<void> Fill(std::size_t count);
  Result<std::string> TakeLine();
  /// Ends the child; the error says what it said last.
  Error Died();
  /// What the child has written to its error stream since the last call.
  std::string TakeComplaint();
  [[nodiscard]] Error ErrorOf(const std::string& complaint, ErrorCode otherwise) const;

  const GitLayout layout_;
  ChildProcess child_;
  UniqueFd to_child_;
  UniqueFd from_child_;
  UniqueFd complaints_;
  std::string buffer_;
  std::size_t used_ = 0;  // of buffer_
};

}  // namespace coppice::indexer
