#include "indexer/parse/grammar.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "base/check.h"

extern "C" {
const TSLanguage* tree_sitter_bash(void);
const TSLanguage* tree_sitter_c(void);
const TSLanguage* tree_sitter_c_sharp(void);
const TSLanguage* tree_sitter_cpp(void);
const TSLanguage* tree_sitter_go(void);
const TSLanguage* tree_sitter_java(void);
const TSLanguage* tree_sitter_javascript(void);
const TSLanguage* tree_sitter_json(void);
const TSLanguage* tree_sitter_markdown(void);
const TSLanguage* tree_sitter_python(void);
const TSLanguage* tree_sitter_rust(void);
const TSLanguage* tree_sitter_toml(void);
const TSLanguage* tree_sitter_tsx(void);
const TSLanguage* tree_sitter_typescript(void);
const TSLanguage* tree_sitter_yaml(void);
const TSLanguage* tree_sitter_php(void);
const TSLanguage* tree_sitter_ruby(void);
const TSLanguage* tree_sitter_kotlin(void);
const TSLanguage* tree_sitter_lua(void);
const TSLanguage* tree_sitter_swift(void);
const TSLanguage* tree_sitter_scala(void);
const TSLanguage* tree_sitter_dart_orchard(void);
const TSLanguage* tree_sitter_objc(void);
const TSLanguage* tree_sitter_powershell(void);
const TSLanguage* tree_sitter_groovy(void);
const TSLanguage* tree_sitter_r(void);
const TSLanguage* tree_sitter_perl(void);
const TSLanguage* tree_sitter_zig(void);
const TSLanguage* tree_sitter_css(void);
const TSLanguage* tree_sitter_scss(void);
const TSLanguage* tree_sitter_make(void);
const TSLanguage* tree_sitter_hcl(void);
const TSLanguage* tree_sitter_elm(void);
const TSLanguage* tree_sitter_nix(void);
const TSLanguage* tree_sitter_sql(void);
const TSLanguage* tree_sitter_haskell(void);
const TSLanguage* tree_sitter_ocaml(void);
const TSLanguage* tree_sitter_ocaml_interface(void);
const TSLanguage* tree_sitter_elixir(void);
const TSLanguage* tree_sitter_julia(void);
const TSLanguage* tree_sitter_systemverilog(void);
const TSLanguage* tree_sitter_html(void);
const TSLanguage* tree_sitter_vue(void);
const TSLanguage* tree_sitter_svelte(void);
const TSLanguage* tree_sitter_xml(void);
const TSLanguage* tree_sitter_pascal(void);
const TSLanguage* tree_sitter_solidity(void);
const TSLanguage* tree_sitter_d(void);
const TSLanguage* tree_sitter_fsharp(void);
}

