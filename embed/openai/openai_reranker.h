#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/http/client.h"
#include "embed/model_spec.h"
#include "embed/openai/connection.h"
#include "embed/openai/options.h"
#include "embed/reranker.h"

namespace coppice::embed {

/// Scores documents through a server's /rerank, as Jina, Cohere, vLLM and llama.cpp's server have
/// it, or with TEI's names for the fields where the server refuses those.
///
/// Place:   made by App; called by retrieval.
/// Limits:  as OpenAiOptions; documents are cut at max_input_bytes; all go in one request.
/// Errors:  those of OpenAiConnection; kCorrupt: a score that is missing or not finite.
class OpenAiReranker : public Reranker {
 public:
  /// Asks /models for the model. `http` must outlive it.
  static Result<std::unique_ptr<OpenAiReranker>> Open(http::HttpClient& http,
                                                      const OpenAiOptions& options,
                                                      const ModelSpec& spec,
                                                      const Deadline& deadline);

  const RerankerInfo& info() const override { return info_; }
  Result<void> Score(std::string_view query, std::span<const std::string_view> documents,
                     std::span<float> out, const Deadline& deadline) const override;
  [[nodiscard]] ServerState state() const { return connection_->state(); }

 private:
  OpenAiReranker(std::unique_ptr<OpenAiConnection> connection, const OpenAiOptions& options,
                 const ModelSpec& spec);

  Result<ServerAnswer> Ask(std::string_view query, std::span<const std::string_view> documents,
                           const Deadline& deadline) const;

  const std::unique_ptr<OpenAiConnection> connection_;
  const std::size_t max_input_bytes_;
  const std::string model_;  // its name on the server
  RerankerInfo info_;
  mutable std::atomic<bool> named_texts_{false};  // TEI's name for the documents
};

}  // namespace coppice::embed
