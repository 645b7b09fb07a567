#pragma once

#include <string_view>
#include <vector>

#include "indexer/parse/rules.h"

// What the functions of several languages' rules do alike.
namespace coppice::indexer {

/// A definition of `kind` whose name is the text of `name`.
Found FoundAt(const NodeContext& context, TSNode name, store::SymbolKind kind);

/// Ends the signature before a value that is long to read. A null node changes nothing.
void EndBeforeLong(Found& found, TSNode value);

/// Ends the signature before a node. A null node changes nothing.
void EndBefore(Found& found, TSNode node);

/// Whether one of the named children of `node` of type `type` is the word `word`: a modifier.
bool HasWord(const NodeContext& context, TSNode node, std::string_view type, std::string_view word);

/// Appends an import of the text of `node`, without quotes.
void AddImport(const NodeContext& context, TSNode node, std::vector<Use>& uses);

/// `import a.b.C` and `import a.b.*`, of Java and Groovy.
void UseImportOfJava(const NodeContext& context, std::vector<Use>& uses);

}  // namespace coppice::indexer
