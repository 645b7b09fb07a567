#include "indexer/parse/parser.h"

#include <string>
#include <utility>

#include "indexer/parse/chunker.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/parse/plain/line_chunker.h"

namespace coppice::indexer {
namespace {

constexpr std::size_t kMaxInjections = 100;

}  // namespace

Parser::Parser() : parser_(ts_parser_new()) {}
Parser::~Parser() = default;

const Grammar& Parser::GrammarOf(Language language) {
  const auto known = grammars_.find(language);
  if (known != grammars_.end()) return known->second;
  return grammars_.emplace(language, MakeGrammar(language)).first->second;
}

TreePtr Parser::MakeTree(const Grammar& grammar, std::string_view parsed, const TSNode* part) {
  ts_parser_reset(parser_.get());
  if (!ts_parser_set_language(parser_.get(), grammar.language())) return nullptr;
  if (part != nullptr) {
    const TSRange range{ts_node_start_point(*part), ts_node_end_point(*part), BeginOf(*part),
                        EndOf(*part)};
    ts_parser_set_included_ranges(parser_.get(), &range, 1);
  } else {
    ts_parser_set_included_ranges(parser_.get(), nullptr, 0);
  }
  return TreePtr(ts_parser_parse_string(parser_.get(), nullptr, parsed.data(),
                                        static_cast<std::uint32_t>(parsed.size())));
}

std::vector<Layer> Parser::ParseInjections(const Grammar& grammar, std::string_view bytes,
                                           TSNode root, Symbols& symbols) {
  std::vector<Layer> layers;
  if (grammar.rules().inject == nullptr) return layers;
  std::vector<Injection> injections;
  grammar.rules().inject(bytes, root, injections);
  // Each costs a look at the whole file for its lines: a file of thousands of parts gets the first.
  if (injections.size() > kMaxInjections) injections.resize(kMaxInjections);
  for (const Injection& injection : injections) {
    if (!HasGrammar(injection.language)) continue;
    const Grammar& inner = GrammarOf(injection.language);
    std::string masked;
    if (inner.rules().mask != nullptr) {
      masked = bytes;
      masked.replace(BeginOf(injection.node), EndOf(injection.node) - BeginOf(injection.node),
                     inner.rules().mask(TextOf(bytes, injection.node)));
    }
    const std::string_view parsed = masked.empty() ? bytes : std::string_view(masked);
    Layer layer{{BeginOf(injection.node), EndOf(injection.node)},
                &inner,
                MakeTree(inner, parsed, &injection.node)};
    if (!layer.tree) continue;
    Symbols found = ExtractSymbols(bytes, parsed, ts_tree_root_node(layer.tree.get()), inner);
    if (injection.references_only) {
      found.definitions.clear();
      found.nodes.clear();
    }
    MergeSymbols(symbols, std::move(found));
    layers.push_back(std::move(layer));
  }
  return layers;
}

store::BlobFacts Parser::Parse(Language language, std::string_view bytes) {
  if (!HasGrammar(language)) return LineFacts(language, bytes, store::Reason::kNone);
  const Grammar& grammar = GrammarOf(language);
  const LanguageRules& rules = grammar.rules();
  const std::string masked = rules.mask != nullptr ? rules.mask(bytes) : std::string();
  const std::string_view parsed = rules.mask != nullptr ? std::string_view(masked) : bytes;
  const TreePtr tree = MakeTree(grammar, parsed, nullptr);
  if (!tree) return LineFacts(language, bytes, store::Reason::kNone);
  const TSNode root = ts_tree_root_node(tree.get());

  Symbols symbols = ExtractSymbols(bytes, parsed, root, grammar);
  const std::vector<Layer> layers = ParseInjections(grammar, bytes, root, symbols);
  const OutlineNode outline =
      rules.extract != nullptr
          ? OutlineOfSections(bytes, root, symbols.definitions, kSoftChunkBytes)
          : OutlineOfTree(parsed, root, grammar, layers, symbols, kSoftChunkBytes);
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
