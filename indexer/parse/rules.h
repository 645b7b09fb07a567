#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/language.h"
#include "indexer/parse/syntax_tree.h"
#include "store/model.h"

// What a language's file in languages/ says: which nodes define something, which use a name. The
// walk in symbols.cpp reads these tables; only what a table cannot say is a function.
namespace coppice::indexer {

/// The nodes around the one where the walk stands, without tree-sitter's own search for them: that
/// begins at the root each time and is recursive.
class Surroundings {
 public:
  Surroundings() = default;
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  virtual ~Surroundings() = default;
  /// 1 is the parent. Null beyond the root.
  [[nodiscard]] virtual TSNode Above(std::size_t steps) const = 0;
  /// The named node so many places behind it among its siblings, or before it where negative. Null
  /// where there is none, and for a node without a name.
  [[nodiscard]] virtual TSNode Sibling(std::ptrdiff_t offset) const = 0;
};

/// Where the walk stands when a rule's function is asked.
struct NodeContext {
  std::string_view text;  // as in the file, never masked
  TSNode node;
  TSNode parent;                                       // null at the root
  store::SymbolKind scope = store::SymbolKind::kNone;  // of the definition around it
  bool in_code = false;                                // inside a function's body
  const Surroundings* around = nullptr;                // never null in the walk
};

/// A definition as a node shows it, before its scope and its documentation are known.
struct Found {
  store::SymbolKind kind = store::SymbolKind::kNone;
  std::string name;
  std::string qualifier;         // scope written at the name, in the language's separator: "DBImpl"
  std::uint32_t name_begin = 0;  // where the name stands; it is no reference
  std::uint32_t signature_end = 0;          // 0: before the rule's body field
  std::optional<std::uint32_t> begin = {};  // before its node: where its type annotation stands
  bool signed_begin = true;                 // what stands there is part of the signature
  std::uint32_t end = 0;                    // behind its node: of its last equation, of a comment
  bool opens_scope = true;                  // where the rule has kScope
  bool defines = true;                      // false: opens a scope and is no definition itself
  bool at_root = false;                     // its path is none of what stands around it
  bool has_body = false;                    // where the rule has kScopeOfRest and the body no field
};

enum DefinitionFlags : std::uint8_t {
  kPlain = 0,
  kScope = 1,      // its name is part of the path of what is defined inside
  kAnywhere = 2,   // also inside function bodies
  kScopeOnly = 4,  // opens a scope but is no definition itself: Rust's impl
  kNeedsBody = 8,  // without a body it only declares
  /// Without a body a scope of all that follows in the same block, up to the next such: Perl's
  /// `package A;`.
  kScopeOfRest = 16,
};

struct DefinitionRule {
  std::string_view node;
  store::SymbolKind kind;
  std::uint8_t flags = kPlain;
  std::string_view name = "name";  // field
  std::string_view body = "body";  // field
  /// Replaces the name field: appends what the node defines, which may be nothing.
  void (*find)(const NodeContext&, const DefinitionRule&, std::vector<Found>&) = nullptr;
};

/// A use of a name as a node shows it.
struct Use {
  store::ReferenceKind kind;
  TSNode node;       // whose start is the position
  std::string name;  // empty: the last name inside `node`
};

struct ReferenceRule {
  std::string_view node;
  store::ReferenceKind kind;
  std::string_view field = {};  // empty: the node itself
  /// Replaces the field: appends the uses the node shows.
  void (*find)(const NodeContext&, std::vector<Use>&) = nullptr;
};

/// A part of a file in another language.
struct Injection {
  Language language;
  TSNode node;                   // the part, in the tree of the file
  bool references_only = false;  // an example: it uses names and defines none
};

using NodeNames = std::span<const std::string_view>;

struct LanguageRules {
  std::string_view separator = ".";
  std::string_view namespace_separator = {};  // after a namespace; empty: `separator`
  std::span<const DefinitionRule> definitions = {};
  std::span<const ReferenceRule> references = {};
  NodeNames comments = {};
  NodeNames loose_comments = {};  // of these, may end a blank line above: Perl's POD
  NodeNames wrappers = {};  // a definition directly inside takes their range: template_declaration
  NodeNames unsigned_wrappers =
      {};                     // likewise, but left out of the signature: decorated_definition
  NodeNames attributes = {};  // stand before a definition and belong to it: #[derive(…)]
  NodeNames code = {};        // bodies of functions: what they hold is local
  NodeNames forward = {};     // belong to the chunk of what follows: access specifiers
  std::span<const std::string_view> ignored_names = {};  // built in, not worth a reference
  /// How a comment begins that the grammar hangs at the end of what stands before it, though it
  /// speaks of what follows (F#).
  std::string_view late_comments = {};
  /// Documentation inside a definition (Python's docstring); empty where there is none.
  store::ByteRange (*inner_doc)(const NodeContext&) = nullptr;
  /// A copy of the same length to parse instead, with what confuses the grammar blanked out.
  std::string (*mask)(std::string_view text) = nullptr;
  /// Appends the parts in other languages: scripts in HTML, code in Markdown.
  void (*inject)(std::string_view text, TSNode root, std::vector<Injection>&) = nullptr;
  /// Replaces the walk altogether (Markdown).
  void (*extract)(std::string_view text, TSNode root, std::vector<store::Definition>&) = nullptr;
};

/// The last plain name in an expression: `Write` of `db_->impl<T>().Write`. Empty where the last
/// step has no name (`table[i]`, a lambda). `at` becomes the node of the name.
std::string_view LastName(std::string_view text, TSNode node, TSNode* at = nullptr);

/// The comment behind a node that speaks of it: on the node's last line, or on the next one and
/// nothing directly below. Only one that begins with `mark` counts. Empty where there is none.
store::ByteRange DocBehind(const NodeContext& context, std::string_view mark);

/// "a" of `"a"`, `'a'`, `<a>`, `` `a` ``.
std::string_view Unquoted(std::string_view text);

/// Whether a name is written in capitals: MAX_SIZE.
bool IsAllCaps(std::string_view name);

const LanguageRules& CRules();
const LanguageRules& CppRules();
const LanguageRules& PythonRules();
const LanguageRules& MarkdownRules();
const LanguageRules& JavaScriptRules();
const LanguageRules& TypeScriptRules();
const LanguageRules& TsxRules();
const LanguageRules& GoRules();
const LanguageRules& RustRules();
const LanguageRules& JavaRules();
const LanguageRules& BashRules();
const LanguageRules& CSharpRules();
const LanguageRules& PhpRules();
const LanguageRules& RubyRules();
const LanguageRules& KotlinRules();
const LanguageRules& LuaRules();
const LanguageRules& SwiftRules();
const LanguageRules& ScalaRules();
const LanguageRules& DartRules();
const LanguageRules& ObjectiveCRules();
const LanguageRules& PowerShellRules();
const LanguageRules& GroovyRules();
const LanguageRules& RRules();
const LanguageRules& PerlRules();
const LanguageRules& ZigRules();
const LanguageRules& CssRules();
const LanguageRules& ScssRules();
const LanguageRules& MakeRules();
const LanguageRules& HclRules();
const LanguageRules& ElmRules();
const LanguageRules& NixRules();
const LanguageRules& OcamlRules();
const LanguageRules& SqlRules();
const LanguageRules& JuliaRules();
const LanguageRules& HaskellRules();
const LanguageRules& ElixirRules();
const LanguageRules& VerilogRules();
/// HTML, Vue, Svelte: what is defined stands in their scripts and styles.
const LanguageRules& MarkupRules();
const LanguageRules& XmlRules();
const LanguageRules& PascalRules();
const LanguageRules& SolidityRules();
const LanguageRules& DRules();
const LanguageRules& FsharpRules();
/// JSON, YAML, TOML: only comments, for the chunker.
const LanguageRules& DataRules();

}  // namespace coppice::indexer
