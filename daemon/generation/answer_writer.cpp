#include "daemon/generation/answer_writer.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "daemon/generation/extract.h"
#include "daemon/generation/loop_guard.h"
#include "daemon/generation/prompt.h"
#include "daemon/generation/utf8_stream.h"

namespace coppice::generation {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kMostSourceTokens = 6000;
constexpr int kFramingTokens = 400;         // instructions, heads, the template
constexpr std::size_t kNamesLookedUp = 20;  // that no source holds

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Eight bytes that nobody can guess, as hex digits.
std::string Random() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

Result<void> CheckQuestion(const Question& question) {
  if (question.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "the question is empty");
  }
  if (question.text.size() > AnswerWriter::kMostQuestionBytes) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("the question has {} bytes, at most {} are read",
                                 question.text.size(), AnswerWriter::kMostQuestionBytes),
                     "ask shorter");
  }
  if (question.max_output_tokens < 1 ||
      question.max_output_tokens > AnswerWriter::kMostOutputTokens) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("max_output_tokens = {}: not allowed", question.max_output_tokens),
                     fmt::format("use 1 to {}", AnswerWriter::kMostOutputTokens));
  }
  return {};
}

}  // namespace

std::string_view ToText(Ending ending) {
  switch (ending) {
    case Ending::kWhole:
      return "whole";
    case Ending::kLength:
      return "length";
    case Ending::kLoop:
      return "loop";
    case Ending::kExtract:
      return "extract";
    case Ending::kNothingFound:
      return "nothing_found";
  }
  return "whole";
}

/// One answer being written.
struct AnswerWriter::Work {
  const Question& question;
  const OnSource& on_source;
  const OnText& on_text;
  const Deadline& deadline;
  std::vector<retrieval::Hit> hits;
  std::vector<Source> sources;
  std::string text;  // as it was sent
  Answer answer;
};

Result<Answer> AnswerWriter::Write(const Question& question, const OnSource& on_source,
                                   const OnText& on_text, const Deadline& deadline) const {
  COPPICE_TRY(CheckQuestion(question));
  const auto start = Clock::now();
  auto generator = open_(question.model);
  if (!generator && (generator.error().code != ErrorCode::kNotFound || !question.model.empty())) {
    return generator.error();
  }
  Work work{question, on_source, on_text, deadline, {}, {}, {}, {}};
  work.answer.id = Random();
  COPPICE_ASSIGN(work.hits, Find(question, deadline));
  work.answer.timings.retrieval_ms = MsSince(start);
  if (work.hits.empty()) {
    work.answer.ending = Ending::kNothingFound;
    work.answer.note = "Nothing was found that answers this.";
  } else if (generator) {
    COPPICE_TRY(Generate(work, **generator));
  } else {
    COPPICE_TRY(Extract(work));
  }
  COPPICE_TRY(Check(work));
  work.answer.timings.total_ms = MsSince(start);
  LogInfo("answered", {{"id", work.answer.id},
                       {"model", work.answer.model.empty() ? "none" : work.answer.model},
                       {"ending", ToText(work.answer.ending)},
                       {"sources", work.sources.size()},
                       {"output_tokens", work.answer.usage.output_tokens},
                       {"ms", static_cast<std::int64_t>(work.answer.timings.total_ms)}});
  return std::move(work.answer);
}

Result<std::vector<retrieval::Hit>> AnswerWriter::Find(const Question& question,
                                                       const Deadline& deadline) const {
  retrieval::Query query;
  query.text = question.text;
  query.view = question.view;
  query.limit = kSources;
  COPPICE_ASSIGN(retrieval::SearchResult found, retriever_.Search(query, deadline));
  return std::move(found.hits);
}

Result<void> AnswerWriter::Extract(Work& work) {
  for (retrieval::Hit& hit : work.hits) {
    work.sources.push_back({static_cast<std::uint32_t>(work.sources.size() + 1), std::move(hit)});
  }
  for (const Source& source : work.sources) COPPICE_TRY(work.on_source(source));
  work.text = ComposeExtract(work.sources);
  COPPICE_TRY(work.on_text(work.text));
  work.answer.ending = Ending::kExtract;
  work.answer.note =
      "No text model is configured: these are the passages that fit best. models.generation names "
      "one "
      "(docs/ask.md).";
  return {};
}

