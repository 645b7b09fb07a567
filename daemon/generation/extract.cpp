#include "daemon/generation/extract.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/format.h"

namespace coppice::generation {
namespace {

constexpr std::size_t kQuotedSources = 3;
constexpr std::uint32_t kQuotedLines = 12;

/// The first `count` lines, each with its newline; `text` may end without one.
std::string FirstLines(std::string_view text, std::uint32_t count, std::uint32_t& taken) {
  std::string out;
  for (taken = 0; taken < count && !text.empty(); ++taken) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += fmt::format("{}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// A fence that the text does not hold.
std::string FenceFor(std::string_view text) {
  std::string fence = "```";
  while (text.find(fence) != std::string_view::npos) fence += '`';
  return fence;
}

}  // namespace

std::string ComposeExtract(const std::vector<Source>& sources) {
  std::string text;
  for (const Source& source : sources) {
    if (source.n > kQuotedSources) break;
    const retrieval::Hit& hit = source.hit;
    std::uint32_t taken = 0;
    const std::string lines = FirstLines(hit.text, kQuotedLines, taken);
    const std::uint32_t last = hit.lines.first + std::max(taken, 1U) - 1;
    const std::string fence = FenceFor(lines);
    text += fmt::format("{}{} [{}:{}-{}]\n{}\n{}{}\n\n", hit.path,
                        hit.symbol.empty() ? "" : ", " + hit.symbol, source.n, hit.lines.first,
                        last, fence, lines, fence);
  }
  if (sources.size() > kQuotedSources) {
    text += "See also";
    for (const Source& source : sources) {
      if (source.n <= kQuotedSources) continue;
      text += fmt::format("{} {} [{}]", source.n == kQuotedSources + 1 ? "" : ",", source.hit.path,
                          source.n);
    }
    text += ".\n";
  }
  return text;
}

}  // namespace coppice::generation
