#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/language.h"
#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "store/model.h"

namespace coppice::indexer {

struct ParserProcessOptions {
  std::string program;                                     // path of coppice-parser
  std::chrono::milliseconds time_limit{10'000};            // for one blob
  std::size_t memory_limit_bytes = std::size_t{1} << 30U;  // address space of the process
};

/// One parser process and the pipe to it.
///
/// Place:  owned and started by one thread; the process is killed when that thread ends, so none
///         outlives the daemon.
/// Shape:  one blob at a time. Facts come back checked against the size of the blob.
/// Limits: a blob that takes longer than the time limit costs the process its life (SIGKILL); the
/// next
///         call starts another.
/// Errors: Parse: kUnavailable and kUnsupportedVersion when there is no process to be had: the blob
/// is
///         not to blame. kCancelled by the deadline's stop token.
class ParserProcess {
 public:
  explicit ParserProcess(ParserProcessOptions options) : options_(std::move(options)) {}

  /// Facts of the blob; those of its lines, with kParserTimedOut or kParserCrashed (twice, on a
  /// process of its own the second time), when the grammar could not cope with it.
  Result<store::BlobFacts> Parse(Language language, std::string_view bytes,
                                 const Deadline& deadline);

  /// 0 while none runs.
  [[nodiscard]] pid_t pid() const { return child_.running() ? child_.pid() : 0; }

 private:
  Result<void> EnsureRunning(const Deadline& deadline);
  Result<store::BlobFacts> Exchange(Language language, std::string_view bytes,
                                    const Deadline& deadline);
  void Stop();

  ParserProcessOptions options_;
  ChildProcess child_;
  UniqueFd pipe_;
};

}  // namespace coppice::indexer
