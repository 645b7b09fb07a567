#include "indexer/stages/parse_stage.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/format.h"
#include "indexer/embed_input.h"
#include "indexer/parse/plain/content_check.h"

namespace coppice::indexer {
namespace {

using store::BlobState;
using store::Reason;

/// One blob of a batch on its way.
struct Piece {
  store::NewBlob blob;  // its body also when it is known already
  bool known = false;
  std::vector<Language> languages;
  std::vector<store::NewFacts> facts;
  std::map<Sha256, std::string> inputs;
};

/// Stands in for the content's SHA-256 of a blob that is never read whole.
Sha256 KeyWithoutContent(const store::ObjectId& id) { return Sha256Of("git-object:" + id.bytes); }

void Skip(store::NewBlob& blob, Reason reason) {
  blob.state = BlobState::kSkipped;
  blob.reason = reason;
  blob.body.clear();
}

/// Whether the error is about the object, not about the way to it.
bool IsOfObject(const Error& error) {
  return error.code == ErrorCode::kNotFound || error.code == ErrorCode::kCorrupt ||
         error.code == ErrorCode::kUnsupported;
}

Result<void> SkipUnreadable(store::NewBlob& blob, const Error& error) {
  if (!IsOfObject(error)) return error;
  blob.sha256 = KeyWithoutContent(blob.id);
  Skip(blob, error.code == ErrorCode::kNotFound ? Reason::kMissing : Reason::kUnreadable);
  return {};
}

/// Reads the blob, or says why it is skipped.
Result<void> ReadInto(GitRepository& repository, store::NewBlob& blob) {
  const auto header = repository.ReadBlobHeader(blob.id);
  if (!header) return SkipUnreadable(blob, header.error());
  blob.size_bytes = header->size_bytes;
  if (header->size_bytes > kMaxBlobBytes) {
    blob.sha256 = KeyWithoutContent(blob.id);
    Skip(blob, Reason::kTooLarge);
    return {};
  }
  auto body = repository.ReadBlob(blob.id);
  if (!body) return SkipUnreadable(blob, body.error());
  blob.body = std::move(*body);
  blob.sha256 = Sha256Of(blob.body);
  blob.hint = HintFromContent(blob.body);
  if (const Reason reason = CheckContent(blob.body); reason != Reason::kNone) Skip(blob, reason);
  return {};
}

/// A repository that was moved away, or that could not be opened for a moment, looks as if its
/// objects were missing. So what could not be read must be unreadable through a new handle too.
Result<void> ConfirmUnreadable(const GitRepository& repository, const std::vector<Piece>& pieces) {
  std::unique_ptr<GitRepository> second;
  for (const Piece& piece : pieces) {
    if (!store::MayHeal(piece.blob.reason)) continue;
    if (second == nullptr) {
      auto opened = OpenRepository(repository.git_dir());
      if (!opened) {
        Error error = opened.error();
        error.retryable = true;
        return error;
      }
      second = std::move(*opened);
    }
    const auto body = second->ReadBlob(piece.blob.id);
    if (!body && IsOfObject(body.error())) continue;
    if (!body) return body.error();
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("blob {} could not be read for a moment", piece.blob.id.ToHex()));
  }
  return {};
}

/// Takes what the pool made of the piece under one language.
void TakeFacts(Piece& piece, store::BlobFacts parsed) {
  store::NewFacts facts;
  facts.blob = piece.blob.id;
  facts.facts = std::move(parsed);
  for (std::size_t chunk = 0; chunk < facts.facts.chunks.size(); ++chunk) {
    std::string input = EmbedInput(facts.facts, chunk, piece.blob.body);
    const Sha256 key = Sha256Of(input);
    facts.text_inputs.push_back(key);
    piece.inputs.emplace(key, std::move(input));
  }
  piece.facts.push_back(std::move(facts));
}

Result<void> ParseAll(ParserPool& pool, std::vector<Piece>& pieces, const Deadline& deadline) {
  std::vector<ParserPool::Item> items;
  std::vector<Piece*> owners;
  for (Piece& piece : pieces) {
    for (const Language language : piece.languages) {
      items.push_back({language, piece.blob.body});
      owners.push_back(&piece);
    }
  }
  COPPICE_ASSIGN(std::vector<store::BlobFacts> parsed, pool.ParseAll(items, deadline));
  for (std::size_t i = 0; i < parsed.size(); ++i) TakeFacts(*owners[i], std::move(parsed[i]));
  return {};
}

std::uint64_t FactBytes(const store::BlobFacts& facts) {
  std::uint64_t bytes = facts.chunks.size() * (sizeof(store::Chunk) + sizeof(Sha256)) +
                        facts.definitions.size() * sizeof(store::Definition) +
                        facts.references.size() * sizeof(store::Reference);
  for (const store::Definition& definition : facts.definitions) {
    bytes += definition.name.size() + definition.symbol.size();
  }
  for (const store::Reference& reference : facts.references) bytes += reference.name.size();
  return bytes;
}

std::uint64_t MemoryBytes(const ParsedBatch& batch) {
  constexpr std::uint64_t kMapNode = 64;
  std::uint64_t bytes = 0;
  for (const store::NewBlob& blob : batch.blobs) bytes += sizeof(blob) + blob.body.size();
  for (const store::NewFacts& facts : batch.facts) {
    bytes += sizeof(facts) + FactBytes(facts.facts);
  }
  for (const auto& [key, text] : batch.inputs) bytes += kMapNode + sizeof(text) + text.size();
  return bytes;
}

}  // namespace

BatchLimits LimitsWithin(std::uint64_t memory_bytes) {
  constexpr std::uint64_t kBatches = 3;
  BatchLimits limits;
  limits.bytes = static_cast<std::size_t>(std::clamp<std::uint64_t>(
      memory_bytes / (kBatches * kMemoryPerSourceByte), std::uint64_t{1} << 18U, limits.bytes));
  return limits;
}

Result<ParsedBatch> ParseNextBatch(GitRepository& repository, ParserPool& pool, const Scan& scan,
                                   std::size_t from, const BatchLimits& limits,
                                   const Deadline& deadline) {
  std::vector<Piece> pieces;
  std::size_t bytes = 0;
  std::vector<store::ObjectId> expected;
  for (std::size_t at = from; at < std::min(from + limits.blobs, scan.work.size()); ++at) {
    expected.push_back(scan.work[at].blob);
  }
  repository.Expect(expected);
  for (std::size_t at = from;
       at < scan.work.size() && pieces.size() < limits.blobs && bytes < limits.bytes; ++at) {
    const WorkItem& item = scan.work[at];
    Piece& piece = pieces.emplace_back();
    piece.blob.id = item.blob;
    piece.known = item.known;
    COPPICE_TRY(ReadInto(repository, piece.blob));
    bytes += piece.blob.body.size();
    if (piece.blob.state == BlobState::kSkipped) continue;
    piece.languages =
        item.known ? item.languages : LanguagesInView(scan, item.blob, piece.blob.hint);
  }
  COPPICE_TRY(ConfirmUnreadable(repository, pieces));
  COPPICE_TRY(ParseAll(pool, pieces, deadline));

  ParsedBatch batch;
  batch.item_count = pieces.size();
  for (Piece& piece : pieces) {
    for (store::NewFacts& facts : piece.facts) batch.facts.push_back(std::move(facts));
    batch.inputs.merge(piece.inputs);
    if (!piece.known) batch.blobs.push_back(std::move(piece.blob));
  }
  batch.memory_bytes = MemoryBytes(batch);
  return batch;
}

}  // namespace coppice::indexer
