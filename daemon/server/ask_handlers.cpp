#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/format.h"
#include "daemon/generation/answer_writer.h"
#include "daemon/server/convert.h"
#include "daemon/server/handlers.h"
#include "protocol/messages.h"

namespace coppice::server {
namespace {

constexpr int kOutputTokens = 512;
constexpr std::size_t kAnswersAtATime = 4;
constexpr std::size_t kQuestionsWaiting = 16;

protocol::AskReply ToWire(const generation::Answer& answer, bool trace) {
  protocol::AskReply reply;
  reply.answer_id = answer.id;
  reply.model = answer.model;
  reply.ending = generation::ToText(answer.ending);
  for (const generation::Citation& citation : answer.citations) {
    const std::string lines =
        citation.lines ? fmt::format("{}-{}", citation.lines->first, citation.lines->last) : "";
    reply.citations.push_back({citation.n, lines, citation.verified, citation.why});
  }
  reply.unknown_identifiers = answer.unknown_identifiers;
  reply.tokens = {static_cast<std::uint32_t>(answer.usage.prompt_tokens),
                  static_cast<std::uint32_t>(answer.usage.output_tokens)};
  reply.note = answer.note;
  if (trace) {
    const generation::Timings& took = answer.timings;
    reply.trace = {{took.retrieval_ms, took.prompt_ms, took.first_token_ms, took.total_ms}};
  }
  return reply;
}

Result<generation::Question> ToQuestion(const protocol::AskRequest& request) {
  generation::Question question;
  question.text = request.question;
  question.model = request.model;
  question.max_output_tokens =
      request.max_output_tokens == 0
          ? kOutputTokens
          : static_cast<int>(std::min<std::uint32_t>(request.max_output_tokens, 1U << 30U));
  COPPICE_ASSIGN(question.view, FromWire(request.view));
  return question;
}

Result<protocol::AskReply> Ask(const Services& services, Call& call) {
  COPPICE_ASSIGN(const auto request, call.Decode<protocol::AskRequest>());
  COPPICE_ASSIGN(const auto* retriever, NeedRetriever(services));
  COPPICE_ASSIGN(const generation::Question question, ToQuestion(request));
  const generation::AnswerWriter writer(*retriever, services.open_generator);
  COPPICE_ASSIGN(
      const generation::Answer answer,
      writer.Write(
          question,
          [&](const generation::Source& source) {
            return call.Part(protocol::AskPart{source.n, {server::ToWire(source.hit, false)}, ""});
          },
          [&](std::string_view text) {
            return call.Part(protocol::AskPart{0, {}, std::string(text)});
          },
          call.deadline()));
  return ToWire(answer, request.trace);
}

}  // namespace

void AddAskHandlers(const Services& services, HandlerSet& set) {
  set.questions = std::make_unique<LongCalls>(kAnswersAtATime, kQuestionsWaiting, "server-ask");
  LongCalls* const questions = set.questions.get();
  const LongCalls::Run answer = [&services](std::unique_ptr<Call> call) {
    const auto reply = Ask(services, *call);
    if (!reply) return call->Fail(reply.error());
    call->Finish(*reply);
  };
  set.rows.push_back(HandlerRow{protocol::Method::kAsk, Lane::kInteractive,
                                [questions, answer](std::unique_ptr<Call> call) {
                                  questions->Submit(std::move(call), answer);
                                }});
}

}  // namespace coppice::server
