#pragma once

#include <cstdint>
#include <vector>

#include "base/language.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {

/// What the walk has to do at a kind of node.
struct NodeRole {
  const DefinitionRule* definition = nullptr;
  std::vector<const ReferenceRule*> references;
  bool comment = false;
  bool loose_comment = false;
  bool wrapper = false;
  bool unsigned_wrapper = false;
  bool attribute = false;
  bool code = false;
  bool forward = false;
};

/// One language's grammar with its rules, looked up by node kind.
///
/// Place:  made by Parser at first use of the language; immutable.
class Grammar {
 public:
  Grammar(const TSLanguage* language, const LanguageRules& rules);

  [[nodiscard]] const TSLanguage* language() const { return language_; }
  [[nodiscard]] const LanguageRules& rules() const { return rules_; }
  [[nodiscard]] const NodeRole& RoleOf(TSNode node) const {
    const std::size_t symbol = ts_node_symbol(node);
    return roles_[symbol < role_of_symbol_.size() ? role_of_symbol_[symbol] : 0];
  }

  /// A rule that names a node or field which the grammar does not have: a mistake in our tables,
  /// found by a test. Empty when all is well.
  [[nodiscard]] std::vector<std::string> UnknownNames() const;

 private:
  const TSLanguage* language_;
  const LanguageRules& rules_;
  std::vector<NodeRole> roles_;  // [0] is that of nodes without any
  std::vector<std::uint16_t> role_of_symbol_;
};

/// Whether there is a grammar for a language.
bool HasGrammar(Language language);
/// Its grammar. It must have one.
Grammar MakeGrammar(Language language);

}  // namespace coppice::indexer
