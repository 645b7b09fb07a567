#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/language.h"
#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"
#include "indexer/parse/worker/worker_options.h"
#include "store/model.h"

namespace coppice::indexer {

/// What becomes of a parser process that cannot be confined on this machine.
enum class SandboxPolicy : unsigned char {
  kRequire,  // it is not used
  kPrefer,   // it is used all the same
  kOff,      // it has no filter of system calls and no Landlock; limits and account stay
};

struct ParserProcessOptions {
  std::string program;                           // path of coppice-parser
  std::chrono::milliseconds time_limit{10'000};  // for one blob
  WorkerOptions limits;                          // but `filter`, which `sandbox` decides
  SandboxPolicy sandbox = SandboxPolicy::kPrefer;
};

/// One parser process and the pipe to it.
///
/// Place:  owned and started by one thread; the process is killed when that thread ends, so none
///         outlives the daemon.
/// Shape:  a run of blobs, parsed one after the other; all are sent ahead, each is answered by
///         itself. Facts come back checked against the size of the blob.
/// Limits: a blob that takes longer than the time limit (from the answer before it) costs the
///         process its life (SIGKILL), one that takes more CPU time, more memory or another system
///         call than allowed too. The first blob without an answer is to blame, and only it; those
///         behind it go to the next process. A run lies in memory twice while it is sent.
/// Errors: Parse: kUnavailable, kUnsupported (no sandbox, and kRequire) and kUnsupportedVersion
/// when
///         there is no process to be had: the blob is not to blame. kCancelled by the deadline's
///         stop token.
class ParserProcess {
 public:
  explicit ParserProcess(ParserProcessOptions options) : options_(std::move(options)) {}

  struct Item {
    Language language = Language::kUnknown;
    std::string_view bytes;
  };
  /// Facts of each blob, in their order; those of its lines, with kParserTimedOut or kParserCrashed
  /// (twice, alone on a process of its own the second time), where the grammar could not cope.
  Result<std::vector<store::BlobFacts>> Parse(std::span<const Item> items,
                                              const Deadline& deadline);

  /// Starts a process where none runs. What is missing of its sandbox and why; "" = nothing.
  /// Errors: those of Parse.
  Result<std::string> SandboxGap(const Deadline& deadline);

  /// 0 while none runs.
  [[nodiscard]] pid_t pid() const { return child_.running() ? child_.pid() : 0; }

 private:
  Result<void> EnsureRunning(const Deadline& deadline);
  /// Sends all of `items` and appends the facts of those that are answered.
  Result<void> Exchange(std::span<const Item> items, std::vector<store::BlobFacts>& facts,
                        const Deadline& deadline);
  /// Ends the process, which failed so at `item`. The facts of the item; nothing where it may try
  /// once more.
  std::optional<store::BlobFacts> Blame(const Item& item, const Error& why, bool last_try);
  Result<void> CheckGreeting(const Greeting& greeting) const;
  /// Ends the process that failed so. How it ended, by itself if it was about to.
  ExitStatus Stop(const Error& why);

  ParserProcessOptions options_;
  ChildProcess child_;
  UniqueFd pipe_;
  FrameReader answers_;
  std::uint32_t requests_ = 0;  // to the process that runs
  std::string gap_;             // of it
};

}  // namespace coppice::indexer
