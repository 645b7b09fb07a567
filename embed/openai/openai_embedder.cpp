#include "embed/openai/openai_embedder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/digest.h"
#include "base/format.h"
#include "base/log.h"
#include "embed/openai/model_name.h"
#include "embed/openai/server_json.h"
#include "embed/text_prefix.h"

namespace coppice::embed {
namespace {

/// Of code, in the vocabularies that are common: fewer where names are odd, more in prose.
constexpr std::size_t kBytesPerToken = 3;
/// What a model reads at least whose context nobody states: that of the BERT family.
constexpr int kUnknownContext = 512;
constexpr int kLeastContext = 32;
constexpr std::size_t kLeastTextBytes = 16;
constexpr std::string_view kControlText = "read a line of text";

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

/// `count` words that are one token each in the vocabularies that are common, by turns.
template <std::size_t N>
void AddWords(const std::array<std::string_view, N>& words, int count, std::string& text) {
  for (int i = 0; i < count; ++i) {
    text += words[static_cast<std::size_t>(i) % N];
    text += ' ';
  }
}

/// Some four fifths of `tokens` tokens; the last tenth of all is one of two.
std::string ProbeText(int tokens, bool first) {
  static constexpr std::array<std::string_view, 12> kBody = {
      "the", "file", "is", "open", "and", "each", "line", "of", "it", "was", "read", "once"};
  static constexpr std::array<std::string_view, 4> kOneEnd = {"red", "apple", "tree", "garden"};
  static constexpr std::array<std::string_view, 4> kOtherEnd = {"war", "ship", "cold", "winter"};
  std::string text;
  AddWords(kBody, tokens * 7 / 10, text);
  AddWords(first ? kOneEnd : kOtherEnd, std::max(tokens / 10, 2), text);
  return text;
}

double Distance(std::span<const float> a, std::span<const float> b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return most;
}

}  // namespace

OpenAiEmbedder::OpenAiEmbedder(std::unique_ptr<OpenAiConnection> connection,
                               const OpenAiOptions& options, const ModelSpec& spec)
    : connection_(std::move(connection)),
      options_(options),
      spec_(spec),
      model_(NameOnServer(options, spec)) {}

Result<std::unique_ptr<OpenAiEmbedder>> OpenAiEmbedder::Open(http::HttpClient& http,
                                                             const OpenAiOptions& options,
                                                             const ModelSpec& spec,
                                                             const Deadline& deadline) {
  COPPICE_ASSIGN(auto connection, OpenAiConnection::Open(http, options));
  std::unique_ptr<OpenAiEmbedder> embedder(
      new OpenAiEmbedder(std::move(connection), options, spec));
  COPPICE_ASSIGN(const ServedModel served,
                 AskForModel(*embedder->connection_, embedder->model_, deadline));
  embedder->info_.name = spec.name;
  embedder->info_.max_input_bytes = static_cast<int>(options.max_input_bytes);
  COPPICE_TRY(embedder->ProbeDimensions(deadline));
  embedder->info_.revision = RevisionOf(served, spec, embedder->info_.dimensions);
  const int said = spec.context_tokens > 0 ? spec.context_tokens : served.context_tokens;
  COPPICE_TRY(embedder->ProbeContext(said > 0 ? said : kUnknownContext, deadline));
  return embedder;
}

Result<void> OpenAiEmbedder::ProbeDimensions(const Deadline& deadline) {
  const std::vector<Item> items = {MakeItem(kControlText, Purpose::kDocument, 0)};
  COPPICE_ASSIGN(const ServerAnswer answer, Ask(items, deadline));
  if (!answer.ok()) return *answer.refusal;
  COPPICE_ASSIGN(info_.dimensions, CountDimensions(answer.body, connection_->server()));
  if (spec_.dimensions != 0 && spec_.dimensions != info_.dimensions) {
    return MakeError(
        ErrorCode::kConflict,
        fmt::format("{}: the vectors of {} have {} values, where {} is known to have {}",
                    connection_->server(), model_, info_.dimensions, spec_.name, spec_.dimensions),
        "Serve that model, or name the one that is served.");
  }
  return {};
}

Result<void> OpenAiEmbedder::ProbeContext(int believed, const Deadline& deadline) {
  // Further than texts are sent nobody needs to know.
  const int wanted =
      std::min(believed, static_cast<int>(options_.max_input_bytes / kBytesPerToken));
  context_tokens_ = std::max(wanted, kLeastContext);
  while (true) {
    COPPICE_ASSIGN(const bool read, ReadsToTheEnd(context_tokens_, deadline));
    if (read) break;
    if (spec_.context_tokens > 0 || context_tokens_ / 2 < kLeastContext) {
      return ReadsTooLittle(context_tokens_);
    }
    context_tokens_ /= 2;
  }
  if (context_tokens_ < wanted) {
    LogWarning("embed_server_cuts_texts", {{"server", connection_->server()},
                                           {"model", model_},
                                           {"context_tokens", context_tokens_}});
  }
  // Where the limit is the model's own, a text may be somewhat longer than is read of it.
  const int limit = context_tokens_ < wanted ? context_tokens_ : believed;
  info_.max_input_bytes = static_cast<int>(
      std::min(options_.max_input_bytes, static_cast<std::size_t>(limit) * kBytesPerToken));
  return {};
}

Error OpenAiEmbedder::ReadsTooLittle(int believed) const {
  return MakeError(
      ErrorCode::kConflict,
      fmt::format("{}: of a text of {} tokens {} does not read the end, so vectors would tell "
                  "nothing of it",
                  connection_->server(), believed, model_),
      "Start the server with a larger context and batch, or set context_tokens to what it has.");
}

Result<bool> OpenAiEmbedder::ReadsToTheEnd(int tokens, const Deadline& deadline) const {
  // A server that is not quite deterministic must not pass for one that reads on: one of the texts
  // is sent a second time to see how much it varies.
  constexpr double kSurely = 1e-3;
  constexpr double kLeast = 1e-6;
  std::vector<std::vector<float>> vectors;
  for (const bool first : {true, false, true}) {
    Item item;
    item.text = spec_.document_prefix + ProbeText(tokens, first);
    COPPICE_ASSIGN(const ServerAnswer answer, Ask(std::span(&item, 1), deadline));
    if (!answer.ok() && answer.too_long) return false;
    if (!answer.ok()) return *answer.refusal;
    vectors.emplace_back(static_cast<std::size_t>(info_.dimensions));
    COPPICE_TRY(Take(answer, std::span(&item, 1), vectors.back()));
    if (vectors.size() == 2 && Distance(vectors[0], vectors[1]) > kSurely) return true;
  }
  return Distance(vectors[0], vectors[1]) > 4 * Distance(vectors[0], vectors[2]) + kLeast;
}

OpenAiEmbedder::Item OpenAiEmbedder::MakeItem(std::string_view input, Purpose purpose,
                                              std::size_t row) const {
  Item item;
  item.text = purpose == Purpose::kQuery ? spec_.query_prefix : spec_.document_prefix;
  item.text += TextPrefix(input, static_cast<std::size_t>(std::max(info_.max_input_bytes, 1)));
  item.row = row;
  return item;
}

Result<ServerAnswer> OpenAiEmbedder::Ask(std::span<const Item> items,
                                         const Deadline& deadline) const {
  Json body;
  body["model"] = model_;
  body["input"] = Json::array();
  for (const Item& item : items) body["input"].push_back(item.text);
  body["encoding_format"] = options_.base64 ? "base64" : "float";
  return connection_->Post("/embeddings", body, deadline);
}

Result<void> OpenAiEmbedder::Embed(std::span<const std::string_view> inputs, Purpose purpose,
                                   std::span<float> out, const Deadline& deadline) const {
  const auto dimensions = static_cast<std::size_t>(info_.dimensions);
  if (out.size() != inputs.size() * dimensions) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: {} inputs need {} floats, got {}", info_.name, inputs.size(),
                                 inputs.size() * dimensions, out.size()));
  }
  if (deadline.expired()) {
    const auto code = deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded;
    return MakeError(code, fmt::format("{}: no time left to embed", info_.name));
  }
  std::fill(out.begin(), out.end(), 0.0F);
  std::vector<Item> batch;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (IsBlank(inputs[i])) continue;
    Item item = MakeItem(inputs[i], purpose, i);
    const bool full = batch.size() >= options_.max_batch_inputs ||
                      bytes + item.text.size() > options_.max_batch_bytes;
    if (full && !batch.empty()) {
      COPPICE_TRY(EmbedBatch(batch, purpose, out, deadline));
      batch.clear();
      bytes = 0;
    }
    bytes += item.text.size();
    batch.push_back(std::move(item));
  }
  return batch.empty() ? Result<void>() : EmbedBatch(batch, purpose, out, deadline);
}

