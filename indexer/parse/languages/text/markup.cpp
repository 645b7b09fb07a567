#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "indexer/parse/rules.h"

// HTML, Vue, Svelte: elements are cut, scripts and styles are parsed by their own grammars.
namespace coppice::indexer {
namespace {

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lowered;
}

/// The value of an attribute of a tag, in small letters; empty where there is none.
std::string AttributeOf(std::string_view text, TSNode tag, std::string_view wanted) {
  std::string value;
  ForEachNamedChild(tag, [&](TSNode attribute) {
    if (TypeOf(attribute) != "attribute") return;
    const TSNode name = ChildOfType(attribute, "attribute_name");
    if (IsNull(name) || Lowered(TextOf(text, name)) != wanted) return;
    value = Lowered(Unquoted(TextOf(text, LastNamedChild(attribute))));
  });
  return value;
}

std::optional<Language> ScriptLanguage(std::string_view text, TSNode tag) {
  const std::string lang = AttributeOf(text, tag, "lang");
  if (!lang.empty()) return ParseLanguage(lang);
  const std::string type = AttributeOf(text, tag, "type");
  if (type.empty() || type == "module") return Language::kJavaScript;
  if (type.ends_with("javascript") || type.ends_with("ecmascript") || type == "text/babel") {
    return Language::kJavaScript;
  }
  if (type.ends_with("typescript")) return Language::kTypeScript;
  return std::nullopt;  // data, or a template
}

std::optional<Language> StyleLanguage(std::string_view text, TSNode tag) {
  const std::string lang = AttributeOf(text, tag, "lang");
  return lang.empty() || lang == "postcss" ? Language::kCss : ParseLanguage(lang);
}

void InjectElements(std::string_view text, TSNode root, std::vector<Injection>& injections) {
  std::vector<TSNode> open{root};
  while (!open.empty()) {
    const TSNode node = open.back();
    open.pop_back();
    const std::string_view type = TypeOf(node);
    const bool script = type == "script_element";
    if (!script && type != "style_element") {
      const std::size_t first = open.size();
      ForEachNamedChild(node, [&](TSNode child) { open.push_back(child); });
      std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
      continue;
    }
    const TSNode tag = ChildOfType(node, "start_tag");
    const TSNode content = ChildOfType(node, "raw_text");
    if (IsNull(tag) || IsNull(content) || EndOf(content) <= BeginOf(content)) continue;
    const auto language = script ? ScriptLanguage(text, tag) : StyleLanguage(text, tag);
    if (language) injections.push_back({*language, content});
  }
}

constexpr std::array<std::string_view, 1> kComments = {"comment"};

constexpr LanguageRules kMarkup = {.comments = kComments, .inject = InjectElements};

constexpr std::array<std::string_view, 1> kXmlComments = {"Comment"};

constexpr LanguageRules kXml = {.comments = kXmlComments};

}  // namespace

const LanguageRules& MarkupRules() { return kMarkup; }
const LanguageRules& XmlRules() { return kXml; }

}  // namespace coppice::indexer
