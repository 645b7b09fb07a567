#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "client/render/paint.h"
#include "protocol/messages.h"

// Small pieces of text that several pages share.
namespace coppice::client {

std::string Grouped(std::int64_t number);          // "1,203"
std::string ByteCount(std::uint64_t bytes);        // "1.2 MiB"
std::string ShortCommit(std::string_view commit);  // 10 digits; "-" for none
std::string ShortRef(std::string_view ref);        // "main" for refs/heads/main; escaped
/// "1 file", "2 files"
std::string Counted(std::int64_t count, std::string_view singular, std::string_view plural);

/// "12 of 40 files indexed", and how many are skipped, in quarantine, pending.
std::string CoverageText(const protocol::CoverageInfo& coverage, bool with_rest);

/// `repo  ref  commit  (n of m files indexed)`, and whether it is stale. With its newline.
std::string ViewLine(const protocol::ViewInfo& view, const Paint& paint);

/// `coppice: MESSAGE`, and on a line of its own what to do about it.
std::string ErrorText(const Error& error, const Paint& paint);

/// Rows in columns, the last one ragged. A cell is safe text; `looks` has one entry a column.
class Table {
 public:
  struct Column {
    std::string_view title;
    Look look = Look::kPlain;
    bool right = false;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Two blanks between columns, a dim line of titles first.
  [[nodiscard]] std::string Render(const Paint& paint) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Fields of one line of `--plain`: escaped, tabs between, a newline at the end.
std::string PlainLine(const std::vector<std::string>& fields);

}  // namespace coppice::client