Result<void> OpenAiEmbedder::EmbedBatch(std::span<const Item> items, Purpose purpose,
                                        std::span<float> out, const Deadline& deadline) const {
  COPPICE_ASSIGN(const ServerAnswer answer, Ask(items, deadline));
  if (answer.ok()) return Take(answer, items, out);
  if (!answer.too_long) COPPICE_TRY(CheckControl(*answer.refusal, deadline));
  return Bisect(items, answer, purpose, out, deadline);
}

Result<void> OpenAiEmbedder::Take(const ServerAnswer& answer, std::span<const Item> items,
                                  std::span<float> out) const {
  const auto dimensions = static_cast<std::size_t>(info_.dimensions);
  std::vector<float> rows(items.size() * dimensions);
  COPPICE_TRY(ReadEmbeddings(answer.body, items.size(), rows, connection_->server()));
  COPPICE_TRY(NormaliseRows(rows, dimensions, connection_->server()));
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto row = std::span(rows).subspan(i * dimensions, dimensions);
    std::copy(row.begin(), row.end(), out.subspan(items[i].row * dimensions).begin());
  }
  return {};
}

Result<void> OpenAiEmbedder::CheckControl(const Error& refusal, const Deadline& deadline) const {
  const std::vector<Item> items = {MakeItem(kControlText, Purpose::kDocument, 0)};
  COPPICE_ASSIGN(const ServerAnswer answer, Ask(items, deadline));
  return answer.ok() ? Result<void>() : refusal;
}

