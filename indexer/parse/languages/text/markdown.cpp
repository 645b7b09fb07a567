#include <algorithm>
#include <array>
#include <string>

#include "indexer/parse/plain/line_index.h"
#include "indexer/parse/rules.h"

namespace coppice::indexer {
namespace {

using store::ByteRange;

struct Heading {
  std::uint32_t node = 0;   // where it stands
  std::uint32_t begin = 0;  // of its line, or `node` where another heading stands before it there
  std::uint32_t end = 0;    // of the heading itself, blanks left out
  int level = 1;
  std::string title;
};

/// The text of a heading without the marks of emphasis, code, links and images.
std::string PlainTitle(std::string_view text) {
  std::string title;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`' || c == '*') continue;
    if (c == '!' && i + 1 < text.size() && text[i + 1] == '[') continue;
    if (c == '[') continue;
    if (c == ']') {  // the target of a link goes
      if (i + 1 < text.size() && (text[i + 1] == '(' || text[i + 1] == '[')) {
        const char close = text[i + 1] == '(' ? ')' : ']';
        const std::size_t end = text.find(close, i + 2);
        if (end != std::string_view::npos) i = end;
      }
      continue;
    }
    if (c == '\\' && i + 1 < text.size()) continue;
    title += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  // `# Title ##` and `# Title {#anchor}`
  const std::size_t anchor = title.rfind("{#");
  if (anchor != std::string::npos && title.back() == '}') title.resize(anchor);
  while (!title.empty() && (title.back() == ' ' || title.back() == '#')) title.pop_back();
  title.erase(0, std::min(title.find_first_not_of(' '), title.size()));
  return title;
}

int LevelOf(TSNode heading) {
  const std::uint32_t count = ts_node_child_count(heading);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string_view type = TypeOf(ts_node_child(heading, i));
    if (type.starts_with("atx_h") && type.size() > 5) return type[5] - '0';
    if (type == "setext_h1_underline") return 1;
    if (type == "setext_h2_underline") return 2;
  }
  return 1;
}

/// Headings of the document itself, not those inside lists and quotations.
std::vector<Heading> ReadHeadings(std::string_view text, TSNode root) {
  std::vector<Heading> headings;
  const LineIndex lines(text);
  std::vector<TSNode> open{root};
  while (!open.empty()) {
    const TSNode node = open.back();
    open.pop_back();
    const std::string_view type = TypeOf(node);
    if (type == "atx_heading" || type == "setext_heading") {
      Heading heading;
      heading.node =
          std::min<std::uint32_t>(BeginOf(node), static_cast<std::uint32_t>(text.size()) - 1);
      heading.begin = lines.StartOf(heading.node);
      std::size_t end = std::min<std::size_t>(EndOf(node), text.size());
      while (end > heading.begin && (text[end - 1] == '\n' || text[end - 1] == '\r')) --end;
      heading.end = static_cast<std::uint32_t>(end);
      heading.level = LevelOf(node);
      const TSNode content = FieldOf(node, "heading_content");
      if (!IsNull(content)) heading.title = PlainTitle(TextOf(text, content));
      headings.push_back(std::move(heading));
      continue;
    }
    if (type != "document" && type != "section") continue;
    ForEachNamedChild(node, [&](TSNode child) { open.push_back(child); });
  }
  std::sort(headings.begin(), headings.end(),
            [](const Heading& a, const Heading& b) { return a.node < b.node; });
  // A lone '\r' ends a line for the grammar, not for LineIndex: headings may share a line.
  for (std::size_t i = 1; i < headings.size(); ++i) {
    Heading& heading = headings[i];
    if (heading.begin < headings[i - 1].end) heading.begin = heading.node;
  }
  return headings;
}

/// A heading owns all up to the next heading of its level or above. The grammar's own sections are
/// not used: it opens none for underlined headings.
void ExtractSections(std::string_view text, TSNode root,
                     std::vector<store::Definition>& definitions) {
  const std::vector<Heading> headings = ReadHeadings(text, root);
  const LineIndex lines(text);
  std::vector<const Heading*> path;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const Heading& heading = headings[i];
    while (!path.empty() && path.back()->level >= heading.level) path.pop_back();
    path.push_back(&heading);
    if (heading.title.empty()) continue;
    std::size_t next = i + 1;
    while (next < headings.size() && headings[next].level > heading.level) ++next;
    store::Definition section;
    section.kind = store::SymbolKind::kSection;
    section.name = heading.title;
    for (const Heading* step : path) {
      if (step->title.empty()) continue;
      if (!section.symbol.empty()) section.symbol += " > ";
      section.symbol += step->title;
    }
    section.range = {heading.begin, next < headings.size()
                                        ? headings[next].begin
                                        : static_cast<std::uint32_t>(text.size())};
    section.lines = lines.LinesOf(section.range);
    section.signature = {heading.begin, heading.end};
    definitions.push_back(std::move(section));
  }
}

/// The name in an info string: "cpp" of "cpp title=x", ".python" of "{.python}".
std::string_view InfoName(std::string_view info) {
  const std::size_t begin = std::min(info.find_first_not_of("{. \t"), info.size());
  info.remove_prefix(begin);
  return info.substr(0, info.find_first_of(" \t,}:="));
}

/// Code in fences shows how names are used.
void InjectFences(std::string_view text, TSNode root, std::vector<Injection>& injections) {
  std::vector<TSNode> open{root};
  while (!open.empty()) {
    const TSNode node = open.back();
    open.pop_back();
    if (TypeOf(node) != "fenced_code_block") {
      const std::size_t first = open.size();
      ForEachNamedChild(node, [&](TSNode child) { open.push_back(child); });
      std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
      continue;
    }
    const TSNode info = ChildOfType(node, "info_string");
    const TSNode content = ChildOfType(node, "code_fence_content");
    if (IsNull(info) || IsNull(content)) continue;
    const auto language = ParseLanguage(InfoName(TextOf(text, info)));
    if (language) injections.push_back({*language, content, true});
  }
}

constexpr std::array<std::string_view, 1> kComments = {"html_block"};

constexpr LanguageRules kMarkdown = {
    .separator = " > ",
    .comments = kComments,
    .inject = InjectFences,
    .extract = ExtractSections,
};

}  // namespace

const LanguageRules& MarkdownRules() { return kMarkdown; }

}  // namespace coppice::indexer
