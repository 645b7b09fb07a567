#include "client/render/search_page.h"

#include <algorithm>
#include <vector>

#include "base/format.h"
#include "client/highlight.h"
#include "client/render/code.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/paint.h"

namespace coppice::client {
namespace {

constexpr std::size_t kSnippetLines = 9;
constexpr std::size_t kMostViews = 5;

std::string Place(const protocol::Hit& hit) {
  return fmt::format("{}:{}-{}", EscapeText(hit.path.value), hit.start_line, hit.end_line);
}

std::string SymbolText(const protocol::Hit& hit, const Paint& paint) {
  std::string text;
  if (!hit.symbol.empty()) text += "  " + paint(Look::kSymbol, EscapeText(hit.symbol));
  const std::string& kind = hit.kind.empty() ? hit.language : hit.kind;
  if (!kind.empty())
    text += fmt::format("{}({})", hit.symbol.empty() ? "  " : " ", EscapeText(kind));
  return text;
}

std::string FoundBy(const std::vector<protocol::FoundBy>& searches, bool explain) {
  std::vector<std::string> parts;
  for (const protocol::FoundBy& found : searches) {
    std::string part = fmt::format("{} #{}", EscapeText(found.search), found.rank);
    if (explain && found.score) part += fmt::format(" ({:.3f})", *found.score);
    parts.push_back(std::move(part));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string Why(const protocol::Hit& hit, const Paint& paint, bool explain) {
  std::vector<std::string> parts;
  if (!hit.found_by.empty()) parts.push_back(FoundBy(hit.found_by, explain));
  std::vector<std::string> reasons;
  for (const std::string& reason : hit.reasons) reasons.push_back(EscapeText(reason));
  if (!reasons.empty()) parts.push_back(fmt::format("{}", fmt::join(reasons, ", ")));
  const std::string between = fmt::format(" {} ", paint.dot());
  return fmt::format("{}", fmt::join(parts, between));
}

std::size_t CodeWidth(const Display& display) {
  return display.is_terminal ? static_cast<std::size_t>(display.width) : 0;
}

CodeText CodeOf(const protocol::Hit& hit) {
  return CodeText{hit.text.value, std::max<std::uint32_t>(hit.start_line, 1), hit.language,
                  hit.symbol};
}

/// Those with hits first; at most kMostViews and a line that counts the rest.
std::string ViewLines(const protocol::SearchReply& reply, const Paint& paint) {
  std::vector<const protocol::ViewInfo*> views;
  for (const protocol::ViewInfo& view : reply.views) views.push_back(&view);
  std::stable_partition(views.begin(), views.end(), [&](const protocol::ViewInfo* view) {
    return std::any_of(reply.hits.begin(), reply.hits.end(), [&](const protocol::Hit& hit) {
      return hit.repo == view->repo && hit.ref == view->ref;
    });
  });
  std::string out;
  const std::size_t shown = views.size() > kMostViews + 1 ? kMostViews : views.size();
  for (std::size_t i = 0; i < shown; ++i) out += ViewLine(*views[i], paint);
  if (shown < views.size()) {
    out += paint(Look::kDim, fmt::format("and {} more", views.size() - shown)) + "\n";
  }
  return out;
}

}  // namespace

std::string SearchPage(const protocol::SearchReply& reply, const Display& display, bool explain) {
  const Paint paint(display);
  const QueryWords words(reply.query);
  std::string out = ViewLines(reply, paint);
  for (const protocol::Hit& hit : reply.hits) {
    out += "\n" + paint(Look::kPath, Place(hit)) + SymbolText(hit, paint) +
           fmt::format("  {:.3f}", hit.score);
    if (reply.views.size() > 1) {
      out += "  " + paint(Look::kDim, EscapeText(hit.repo) + " " + ShortRef(hit.ref));
    }
    out += "\n";
    const std::string why = Why(hit, paint, explain);
    if (!why.empty()) out += "  " + paint(Look::kDim, why) + "\n";
    if (!hit.text.value.empty()) {
      out += CodeLines(CodeOf(hit), words, paint, CodeWidth(display)).Snippet(kSnippetLines);
    }
  }
  if (explain && reply.plan)
    out += "\n" + paint(Look::kDim, "vectors: " + EscapeText(*reply.plan)) + "\n";
  return out;
}

std::string SearchNote(const protocol::SearchReply& reply) {
  const auto count = static_cast<std::int64_t>(reply.hits.size());
  std::string note = count == 0 ? "no hits" : Counted(count, "hit", "hits");
  note += fmt::format(" in {:.0f} ms", reply.took_ms);
  const auto missing = std::count_if(
      reply.views.begin(), reply.views.end(),
      [](const protocol::ViewInfo& view) { return view.stale && view.commit.empty(); });
  if (missing > 0) {
    note +=
        fmt::format("; partial: {} not indexed yet",
                    missing == 1 ? "a repository is" : fmt::format("{} repositories are", missing));
  } else if (reply.partial) {
    note += "; partial: text was left out";
  }
  if (reply.views.empty()) note += "; nothing is indexed: coppice add PATH";
  if (!reply.cursor.empty()) note += "; more with --cursor " + EscapeText(reply.cursor);
  return note + "\n";
}

std::string SearchPlain(const protocol::SearchReply& reply) {
  std::string out;
  for (const protocol::Hit& hit : reply.hits) {
    std::vector<std::string> found;
    for (const protocol::FoundBy& by : hit.found_by) {
      found.push_back(fmt::format("{}:{}", by.search, by.rank));
    }
    out += PlainLine({hit.path.value, fmt::format("{}", hit.start_line),
                      fmt::format("{}", hit.end_line), hit.symbol, hit.kind,
                      fmt::format("{:.6f}", hit.score), fmt::format("{}", fmt::join(found, ",")),
                      hit.repo, hit.ref, hit.commit, hit.id});
  }
  return out;
}

std::string ShowPage(const protocol::ShowReply& reply, const Display& display) {
  const Paint paint(display);
  const QueryWords none{std::string_view()};
  std::string out = ViewLine(reply.view, paint);
  out += "\n" + paint(Look::kPath, Place(reply.hit)) + SymbolText(reply.hit, paint);
  out += "  " + paint(Look::kDim, "of " + Counted(reply.line_count, "line", "lines")) + "\n";
  if (!reply.hit.text.value.empty()) {
    out += CodeLines(CodeOf(reply.hit), none, paint, CodeWidth(display)).All();
  }
  return out;
}

}  // namespace coppice::client
