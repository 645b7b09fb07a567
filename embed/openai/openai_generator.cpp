#include "embed/openai/openai_generator.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/http/event_stream.h"
#include "embed/openai/chat_stream.h"
#include "embed/openai/model_name.h"
#include "embed/openai/server_json.h"
#include "embed/openai/token_estimate.h"

namespace coppice::embed {
namespace {

/// What an event of one token takes at most, with all that servers put around it.
constexpr std::size_t kBytesPerPiece = 8192;
constexpr std::size_t kBytesAround = std::size_t{1} << 20U;

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kSystem:
      return "system";
    case Role::kUser:
      return "user";
    case Role::kAssistant:
      return "assistant";
  }
  return "user";
}

/// Hands out what an answer holds, as events or as one object, by its content type.
class AnswerReader {
 public:
  AnswerReader(ChatStream& chat, const TextGenerator::OnText& on_text)
      : chat_(chat), on_text_(on_text) {}

  void SetContentType(std::string_view type) { whole_ = !type.starts_with("text/event-stream"); }

  Result<void> Take(std::string_view piece) {
    if (whole_) {
      body_.append(piece);
      return {};
    }
    return events_.Feed(piece, [this](const http::StreamEvent& event) -> Result<void> {
      if (ended_) return {};
      COPPICE_ASSIGN(ended_, chat_.TakeEvent(event.data, on_text_));
      return {};
    });
  }

  /// Nothing more is wanted.
  [[nodiscard]] bool ended() const { return ended_; }

  Result<GenerateUsage> Finish() {
    if (whole_) COPPICE_TRY(chat_.TakeWhole(body_, on_text_));
    return chat_.Finish();
  }

 private:
  ChatStream& chat_;
  const TextGenerator::OnText& on_text_;
  http::EventStreamParser events_;
  std::string body_;
  bool whole_ = false;
  bool ended_ = false;
};

}  // namespace

OpenAiGenerator::OpenAiGenerator(std::unique_ptr<OpenAiConnection> connection,
                                 const OpenAiOptions& options, const ModelSpec& spec)
    : connection_(std::move(connection)), model_(NameOnServer(options, spec)) {}

Result<std::unique_ptr<OpenAiGenerator>> OpenAiGenerator::Open(http::HttpClient& http,
                                                               const OpenAiOptions& options,
                                                               const ModelSpec& spec,
                                                               const Deadline& deadline) {
  COPPICE_ASSIGN(auto connection, OpenAiConnection::Open(http, options));
  std::unique_ptr<OpenAiGenerator> generator(
      new OpenAiGenerator(std::move(connection), options, spec));
  COPPICE_ASSIGN(const ServedModel served,
                 AskForModel(*generator->connection_, generator->model_, deadline));
  generator->info_.name = spec.name;
  generator->info_.revision = RevisionOf(served, spec);
  generator->info_.context_tokens =
      spec.context_tokens > 0 ? spec.context_tokens : served.context_tokens;
  return generator;
}

Json OpenAiGenerator::MakeBody(std::span<const Message> messages,
                               const GenerateOptions& options) const {
  Json body;
  body["model"] = model_;
  body["messages"] = Json::array();
  for (const Message& message : messages) {
    body["messages"].push_back({{"role", RoleName(message.role)}, {"content", message.text}});
  }
  body["stream"] = true;
  if (counts_in_stream_) body["stream_options"] = {{"include_usage", true}};
  body[takes_max_tokens_ ? "max_tokens" : "max_completion_tokens"] = options.max_output_tokens;
  body["temperature"] = options.temperature;
  if (options.top_p < 1) body["top_p"] = options.top_p;
  body["seed"] = options.seed;
  return body;
}

Result<GenerateUsage> OpenAiGenerator::Generate(std::span<const Message> messages,
                                                const GenerateOptions& options,
                                                const OnText& on_text, const Deadline& deadline) {
  if (messages.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("{}: no messages", info_.name));
  }
  if (!options.adapter.empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: an adapter cannot be chosen on a server: {}", info_.name, options.adapter),
        "Name the model that the server serves with the adapter.");
  }
  // Twice more at most: each time one field that the server refuses is left out.
  while (true) {
    GenerateUsage usage;
    COPPICE_ASSIGN(const ServerAnswer answer, Ask(messages, options, on_text, deadline, usage));
    if (answer.ok()) return usage;
    if (answer.too_long) return TooLong(messages, *answer.refusal);
    if (!Adapt(*answer.refusal)) return *answer.refusal;
  }
}

Result<ServerAnswer> OpenAiGenerator::Ask(std::span<const Message> messages,
                                          const GenerateOptions& options, const OnText& on_text,
                                          const Deadline& deadline, GenerateUsage& usage) {
  ChatStream chat(options.max_output_tokens, connection_->server(), connection_->key());
  AnswerReader reader(chat, on_text);
  // How a callback says that it has what it wants.
  const Error enough = MakeError(ErrorCode::kCancelled, "the answer is whole");
  const std::size_t most =
      kBytesAround +
      static_cast<std::size_t>(std::max(options.max_output_tokens, 1)) * kBytesPerPiece;
  Result<ServerAnswer> answer = connection_->Stream(
      "/chat/completions", MakeBody(messages, options), most,
      [&reader](const http::HttpHead& head) -> Result<void> {
        reader.SetContentType(head.Find("content-type").value_or(""));
        return {};
      },
      [&](std::string_view piece) -> Result<void> {
        COPPICE_TRY(reader.Take(piece));
        return reader.ended() ? Result<void>(enough) : Result<void>();
      },
      deadline);
  if (!answer && !reader.ended()) {
    const Error& error = answer.error();
    if (error.code != ErrorCode::kUnavailable || chat.text_bytes() == 0) return error;
    return error.WithContext(fmt::format("the answer broke off after {} bytes", chat.text_bytes()));
  }
  if (answer && !answer->ok()) return answer;
  COPPICE_ASSIGN(usage, reader.Finish());
  return ServerAnswer{};
}

bool OpenAiGenerator::Adapt(const Error& refusal) {
  const auto names = [&refusal](std::string_view field) {
    return refusal.message.find(field) != std::string::npos;
  };
  if (names("max_tokens") || names("max_completion_tokens")) {
    if (takes_max_tokens_.exchange(false)) return true;
  }
  if (names("stream_options") && counts_in_stream_.exchange(false)) return true;
  return false;
}

Error OpenAiGenerator::TooLong(std::span<const Message> messages, const Error& refusal) const {
  int tokens = 0;
  for (const Message& message : messages) tokens += EstimateTokens(message.text);
  Error error = refusal;
  error.code = ErrorCode::kInvalidArgument;
  error.retryable = false;
  const std::string context =
      info_.context_tokens > 0 ? fmt::format(" of {} tokens", info_.context_tokens) : "";
  return error.WithContext(
      fmt::format("the prompt of about {} tokens is longer than the context{}", tokens, context));
}

Result<int> OpenAiGenerator::CountTokens(std::string_view text) const {
  return EstimateTokens(text);
}

}  // namespace coppice::embed
