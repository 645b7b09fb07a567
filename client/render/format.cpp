#include "client/render/format.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "client/render/escape.h"

namespace coppice::client {

std::string Grouped(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  for (std::size_t end = digits.size(); end > sign + 3;) {
    end -= 3;
    digits.insert(end, 1, ',');
  }
  return digits;
}

std::string ByteCount(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string ShortCommit(std::string_view commit) {
  constexpr std::size_t kDigits = 10;
  return commit.empty() ? "-" : EscapeText(commit.substr(0, kDigits));
}

std::string ShortRef(std::string_view ref) {
  for (const std::string_view prefix :
       std::array<std::string_view, 3>{"refs/heads/", "refs/tags/", "refs/remotes/"}) {
    if (ref.starts_with(prefix)) ref.remove_prefix(prefix.size());
  }
  return ref.empty() ? "-" : EscapeText(ref);
}

std::string Counted(std::int64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", Grouped(count), count == 1 ? singular : plural);
}

std::string CoverageText(const protocol::CoverageInfo& coverage, bool with_rest) {
  const std::int64_t all =
      coverage.indexed + coverage.skipped + coverage.quarantined + coverage.pending;
  std::string text =
      fmt::format("{} of {} indexed", Grouped(coverage.indexed), Counted(all, "file", "files"));
  if (!with_rest) return text;
  if (coverage.skipped > 0) text += fmt::format(", {} skipped", Grouped(coverage.skipped));
  if (coverage.quarantined > 0)
    text += fmt::format(", {} in quarantine", Grouped(coverage.quarantined));
  if (coverage.pending > 0) text += fmt::format(", {} pending", Grouped(coverage.pending));
  return text;
}

std::string ViewLine(const protocol::ViewInfo& view, const Paint& paint) {
  if (view.commit.empty()) {
    return fmt::format("{}  {}  {}\n", paint(Look::kBold, EscapeText(view.repo)),
                       ShortRef(view.ref),
                       paint(Look::kWarning, view.stale ? "not indexed yet" : "no commit yet"));
  }
  std::string line = fmt::format("{}  {}  {}  {}", paint(Look::kBold, EscapeText(view.repo)),
                                 ShortRef(view.ref), ShortCommit(view.commit),
                                 paint(Look::kDim, "(" + CoverageText(view.coverage, false) + ")"));
  if (view.stale) {
    const bool behind = !view.head_commit.empty();
    line += "  " + paint(Look::kWarning,
                         behind ? "stale: the head is " + ShortCommit(view.head_commit) : "stale");
  }
  return line + "\n";
}

std::string ErrorText(const Error& error, const Paint& paint) {
  std::string text = paint(Look::kBad, "coppice:") + " " + EscapeText(error.message) + "\n";
  if (!error.remedy.empty()) text += "  " + EscapeText(error.remedy) + "\n";
  return text;
}

std::string Table::Render(const Paint& paint) const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    widths[c] = columns_[c].title.size();
    for (const auto& row : rows_) widths[c] = std::max(widths[c], DisplayWidth(row[c]));
  }
  const auto line = [&](const std::vector<std::string>& cells, bool titles) {
    std::string out;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const Column& column = columns_[c];
      const std::string blanks(widths[c] - DisplayWidth(cells[c]), ' ');
      const std::string cell = paint(titles ? Look::kDim : column.look, cells[c]);
      if (column.right) out += blanks;
      out += cell;
      if (!column.right && c + 1 < cells.size()) out += blanks;
      if (c + 1 < cells.size()) out += "  ";
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out + "\n";
  };
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title);
  std::string out = line(titles, true);
  for (const auto& row : rows_) out += line(row, false);
  return out;
}

std::string PlainLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line.push_back('\t');
    line += EscapeField(field);
  }
  return line + "\n";
}

}  // namespace coppice::client
