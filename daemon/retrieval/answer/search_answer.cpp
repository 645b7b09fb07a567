#include <algorithm>
#include <map>
#include <optional>
#include <unordered_set>

#include "base/format.h"
#include "daemon/retrieval/answer/answerer.h"
#include "daemon/retrieval/answer/snippet.h"
#include "daemon/retrieval/answer/tokens.h"

namespace coppice::retrieval {
namespace {

constexpr std::uint32_t kMaxLimit = 200;
constexpr std::uint32_t kMaxOffset = 100000;
constexpr std::size_t kBytesPerToken = 4;
constexpr std::size_t kWordsNamed = 6;

template <class T>
std::string Numbers(const std::vector<T>& values) {
  std::string text;
  for (const T value : values) text += fmt::format("{},", static_cast<int>(value));
  return text;
}

/// A number for what is asked and of which commits: a cursor of another question is refused.
std::uint64_t Fingerprint(const Query& query, const ParsedQuery& parsed,
                          const std::vector<const ServedRef*>& refs) {
  std::string text = parsed.text;
  const auto add = [&](std::string_view part) {
    text += '\0';
    text += part;
  };
  for (const ServedRef* served : refs) {
    add(fmt::format("{} {}", served->repo.repo.value, served->view->commit().ToHex()));
  }
  add(Numbers(parsed.filter.languages));
  add(Numbers(parsed.filter.kinds));
  add(Numbers(parsed.filter.contents));
  for (const std::string& glob : parsed.filter.path_globs) add(glob);
  add(fmt::format("{}{}{}", query.searches.lexical, query.searches.vector, query.searches.symbol));
  const Sha256 digest = Sha256Of(text);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = (number << 8U) | digest[i];
  return number;
}

Result<std::uint32_t> OffsetOf(const std::string& cursor, std::uint64_t question) {
  if (cursor.empty()) return std::uint32_t{0};
  COPPICE_ASSIGN(const Cursor decoded, DecodeCursor(cursor));
  if (decoded.question != question || decoded.offset > kMaxOffset) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "the cursor belongs to another query, or the index has moved to another commit",
        "leave the cursor out to begin with the first page");
  }
  return decoded.offset;
}

Result<void> Check(const Query& query) {
  if (query.limit == 0 || query.limit > kMaxLimit) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("limit {}: allowed is 1 to {}", query.limit, kMaxLimit));
  }
  if (!query.searches.lexical && !query.searches.vector && !query.searches.symbol) {
    return MakeError(ErrorCode::kInvalidArgument, "no search is asked for",
                     "name one of lexical, vector, symbol");
  }
  return {};
}

/// The text and the place of one hit, before its body is read.
Hit MakeHit(const Scope& scope, const RankedChunk& place) {
  const auto choice = scope.ChoiceOf(place.doc);
  const ServedRef& served = *choice->ref;
  const ViewFile& file = served.view->files()[choice->file];
  const Scope::ChunkPlace where = scope.LocateChunk(place.chunk);
  const SegmentChunk& chunk = where.chunk();
  Hit hit;
  hit.repo = served.repo.name;
  hit.ref = served.ref.name;
  hit.commit = served.view->commit();
  hit.blob = file.id;
  hit.path = file.path;
  hit.lines = chunk.lines;
  hit.kind = chunk.kind;
  hit.symbol = place.symbol;
  if (chunk.definition >= 0) {
    const Segment& segment = *where.place.segment;
    const auto definition = static_cast<std::size_t>(chunk.definition);
    hit.symbol = std::string(segment.text(segment.definitions()[definition].symbol));
  } else if (!place.symbol.empty()) {
    hit.kind = place.kind;
  }
  hit.content = ContentOf(file.language);
  hit.language = file.language;
  hit.score = place.score;
  hit.found_by = place.found_by;
  hit.reasons = place.reasons;
  const auto same = served.view->table()->FindBlob(file.id.bytes);
  const auto ordinal = std::find(same.begin(), same.end(), choice->file) - same.begin();
  hit.id = EncodeHitId({served.repo.repo, hit.commit.bytes.substr(0, HitId::kCommitPrefixBytes),
                        file.id.bytes.substr(0, HitId::kBlobPrefixBytes),
                        static_cast<std::uint32_t>(ordinal), chunk.range});
  return hit;
}

