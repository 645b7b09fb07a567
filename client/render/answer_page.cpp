#include "client/render/answer_page.h"

#include <algorithm>

#include "base/format.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/paint.h"

namespace coppice::client {
namespace {

constexpr std::size_t kCommitDigits = 10;

bool IsCited(const protocol::AskReply& reply, std::uint32_t n) {
  return std::any_of(reply.citations.begin(), reply.citations.end(),
                     [n](const protocol::CitationInfo& citation) { return citation.n == n; });
}

std::string SourceLine(const protocol::AskPart& part, bool cited, const Paint& paint) {
  const protocol::Hit& hit = part.hits.front();
  const std::string place =
      fmt::format("{}:{}-{}", EscapeText(hit.path.value), hit.start_line, hit.end_line);
  return fmt::format("  [{}] {}  {}\n", part.n, paint(cited ? Look::kBold : Look::kDim, place),
                     paint(Look::kDim, fmt::format("{} {}", EscapeText(hit.repo),
                                                   hit.commit.substr(0, kCommitDigits))));
}

}  // namespace

std::string AnswerText(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const Glyph glyph = ReadGlyph(text);
    const bool kept = glyph.safe || text.front() == '\n' || text.front() == '\t';
    safe += kept ? std::string(text.substr(0, glyph.length_bytes)) : EscapedGlyph(glyph, text);
    text.remove_prefix(glyph.length_bytes);
  }
  return safe;
}

std::string AnswerPage(const protocol::AskReply& reply,
                       const std::vector<protocol::AskPart>& sources, const Display& display) {
  const Paint paint(display);
  std::string out = sources.empty() ? "" : "\nSources\n";
  for (const protocol::AskPart& part : sources) {
    if (!part.hits.empty()) out += SourceLine(part, IsCited(reply, part.n), paint);
  }
  for (const protocol::CitationInfo& citation : reply.citations) {
    if (citation.verified) continue;
    out += paint(Look::kWarning, fmt::format("  not verified: [{}{}{}]: {}\n", citation.n,
                                             citation.lines.empty() ? "" : ":", citation.lines,
                                             EscapeText(citation.why)));
  }
  if (!reply.unknown_identifiers.empty()) {
    std::vector<std::string> names;
    for (const std::string& name : reply.unknown_identifiers) names.push_back(EscapeText(name));
    out += paint(Look::kWarning, fmt::format("  not in the index: {}\n", fmt::join(names, ", ")));
  }
  for (const protocol::AskTrace& trace : reply.trace) {
    out += paint(Look::kDim, fmt::format("  retrieval {:.0f} ms, prompt {:.1f} ms, first text "
                                         "{:.0f} ms, all {:.0f} ms\n",
                                         trace.retrieval_ms, trace.prompt_ms, trace.first_token_ms,
                                         trace.total_ms));
  }
  return out;
}

}  // namespace coppice::client
