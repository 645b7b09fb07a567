#include "indexer/parse/worker/parser_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <signal.h>
#include <utility>

#include <sys/socket.h>

#include "base/format.h"
#include "base/log.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/plain/line_chunker.h"
#include "indexer/parse/worker/facts_codec.h"
#include "indexer/parse/worker/framed_pipe.h"
#include "indexer/parse/worker/kernel_log.h"

namespace coppice::indexer {
namespace {

constexpr std::chrono::seconds kStartLimit{10};
constexpr std::chrono::seconds kEndLimit{1};  // from the end of the stream to that of the process

/// Not before `deadline`, at the latest after `span`.
Deadline Within(std::chrono::milliseconds span, const Deadline& deadline) {
  return Deadline(std::min(deadline.at(), Deadline::Clock::now() + span), deadline.stop());
}

Error GivenUp(const Deadline& deadline) {
  return MakeError(deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
                   "parsing was given up");
}

/// How a process ended, for the log.
std::string HowItEnded(pid_t pid, const ExitStatus& status) {
  if (status.signal == SIGSYS) {
    const auto call = ForbiddenCallOf(pid);
    return fmt::format(
        "it made a system call that the sandbox forbids ({})",
        call ? fmt::format("number {}", *call) : "the kernel's log may name it: type=1326");
  }
  if (status.signal == SIGXCPU) return "it used more CPU time than allowed";
  return fmt::format("it {}", status.ToString());
}

}  // namespace

ExitStatus ParserProcess::Stop(const Error& why) {
  pipe_.Reset();
  if (why.code == ErrorCode::kUnavailable) {  // it ends by itself: of what?
    if (const auto status = child_.Wait(Deadline::After(kEndLimit))) return *status;
  }
  return child_.Kill();
}

Result<void> ParserProcess::EnsureRunning(const Deadline& deadline) {
  if (child_.running()) return {};
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return MakeError(ErrorCode::kResourceExhausted, "no socket for a parser process");
  }
  UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);  // of our end only
  Command command;
  WorkerOptions limits = options_.limits;
  limits.filter = options_.sandbox != SandboxPolicy::kOff;
  command.argv = ToArguments(limits);
  command.argv.insert(command.argv.begin(), options_.program);
  command.die_with_parent = true;
  command.stdin_fd = theirs.get();
  command.stdout_fd = theirs.get();
  auto child = ChildProcess::Start(command);
  theirs.Reset();  // or the end of the process would not be the end of the stream
  if (!child) {
    Error error = child.error();
    error.code = ErrorCode::kUnavailable;
    error.retryable = true;
    return error.WithRemedy("Install coppice-parser beside coppiced.");
  }
  child_ = std::move(child).value();
  pipe_ = std::move(ours);
  const auto greet = [&]() -> Result<Greeting> {
    COPPICE_ASSIGN(const std::string payload,
                   ReadFrame(pipe_.get(), Within(kStartLimit, deadline)));
    return DecodeGreeting(payload);
  };
  const auto greeting = greet();
  if (!greeting) {
    const pid_t pid = child_.pid();
    const ExitStatus end = Stop(greeting.error());
    if (deadline.cancelled()) return greeting.error();
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("{} does not start: {}, {}", options_.program,
                                 greeting.error().message, HowItEnded(pid, end)));
  }
  const auto good = CheckGreeting(*greeting);
  if (!good) Stop(good.error());
  gap_ = limits.filter ? greeting->unconfined : "index.sandbox = off";
  return good;
}

Result<void> ParserProcess::CheckGreeting(const Greeting& greeting) const {
  if (greeting.protocol != kWorkerProtocol || greeting.extractor != kExtractorVersion) {
    return MakeError(ErrorCode::kUnsupportedVersion,
                     fmt::format("{} is of another version than this program", options_.program),
                     "Install both from one build.");
  }
  if (options_.sandbox == SandboxPolicy::kRequire && !greeting.unconfined.empty()) {
    return MakeError(ErrorCode::kUnsupported,
                     fmt::format("parsers cannot be confined: {}", greeting.unconfined),
                     "Let the daemon use seccomp, or set index.sandbox = \"prefer\" to go on "
                     "without.");
  }
  return {};
}

Result<std::string> ParserProcess::SandboxGap(const Deadline& deadline) {
  COPPICE_TRY(EnsureRunning(deadline));
  return gap_;
}

Result<store::BlobFacts> ParserProcess::Exchange(Language language, std::string_view bytes,
                                                 const Deadline& deadline) {
  COPPICE_TRY(WriteAll(pipe_.get(), MakeFrame(EncodeRequest({language, bytes})), deadline));
  COPPICE_ASSIGN(const std::string payload, ReadFrame(pipe_.get(), deadline));
  COPPICE_ASSIGN(auto facts, DecodeFacts(payload, bytes.size()));
  if (facts.grammar != language || facts.extractor != kExtractorVersion) {
    return MakeError(ErrorCode::kCorrupt, "parser process: facts of another blob");
  }
  return facts;
}

Result<store::BlobFacts> ParserProcess::Parse(Language language, std::string_view bytes,
                                              const Deadline& deadline) {
  constexpr int kTries = 2;  // somebody else may have killed the first process
  if (deadline.expired()) return GivenUp(deadline);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    COPPICE_TRY(EnsureRunning(deadline));
    auto facts = Exchange(language, bytes, Within(options_.time_limit, deadline));
    if (facts) return facts;
    const pid_t pid = child_.pid();
    const ExitStatus end = Stop(facts.error());
    if (deadline.expired()) return GivenUp(deadline);
    LogWarning("parser_process_ended", {{"language", LanguageName(language)},
                                        {"bytes", bytes.size()},
                                        {"why", facts.error().message},
                                        {"how", HowItEnded(pid, end)}});
    if (facts.error().code == ErrorCode::kDeadlineExceeded || end.signal == SIGXCPU) {
      return LineFacts(language, bytes, store::Reason::kParserTimedOut);
    }
    if (end.signal == SIGSYS) break;  // which nobody sends by hand
  }
  return LineFacts(language, bytes, store::Reason::kParserCrashed);
}

}  // namespace coppice::indexer