Result<void> OpenAiEmbedder::Bisect(std::span<const Item> items, const ServerAnswer& refused,
                                    Purpose purpose, std::span<float> out,
                                    const Deadline& deadline) const {
  if (items.size() == 1) return EmbedAlone(items.front(), refused, purpose, out, deadline);
  const std::size_t half = items.size() / 2;
  for (const std::span<const Item> part : {items.first(half), items.subspan(half)}) {
    COPPICE_ASSIGN(const ServerAnswer answer, Ask(part, deadline));
    COPPICE_TRY(answer.ok() ? Take(answer, part, out)
                            : Bisect(part, answer, purpose, out, deadline));
  }
  return {};
}

Result<void> OpenAiEmbedder::EmbedAlone(Item item, ServerAnswer refused, Purpose purpose,
                                        std::span<float> out, const Deadline& deadline) const {
  const std::size_t whole = item.text.size();
  while (refused.too_long && item.text.size() > kLeastTextBytes) {
    item.text = std::string(TextPrefix(item.text, item.text.size() * 3 / 4));
    COPPICE_ASSIGN(refused, Ask(std::span(&item, 1), deadline));
    if (refused.ok()) {
      ++shortened_;
      LogDebug(
          "embed_input_shortened",
          {{"server", connection_->server()}, {"bytes", whole}, {"bytes_read", item.text.size()}});
      return Take(refused, std::span(&item, 1), out);
    }
  }
  if (purpose == Purpose::kQuery) return *refused.refusal;
  ++refused_;
  LogWarning("embed_input_refused", {{"server", connection_->server()},
                                     {"bytes", whole},
                                     {"sha256", ToHex(Sha256Of(item.text))},
                                     {"error", refused.refusal->message}});
  return {};
}

OpenAiEmbedderState OpenAiEmbedder::state() const {
  OpenAiEmbedderState state;
  state.connection = connection_->state();
  state.context_tokens = context_tokens_;
  state.shortened_inputs = shortened_;
  state.refused_inputs = refused_;
  return state;
}

}  // namespace coppice::embed
