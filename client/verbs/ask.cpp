#include <memory>
#include <string>
#include <vector>

#include "base/format.h"
#include "client/json_writer.h"
#include "client/render/answer_page.h"
#include "client/verbs/flags.h"
#include "client/verbs/verbs.h"

namespace coppice::client {
namespace {

using protocol::Method;

struct AskOptions {
  std::vector<std::string> words;
  ViewFlags view;
  std::string model;
  std::uint32_t max_output_tokens = 0;
  bool trace = false;
};

Json PartToJson(const protocol::AskPart& part) {
  Json line = {{"schema", protocol::kJsonSchema}, {"event", part.n == 0 ? "token" : "source"}};
  if (part.n == 0) {
    line["text"] = EscapeInvalidUtf8(part.text);
    return line;
  }
  line["n"] = part.n;
  if (!part.hits.empty()) line.update(MessageToJson(part.hits.front()));
  return line;
}

Json ReplyToJson(const protocol::AskReply& reply) {
  Json line = {{"schema", protocol::kJsonSchema}, {"event", "final"}};
  line.update(MessageToJson(reply));
  line["final"] = true;
  return line;
}

/// The stream of an answer: JSON lines, or text as it comes and the sources at its end.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(Session& session)
      : session_(session), json_(session.options().mode == OutputMode::kJson) {}

  Result<void> Part(const protocol::AskPart& part) {
    if (json_) {
      session_.PrintJson(PartToJson(part));
    } else if (part.n == 0) {
      session_.Print(AnswerText(part.text));
      ends_in_newline_ = part.text.ends_with('\n');
    } else {
      sources_.push_back(part);
    }
    if (session_.terminal().Flush()) return {};
    return MakeError(ErrorCode::kCancelled, "the output was closed");
  }

  void Final(const protocol::AskReply& reply) {
    if (json_) return session_.PrintJson(ReplyToJson(reply));
    if (!ends_in_newline_) session_.Print("\n");
    session_.Print(AnswerPage(reply, sources_, session_.display()));
    session_.Note(EscapeText(reply.note));
  }

 private:
  Session& session_;
  const bool json_;
  bool ends_in_newline_ = true;
  std::vector<protocol::AskPart> sources_;
};

Result<ExitCode> Ask(Session& session, const AskOptions& options) {
  protocol::AskRequest request;
  request.question = fmt::format("{}", fmt::join(options.words, " "));
  COPPICE_ASSIGN(request.view, ToViewSelector(options.view));
  request.model = options.model;
  request.max_output_tokens = options.max_output_tokens;
  request.trace = options.trace;
  if (session.options().mode == OutputMode::kJson) session.set_streams_json();
  AnswerPrinter printer(session);
  COPPICE_ASSIGN(
      const auto reply,
      (session.Stream<protocol::AskPart, protocol::AskReply>(
          Method::kAsk, request, [&](const protocol::AskPart& part) { return printer.Part(part); },
          session.LongDeadline())));
  printer.Final(reply);
  return kExitOk;
}

}  // namespace

void AddAskVerbs(CLI::App& app, VerbBody& chosen) {
  auto options = std::make_shared<AskOptions>();
  CLI::App* ask = AddVerb(app, "ask", "Answer a question, with the places that it rests on",
                          "coppice ask \"where is a failed job retried, and how often\"\n"
                          "coppice ask \"what does FlushJob do\" --repo myproject --json");
  ask->add_option("QUESTION", options->words, "What you want to know")->type_name("")->required();
  AddViewFlags(*ask, options->view);
  ask->add_option("--model", options->model, "The text model that answers, BACKEND/MODEL")
      ->type_name("BACKEND/MODEL");
  ask->add_option("--max-output-tokens", options->max_output_tokens,
                  "How long the answer may be; default 512")
      ->type_name("N");
  ask->add_flag("--trace", options->trace, "Say how long each part took");
  Choose(*ask, chosen, options, &Ask);
}

}  // namespace coppice::client
