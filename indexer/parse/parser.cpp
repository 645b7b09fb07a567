#include "indexer/parse/parser.h"

#include <string>

#include "indexer/parse/chunker.h"
#include "indexer/parse/outline.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/plain/line_chunker.h"
#include "indexer/parse/symbols.h"

namespace coppice::indexer {

Parser::Parser() : parser_(ts_parser_new()) {}
Parser::~Parser() = default;

const Grammar& Parser::GrammarOf(Language language) {
  const auto known = grammars_.find(language);
  if (known != grammars_.end()) return known->second;
  return grammars_.emplace(language, MakeGrammar(language)).first->second;
}

store::BlobFacts Parser::Parse(Language language, std::string_view bytes) {
  if (!HasGrammar(language)) return LineFacts(language, bytes, store::Reason::kNone);
  const Grammar& grammar = GrammarOf(language);
  const LanguageRules& rules = grammar.rules();
  const std::string masked = rules.mask != nullptr ? rules.mask(bytes) : std::string();
  const std::string_view parsed = rules.mask != nullptr ? std::string_view(masked) : bytes;
  ts_parser_reset(parser_.get());
  if (!ts_parser_set_language(parser_.get(), grammar.language())) {
    return LineFacts(language, bytes, store::Reason::kNone);
  }
  const TreePtr tree(ts_parser_parse_string(parser_.get(), nullptr, parsed.data(),
                                            static_cast<std::uint32_t>(parsed.size())));
  if (!tree) return LineFacts(language, bytes, store::Reason::kNone);
  const TSNode root = ts_tree_root_node(tree.get());

  Symbols symbols = ExtractSymbols(bytes, parsed, root, grammar);
  const OutlineNode outline =
      rules.extract != nullptr
          ? OutlineOfSections(bytes, root, symbols.definitions, kSoftChunkBytes)
          : OutlineOfTree(parsed, root, grammar, symbols, kSoftChunkBytes);
  store::BlobFacts facts;
  facts.grammar = language;
  facts.extractor = kExtractorVersion;
  facts.status =
      ts_node_has_error(root) ? store::ParseStatus::kWithErrors : store::ParseStatus::kParsed;
  facts.chunks = CutChunks(bytes, outline, symbols.definitions);
  facts.definitions = std::move(symbols.definitions);
  facts.references = std::move(symbols.references);
  return facts;
}

}  // namespace coppice::indexer
