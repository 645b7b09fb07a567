#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "indexer/parse/grammar.h"
#include "indexer/parse/outline.h"
#include "indexer/parse/symbols.h"
#include "store/model.h"

namespace coppice::indexer {

/// Turns bytes into facts: chunks, definitions, references.
///
/// Place:   one per parser process, or per thread in a test.
/// Shape:   in  a language and at most 4 GiB - 1 of any bytes;  out  facts that are a function of
/// both alone. Limits:  blocks without a bound on hostile input: whoever needs one kills the
/// process. Not
///          thread-safe.
/// Errors:  none: where there is no grammar, or it yields nothing, the chunks are lines.
class Parser {
 public:
  Parser();
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  store::BlobFacts Parse(Language language, std::string_view bytes);

 private:
  struct ParserDeleter {
    void operator()(TSParser* parser) const { ts_parser_delete(parser); }
  };
  const Grammar& GrammarOf(Language language);
  /// The tree of `parsed`, or of one node's part of it; null where there is none.
  TreePtr MakeTree(const Grammar& grammar, std::string_view parsed, const TSNode* part);
  /// Parses the parts in other languages and adds what they define and use.
  std::vector<Layer> ParseInjections(const Grammar& grammar, std::string_view bytes, TSNode root,
                                     Symbols& symbols);

  std::unique_ptr<TSParser, ParserDeleter> parser_;
  std::map<Language, Grammar> grammars_;
};

}  // namespace coppice::indexer
