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
  answers_ = FrameReader(pipe_.get());
  requests_ = 0;
  const auto greet = [&]() -> Result<Greeting> {
    COPPICE_ASSIGN(const std::string_view payload, answers_.Read(Within(kStartLimit, deadline)));
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

Result<void> ParserProcess::Exchange(std::span<const Item> items,
                                     std::vector<store::BlobFacts>& facts,
                                     const Deadline& deadline) {
  if (answers_.HasMore()) return MakeError(ErrorCode::kCorrupt, "parser process: it talks unasked");
  std::string frames;
  std::vector<std::size_t> ends;  // of the items in `frames`
  for (const Item& item : items) {
    const auto number = requests_ + static_cast<std::uint32_t>(ends.size()) + 1;
    frames += MakeFrame(EncodeRequest({number, item.language, item.bytes}));
    ends.push_back(frames.size());
  }
  std::string_view rest = frames;
  for (std::size_t i = 0; i < items.size(); ++i) {
    // A clock for each: it runs while the process has this blob and no earlier one.
    COPPICE_ASSIGN(const std::string_view payload,
                   answers_.ReadWhileWriting(rest, Within(options_.time_limit, deadline)));
    COPPICE_ASSIGN(auto parsed, DecodeFacts(payload, ++requests_, items[i].bytes.size()));
    const bool before_it_was_asked = frames.size() - rest.size() < ends[i];
    if (before_it_was_asked || parsed.grammar != items[i].language ||
        parsed.extractor != kExtractorVersion) {
      return MakeError(ErrorCode::kCorrupt, "parser process: facts of another blob");
    }
    facts.push_back(std::move(parsed));
  }
  return {};
}

std::optional<store::BlobFacts> ParserProcess::Blame(const Item& item, const Error& why,
                                                     bool last_try) {
  const pid_t pid = child_.pid();
  const ExitStatus end = Stop(why);
  LogWarning("parser_process_ended", {{"language", LanguageName(item.language)},
                                      {"bytes", item.bytes.size()},
                                      {"why", why.message},
                                      {"how", HowItEnded(pid, end)}});
  if (why.code == ErrorCode::kDeadlineExceeded || end.signal == SIGXCPU) {
    return LineFacts(item.language, item.bytes, store::Reason::kParserTimedOut);
  }
  // Nobody sends SIGSYS by hand; of anything else somebody else may have been the cause.
  if (!last_try && end.signal != SIGSYS) return std::nullopt;
  return LineFacts(item.language, item.bytes, store::Reason::kParserCrashed);
}

Result<std::vector<store::BlobFacts>> ParserProcess::Parse(std::span<const Item> items,
                                                           const Deadline& deadline) {
  std::vector<store::BlobFacts> facts;
  facts.reserve(items.size());
  bool again = false;  // the next blob has failed once: it goes alone
  while (facts.size() < items.size()) {
    if (deadline.expired()) return GivenUp(deadline);
    COPPICE_TRY(EnsureRunning(deadline));
    const std::size_t before = facts.size();
    const auto rest = items.subspan(before);
    const auto exchanged = Exchange(again ? rest.first(1) : rest, facts, deadline);
    const bool second_try = std::exchange(again, false) && facts.size() == before;
    if (exchanged) continue;
    if (deadline.expired()) {
      Stop(exchanged.error());
      return GivenUp(deadline);
    }
    if (auto lines = Blame(items[facts.size()], exchanged.error(), second_try)) {
      facts.push_back(std::move(*lines));
    } else {
      again = true;
    }
  }
  return facts;
}

}  // namespace coppice::indexer