Result<void> AnswerWriter::Generate(Work& work, embed::TextGenerator& generator) const {
  const auto start = Clock::now();
  const embed::GeneratorInfo& info = generator.info();
  work.answer.model = info.name;
  const auto count = [&](std::string_view text) { return generator.CountTokens(text); };
  COPPICE_ASSIGN(const int question_tokens, count(work.question.text));
  const int room =
      info.context_tokens - work.question.max_output_tokens - question_tokens - kFramingTokens;
  if (room < kFramingTokens) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("{} reads {} tokens together: the question has {}, the answer may have {}, and "
                    "nothing is left for sources",
                    info.name, info.context_tokens, question_tokens,
                    work.question.max_output_tokens),
        "ask shorter, or for a shorter answer");
  }
  COPPICE_ASSIGN(work.sources,
                 FitSources(std::move(work.hits), std::min(room, kMostSourceTokens), count));
  for (const Source& source : work.sources) COPPICE_TRY(work.on_source(source));
  const auto messages = MakePrompt(work.question.text, work.sources, Random());
  work.answer.timings.prompt_ms = MsSince(start);

  return Stream(work, generator, messages);
}

Result<void> AnswerWriter::Stream(Work& work, embed::TextGenerator& generator,
                                  const std::vector<embed::Message>& messages) {
  Utf8Stream characters;
  LoopGuard guard;
  bool loops = false;
  const auto handed_over = Clock::now();
  const auto send = [&](const std::string& piece) -> Result<void> {
    if (piece.empty()) return {};
    if (work.text.empty()) work.answer.timings.first_token_ms = MsSince(handed_over);
    work.text += piece;
    COPPICE_TRY(work.on_text(piece));
    loops = guard.Add(piece);
    return loops ? MakeError(ErrorCode::kCancelled, "the model repeats itself") : Result<void>();
  };
  embed::GenerateOptions options;
  options.max_output_tokens = work.question.max_output_tokens;
  const auto usage = generator.Generate(
      messages, options, [&](std::string_view bytes) { return send(characters.Feed(bytes)); },
      work.deadline);
  if (loops) {
    work.answer.ending = Ending::kLoop;
    work.answer.note = "The model began to repeat itself and was stopped.";
    return {};
  }
  if (!usage) {
    return work.text.empty() ? usage.error() : usage.error().WithContext("the answer is not whole");
  }
  COPPICE_TRY(send(characters.Finish()));
  work.answer.usage = *usage;
  if (usage->stop == embed::StopReason::kLength) work.answer.ending = Ending::kLength;
  return {};
}

Result<void> AnswerWriter::Check(Work& work) const {
  work.answer.citations = ParseCitations(work.text);
  const ReadLines read = [&](const Source& source,
                             const store::LineRange& lines) -> Result<std::string> {
    retrieval::ShowQuery query;
    query.path = source.hit.path;
    query.first_line = lines.first;
    query.last_line = lines.last;
    query.view.repos = {source.hit.repo};
    query.view.ref = source.hit.ref;
    query.view.at = source.hit.commit.ToHex();
    COPPICE_ASSIGN(retrieval::ShowResult shown, retriever_.Show(query, work.deadline));
    return std::move(shown.hit.text);
  };
  CheckCitations(work.sources, read, work.answer.citations);
  if (work.answer.ending == Ending::kExtract) return {};
  std::size_t looked_up = 0;
  for (const std::string& name : IdentifiersInCode(work.text)) {
    const bool in_source =
        std::any_of(work.sources.begin(), work.sources.end(), [&](const Source& source) {
          return source.hit.text.find(name) != std::string::npos ||
                 source.hit.path.find(name) != std::string::npos;
        });
    if (in_source || work.question.text.find(name) != std::string::npos) continue;
    if (++looked_up > kNamesLookedUp) break;
    COPPICE_ASSIGN(const bool known, IsKnown(name, work));
    if (!known) work.answer.unknown_identifiers.push_back(name);
  }
  return {};
}

Result<bool> AnswerWriter::IsKnown(const std::string& name, const Work& work) const {
  retrieval::Query query;
  query.text = name;
  query.view = work.question.view;
  query.searches = {true, false, true};
  query.limit = 3;
  COPPICE_ASSIGN(const auto found, retriever_.Search(query, work.deadline));
  return std::any_of(found.hits.begin(), found.hits.end(), [&](const retrieval::Hit& hit) {
    return hit.text.find(name) != std::string::npos || hit.symbol.find(name) != std::string::npos;
  });
}

}  // namespace coppice::generation
