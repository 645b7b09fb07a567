#include "daemon/retrieval/search/query_parser.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "base/format.h"
#include "base/text/stem.h"
#include "base/text/words.h"
#include "daemon/retrieval/index/segment.h"
#include "daemon/retrieval/search/query_tokens.h"

namespace coppice::retrieval {
namespace {

constexpr std::size_t kIssueTokens = 40;
constexpr std::size_t kQuestionTokens = 6;
constexpr std::size_t kMaxWords = 64;
constexpr std::size_t kMaxNames = 64;
constexpr double kPlainNameWeight = 0.5;
constexpr double kJoinedNameWeight = 0.6;

std::string SmallLetters(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return small;
}

/// Takes `key:value` words out of a query of one line.
class FilterReader {
 public:
  FilterReader(ParsedQuery& parsed, std::vector<std::string>& symbols)
      : parsed_(parsed), symbols_(symbols) {}

  Result<std::string> Read(std::string_view text) {
    std::string rest;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = EndOfToken(text, i);
      const std::string_view token = text.substr(i, end - i);
      COPPICE_ASSIGN(const bool taken, Take(token));
      if (!taken) rest += token;
      i = end;
    }
    return rest;
  }

 private:
  // A token is white space, or everything up to it; quotes hold a value together.
  static std::size_t EndOfToken(std::string_view text, std::size_t begin) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    std::size_t end = begin;
    if (blank(text[begin])) {
      while (end < text.size() && blank(text[end])) ++end;
      return end;
    }
    bool quoted = false;
    for (; end < text.size() && (quoted || !blank(text[end])); ++end) {
      const bool opens = !quoted && end > begin && text[end - 1] == ':';
      if (text[end] == '"' && (quoted || opens)) quoted = !quoted;
    }
    return end;
  }

  Result<bool> Take(std::string_view token) {
    static constexpr std::array<std::string_view, 6> kKeys = {"repo", "ref",  "at",
                                                              "lang", "path", "sym"};
    const std::size_t colon = token.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view key = token.substr(0, colon);
    std::string_view value = token.substr(colon + 1);
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end() || value.starts_with(':')) {
      return false;
    }
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    if (value.empty()) {
      return MakeError(ErrorCode::kInvalidArgument, fmt::format("'{}:' has no value", key),
                       fmt::format("write {}:VALUE without a blank, or leave the colon out", key));
    }
    COPPICE_TRY(Set(key, std::string(value)));
    return true;
  }

  Result<void> Set(std::string_view key, std::string value) {
    if (key == "repo")
      parsed_.view.repos.push_back(std::move(value));
    else if (key == "ref")
      parsed_.view.ref = std::move(value);
    else if (key == "at")
      parsed_.view.at = std::move(value);
    else if (key == "path")
      parsed_.filter.path_globs.push_back(std::move(value));
    else if (key == "sym")
      symbols_.push_back(std::move(value));
    else
      return SetLanguage(value);
    return {};
  }

  Result<void> SetLanguage(const std::string& name) {
    const auto language = ParseLanguage(name);
    if (!language) {
      std::vector<std::string_view> names;
      for (const LanguageInfo& info : AllLanguages()) names.push_back(info.name);
      return MakeError(ErrorCode::kInvalidArgument, fmt::format("unknown language '{}'", name),
                       fmt::format("known are: {}", fmt::join(names, ", ")));
    }
    parsed_.filter.languages.push_back(*language);
    return {};
  }

  ParsedQuery& parsed_;
  std::vector<std::string>& symbols_;
};