void AddWordReason(Hit& hit, const std::vector<QueryWord>& words) {
  const bool by_words = std::any_of(hit.found_by.begin(), hit.found_by.end(),
                                    [](const Finding& f) { return f.search == "lexical"; });
  if (!by_words) return;
  std::vector<std::string> found = WordsIn(hit.text, words);
  if (found.size() > kWordsNamed) found.resize(kWordsNamed);
  if (!found.empty()) hit.reasons.push_back(fmt::format("words: {}", fmt::join(found, ", ")));
}

using Bodies = std::map<store::SpaceNo, std::unordered_map<store::BlobNo, std::string>>;

}  // namespace

Result<SearchResult> Answerer::Search(const Snapshot& snapshot, const Query& query,
                                      const Deadline& deadline) const {
  COPPICE_TRY(Check(query));
  COPPICE_ASSIGN(const ParsedQuery parsed, ParseQuery(query, weights_));
  COPPICE_ASSIGN(const Selection selection, SelectRefs(snapshot, parsed.view));
  const std::vector<const ServedRef*>& refs = selection.served;
  const std::uint64_t question = Fingerprint(query, parsed, refs);
  COPPICE_ASSIGN(const std::uint32_t offset, OffsetOf(query.cursor, question));
  const Scope scope(refs, parsed.filter);
  COPPICE_ASSIGN(Ranker::Ranking ranking,
                 ranker_.Rank(scope, parsed, query.searches, offset + query.limit, deadline));
  SearchResult result;
  result.plan = std::move(ranking.plan);
  result.partial = ranking.partial;
  for (const ServedRef* served : refs) result.views.push_back(served->State());
  for (const ViewState& unserved : selection.unserved) {
    result.views.push_back(unserved);
    result.partial = result.partial || unserved.stale;
  }
  const std::size_t first = std::min<std::size_t>(offset, ranking.places.size());
  const std::span places = std::span(ranking.places).subspan(first);
  COPPICE_ASSIGN(result.hits,
                 MakeHits(scope, parsed, places, query.budget_tokens, result.partial, deadline));
  const auto next = offset + static_cast<std::uint32_t>(result.hits.size());
  const bool more = ranking.more || result.hits.size() < places.size();
  if (more && next <= kMaxOffset) result.cursor = EncodeCursor({question, next});
  return result;
}

Result<std::vector<Hit>> Answerer::MakeHits(const Scope& scope, const ParsedQuery& query,
                                            std::span<const RankedChunk> places,
                                            std::uint32_t budget_tokens, bool& left_out,
                                            const Deadline& deadline) const {
  std::map<store::SpaceNo, std::vector<store::BlobNo>> wanted;
  for (const RankedChunk& place : places) {
    const Scope::ChunkPlace where = scope.LocateChunk(place.chunk);
    const store::BlobNo blob = where.place.segment->files()[where.chunk().file].blob;
    wanted[where.space->space->number()].push_back(blob);
  }
  Bodies bodies;
  for (auto& [space, blobs] : wanted) {
    std::sort(blobs.begin(), blobs.end());
    blobs.erase(std::unique(blobs.begin(), blobs.end()), blobs.end());
    COPPICE_ASSIGN(bodies[space], bodies_.Read(space, blobs, deadline));
  }
  std::optional<std::size_t> budget;
  if (budget_tokens > 0) budget = std::size_t{budget_tokens} * kBytesPerToken;
  std::vector<Hit> hits;
  for (const RankedChunk& place : places) {
    const Scope::ChunkPlace where = scope.LocateChunk(place.chunk);
    const auto& of_space = bodies[where.space->space->number()];
    const auto body = of_space.find(where.place.segment->files()[where.chunk().file].blob);
    Hit hit = MakeHit(scope, place);
    Snippet snippet{{}, hit.lines};
    if (body == of_space.end()) {
      left_out = true;  // collected since the snapshot was made: the place still stands
    } else {
      snippet = CutChunk(body->second, where.chunk().range, hit.lines);
    }
    if (budget && snippet.text.size() > *budget) {
      left_out = true;
      snippet = Shorten(snippet, hits.empty() ? *budget : 0);
      if (snippet.text.empty()) break;
    }
    if (budget) *budget -= snippet.text.size();
    hit.text = std::string(snippet.text);
    hit.lines = snippet.lines;
    AddWordReason(hit, query.words);
    hits.push_back(std::move(hit));
  }
  return hits;
}

}  // namespace coppice::retrieval
