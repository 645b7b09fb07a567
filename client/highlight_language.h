#pragma once

#include <string_view>
#include <vector>

namespace coppice::client {

/// What the lexer of highlight.cpp must know of a language.
struct LanguageSyntax {
  std::string_view name;
  std::string_view line_comment = {};        // "" = none
  std::string_view other_line_comment = {};  // of languages with two: '#' of PHP
  std::string_view block_open = {};          // "" = none
  std::string_view block_close = {};
  std::string_view quotes = {};             // each opens and closes a string
  std::string_view multi_line_quotes = {};  // of these, those that may span lines
  bool triple_quotes = false;               // """ and '''
  bool directives = false;                  // a '#' that begins a line, with its word, is a keyword
  bool lifetimes = false;                   // 'a is no string
  bool comment_after_blank = false;         // a comment begins a line or follows a blank
  bool any_case = false;                    // keywords may be written in capitals
  bool escapes = true;                      // a backslash in a string takes what follows with it
  std::string_view keywords = {};           // separated by blanks; in small letters if `any_case`

  /// `keywords` in order.
  [[nodiscard]] const std::vector<std::string_view>& SortedKeywords() const;
};

/// Nothing for a language without colours.
const LanguageSyntax* FindLanguageSyntax(std::string_view name);

}  // namespace coppice::client
