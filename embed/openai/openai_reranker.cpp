#include "embed/openai/openai_reranker.h"

#include <utility>

#include "base/format.h"
#include "embed/openai/model_name.h"
#include "embed/openai/server_json.h"
#include "embed/text_prefix.h"

namespace coppice::embed {

OpenAiReranker::OpenAiReranker(std::unique_ptr<OpenAiConnection> connection,
                               const OpenAiOptions& options, const ModelSpec& spec)
    : connection_(std::move(connection)),
      max_input_bytes_(options.max_input_bytes),
      model_(NameOnServer(options, spec)) {}

Result<std::unique_ptr<OpenAiReranker>> OpenAiReranker::Open(http::HttpClient& http,
                                                             const OpenAiOptions& options,
                                                             const ModelSpec& spec,
                                                             const Deadline& deadline) {
  COPPICE_ASSIGN(auto connection, OpenAiConnection::Open(http, options));
  std::unique_ptr<OpenAiReranker> reranker(
      new OpenAiReranker(std::move(connection), options, spec));
  COPPICE_ASSIGN(const ServedModel served,
                 AskForModel(*reranker->connection_, reranker->model_, deadline));
  reranker->info_.name = spec.name;
  reranker->info_.revision = RevisionOf(served, spec);
  reranker->info_.context_tokens =
      spec.context_tokens > 0 ? spec.context_tokens : served.context_tokens;
  return reranker;
}

Result<void> OpenAiReranker::Score(std::string_view query,
                                   std::span<const std::string_view> documents,
                                   std::span<float> out, const Deadline& deadline) const {
  if (out.size() != documents.size()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} documents need as many scores, got {}", info_.name,
                                 documents.size(), out.size()));
  }
  if (documents.empty()) return {};
  COPPICE_ASSIGN(ServerAnswer answer, Ask(query, documents, deadline));
  if (!answer.ok() && !named_texts_.exchange(true)) {
    COPPICE_ASSIGN(answer, Ask(query, documents, deadline));
    if (!answer.ok()) named_texts_ = false;
  }
  if (!answer.ok()) return *answer.refusal;
  return ReadScores(answer.body, out, connection_->server());
}

Result<ServerAnswer> OpenAiReranker::Ask(std::string_view query,
                                         std::span<const std::string_view> documents,
                                         const Deadline& deadline) const {
  Json body;
  body["model"] = model_;
  body["query"] = TextPrefix(query, max_input_bytes_);
  Json& list = body[named_texts_ ? "texts" : "documents"];
  list = Json::array();
  for (const std::string_view document : documents) {
    list.push_back(TextPrefix(document, max_input_bytes_));
  }
  if (!named_texts_) body["top_n"] = documents.size();
  return connection_->Post("/rerank", body, deadline);
}

}  // namespace coppice::embed
