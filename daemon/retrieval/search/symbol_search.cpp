#include "daemon/retrieval/search/symbol_search.h"

#include <algorithm>
#include <map>
#include <set>

#include "daemon/retrieval/search/query_tokens.h"

namespace coppice::retrieval {
namespace {

constexpr double kOtherScope = 0.25;
constexpr std::size_t kMinPrefixBytes = 4;

bool EqualButCase(std::string_view a, std::string_view b) {
  const auto small = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return small(x) == small(y); });
}

/// Whether the qualifiers stand, in order and any case, before the last part of the symbol path.
bool HasQualifiers(std::string_view symbol, const std::vector<std::string>& qualifiers) {
  if (qualifiers.empty()) return true;
  std::vector<std::string> parts = NameParts(symbol);
  if (!parts.empty()) parts.pop_back();
  auto next = qualifiers.begin();
  for (const std::string& part : parts) {
    if (next != qualifiers.end() && EqualButCase(part, *next)) ++next;
  }
  return next == qualifiers.end();
}

/// What a plain word of a sentence does not mean, though it may be called so.
bool IsSmall(store::SymbolKind kind) {
  return kind == store::SymbolKind::kField || kind == store::SymbolKind::kVariable;
}

struct Match {
  std::uint32_t chunk;  // in the scope
  std::uint32_t doc;
  double grade;
  bool allowed;
  std::string_view symbol;
  store::SymbolKind kind;
};

class NameSearch {
 public:
  NameSearch(const Scope& scope, const ParsedQuery& query, const RankingWeights& weights)
      : scope_(scope), query_(query), weights_(weights) {}

  SymbolScores Run() {
    for (const QueryName& name : query_.names) Add(name);
    for (auto& [chunk, found] : chunks_) scores_.chunks.push_back(std::move(found));
    return std::move(scores_);
  }

 private:
  [[nodiscard]] double Grade(const QueryName& wanted, std::string_view name,
                             std::string_view symbol) const {
    double grade = weights_.name_joined;
    if (wanted.code && name == wanted.text) {
      grade = weights_.name_exact;
    } else if (EqualButCase(name, wanted.text)) {
      grade = weights_.name_other_case;
    }
    return HasQualifiers(symbol, wanted.qualifiers) ? grade : grade * kOtherScope;
  }

  // Matches of one grade in the views, allowed or not: the number of defining files is theirs.
  std::vector<Match> Find(const QueryName& wanted, bool prefix) const {
    const std::string joined = JoinedName(wanted.text);
    std::vector<Match> matches;
    if (joined.empty()) return matches;
    for (const ScopeSpace& part : scope_.spaces()) {
      for (std::size_t s = 0; s < part.space->segments().size(); ++s) {
        const Segment& segment = *part.space->segments()[s];
        const auto entries = prefix ? segment.FindNamePrefix(joined) : segment.FindName(joined);
        for (const Segment::NameEntry& entry : entries) {
          AddMatch(part, s, segment.definitions()[entry.definition], wanted, prefix, matches);
        }
      }
    }
    return matches;
  }

  void AddMatch(const ScopeSpace& part, std::size_t s, const SegmentDefinition& definition,
                const QueryName& wanted, bool prefix, std::vector<Match>& matches) const {
    const Segment& segment = *part.space->segments()[s];
    const std::uint32_t chunk = part.space->chunk_base(s) + definition.chunk;
    if (!part.chunks.Contains(chunk) || (!wanted.code && IsSmall(definition.kind))) return;
    const std::string_view symbol = segment.text(definition.symbol);
    const double grade =
        prefix ? weights_.name_prefix : Grade(wanted, segment.text(definition.name), symbol);
    const std::uint32_t doc =
        part.doc_base + part.space->doc_base(s) + segment.chunks()[definition.chunk].file;
    matches.push_back({part.chunk_base + chunk, doc, grade, part.allowed_chunks.Contains(chunk),
                       symbol, definition.kind});
  }

  void Add(const QueryName& name) {
    std::vector<Match> matches = Find(name, false);
    const bool may_be_prefix = query_.query_class == QueryClass::kSymbol ||
                               (name.code && query_.query_class == QueryClass::kKeywords);
    if (matches.empty() && may_be_prefix && name.text.size() >= kMinPrefixBytes) {
      matches = Find(name, true);
    }
    std::map<double, std::set<std::uint32_t>> files_by_grade;
    for (const Match& match : matches) files_by_grade[match.grade].insert(match.doc);
    std::map<std::uint32_t, DefinedChunk> best;  // of this name, by chunk
    for (const Match& match : matches) {
      if (!match.allowed) continue;
      const auto files = static_cast<double>(files_by_grade[match.grade].size());
      const double score = name.weight * match.grade / files;
      DefinedChunk& found = best.try_emplace(match.chunk).first->second;
      if (score > found.score) {
        found = {match.chunk, score, std::string(match.symbol), match.kind};
      }
    }
    for (const auto& [chunk, found] : best) AddScore(found, name.weight);
  }

  void AddScore(const DefinedChunk& of_name, double weight) {
    const auto [place, added] = chunks_.try_emplace(of_name.chunk, of_name);
    DefinedChunk& found = place->second;
    if (!added) {
      const double sum = found.score + of_name.score;
      if (of_name.score > found.score) found = of_name;
      found.score = sum;
    }
    if (found.score > scores_.best) scores_.best = found.score;
    scores_.strength = std::max(scores_.strength, weight);
  }

  const Scope& scope_;
  const ParsedQuery& query_;
  const RankingWeights& weights_;
  std::map<std::uint32_t, DefinedChunk> chunks_;
  SymbolScores scores_;
};

}  // namespace

SymbolScores SearchNames(const Scope& scope, const ParsedQuery& query,
                         const RankingWeights& weights) {
  return NameSearch(scope, query, weights).Run();
}

}  // namespace coppice::retrieval
