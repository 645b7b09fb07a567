#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  /// Asks for the infos of these objects at once, and from now on for each of them while the one
  /// before it is worked on. Only a hint: what goes wrong is told by the call that needs it.
  void Expect(std::span<const store::ObjectId> ids);
  Result<Info> ReadInfo(const store::ObjectId& id);

  struct Object {
    std::string type;
    std::string body;
  };
  Result<Object> Read(const store::ObjectId& id);

 private:
  static constexpr std::size_t kMostExpected = 500;       // replies fit into a pipe
  static constexpr std::uint64_t kMostAhead = 1U << 20U;  // bytes of an object asked for early

  Result<void> Start();
  Result<void> AskInfos(std::span<const store::ObjectId> ids);
  /// Asks for the object that is expected after `id`, if there is one of ordinary size.
  Result<void> AskAhead(const store::ObjectId& id);
  /// Reads past what was asked for early and is not wanted now.
  Result<void> SkipAhead();
  void Forget();
  Result<void> Send(std::string_view lines);
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
  std::size_t used_ = 0;                         // of buffer_
  std::unordered_map<std::string, Info> infos_;  // of what is expected
  std::vector<store::ObjectId> expected_;
  std::size_t next_ = 0;                  // of expected_: the first not asked for
  std::optional<store::ObjectId> ahead_;  // whose content was asked for and not read
};

}  // namespace coppice::indexer