namespace coppice::indexer {
namespace {

struct Entry {
  Language language;
  const TSLanguage* (*grammar)();
  const LanguageRules& (*rules)();
};

constexpr std::array kGrammars = {
    Entry{Language::kC, tree_sitter_c, CRules},
    Entry{Language::kCpp, tree_sitter_cpp, CppRules},
    Entry{Language::kPython, tree_sitter_python, PythonRules},
    Entry{Language::kMarkdown, tree_sitter_markdown, MarkdownRules},
    Entry{Language::kJavaScript, tree_sitter_javascript, JavaScriptRules},
    Entry{Language::kTypeScript, tree_sitter_typescript, TypeScriptRules},
    Entry{Language::kTsx, tree_sitter_tsx, TsxRules},
    Entry{Language::kGo, tree_sitter_go, GoRules},
    Entry{Language::kRust, tree_sitter_rust, RustRules},
    Entry{Language::kJava, tree_sitter_java, JavaRules},
    Entry{Language::kBash, tree_sitter_bash, BashRules},
    Entry{Language::kJson, tree_sitter_json, DataRules},
    Entry{Language::kYaml, tree_sitter_yaml, DataRules},
    Entry{Language::kToml, tree_sitter_toml, DataRules},
    Entry{Language::kCSharp, tree_sitter_c_sharp, CSharpRules},
    Entry{Language::kPhp, tree_sitter_php, PhpRules},
    Entry{Language::kRuby, tree_sitter_ruby, RubyRules},
    Entry{Language::kKotlin, tree_sitter_kotlin, KotlinRules},
    Entry{Language::kLua, tree_sitter_lua, LuaRules},
    Entry{Language::kSwift, tree_sitter_swift, SwiftRules},
    Entry{Language::kScala, tree_sitter_scala, ScalaRules},
    Entry{Language::kDart, tree_sitter_dart_orchard, DartRules},
    Entry{Language::kObjectiveC, tree_sitter_objc, ObjectiveCRules},
    Entry{Language::kPowerShell, tree_sitter_powershell, PowerShellRules},
    Entry{Language::kGroovy, tree_sitter_groovy, GroovyRules},
    Entry{Language::kR, tree_sitter_r, RRules},
    Entry{Language::kPerl, tree_sitter_perl, PerlRules},
    Entry{Language::kZig, tree_sitter_zig, ZigRules},
    Entry{Language::kCss, tree_sitter_css, CssRules},
    Entry{Language::kScss, tree_sitter_scss, ScssRules},
    Entry{Language::kMake, tree_sitter_make, MakeRules},
    Entry{Language::kHcl, tree_sitter_hcl, HclRules},
    Entry{Language::kElm, tree_sitter_elm, ElmRules},
    Entry{Language::kNix, tree_sitter_nix, NixRules},
    Entry{Language::kSql, tree_sitter_sql, SqlRules},
    Entry{Language::kHaskell, tree_sitter_haskell, HaskellRules},
    Entry{Language::kOcaml, tree_sitter_ocaml, OcamlRules},
    Entry{Language::kOcamlInterface, tree_sitter_ocaml_interface, OcamlRules},
    Entry{Language::kElixir, tree_sitter_elixir, ElixirRules},
    Entry{Language::kJulia, tree_sitter_julia, JuliaRules},
    Entry{Language::kVerilog, tree_sitter_systemverilog, VerilogRules},
    Entry{Language::kHtml, tree_sitter_html, MarkupRules},
    Entry{Language::kVue, tree_sitter_vue, MarkupRules},
    Entry{Language::kSvelte, tree_sitter_svelte, MarkupRules},
    Entry{Language::kXml, tree_sitter_xml, XmlRules},
    Entry{Language::kPascal, tree_sitter_pascal, PascalRules},
    Entry{Language::kSolidity, tree_sitter_solidity, SolidityRules},
    Entry{Language::kD, tree_sitter_d, DRules},
    Entry{Language::kFsharp, tree_sitter_fsharp, FsharpRules},
};

const Entry* FindEntry(Language language) {
  const auto found = std::find_if(kGrammars.begin(), kGrammars.end(),
                                  [&](const Entry& entry) { return entry.language == language; });
  return found == kGrammars.end() ? nullptr : &*found;
}

std::unordered_map<std::string_view, NodeRole> RolesByName(const LanguageRules& rules) {
  std::unordered_map<std::string_view, NodeRole> roles;
  for (const DefinitionRule& rule : rules.definitions) roles[rule.node].definition = &rule;
  for (const ReferenceRule& rule : rules.references) {
    roles[rule.node].references.push_back(&rule);
  }
  for (const std::string_view name : rules.comments) roles[name].comment = true;
  for (const std::string_view name : rules.loose_comments) roles[name].loose_comment = true;
  for (const std::string_view name : rules.wrappers) roles[name].wrapper = true;
  for (const std::string_view name : rules.unsigned_wrappers) {
    roles[name].wrapper = true;
    roles[name].unsigned_wrapper = true;
  }
  for (const std::string_view name : rules.attributes) roles[name].attribute = true;
  for (const std::string_view name : rules.code) roles[name].code = true;
  for (const std::string_view name : rules.forward) roles[name].forward = true;
  return roles;
}

}  // namespace

Grammar::Grammar(const TSLanguage* language, const LanguageRules& rules)
    : language_(language), rules_(rules), roles_(1) {
  const auto by_name = RolesByName(rules);
  std::unordered_map<std::string_view, std::uint16_t> numbers;
  for (const auto& [name, role] : by_name) {
    numbers[name] = static_cast<std::uint16_t>(roles_.size());
    roles_.push_back(role);
  }
  // Several symbols may carry one name, where the grammar has aliases. Names of tokens ('class') do
  // not count: a rule means the node.
  role_of_symbol_.resize(ts_language_symbol_count(language), 0);
  for (std::uint32_t symbol = 0; symbol < role_of_symbol_.size(); ++symbol) {
    const auto id = static_cast<TSSymbol>(symbol);
    if (ts_language_symbol_type(language, id) != TSSymbolTypeRegular) continue;
    const auto found = numbers.find(ts_language_symbol_name(language, id));
    if (found != numbers.end()) role_of_symbol_[symbol] = found->second;
  }
}

std::vector<std::string> Grammar::UnknownNames() const {
  std::vector<std::string> unknown;
  for (const auto& [name, role] : RolesByName(rules_)) {
    const auto length = static_cast<std::uint32_t>(name.size());
    if (ts_language_symbol_for_name(language_, name.data(), length, true) == 0) {
      unknown.emplace_back(name);
    }
  }
  const auto check_field = [&](std::string_view node, std::string_view field) {
    const auto length = static_cast<std::uint32_t>(field.size());
    if (!field.empty() && ts_language_field_id_for_name(language_, field.data(), length) == 0) {
      unknown.push_back(std::string(node) + "." + std::string(field));
    }
  };
  for (const DefinitionRule& rule : rules_.definitions) {
    if (rule.find == nullptr) check_field(rule.node, rule.name);
  }
  for (const ReferenceRule& rule : rules_.references) check_field(rule.node, rule.field);
  std::sort(unknown.begin(), unknown.end());
  return unknown;
}

bool HasGrammar(Language language) { return FindEntry(language) != nullptr; }

Grammar MakeGrammar(Language language) {
  const Entry* entry = FindEntry(language);
  COPPICE_CHECK(entry != nullptr, LanguageName(language));
  return Grammar(entry->grammar(), entry->rules());
}

}  // namespace coppice::indexer
