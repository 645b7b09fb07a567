#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/highlight.h"
#include "client/render/paint.h"

namespace coppice::client {

/// What is shown: bytes of a file and where they stand.
struct CodeText {
  std::string_view text;
  std::uint32_t first_line = 1;
  std::string_view language;
  std::string_view symbol;  // of the definition it holds; "" = none
};

/// Source lines with numbers, colours and the words of the question marked; safe for a terminal.
///
/// Place: one per text, on the stack; `code` and `words` must outlive it.
/// Shape: tabs become blanks to the next multiple of four; a carriage return that ends a line
///        and empty lines at the end are left out; what a terminal would obey or hide is escaped.
class CodeLines {
 public:
  /// `width`: columns of a whole line with its number; 0 = never cut.
  CodeLines(const CodeText& code, const QueryWords& words, const Paint& paint, std::size_t width);

  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  /// One line, 0-based, with its newline.
  [[nodiscard]] std::string Line(std::size_t index) const;
  [[nodiscard]] std::string All() const;
  /// At most `height` lines where most of the question's words stand, the line that names the
  /// symbol before them; a mark stands for lines left out.
  [[nodiscard]] std::string Snippet(std::size_t height) const;

 private:
  struct Range {
    std::size_t begin;
    std::size_t end;  // without the newline
  };

  [[nodiscard]] std::size_t BestWindow(std::size_t height) const;
  [[nodiscard]] std::size_t HeadLine() const;
  [[nodiscard]] std::string Body(const Range& line, std::size_t room) const;
  [[nodiscard]] std::string Gap() const;

  const CodeText code_;
  const Paint& paint_;
  std::size_t width_;
  std::size_t gutter_ = 1;  // columns of the numbers
  std::vector<Range> lines_;
  std::vector<Syntax> syntax_;          // per byte
  std::vector<std::uint16_t> matches_;  // per byte: the number of a word of the question
  std::size_t word_count_;
};

}  // namespace coppice::client
