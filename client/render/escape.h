#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace coppice::client {

/// One character at the start of a text.
///
/// Shape: `safe` is false for what must not reach a terminal as it is: control characters (the C1
///        ones too, which some terminals obey), bidirectional controls, zero-width and other
///        invisible characters, tag characters, and bytes that are not UTF-8 (`valid` is false and
///        `length_bytes` 1).
struct Glyph {
  std::uint32_t code_point = 0;
  std::size_t length_bytes = 1;
  int columns = 1;  // on a terminal; 0 for combining marks, 2 for wide ones
  bool valid = true;
  bool safe = true;
};

/// Reads one; `rest` is not empty.
Glyph ReadGlyph(std::string_view rest);

/// What stands for an unsafe one: `\x1b` for a byte, `\u{202e}` for a code point, `\n` `\t` `\r`.
std::string EscapedGlyph(const Glyph& glyph, std::string_view rest);

/// The text with what is unsafe escaped, newlines and tabs too: one line, shown as written.
std::string EscapeText(std::string_view text);

/// The same with backslashes doubled, so that it can be undone: a field of `--plain`.
std::string EscapeField(std::string_view text);

/// Only the bytes that are not UTF-8 escaped, as `\xff`.
std::string EscapeInvalidUtf8(std::string_view text);
bool IsUtf8(std::string_view text);

/// Columns of a text that is safe.
std::size_t DisplayWidth(std::string_view text);

/// At most `width` columns of a text that is safe; ends with `ellipsis` where something was cut.
std::string CutToWidth(std::string_view text, std::size_t width, std::string_view ellipsis);

}  // namespace coppice::client
