#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/language.h"
#include "base/process.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "indexer/parse/worker/facts_codec.h"
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
/// Shape:  one blob at a time. Facts come back checked against the size of the blob.
/// Limits: a blob that takes longer than the time limit costs the process its life (SIGKILL), one
///         that takes more CPU time, more memory or another system call than allowed too; the next
///         call starts another.
/// Errors: Parse: kUnavailable, kUnsupported (no sandbox, and kRequire) and kUnsupportedVersion
/// when
///         there is no process to be had: the blob is not to blame. kCancelled by the deadline's
///         stop token.
class ParserProcess {
 public:
  explicit ParserProcess(ParserProcessOptions options) : options_(std::move(options)) {}

  /// Facts of the blob; those of its lines, with kParserTimedOut or kParserCrashed (twice, on a
  /// process of its own the second time), when the grammar could not cope with it.
  Result<store::BlobFacts> Parse(Language language, std::string_view bytes,
                                 const Deadline& deadline);

  /// Starts a process where none runs. What is missing of its sandbox and why; "" = nothing.
  /// Errors: those of Parse.
  Result<std::string> SandboxGap(const Deadline& deadline);

  /// 0 while none runs.
  [[nodiscard]] pid_t pid() const { return child_.running() ? child_.pid() : 0; }

 private:
  Result<void> EnsureRunning(const Deadline& deadline);
  Result<store::BlobFacts> Exchange(Language language, std::string_view bytes,
                                    const Deadline& deadline);
  Result<void> CheckGreeting(const Greeting& greeting) const;
  /// Ends the process that failed so. How it ended, by itself if it was about to.
  ExitStatus Stop(const Error& why);

  ParserProcessOptions options_;
  ChildProcess child_;
  UniqueFd pipe_;
  std::string gap_;  // of the process that runs
};

}  // namespace coppice::indexer
