#include "embed/chain/canary.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"

namespace coppice::embed {
namespace {

// Words of several kinds: prose, code of several languages, other scripts, numbers, and one that is
// longer than what a server with a small window would read. A change is another model to every
// index: bump kCanaryTextsVersion.
constexpr std::array<std::string_view, 10> kDocuments = {
    "close",
    "Returns the number of bytes that were written, or -1 when the file could not be opened.",
    "static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; "
    "}",
    "def parse_header(line):\n    name, _, value = line.partition(':')\n    return name.strip(), "
    "value.strip()",
    "SELECT id, name FROM account WHERE created_at > now() - interval '7 days' ORDER BY name;",
    "func (s *Server) Shutdown(ctx context.Context) error { close(s.done); return s.wait(ctx) }",
    "Die Verbindung wurde vom Server geschlossen, bevor die Antwort vollst\xC3\xA4ndig war.",
    "\xE5\x86\x8D\xE8\xA9\xA6\xE8\xA1\x8C\xE3\x81\xAE\xE9\x96\x93\xE9\x9A\x94 retry interval",
    "0x7fff5fbff8c0 3.14159265358979 2024-02-29T23:59:60Z 10.0.0.1:5432 e3b0c44298fc1c14",
    "A cache keeps recent answers near the code that asks for them. When it is full, the entry "
    "that "
    "was not used for the longest time makes room. Each entry carries the version of the data it "
    "was "
    "computed from, so that a reader can tell whether it is still true. A writer bumps the version "
    "before it changes the data and again afterwards; a reader that sees an odd version waits, and "
    "one that sees two different versions reads again. Entries are spread over shards by a hash of "
    "their key, each with a lock of its own, because one lock for all of them was what most "
    "threads "
    "waited for. Memory is counted by the bytes of keys and values, not by the number of entries: "
    "one "
    "large answer may take the room of a thousand small ones. The limit is read from the "
    "configuration at start and may be lowered at run time, in which case the oldest entries go at "
    "once. Misses for the same key are joined: the first one computes the answer, the others wait "
    "for it, and when it fails each of them gets the same error rather than trying again."};

constexpr std::array<std::string_view, 2> kQueries = {
    "where is a connection closed when the server does not answer in time", "parse_header"};

Result<void> EmbedInto(const Embedder& embedder, std::span<const std::string_view> texts,
                       Purpose purpose, std::span<float> out, const Deadline& deadline) {
  COPPICE_TRY(embedder.Embed(texts, purpose, out, deadline));
  const auto dimensions = static_cast<std::size_t>(embedder.info().dimensions);
  for (std::size_t first = 0; first < out.size(); first += dimensions) {
    const auto row = out.subspan(first, dimensions);
    if (std::all_of(row.begin(), row.end(), [](float value) { return value == 0; })) {
      return MakeError(ErrorCode::kCorrupt,
                       fmt::format("{}: a plain text has no vector", embedder.info().name));
    }
  }
  return {};
}

}  // namespace

std::size_t CanaryCount() { return kDocuments.size() + kQueries.size(); }

Result<std::vector<float>> CanaryVectors(const Embedder& embedder, const Deadline& deadline) {
  const auto dimensions = static_cast<std::size_t>(embedder.info().dimensions);
  std::vector<float> vectors(CanaryCount() * dimensions);
  const std::span<float> all(vectors);
  const std::size_t documents = kDocuments.size() * dimensions;
  COPPICE_TRY(EmbedInto(embedder, kDocuments, Purpose::kDocument, all.first(documents), deadline));
  COPPICE_TRY(EmbedInto(embedder, kQueries, Purpose::kQuery, all.subspan(documents), deadline));
  return vectors;
}

double LeastCosine(std::span<const float> a, std::span<const float> b, std::size_t dimensions) {
  if (a.size() != b.size() || dimensions == 0 || a.empty()) return -1;
  double least = 1;
  for (std::size_t first = 0; first < a.size(); first += dimensions) {
    double dot = 0;
    double squares_a = 0;
    double squares_b = 0;
    for (std::size_t i = first; i < first + dimensions; ++i) {
      dot += static_cast<double>(a[i]) * b[i];
      squares_a += static_cast<double>(a[i]) * a[i];
      squares_b += static_cast<double>(b[i]) * b[i];
    }
    const double norms = std::sqrt(squares_a * squares_b);
    least = std::min(least, norms > 0 ? dot / norms : -1.0);
  }
  return least;
}

Result<void> CheckCanary(const Embedder& embedder, const CanaryRecord& record,
                         const Deadline& deadline) {
  const ModelInfo& info = embedder.info();
  if (info.dimensions != record.model.dimensions) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{} gives vectors of {} values, {} gave {}", info.name,
                                 info.dimensions, record.model.name, record.model.dimensions));
  }
  COPPICE_ASSIGN(const std::vector<float> vectors, CanaryVectors(embedder, deadline));
  const double cosine =
      LeastCosine(vectors, record.vectors, static_cast<std::size_t>(info.dimensions));
  if (cosine >= kSameModelCosine) return {};
  return MakeError(
      ErrorCode::kConflict,
      fmt::format("{} is not the model that the vectors of {} in the index were made with: the "
                  "cosine for a known text is {:.4f}, at least {} is wanted",
                  info.name, record.model.name, cosine, kSameModelCosine));
}

}  // namespace coppice::embed