bool IsQuestionWord(std::string_view word) {
  static constexpr std::array<std::string_view, 17> kWords = {
      "how",  "what", "where", "which", "why", "who", "when", "is",    "are",
      "does", "do",   "can",   "could", "did", "was", "were", "should"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

bool IsTestWord(std::string_view word) {
  static constexpr std::array<std::string_view, 9> kWords = {"test",       "tests",    "tested",
                                                             "testing",    "unittest", "benchmark",
                                                             "benchmarks", "fixture",  "fixtures"};
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

QueryClass Classify(std::string_view text, const std::vector<QueryToken>& tokens) {
  std::size_t lines = 0;
  std::size_t code = 0;
  std::size_t stop_words = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && text.find_first_not_of(" \t\r\n", i) != std::string_view::npos) ++lines;
  }
  for (const QueryToken& token : tokens) {
    if (token.code) ++code;
    if (!token.code && text::IsStopWord(SmallLetters(token.text))) ++stop_words;
  }
  if (lines > 0 || tokens.size() > kIssueTokens) return QueryClass::kIssue;
  if (tokens.size() <= 2 && code == tokens.size()) return QueryClass::kSymbol;
  const bool asks = !tokens.empty() && IsQuestionWord(SmallLetters(tokens.front().text));
  const bool mark = text.find_last_not_of(" \t\r\n") != std::string_view::npos &&
                    text[text.find_last_not_of(" \t\r\n")] == '?';
  const bool prose = stop_words >= 2 || tokens.size() >= kQuestionTokens;
  return asks || mark || prose ? QueryClass::kQuestion : QueryClass::kKeywords;
}

/// Collects words with their weights: each once, with the largest weight it has anywhere.
class WordCollector {
 public:
  WordCollector(const RankingWeights& weights, QueryClass query_class)
      : weights_(weights), query_class_(query_class) {}

  void Add(const QueryToken& token) {
    const double code = token.code ? weights_.code_token : 1.0;
    const double times =
        query_class_ == QueryClass::kIssue && token.first_line ? weights_.first_line : 1.0;
    text::ForEachWord(token.text, [&](const text::Word& word) {
      if (word.text.size() < 2) return;
      Found& found = Slot(word.text);
      found.count += times;
      found.weight = std::max(found.weight, KindWeight(word.kind) * code);
      if (token.code || !text::IsStopWord(word.text)) found.says_something = true;
    });
  }

  // Without stop words, unless there is nothing else; the heaviest kMaxWords.
  std::vector<QueryWord> Finish() {
    const bool all = query_class_ == QueryClass::kSymbol ||
                     std::none_of(found_.begin(), found_.end(),
                                  [](const Found& found) { return found.says_something; });
    text::Stemmer stemmer;
    std::vector<QueryWord> words;
    for (const Found& found : found_) {
      if (!all && !found.says_something) continue;
      words.push_back({found.text, std::string(stemmer.Stem(found.text)),
                       found.weight * (1 + std::log(found.count))});
    }
    std::stable_sort(words.begin(), words.end(),
                     [](const QueryWord& a, const QueryWord& b) { return a.weight > b.weight; });
    if (words.size() > kMaxWords) words.resize(kMaxWords);
    return words;
  }

 private:
  struct Found {
    std::string text;
    double count = 0;
    double weight = 0;
    bool says_something = false;
  };

  Found& Slot(std::string_view word) {
    const auto [place, added] = places_.try_emplace(std::string(word), found_.size());
    if (added) found_.emplace_back().text = word;
    return found_[place->second];
  }

  [[nodiscard]] double KindWeight(text::WordKind kind) const {
    if (kind == text::WordKind::kIdentifier) return weights_.identifier;
    return kind == text::WordKind::kPart ? weights_.part : 1.0;
  }

  const RankingWeights& weights_;
  QueryClass query_class_;
  std::vector<Found> found_;  // in order of first use
  std::map<std::string, std::size_t> places_;
};

void AddName(ParsedQuery& parsed, QueryName name) {
  const bool known = std::any_of(parsed.names.begin(), parsed.names.end(), [&](const auto& other) {
    return other.text == name.text && other.qualifiers == name.qualifiers;
  });
  if (!known && !name.text.empty() && parsed.names.size() < kMaxNames) {
    parsed.names.push_back(std::move(name));
  }
}

void AddCodeName(ParsedQuery& parsed, std::string_view token) {
  std::vector<std::string> parts = NameParts(token);
  if (parts.empty()) return;
  QueryName name{parts.back(), {}, 1.0, true};
  parts.pop_back();
  name.qualifiers = std::move(parts);
  AddName(parsed, std::move(name));
}

/// Plain words may be names too, side by side ("flush job": FlushJob) or, among keywords, alone
/// ("scheduler"): a single word of a sentence is seldom meant so, though many names are such words.
void AddPlainNames(ParsedQuery& parsed, const std::vector<QueryToken>& tokens) {
  constexpr std::size_t kSideBySide = 3;
  std::vector<std::string> run;
  for (const QueryToken& token : tokens) {
    const std::string word = JoinedName(SmallLetters(token.text));
    const bool plain =
        !token.code && word.size() > 1 && NameParts(word).size() == 1 && !text::IsStopWord(word);
    if (!plain) {
      run.clear();
      continue;
    }
    run.push_back(word);
    std::string joined = word;
    if (parsed.query_class != QueryClass::kQuestion) {
      AddName(parsed, {word, {}, kPlainNameWeight, false});
    }
    for (std::size_t n = 1; n < std::min(run.size(), kSideBySide); ++n) {
      joined = run[run.size() - 1 - n] + joined;
      AddName(parsed, {joined, {}, kJoinedNameWeight, false});
    }
  }
}

void AddNames(ParsedQuery& parsed, const std::vector<QueryToken>& tokens) {
  for (const QueryToken& token : tokens) {
    if (token.path) {
      parsed.mentions.emplace_back(token.text);
    } else if (token.code) {
      AddCodeName(parsed, token.text);
    }
  }
  if (parsed.query_class != QueryClass::kIssue) AddPlainNames(parsed, tokens);
}

}  // namespace

Result<ParsedQuery> ParseQuery(const Query& query, const RankingWeights& weights) {
  ParsedQuery parsed;
  parsed.view = query.view;
  parsed.filter = query.filter;
  std::vector<std::string> symbols;
  const std::size_t last = query.text.find_last_not_of(" \t\r\n");
  parsed.text = last == std::string::npos ? std::string() : query.text.substr(0, last + 1);
  if (parsed.text.find('\n') == std::string::npos) {
    COPPICE_ASSIGN(parsed.text, FilterReader(parsed, symbols).Read(parsed.text));
  }
  for (const std::string& symbol : symbols) {
    if (!parsed.text.empty() && !parsed.text.ends_with(' ')) parsed.text += ' ';
    parsed.text += "`" + symbol + "`";
  }
  const std::vector<QueryToken> tokens = CutTokens(parsed.text);
  parsed.query_class = Classify(parsed.text, tokens);
  if (!symbols.empty()) parsed.query_class = QueryClass::kSymbol;
  WordCollector words(weights, parsed.query_class);
  for (const QueryToken& token : tokens) {
    words.Add(token);
    if (IsTestWord(SmallLetters(token.text))) parsed.wants_tests = true;
  }
  parsed.words = words.Finish();
  AddNames(parsed, tokens);
  if (parsed.words.empty() && parsed.names.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "the query holds nothing to look for",
                     "give a word of two letters or more, a name or a question");
  }
  return parsed;
}

}  // namespace coppice::retrieval
